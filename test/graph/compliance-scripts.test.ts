import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDescribedApi } from '../support/described-api.ts';
import { COMPLIANCE, HEALTH, newDevice, newScript } from '../support/health-fixtures.ts';
import type { InProcessApi } from '../support/in-process-api.ts';
import { created, rowsOf } from '../support/sample-bodies.ts';

/** Compliance scripts, and the validation of the rules that they serve. */

let api: InProcessApi;
beforeAll(async () => {
  api = await startDescribedApi();
});
afterAll(() => api.close());

const get = async (path: string) => {
  const answer = await api.request('GET', path);
  expect(answer.status, answer.text).toBe(200);
  return answer.body;
};

describe('a compliance script', () => {
  it('is for Windows unless it says otherwise', async () => {
    expect(await created(api, COMPLIANCE.root, { displayName: 'x' })).toMatchObject({ platform: 'windows10', publisher: '', version: '1' });
    for (const platform of ['linux', 'macOS', null]) expect((await created(api, COMPLIANCE.root, { platform })).platform).toBe(platform);
    expect((await api.request('POST', COMPLIANCE.root, { body: { platform: 'windows10AndLater' } })).status).toBe(400);
  });

  it('shares assignments with health scripts in type only', async () => {
    const [health, compliance] = [await newScript(api, HEALTH), await newScript(api, COMPLIANCE)];
    const target = { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' };
    await created(api, `${compliance.path}/assignments`, { target });
    expect(await rowsOf(api, `${health.path}/assignments`)).toEqual([]);
    expect((await get(`${compliance.path}?$expand=assignments`)).assignments).toMatchObject([
      { '@odata.type': '#microsoft.graph.deviceHealthScriptAssignment', target },
    ]);
    for (const below of ['', '/$count'])
      expect((await api.request('GET', `${HEALTH.root}/${compliance.id}/assignments${below}`)).status).toBe(404);
    for (const [root, id] of [
      [HEALTH.root, compliance.id],
      [COMPLIANCE.root, health.id],
    ])
      expect((await api.request('GET', `${root}/${id}`)).status).toBe(404);
  });

  it('keeps its states when their device goes', async () => {
    const { path } = await newScript(api, COMPLIANCE);
    const device = await newDevice(api);
    const state = await created(api, `${path}/deviceRunStates`, { detectionState: 'fail', ...device.bind });
    const managed = `${path}/deviceRunStates/${state.id}/managedDevice`;
    expect((await get(managed)).id).toBe(device.id);
    expect((await api.request('PATCH', managed, { body: { deviceName: 'PC-7' } })).body.deviceName).toBe('PC-7');
    expect((await api.request('DELETE', managed)).status).toBe(204);
    expect((await api.request('GET', managed)).status).toBe(204);
    expect((await get(`${path}/runSummary`)).issueDetectedDeviceCount).toBe(1);
  });

  it('answers a summary as it was reported until that is deleted', async () => {
    const { path } = await newScript(api, COMPLIANCE);
    await created(api, `${path}/deviceRunStates`, { detectionState: 'success' });
    await api.request('PATCH', `${path}/runSummary`, { body: { noIssueDetectedDeviceCount: 9 } });
    await created(api, `${path}/deviceRunStates`, { detectionState: 'success' });
    expect((await get(`${path}/runSummary`)).noIssueDetectedDeviceCount).toBe(9);
    expect((await api.request('DELETE', `${path}/runSummary`)).status).toBe(204);
    expect((await get(`${path}/runSummary`)).noIssueDetectedDeviceCount).toBe(2);
  });

  it('has a new version before targeted devices only', async () => {
    const { path } = await newScript(api, COMPLIANCE);
    await created(api, `${path}/deviceRunStates`, { detectionState: 'success' });
    const target = { '@odata.type': '#microsoft.graph.allDevicesAssignmentTarget' };
    await api.request('POST', `${path}/assign`, { body: { deviceHealthScriptAssignments: [{ target }] } });
    expect((await api.request('PATCH', path, { body: { detectionScriptContent: 'AAAA' } })).body.version).toBe('2');
    expect(await get(`${path}/runSummary`)).toMatchObject({ noIssueDetectedDeviceCount: 0, detectionScriptPendingDeviceCount: 1 });
  });
});

describe('validateComplianceScript', () => {
  const text = (Language: string) => ({ Language, Title: 'Old BIOS', Description: 'Update it' });
  const rule = (changes: object = {}) => ({
    SettingName: 'BiosVersion',
    Operator: 'GreaterEquals',
    DataType: 'Version',
    Operand: '2.3',
    MoreInfoUrl: 'https://example.com/bios',
    RemediationStrings: [text('en_US'), text('de_DE')],
    ...changes,
  });
  const base64 = (content: string): string => Buffer.from(content).toString('base64');
  const file = (...rules: readonly object[]): string => base64(JSON.stringify({ Rules: rules }));

  async function validate(script: object | null) {
    const answer = await api.request('POST', 'deviceManagement/deviceCompliancePolicies/validateComplianceScript', {
      body: { deviceCompliancePolicyScript: script },
    });
    expect(answer.status, answer.text).toBe(200);
    return answer.body;
  }
  const codes = (errors: readonly { code: string; deviceComplianceScriptRulesValidationError: string; message: string }[]) =>
    errors.map(({ code, deviceComplianceScriptRulesValidationError, message }) => {
      expect(deviceComplianceScriptRulesValidationError).toBe(code);
      expect(message).not.toBe('');
      return code;
    });

  it('reads rules that are right', async () => {
    const { id } = await newScript(api, COMPLIANCE);
    const rulesContent = file(
      rule(),
      rule({ SettingName: 'TPM', Operator: 'isequals', DataType: 'boolean', Operand: true }),
      rule({ SettingName: 'Free', Operator: 'LessThan', DataType: 'Int64', Operand: 8 }),
      rule({ SettingName: 'Load', Operator: 'GreaterThan', DataType: 'Double', Operand: '0.5' }),
      rule({ SettingName: 'Since', Operator: 'LessEquals', DataType: 'DateTime', Operand: '2026-01-01' }),
      rule({ SettingName: 'Maker', Operator: 'NotEquals', DataType: 'String', Operand: 'Other' }),
    );
    const result = await validate({ deviceComplianceScriptId: id, rulesContent });
    expect(result['@odata.context']).toMatch(/#microsoft\.graph\.deviceComplianceScriptValidationResult$/);
    expect(result).toMatchObject({ scriptErrors: [], ruleErrors: [] });
    expect(result.rules).toHaveLength(6);
    expect(result.rules[0]).toMatchObject({
      settingName: 'BiosVersion',
      operator: 'greaterEquals',
      deviceComplianceScriptRulOperator: 'greaterEquals',
      dataType: 'version',
      deviceComplianceScriptRuleDataType: 'version',
      operand: '2.3',
    });
    expect(result.rules[1]).toMatchObject({ operator: 'isEquals', dataType: 'boolean', operand: 'true' });
  });

  it.each<[string, string | null, readonly string[]]>([
    ['no content', null, ['jsonFileMissing']],
    ['empty content', '', ['jsonFileMissing']],
    ['what is no JSON', base64('{'), ['jsonFileInvalid']],
    ['what is no text', Buffer.from([0xff, 0xfe, 0x00]).toString('base64'), ['jsonFileInvalid']],
    ['an array', base64('[]'), ['jsonFileInvalid']],
    ['no rules', base64('{}'), ['rulesMissing']],
    ['an empty list', base64('{"Rules":[]}'), ['rulesMissing']],
    ['more than 100 rules', file(...Array.from({ length: 101 }, (_, i) => rule({ SettingName: `s${i}` }))), ['tooManyRulesSpecified']],
    ['more than 100 KB', file(rule({ Operand: 'x'.repeat(102_400), DataType: 'String' })), ['jsonFileTooLarge']],
  ])('finds %s', async (_, rulesContent, expected) => {
    const result = await validate({ rulesContent });
    expect(codes(result.scriptErrors)).toEqual(expected);
    expect(result.rules).toEqual([]);
  });

  it.each<[object, readonly string[]]>([
    [{ SettingName: undefined }, ['settingNameMissing']],
    [{ SettingName: 5 }, ['settingNameInvalid']],
    [{ Operator: undefined }, ['operatorMissing']],
    [{ Operator: 'Between' }, ['operatorNotSupported']],
    [{ Operator: 'Nonsense' }, ['operatorNotSupported']],
    [{ DataType: null }, ['datatypeMissing']],
    [{ DataType: 'Xml' }, ['datatypeNotSupported']],
    [{ DataType: 'toString' }, ['datatypeNotSupported']],
    [{ DataType: 'Boolean', Operand: 'true' }, ['operatorDataTypeCombinationNotSupported']],
    [{ Operand: undefined }, ['operandMissing']],
    [{ Operand: 'two' }, ['operandInvalid']],
    [{ Operand: ['2.3'] }, ['operandInvalid']],
    [{ DataType: 'Int64', Operand: '9223372036854775808' }, ['operandInvalid']],
    [{ DataType: 'DateTime', Operand: '2026-02-30' }, ['operandInvalid']],
    [{ DataType: 'Double', Operand: '' }, ['operandInvalid']],
    [{ MoreInfoUrl: undefined }, ['moreInfoUriMissing']],
    [{ MoreInfoUrl: 'example.com' }, ['moreInfoUriInvalid']],
    [{ MoreInfoUrl: 'ftp://example.com' }, ['moreInfoUriInvalid']],
    [{ RemediationStrings: [] }, ['remediationStringsMissing']],
    [{ RemediationStrings: [text('de_DE')] }, ['englishLocaleMissing']],
    [{ RemediationStrings: [text('en_US'), text('en_us')] }, ['duplicateLocales']],
    [{ RemediationStrings: [text('en_US'), text('xx_XX')] }, ['unrecognizedLocale']],
    [{ RemediationStrings: [{ Language: 'en_US' }] }, ['titleMissing', 'descriptionMissing']],
    [{ RemediationStrings: [{ Language: 'en_US', Title: 1, Description: ' ' }] }, ['titleInvalid', 'descriptionInvalid']],
    [{ Operator: undefined, MoreInfoUrl: undefined }, ['operatorMissing', 'moreInfoUriMissing']],
  ])('finds what is wrong with a rule: %j', async (changes, expected) => {
    const result = await validate({ rulesContent: file(rule(changes)) });
    expect(codes(result.ruleErrors)).toEqual(expected);
    expect(result.scriptErrors).toEqual([]);
    expect(result.rules).toHaveLength(1);
  });

  it('names the setting of each error, and finds rules that are there twice', async () => {
    const result = await validate({ rulesContent: file(rule(), rule({ SettingName: 'B', Operand: 'x' }), rule()) });
    expect(result.ruleErrors).toMatchObject([
      { '@odata.type': '#microsoft.graph.deviceComplianceScriptRuleError', settingName: 'B', code: 'operandInvalid' },
      { settingName: 'BiosVersion', code: 'duplicateRules' },
    ]);
  });

  it('says that a script does not exist', async () => {
    const { id } = await newScript(api, HEALTH);
    for (const deviceComplianceScriptId of ['Device Compliance Script Id value', id]) {
      expect(codes((await validate({ deviceComplianceScriptId, rulesContent: file(rule()) })).scriptErrors)).toEqual(['unknown']);
    }
  });

  it('reads a rules file that nobody sent as one that is missing', async () => {
    expect(codes((await validate(null)).scriptErrors)).toEqual(['jsonFileMissing']);
  });

  it('is all that can be asked of compliance policies, but that there are none', async () => {
    for (const [method, path, status] of [
      ['GET', '', 200],
      ['POST', '', 405],
      ['GET', '/x', 404],
      ['GET', '/$count', 200],
      ['GET', '/validateComplianceScript', 405],
    ] as const) {
      const answer = await api.request(method, `deviceManagement/deviceCompliancePolicies${path}`, method === 'POST' ? { body: {} } : {});
      expect([path, answer.status]).toEqual([path, status]);
    }
  });

  it('needs a ReadWrite name of configurations', async () => {
    const call = async (...roles: string[]) =>
      (
        await api.request('POST', 'deviceManagement/deviceCompliancePolicies/validateComplianceScript', {
          body: {},
          token: await api.token({ roles }),
        })
      ).status;
    expect(await call('DeviceManagementConfiguration.Read.All')).toBe(403);
    expect(await call('DeviceManagementScripts.ReadWrite.All')).toBe(403);
    expect(await call('DeviceManagementConfiguration.ReadWrite.All')).toBe(200);
  });
});
