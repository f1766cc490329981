import { generateKeyPairSync } from 'node:crypto';
import type { JWK } from 'jose';
import { GRAPH_AUDIENCES } from '../../src/auth/issuer/access-token.ts';
import { createIssuer } from '../../src/auth/issuer/issuer.ts';
import type { IssuerSetup } from '../../src/auth/issuer/issuer-setup.ts';
import { embeddedIssuer, signingKeys } from '../../src/auth/issuer/signing-keys.ts';
import { createTokenVerifier } from '../../src/auth/verify-token.ts';
import type { EntityType } from '../../src/edm/declare.ts';
import { defaultValue } from '../../src/edm/default-value.ts';
import { shapeOf } from '../../src/edm/link.ts';
import type { Row } from '../../src/edm/primitive.ts';
import { FakeClock } from '../../src/lib/clock.ts';
import type { HttpRequest, HttpResponse } from '../../src/lib/http.ts';
import { uuidV4 } from '../../src/lib/ids.ts';
import { user } from '../../src/model/managed-device.ts';
import { askIssuer } from './ask-issuer.ts';
import { openTestStore } from './test-store.ts';

export const ORIGIN = 'https://localhost:8443';
export const TENANT = '10000000-0000-4000-8000-000000000000';
export const OTHER_TENANT = 'a0000000-0000-4000-8000-000000000000';
export const CLIENT = '20000000-0000-4000-8000-00000000000b';
export const OTHER_CLIENT = '20000000-0000-4000-8000-00000000000c';
export const REGISTERED = 'https://app.example/signed-in?from=muster';
export const SECRET = 'the secret of the tool';

const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }) as JWK;
const keys = await signingKeys([{ ...jwk, kid: 'key' }]);

/** Where a request goes to and comes from. */
export interface Sent {
  readonly origin?: string;
  readonly clientAddress?: string;
  readonly headers?: Record<string, string>;
}

/** An issuer with one client, and ways to speak with it. @param more of its setup */
export async function issuerFixture(more: Partial<IssuerSetup> & { readonly clock?: FakeClock } = {}) {
  const clock = more.clock ?? new FakeClock(Date.now());
  const own = more.store === undefined ? await openTestStore(undefined, clock) : undefined;
  const permissions = { roles: ['A.Read.All'], scopes: ['A.Read.All', 'B.Read.All'] };
  const client = { clientId: CLIENT, displayName: 'Tool', secrets: [SECRET], redirectUris: [REGISTERED], ...permissions };
  const other = { ...client, clientId: OTHER_CLIENT, displayName: '<b>Other</b>', secrets: ['another'], redirectUris: [] };
  const setup: IssuerSetup = {
    keys,
    clients: [client, other],
    defaultTenant: { id: TENANT },
    codeSecret: new Uint8Array(32).fill(7),
    store: own!,
    ...more,
    clock,
  };
  const issuer = createIssuer(setup);
  const send = async (request: Pick<HttpRequest, 'method' | 'target'> & Partial<HttpRequest>): Promise<HttpResponse> =>
    (await askIssuer(issuer, { origin: ORIGIN, requestId: 'id', headers: {}, ...request }))!;
  return {
    clock,
    store: setup.store,
    /** Makes a user, and says its object id. */
    addUser: async (
      userPrincipalName: string,
      { tenantId = TENANT, ...values }: { readonly tenantId?: string } & Row = {},
    ): Promise<string> => {
      const id = uuidV4();
      const row = Object.fromEntries(shapeOf(user).properties.map((property) => [property.name, defaultValue(property) ?? null]));
      await setup.store.write(tenantId, (writer) => writer.insert(user as EntityType, { ...row, id, userPrincipalName, ...values }));
      return id;
    },
    close: () => own?.close(),
    get: (target: string, sent: Sent = {}) => send({ method: 'GET', target, ...sent }),
    post: (target: string, fields: Record<string, string>, { headers, ...sent }: Sent = {}) =>
      send({
        method: 'POST',
        target,
        ...sent,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: Buffer.from(new URLSearchParams(fields).toString()),
      }),
    /** What the API makes of a token. */
    verify: createTokenVerifier({ clock, issuers: [embeddedIssuer(keys)], audiences: GRAPH_AUDIENCES }),
  };
}

/** The body of a JSON answer. */
export const jsonOf = (response: HttpResponse): Record<string, unknown> => JSON.parse(String(response.body)) as Record<string, unknown>;
