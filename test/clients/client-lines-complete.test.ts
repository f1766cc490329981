import { expect, it } from 'vitest';
import facts from '../facts/client-requests.json' with { type: 'json' };
import { CLIENT_LINES } from '../support/client-lines.ts';

/** The requests, or parts of them, that were found in the sources of tools are all among those that are sent here. */

/** Without what differs from tenant to tenant and from writer to writer: ids, values, hosts, escapes. */
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll('%20', ' ')
    .replaceAll('%24', '$')
    .replaceAll('https://graph.microsoft.com', '')
    .replaceAll(/\{\w+\}/g, '#')
    .replaceAll(/'[^']*'/g, "''");

/** A request as the facts write it, `…` for what does not matter there. */
function patternOf(written: string): RegExp {
  const [, method, rest] = /^(?:(GET|POST|PATCH|DELETE) )?(.*)$/.exec(written)!;
  const escaped = plain(rest!.replace('{"scriptPolicyId":…}', '…"scriptPolicyId"…'))
    .split('…')
    .map((part) => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(method === undefined ? escaped : `^${method.toLowerCase()} .*${escaped}`);
}

it('every request that the facts name is sent', () => {
  expect(facts.requests.length).toBeGreaterThan(40);
  const sent = Object.values(CLIENT_LINES)
    .flat()
    .flatMap(({ line, body = {}, headers = {} }) => [
      `${plain(line)} ${JSON.stringify(body).toLowerCase()}`,
      plain(JSON.stringify(body)),
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ]);
  expect(facts.requests.filter((request) => !sent.some((line) => patternOf(request).test(line)))).toEqual([]);
});
