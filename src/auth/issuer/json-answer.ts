import type { HttpResponse } from '../../lib/http.ts';

/** A JSON answer that nobody may keep (RFC 6749 §5.1). */
export function jsonAnswer(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): HttpResponse {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store', pragma: 'no-cache', ...headers },
    body: JSON.stringify(body),
  };
}
