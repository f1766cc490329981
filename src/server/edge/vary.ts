import type { HttpHeaders } from '../../lib/http.ts';

/** Headers of an answer that also depends on this header of its request (RFC 9110 §12.5.5). */
export const varyingBy = (name: string, headers: HttpHeaders): HttpHeaders => ({
  ...headers,
  vary: headers.vary === undefined ? name : `${headers.vary}, ${name}`,
});
