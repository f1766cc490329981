import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { startDescribedApi } from '../support/described-api.ts';
import type { InProcessApi, RequestOptions } from '../support/in-process-api.ts';
import { created, createdPath, groupTarget, HARDWARE, hardwareBody, rowsOf, SCRIPTS, scriptBody } from '../support/sample-bodies.ts';

/** The `Prefer` header (RFC 7240; OData Protocol §8.2.8): what is followed is done and said, what is not known is ignored. */

const ORIGIN = 'http://localhost:8080';

let api: InProcessApi;
let path: string;

beforeAll(async () => {
  api = await startDescribedApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  path = await createdPath(api, HARDWARE, hardwareBody());
});

const send = (request: string, prefer: string, options: RequestOptions = {}) => {
  const [method, url] = request.split(' ') as [string, string];
  return api.request(method, url, { ...options, headers: { prefer, ...options.headers } });
};

describe('return=minimal', () => {
  it('creates, and says where the entity is instead of what it is', async () => {
    const answer = await send(`POST ${path}/deviceRunStates`, 'return=minimal', { body: { deviceName: 'PC-1' } });
    expect([answer.status, answer.text]).toEqual([204, '']);
    const { location, 'odata-entityid': entityId, etag } = answer.headers;
    expect(answer.headers['preference-applied']).toBe('return=minimal');
    expect(entityId).toBe(location);
    expect(etag).toBeUndefined(); // RFC 9110 §8.8: the client does not know what the server made of its values
    const read = await api.request('GET', location!.slice(ORIGIN.length));
    expect([read.status, read.body.deviceName]).toEqual([200, 'PC-1']);
  });

  it('updates and answers nothing', async () => {
    const answer = await send(`PATCH ${path}`, 'return=minimal', { body: { description: 'new' } });
    expect([answer.status, answer.text, answer.headers['preference-applied']]).toEqual([204, '', 'return=minimal']);
    expect(answer.headers.location).toBeUndefined();
    expect((await api.request('GET', path)).body.description).toBe('new');
  });

  it('spares the result of an action', async () => {
    const body = { hardwareConfigurationAssignments: [groupTarget('22222222-2222-2222-2222-222222222222')] };
    const answer = await send(`POST ${path}/assign`, 'return=minimal', { body });
    expect([answer.status, answer.text, answer.headers['preference-applied']]).toEqual([204, '', 'return=minimal']);
    expect(await rowsOf(api, `${path}/assignments`)).toHaveLength(1);
  });

  it('gives way to $select and $expand, which ask for content', async () => {
    for (const [method, url, status] of [
      ['POST', `${HARDWARE}?$select=id`, 201],
      ['PATCH', `${path}?$expand=assignments`, 200],
    ] as const) {
      const answer = await send(`${method} ${url}`, 'return=minimal', { body: hardwareBody() });
      expect(answer.status, answer.text).toBe(status);
      expect(answer.body.id).toBeDefined();
      expect(answer.headers['preference-applied']).toBeUndefined();
    }
  });

  it('changes no error', async () => {
    const answer = await send(`POST ${HARDWARE}`, 'return=minimal', { body: { displayName: 5 } });
    expect([answer.status, answer.headers['preference-applied']]).toEqual([400, undefined]);
  });
});

describe('return=representation', () => {
  it('is what writes answer by themselves, and is said to be applied', async () => {
    const post = await send(`POST ${HARDWARE}`, 'return=representation', { body: hardwareBody() });
    expect([post.status, post.headers['preference-applied']]).toEqual([201, 'return=representation']);
    const patch = await send(`PATCH ${path}`, 'return=representation', { body: { description: 'x' } });
    expect([patch.status, patch.body.description, patch.headers['preference-applied']]).toEqual([200, 'x', 'return=representation']);
    const assign = await send(`POST ${path}/assign`, 'return=representation', { body: {} });
    expect([assign.status, assign.headers['preference-applied']]).toEqual([200, 'return=representation']);
  });

  it.each(['minimal', 'representation'])('GET and DELETE take no notice of return=%s', async (value) => {
    const get = await send(`GET ${path}`, `return=${value}`);
    expect([get.status, get.headers['preference-applied']]).toEqual([200, undefined]);
    const gone = await send(`DELETE ${path}`, `return=${value}`);
    expect([gone.status, gone.headers['preference-applied']]).toEqual([204, undefined]);
  });
});

describe('maxpagesize', () => {
  beforeEach(async () => {
    for (const deviceName of ['A', 'B', 'C']) await created(api, `${path}/deviceRunStates`, { deviceName });
  });

  it.each(['maxpagesize=2', 'odata.maxpagesize=2', 'odata.maxpagesize=9, maxpagesize=2', 'MaxPageSize="2"'])('%s', async (prefer) => {
    const { body, headers } = await send(`GET ${path}/deviceRunStates`, prefer);
    expect([body.value.length, headers['preference-applied']]).toEqual([2, 'odata.maxpagesize=2']);
    const rest = await send(`GET ${body['@odata.nextLink'].slice(ORIGIN.length)}`, prefer);
    expect([rest.body.value.length, rest.body['@odata.nextLink']]).toEqual([1, undefined]);
  });

  it('holds for expanded collections too, which then have links of their own', async () => {
    const { body } = await send(`GET ${path}?$expand=deviceRunStates`, 'maxpagesize=2');
    expect(body.deviceRunStates).toHaveLength(2);
    const rest = await api.request('GET', body['deviceRunStates@odata.nextLink'].slice(ORIGIN.length));
    expect(rest.body.value).toHaveLength(1);
  });

  it('never makes pages larger than the server does', async () => {
    const { headers } = await send(`GET ${path}/deviceRunStates?$top=999999`, 'maxpagesize=5000');
    expect(headers['preference-applied']).toBe('odata.maxpagesize=1000');
  });
});

describe('include-unknown-enum-members', () => {
  it.each(['include-unknown-enum-members', 'odata.include-unknown-enum-members'])('%s is applied to every content', async (prefer) => {
    for (const [method, url, body] of [
      ['GET', HARDWARE],
      ['GET', path],
      ['GET', `${path}/hardwareConfigurationFormat`],
      ['PATCH', path, { description: 'y' }],
    ] as const) {
      const answer = await send(`${method} ${url}`, prefer, { body });
      expect([answer.status, answer.headers['preference-applied']]).toEqual([200, 'include-unknown-enum-members']);
    }
  });

  it('is not said of an answer without content', async () => {
    const answer = await send(`DELETE ${path}`, 'include-unknown-enum-members');
    expect([answer.status, answer.headers['preference-applied']]).toEqual([204, undefined]);
  });

  it('unknownFutureValue is refused on create and leaves a property alone on update', async () => {
    const device = { deviceName: 'PC', managedDeviceOwnerType: 'unknownFutureValue' };
    const answer = await api.request('POST', 'deviceManagement/managedDevices', { body: device });
    expect([answer.status, answer.body.error?.target]).toEqual([400, 'managedDeviceOwnerType']);
    const { id } = await created(api, 'deviceManagement/managedDevices', { ...device, managedDeviceOwnerType: 'company' });
    const patched = await api.request('PATCH', `deviceManagement/managedDevices/${id}`, {
      body: { managedDeviceOwnerType: 'unknownFutureValue' },
    });
    expect([patched.status, patched.body.managedDeviceOwnerType]).toEqual([200, 'company']);
  });
});

describe('the header', () => {
  it('names everything that was applied', async () => {
    const prefer = 'maxpagesize=7, include-unknown-enum-members, muster.profile=service, respond-async, wait=10, return=minimal';
    const { headers } = await send(`GET ${HARDWARE}`, prefer);
    expect(headers['preference-applied']).toBe('odata.maxpagesize=7, include-unknown-enum-members, muster.profile=service');
  });

  it('ignores what it does not know, with any value', async () => {
    const plain = await api.request('GET', path);
    const value = fc.constantFrom('', '=x', '=0', '="a, b; c"', ';x=y', '=-1');
    const name = fc.constantFrom(
      'return',
      'maxpagesize',
      'odata.maxpagesize',
      'respond-async',
      'wait',
      'handling',
      'odata.track-changes',
      'x',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value).map((parts) => parts.join(''))), async (preferences) => {
        const answer = await send(`GET ${path}`, preferences.join(', '));
        expect([answer.status, answer.text, answer.headers['preference-applied']]).toEqual([200, plain.text, undefined]);
      }),
    );
  });

  it('answers say that they depend on it', async () => {
    expect((await api.request('GET', path)).headers.vary).toBe('Accept, OData-MaxVersion, Prefer');
  });
});

describe('ConsistencyLevel', () => {
  it.each(['eventual', 'Eventual', 'session'])('%s is met by every read', async (consistencylevel) => {
    const id = (await created(api, 'users', { displayName: 'Ada', userPrincipalName: `${consistencylevel}-${uuidV4()}@example.com` })).id;
    const { status, body } = await api.request('GET', 'users?$count=true', { headers: { consistencylevel } });
    expect(status).toBe(200);
    expect(body.value.map((user: { id: string }) => user.id)).toContain(id);
  });
});

describe('a single navigation that leads nowhere', () => {
  let state: string;
  beforeEach(async () => {
    const script = await createdPath(api, SCRIPTS, scriptBody());
    state = await createdPath(api, `${script}/deviceRunStates`, {});
  });

  it('has no content, like a property that is null', async () => {
    const answer = await api.request('GET', `${state}/managedDevice`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await api.request('GET', `${state}?$expand=managedDevice`)).body.managedDevice).toBeNull();
  });

  it('what is below it does not exist, nor does what is below a missing entity', async () => {
    for (const missing of [`${state}/managedDevice/deviceName`, `${state.slice(0, -12)}000000000000/managedDevice`]) {
      expect((await api.request('GET', missing)).status, missing).toBe(404);
    }
  });
});
