import { expect, it } from 'vitest';
import { CLIENT_LINES } from '../support/client-lines.ts';
import { sharedFile } from '../support/shared-file.ts';

/** The request lines of tools that were found in their sources (`graph/CLIENTS.md`, D1) are all among those that are sent here. */

const facts = sharedFile('graph/CLIENTS.md');

/** What stands in code marks there and is no request. */
const NO_REQUESTS: Readonly<Record<string, string>> = {
  targetGroupId: 'a property that is looked at in an answer; the line before asks for it',
  value: 'the property of an answer',
  "hardwarePasswordDetails('<id>')": 'what the tool does not send, as the service answers 404',
};

/** Without what differs from tenant to tenant and from writer to writer: ids, values, hosts, escapes. */
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll('%20', ' ')
    .replaceAll('%24', '$')
    .replaceAll('https://graph.microsoft.com', '')
    .replaceAll(/\{\w+\}|<id>/g, '#')
    .replaceAll(/'[^']*'/g, "''");

/** A request as the facts write it, `…` for what does not matter there. */
function patternOf(written: string): RegExp {
  const [, method, rest] = /^(?:(GET|POST|PATCH|DELETE) )?(.*)$/.exec(written)!;
  const escaped = plain(rest!.replace(/^-Filter "(.*)"$/, '$filter=$1').replace('{"scriptPolicyId":…}', '…"scriptPolicyId"…'))
    .split('…')
    .map((part) => part.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(method === undefined ? escaped : `^${method.toLowerCase()} .*${escaped}`);
}

it.skipIf(facts === undefined)('every request line that the facts name is sent', () => {
  const table = facts!.slice(facts!.indexOf('### D1.'), facts!.indexOf('### D2.'));
  const rows = table.split('\n').filter((row) => /^\| (?!Client)/.test(row));
  const named = rows.flatMap((row) =>
    [
      ...row
        .split('|')
        .slice(2)
        .join('|')
        .matchAll(/`([^`]+)`/g),
    ].map(([, code]) => code!),
  );
  expect(named.length, 'the table is read').toBeGreaterThan(40);
  const sent = Object.values(CLIENT_LINES)
    .flat()
    .flatMap(({ line, body = {}, headers = {} }) => [
      `${plain(line)} ${JSON.stringify(body).toLowerCase()}`,
      plain(JSON.stringify(body)),
      ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    ]);
  expect(named.filter((code) => NO_REQUESTS[code] === undefined && !sent.some((line) => patternOf(code).test(line)))).toEqual([]);
});
