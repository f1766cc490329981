import { describe, expect, it } from 'vitest';
import { uuidV4 } from '../../src/lib/ids.ts';
import { user } from '../../src/model/managed-device.ts';
import { api, create, send, sendAs, tenantId, useFreshTenants } from '../support/fresh-tenants.ts';
import { groupBody } from '../support/sample-bodies.ts';

/** How writes of the directory are answered, which differs from Intune's own resources. */

useFreshTenants();

describe.each(['/v1.0', '/beta'])('%s', (base) => {
  describe.each(['docs', 'service'])('profile %s', (profile) => {
    const prefer = (more: string) => `${more}, muster.profile=${profile}`;

    it.each([
      ['users', { userPrincipalName: 'a@example.com', displayName: 'A' }],
      ['groups', groupBody()],
    ])('C7 PATCH of %s answers 204, and with the entity only when that is asked for', async (collection, body) => {
      const { id } = await create(`${base}/${collection}`, body);
      const path = `${base}/${collection}/${id}`;
      const silent = await send('PATCH', path, { displayName: 'B' }, prefer('x'));
      expect([silent.status, silent.text, silent.headers['content-type']]).toEqual([204, '', undefined]);
      expect((await send('GET', path)).body.displayName).toBe('B');
      const minimal = await send('PATCH', path, { displayName: 'C' }, prefer('return=minimal'));
      expect([minimal.status, minimal.headers['preference-applied']]).toEqual([204, `return=minimal, muster.profile=${profile}`]);
      const shown = await send('PATCH', path, { displayName: 'D' }, prefer('return=representation'));
      expect([shown.status, shown.body.id, shown.body.displayName]).toEqual([200, id, 'D']);
      const selected = await send('PATCH', `${path}?$select=displayName`, { displayName: 'E' }, prefer('x'));
      expect([selected.status, selected.body.displayName]).toEqual([200, 'E']);
    });

    it('C7 PATCH of me and of the organization answers 204', async () => {
      sendAs(await api.token({ tenantId, userPrincipalName: 'ada@example.com' }));
      expect((await send('PATCH', `${base}/me`, { displayName: 'Ada' }, prefer('x'))).status).toBe(204);
      expect((await send('GET', `${base}/me`)).body.displayName).toBe('Ada');
      const answer = await send('PATCH', `${base}/organization/${tenantId}`, { businessPhones: ['1'] }, prefer('x'));
      expect(answer.status).toBe(204);
    });

    it('C7 PATCH of a managed device answers 200 with it', async () => {
      const { id } = await create(`${base}/deviceManagement/managedDevices`, { deviceName: 'PC' });
      const answer = await send('PATCH', `${base}/deviceManagement/managedDevices/${id}`, { notes: 'n' }, prefer('x'));
      expect([answer.status, answer.body.id]).toEqual([200, id]);
    });
  });

  it('C7 a part of a batch is answered 204 without a body', async () => {
    const { id } = await create(`${base}/users`, { displayName: 'A' });
    const { body } = await send('POST', `${base}/$batch`, {
      requests: [
        { id: '1', method: 'PATCH', url: `/users/${id}`, headers: { 'Content-Type': 'application/json' }, body: { displayName: 'B' } },
      ],
    });
    expect(body.responses[0].status).toBe(204);
    expect(body.responses[0]).not.toHaveProperty('body');
  });

  describe('users', () => {
    const SECRET = 'correct horse battery staple 7';
    const body = (userPrincipalName: string) => ({
      accountEnabled: true,
      displayName: 'A',
      mailNickname: 'a',
      userPrincipalName,
      passwordProfile: { forceChangePasswordNextSignIn: true, password: SECRET },
    });

    it('C18 are created with a password, which nobody ever sees again', async () => {
      const answer = await send('POST', `${base}/users`, body('a@example.com'), 'muster.profile=service');
      expect(answer.status, answer.text).toBe(201);
      const path = `${base}/users/${answer.body.id}`;
      expect((await send('PATCH', path, { passwordProfile: { password: `${SECRET}8` } })).status).toBe(204);
      const answers = [answer.text];
      for (const url of [
        path,
        `${path}?$select=passwordProfile`,
        `${base}/users`,
        `${path}/passwordProfile`,
        `${base}/deviceManagement/auditEvents`,
      ])
        answers.push((await send('GET', url)).text);
      expect(answers.join()).not.toContain(SECRET);
      expect((await send('GET', `${path}?$select=passwordProfile`)).body.passwordProfile).toBeNull();
      const rows = await api.store.read(tenantId, (reader) => reader.select({ from: user, scope: {}, orderBy: [] }));
      expect(JSON.stringify(rows)).not.toContain(SECRET);
    });

    it.each([undefined, null])('C18 need a password in the profile service: %s', async (passwordProfile) => {
      const answer = await send('POST', `${base}/users`, { ...body('a@example.com'), passwordProfile }, 'muster.profile=service');
      expect([answer.status, answer.body.error.code, answer.body.error.target]).toEqual([400, 'Request_BadRequest', 'passwordProfile']);
      expect((await send('POST', `${base}/users`, { ...body('a@example.com'), passwordProfile })).status).toBe(201);
    });

    it('C18 have a name that no other has, in whichever case', async () => {
      const [ada, bob] = [await create(`${base}/users`, body('ada@example.com')), await create(`${base}/users`, body('bob@example.com'))];
      for (const profile of ['docs', 'service'])
        for (const [method, path, change] of [
          ['POST', 'users', body('ADA@example.com')],
          ['PATCH', `users/${bob.id}`, { userPrincipalName: 'Ada@example.com' }],
        ] as const) {
          const answer = await send(method, `${base}/${path}`, change, `muster.profile=${profile}`);
          expect([answer.status, answer.body.error.innerError.code, answer.body.error.target]).toEqual([
            400,
            'valueTaken',
            'userPrincipalName',
          ]);
          expect(answer.body.error.code).toBe(profile === 'docs' ? 'BadRequest' : 'Request_BadRequest');
          expect(answer.body.error.message).toMatch(/^Another object with the same value for property userPrincipalName already exists\./);
        }
      expect((await send('PATCH', `${base}/users/${ada.id}`, { userPrincipalName: 'Ada@Example.com' })).status).toBe(204);
      expect((await send('PATCH', `${base}/users/${ada.id}`, { userPrincipalName: null })).status).toBe(204);
      expect((await send('PATCH', `${base}/users/${bob.id}`, { userPrincipalName: 'ada@example.com' })).status).toBe(204);
    });

    it('C18 made at the same time with one name are one', async () => {
      const answers = await Promise.all(Array.from({ length: 5 }, () => send('POST', `${base}/users`, body('a@example.com'))));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 400, 400, 400, 400]);
    });
  });

  describe.each(['members', 'owners'])('%s of a group', (links) => {
    const someone = (n: number) => create(`${base}/users`, { displayName: `U${n}`, userPrincipalName: `u${n}@example.com` });

    it('C19 cannot be added twice', async () => {
      const [user, group] = [await someone(1), await create(`${base}/groups`, groupBody())];
      const reference = `${base}/directoryObjects/${user.id}`;
      const path = `${base}/groups/${group.id}`;
      expect((await send('POST', `${path}/${links}/$ref`, { '@odata.id': reference })).status).toBe(204);
      for (const profile of ['docs', 'service'])
        for (const [method, url, body] of [
          ['POST', `${path}/${links}/$ref`, { '@odata.id': reference }],
          ['PATCH', path, { [`${links}@odata.bind`]: [reference] }],
          ['POST', `${base}/groups`, groupBody({ [`${links}@odata.bind`]: [reference, reference] })],
        ] as const) {
          const answer = await send(method, url, body, `muster.profile=${profile}`);
          expect([answer.status, answer.body.error.innerError.code]).toEqual([400, 'referenceExists']);
          expect(answer.body.error.message).toContain(`already exist for the following modified properties: '${links}'`);
        }
      expect((await send('GET', `${path}/${links}/$count`)).text).toBe('1');
      expect((await send('GET', `${base}/groups/$count`)).text).toBe('1');
    });

    it('C19 are 20 in one request at most', async () => {
      const urls: string[] = [];
      for (let n = 0; n < 21; n++) urls.push(`${base}/users/${(await someone(n)).id}`);
      const group = await create(`${base}/groups`, groupBody());
      for (const [method, path, body] of [
        ['PATCH', `${base}/groups/${group.id}`, {}],
        ['POST', `${base}/groups`, groupBody()],
      ] as const) {
        const refused = await send(method, path, { ...body, [`${links}@odata.bind`]: urls });
        expect([refused.status, refused.body.error.target]).toEqual([400, links]);
        const mixed = await send(method, path, { ...body, 'members@odata.bind': urls.slice(0, 20), 'owners@odata.bind': urls.slice(20) });
        expect(mixed.status).toBe(400);
      }
      expect((await send('PATCH', `${base}/groups/${group.id}`, { [`${links}@odata.bind`]: urls.slice(1) })).status).toBe(204);
      expect((await send('GET', `${base}/groups/${group.id}/${links}/$count`)).text).toBe('20');
      expect((await send('GET', `${base}/groups/$count`)).text).toBe('1');
    });

    it('C19 must exist: 404, and nothing is done', async () => {
      const group = await create(`${base}/groups`, groupBody());
      const id = uuidV4();
      for (const [method, path, body] of [
        ['POST', `groups/${group.id}/${links}/$ref`, { '@odata.id': `${base}/directoryObjects/${id}` }],
        ['PATCH', `groups/${group.id}`, { [`${links}@odata.bind`]: [`${base}/users/${id}`] }],
        ['POST', 'groups', groupBody({ [`${links}@odata.bind`]: [`${base}/users/${id}`] })],
        ['DELETE', `groups/${group.id}/${links}/${id}/$ref`, undefined],
      ] as const) {
        const docs = await send(method, `${base}/${path}`, body);
        expect([docs.status, docs.body.error.code]).toEqual([404, 'ResourceNotFound']);
        const service = await send(method, `${base}/${path}`, body, 'muster.profile=service');
        expect([service.status, service.body.error.code]).toEqual([404, 'Request_ResourceNotFound']);
        expect(service.body.error.message).toBe(
          `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
        );
      }
      expect((await send('GET', `${base}/groups/$count`)).text).toBe('1');
    });

    it('C19 may be named by their user principal name', async () => {
      const [user, group] = [await someone(1), await create(`${base}/groups`, groupBody())];
      const path = `${base}/groups/${group.id}/${links}`;
      expect((await send('POST', `${path}/$ref`, { '@odata.id': `https://graph.microsoft.com${base}/users/U1@example.com` })).status).toBe(
        204,
      );
      expect((await send('GET', path)).body.value).toMatchObject([{ id: user.id }]);
    });
  });

  describe('errors of the directory', () => {
    const SERVICE = 'muster.profile=service';
    it('C25 have its own codes and texts in the profile service', async () => {
      const id = uuidV4();
      for (const path of [
        `users/${id}`,
        `groups/${id}`,
        `devices/${id}`,
        `directoryObjects/${id}`,
        `users/${id}/memberOf`,
        `users('${id}')`,
      ]) {
        const { status, body } = await send('GET', `${base}/${path}`, undefined, SERVICE);
        expect([path, status, body.error.code, body.error.message]).toEqual([
          path,
          404,
          'Request_ResourceNotFound',
          `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`,
        ]);
      }
      for (const [method, path, body, status, code] of [
        ['POST', 'users', { colour: 1 }, 400, 'Request_BadRequest'],
        ['POST', 'groups', {}, 400, 'Request_BadRequest'],
        ['PATCH', `users/${id}`, [], 400, 'Request_BadRequest'],
        ['PUT', `users/${id}`, {}, 405, 'Request_BadRequest'],
        ['GET', 'users?$filter=colour eq 1', undefined, 400, 'BadRequest'],
        ['GET', 'users/x/colour', undefined, 400, 'BadRequest'],
      ] as const) {
        const answer = await send(method, `${base}/${path}`, body, SERVICE);
        expect([path, answer.status, answer.body.error.code]).toEqual([path, status, code]);
        expect(answer.body.error.message).not.toMatch(/^\{/);
        expect(answer.body.error.innerError).toMatchObject({ date: expect.any(String), 'request-id': expect.any(String) });
      }
      sendAs(await api.token({ tenantId, scopes: ['User.Read'], userPrincipalName: 'ada@example.com' }));
      const denied = await send('GET', `${base}/groups`, undefined, SERVICE);
      expect([denied.status, denied.body.error.code]).toEqual([403, 'Authorization_RequestDenied']);
    });

    it('C25 are those of Intune where Intune answers, and as of all others in the profile docs', async () => {
      const id = uuidV4();
      const device = await send('GET', `${base}/deviceManagement/managedDevices/${id}`, undefined, SERVICE);
      expect([device.status, device.body.error.code, JSON.parse(device.body.error.message)._version]).toEqual([404, 'ResourceNotFound', 3]);
      const user = await create(`${base}/users`, { displayName: 'A', userPrincipalName: 'a@example.com' });
      const below = await send('GET', `${base}/users/${user.id}/managedDevices/${id}`, undefined, SERVICE);
      expect(JSON.parse(below.body.error.message)._version).toBe(3);
      expect((await send('GET', `${base}/users/${id}`)).body.error.code).toBe('ResourceNotFound');
    });

    it('C25 are the same in a batch', async () => {
      const id = uuidV4();
      const { body } = await send('POST', `${base}/$batch`, { requests: [{ id: '1', method: 'GET', url: `/users/${id}` }] }, SERVICE);
      expect(body.responses[0]).toMatchObject({ status: 404, body: { error: { code: 'Request_ResourceNotFound' } } });
    });
  });
});
