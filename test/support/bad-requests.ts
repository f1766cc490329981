import type { RequestOptions } from './in-process-api.ts';
import type { Refusal } from './refusal.ts';
import { groupBody, hardwareBody, scriptBody } from './sample-bodies.ts';

/**
 * Requests that must be refused, by where the fault is. In a request line `hw` and `scripts` stand for the collections, `{h}` and
 * `{s}` for the path of a policy, `{u}` for that of a user state, `{sid}` for the script's id.
 */

/** One of them: what is wrong, the request line, what else is sent, and the answer. */
export type BadRequest = readonly [what: string, request: string, options: RequestOptions, refusal: Refusal & { readonly allow?: string }];

const bad = (code: Refusal['code'], target?: string | null, says?: string): Refusal => ({
  status: 400,
  code,
  ...(target === undefined ? {} : { target }),
  ...(says === undefined ? {} : { says }),
});

const raw = (body: string | Uint8Array, headers: Record<string, string> = {}): RequestOptions => ({ body, headers });
const json = (body: unknown, headers: Record<string, string> = {}): RequestOptions => ({ body, headers });

const bytes = (length: number): string => Buffer.alloc(length, 0x61).toString('base64');
const nested = (depth: number): string => `${'{"description":'.repeat(depth)}1${'}'.repeat(depth)}`;

const BODIES: readonly BadRequest[] = [
  ['no JSON at all', 'POST hw', raw('displayName=x'), bad('invalidJson')],
  ['truncated JSON', 'POST hw', raw('{"displayName":"x"'), bad('invalidJson')],
  ['a trailing comma', 'POST {h}/userRunStates', raw('{"upn":"x",}'), bad('invalidJson', undefined, 'line 1, column 12')],
  ['single quotes', 'PATCH {u}', raw("{'upn':'x'}"), bad('invalidJson')],
  ['something behind the object', 'PATCH {u}', raw('{"upn":"x"} {}'), bad('invalidJson')],
  ['white space only', 'POST hw', raw('  \n'), bad('invalidJson')],
  [
    'invalid UTF-8',
    'POST {h}/userRunStates',
    raw(Buffer.from([0x7b, 0x22, 0x75, 0xff, 0x22, 0x3a, 0x31, 0x7d])),
    bad('invalidJson', null, 'UTF-8'),
  ],
  ['UTF-16', 'POST {h}/userRunStates', raw(Buffer.from('{"upn":"x"}', 'utf16le')), bad('invalidJson')],
  ['no body', 'POST hw', {}, bad('invalidBody')],
  ['no body', 'PATCH {u}', {}, bad('invalidBody')],
  ['an array', 'POST {h}/userRunStates', json([{ upn: 'x' }]), bad('invalidBody')],
  ['a string', 'POST {h}/userRunStates', raw('"upn"'), bad('invalidBody')],
  ['null', 'PATCH {u}', raw('null'), bad('invalidBody')],
  ['a number', 'PATCH {h}', raw('1'), bad('invalidBody')],
  ['an array for an action', 'POST {h}/assign', json([]), bad('invalidBody')],
  ['a name twice', 'PATCH {u}', raw('{"upn":"x","successfulDeviceCount":1,"upn":"y"}'), bad('duplicateProperty', 'upn')],
  ['a name twice in other case', 'PATCH {u}', raw('{"upn":"x","UPN":"y"}'), bad('duplicateProperty', 'UPN')],
  ['a name twice, escaped', 'PATCH {u}', raw('{"upn":"x","\\u0075pn":"y"}'), bad('duplicateProperty', 'upn')],
  ['65 levels', 'PATCH {u}', raw(nested(65)), bad('tooDeep')],
  ['100,000 levels', 'PATCH {u}', raw('['.repeat(100_000)), bad('tooDeep')],
  ['64 levels', 'PATCH {h}', raw(nested(64)), bad('invalidValue', 'description')],
];

const PROPERTIES: readonly BadRequest[] = [
  ['an unknown property', 'PATCH {h}', json({ description: 'new', colour: 'red' }), bad('unknownProperty', 'colour', 'colour')],
  ['a property of another type', 'POST {s}/userRunStates', json({ upn: 'x' }), bad('unknownProperty', 'upn')],
  ['an internal column', 'PATCH {u}', json({ policyId: '00000000-0000-0000-0000-000000000001' }), bad('unknownProperty', 'policyId')],
  ['an internal column', 'PATCH {u}', json({ origin: 'derived' }), bad('unknownProperty', 'origin')],
  ['__proto__', 'PATCH {h}', raw('{"__proto__":{"description":"x"}}'), bad('unknownProperty', '__proto__')],
  ['constructor', 'PATCH {h}', json({ constructor: { prototype: { x: 1 } } }), bad('unknownProperty', 'constructor')],
  ['toString', 'POST hw', json({ ...hardwareBody(), toString: 'x' }), bad('unknownProperty', 'toString')],
  [
    'hasOwnProperty in a target',
    'POST {h}/assign',
    json({
      hardwareConfigurationAssignments: [{ target: { '@odata.type': 'microsoft.graph.allDevicesAssignmentTarget', hasOwnProperty: 1 } }],
    }),
    bad('unknownProperty', 'hardwareConfigurationAssignments/0/target/hasOwnProperty'),
  ],
  ['__proto__ as type', 'PATCH {h}', json({ '@odata.type': '__proto__' }), bad('invalidValue', '@odata.type')],
  ['the wrong type', 'PATCH {h}', json({ '@odata.type': '#microsoft.graph.deviceManagementScript' }), bad('invalidValue', '@odata.type')],
  ['an unknown parameter', 'POST {h}/assign', json({ assignments: [] }), bad('unknownProperty', 'assignments')],
  ['the empty name', 'PATCH {h}', json({ '': 1 }), bad('unknownProperty', '')],
  [
    'a required property missing',
    'POST hw',
    json({ fileName: 'a.cctk', configurationFileContent: 'eA==' }),
    bad('missingProperty', 'displayName'),
  ],
  [
    'a required property missing',
    'POST hw',
    json({ displayName: 'a', configurationFileContent: 'eA==' }),
    bad('missingProperty', 'fileName'),
  ],
  [
    'a required property missing',
    'POST hw',
    json({ displayName: 'a', fileName: 'a.cctk' }),
    bad('missingProperty', 'configurationFileContent'),
  ],
  ['no format that follows', 'POST hw', json(hardwareBody({ fileName: 'a.bin' })), bad('missingProperty', 'hardwareConfigurationFormat')],
  // Whoever sends these expects to find them afterwards.
  [
    'related entities in a create',
    'POST hw',
    json(hardwareBody({ assignments: [{}] })),
    bad('invalidValue', 'assignments', '/assignments'),
  ],
  ['one of them in a create', 'POST scripts', json(scriptBody({ runSummary: {} })), bad('invalidValue', 'runSummary')],
  ['related entities in an update', 'PATCH {h}', json({ description: 'x', deviceRunStates: [] }), bad('invalidValue', 'deviceRunStates')],
  ['null for one of them in an update', 'PATCH {h}', json({ runSummary: null }), bad('invalidValue', 'runSummary')],
  ['members as objects', 'POST /beta/groups', json(groupBody({ members: [{ id: 'x' }] })), bad('invalidValue', 'members', '@odata.bind')],
  ['an assignment without target', 'POST {h}/assignments', json({}), bad('missingProperty', 'target')],
  [
    'a group target without group',
    'POST {h}/assignments',
    json({ target: { '@odata.type': '#microsoft.graph.groupAssignmentTarget' } }),
    bad('missingProperty', 'target/groupId'),
  ],
  ['a target without type', 'POST {h}/assignments', json({ target: { groupId: 'x' } }), bad('invalidValue', 'target/@odata.type')],
  [
    'an abstract target',
    'POST {h}/assignments',
    json({ target: { '@odata.type': '#microsoft.graph.deviceAndAppManagementAssignmentTarget' } }),
    bad('invalidValue', 'target/@odata.type'),
  ],
];

const VALUES: readonly BadRequest[] = [
  ['a number for a text', 'PATCH {h}', json({ displayName: 1 }), bad('invalidValue', 'displayName')],
  ['an object for a text', 'PATCH {h}', json({ displayName: {} }), bad('invalidValue', 'displayName')],
  ['a text for a number', 'PATCH {u}', json({ successfulDeviceCount: 'five' }), bad('invalidValue', 'successfulDeviceCount')],
  ['a fraction', 'PATCH {u}', json({ successfulDeviceCount: 1.5 }), bad('invalidValue', 'successfulDeviceCount')],
  ['Int32 + 1', 'PATCH {u}', json({ successfulDeviceCount: 2147483648 }), bad('invalidValue', 'successfulDeviceCount', '2147483647')],
  ['1e400', 'PATCH {u}', raw('{"successfulDeviceCount":1e400}'), bad('invalidValue', 'successfulDeviceCount')],
  ['a count below zero', 'PATCH {u}', json({ pendingDeviceCount: -1 }), bad('invalidValue', 'pendingDeviceCount')],
  ['Int32 - 1', 'POST {h}/deviceRunStates', json({ internalVersion: -2147483649 }), bad('invalidValue', 'internalVersion')],
  ['a text for a boolean', 'PATCH {h}', json({ perDevicePasswordDisabled: 'yes' }), bad('invalidValue', 'perDevicePasswordDisabled')],
  ['a list for a single value', 'PATCH {h}', json({ displayName: ['a'] }), bad('invalidValue', 'displayName')],
  ['a single value for a list', 'PATCH {h}', json({ roleScopeTagIds: '0' }), bad('invalidValue', 'roleScopeTagIds')],
  ['null in a list', 'PATCH {h}', json({ roleScopeTagIds: ['0', null] }), bad('invalidValue', 'roleScopeTagIds/1')],
  ['null for a number', 'PATCH {u}', json({ successfulDeviceCount: null }), bad('invalidValue', 'successfulDeviceCount', 'null')],
  ['null for a required text', 'POST hw', json(hardwareBody({ displayName: null })), bad('invalidValue', 'displayName')],
  ['null for an enumeration', 'PATCH {s}', json({ runAsAccount: null }), bad('invalidValue', 'runAsAccount')],
  [
    'an unknown member',
    'POST {h}/deviceRunStates',
    json({ configurationState: 'exploded' }),
    bad('invalidValue', 'configurationState', 'notApplicable'),
  ],
  [
    'an enumeration member of Object',
    'POST {h}/deviceRunStates',
    json({ configurationState: 'constructor' }),
    bad('invalidValue', 'configurationState'),
  ],
  [
    'a number that no member has',
    'PATCH {h}',
    json({ hardwareConfigurationFormat: 4 }),
    bad('invalidValue', 'hardwareConfigurationFormat'),
  ],
  [
    'a day that does not exist',
    'PATCH {u}',
    json({ lastStateUpdateDateTime: '2017-02-30T00:00:00Z' }),
    bad('invalidValue', 'lastStateUpdateDateTime'),
  ],
  [
    'a date without offset',
    'PATCH {u}',
    json({ lastStateUpdateDateTime: '2017-02-03T00:00:00' }),
    bad('invalidValue', 'lastStateUpdateDateTime'),
  ],
  ['a date as number', 'PATCH {u}', json({ lastStateUpdateDateTime: 1483228978 }), bad('invalidValue', 'lastStateUpdateDateTime')],
  ['bad base64', 'PATCH {h}', json({ configurationFileContent: 'a*b=' }), bad('invalidValue', 'configurationFileContent')],
  ['base64 of no length', 'PATCH {s}', json({ scriptContent: 'YWFhY' }), bad('invalidValue', 'scriptContent')],
  ['5,121 bytes', 'PATCH {h}', json({ configurationFileContent: bytes(5121) }), bad('invalidValue', 'configurationFileContent', '5120')],
  ['151 characters', 'PATCH {h}', json({ displayName: 'x'.repeat(151) }), bad('invalidValue', 'displayName', '150')],
  ['151 characters', 'PATCH {h}', json({ fileName: 'x'.repeat(151) }), bad('invalidValue', 'fileName')],
  ['1,001 characters', 'PATCH {h}', json({ description: 'x'.repeat(1001) }), bad('invalidValue', 'description')],
  ['U+0000', 'PATCH {u}', json({ userName: 'a\0b' }), bad('invalidValue', 'userName')],
  ['half a surrogate pair', 'PATCH {u}', raw('{"userName":"\\ud800"}'), bad('invalidValue', 'userName')],
  [
    'a reference to nothing',
    'POST {s}/deviceRunStates',
    json({ 'managedDevice@odata.bind': 'deviceManagement/managedDevices/00000000-0000-0000-0000-000000000009' }),
    bad('referencedMissing', 'managedDevice'),
  ],
  [
    'a reference that is no URL',
    'POST {s}/deviceRunStates',
    json({ 'managedDevice@odata.bind': 'https://x' }),
    bad('invalidValue', 'managedDevice'),
  ],
  [
    'a reference of the wrong type',
    'POST {s}/deviceRunStates',
    json({ 'managedDevice@odata.bind': 5 }),
    bad('invalidValue', 'managedDevice@odata.bind'),
  ],
];

const NO_ID = '00000000-0000-0000-0000-000000000009';
const wrongMethod = (allow: string): Refusal & { allow: string } => ({
  status: 405,
  code: 'methodNotAllowed',
  allow: `${allow}, OPTIONS`,
});
const missing = { status: 404, code: 'notFound' } as const;

const PLACES: readonly BadRequest[] = [
  ['a missing parent', `POST hw/${NO_ID}/userRunStates`, json({ upn: 'x' }), missing],
  ['a missing parent', `POST hw/${NO_ID}/deviceRunStates`, json({}), missing],
  ['a missing parent', `POST scripts/${NO_ID}/userRunStates/`, json({}), missing],
  ['a missing parent', `GET hw/${NO_ID}/userRunStates`, {}, missing],
  ['a missing parent', `GET hw/${NO_ID}/userRunStates/$count`, {}, missing],
  ['a missing parent of an action', `POST hw/${NO_ID}/assign`, {}, missing],
  ['a missing child', `PATCH {h}/userRunStates/${NO_ID}`, json({ upn: 'x' }), missing],
  ['a missing child', `DELETE {h}/deviceRunStates/${NO_ID}`, {}, missing],
  ['an id that is no UUID', 'GET hw/1', {}, missing],
  ['an id that is no UUID', "GET hw('x''y')", {}, missing],
  ['an enormous id', `GET hw/${'9'.repeat(5000)}`, {}, missing],
  ['a script asked as a configuration', 'GET hw/{sid}', {}, missing],
  ['a key that is a number', 'GET hw(1)', {}, bad('invalidKey')],
  ['a key of another name', "GET hw(name='x')", {}, bad('invalidKey')],
  ['two keys', "GET hw(id='x',name='y')", {}, bad('invalidKey')],
  ['unclosed parentheses', "GET hw('x'", {}, bad('unknownSegment')],
  ['an unknown root', 'GET printers', {}, bad('unknownSegment', 'printers')],
  ['an unknown navigation', 'GET deviceManagement/toasters', {}, bad('unknownSegment', 'toasters')],
  ['an unknown property', 'GET {h}/colour', {}, bad('unknownSegment', 'colour')],
  ['a segment behind a value', 'GET {h}/displayName/length', {}, bad('unknownSegment', 'length')],
  ['__proto__ as a segment', 'GET deviceManagement/__proto__', {}, bad('unknownSegment', '__proto__')],
  ['constructor as a segment', 'GET {h}/constructor', {}, bad('unknownSegment', 'constructor')],
  ['an unknown version', 'GET /v2.0/users', {}, bad('unknownSegment')],
  ['a malformed escape', 'GET hw/%zz', {}, bad('invalidUrl')],
  ['an unknown system segment', 'GET hw/$links', {}, bad('unknownSegment', '$links')],
  ['the wrong method', 'PUT {h}', json({}), wrongMethod('GET, HEAD, PATCH, DELETE')],
  ['the wrong method', 'DELETE hw', {}, wrongMethod('GET, HEAD, POST')],
  ['the wrong method', 'PATCH hw', json({}), wrongMethod('GET, HEAD, POST')],
  ['the wrong method', 'POST {h}', json({}), wrongMethod('GET, HEAD, PATCH, DELETE')],
  ['the wrong method', 'GET {h}/assign', {}, wrongMethod('POST')],
  ['the wrong method', 'POST hw/$count', {}, wrongMethod('GET, HEAD')],
  ['the wrong method', 'POST {h}/runSummary', json({}), wrongMethod('GET, HEAD, PATCH, DELETE')],
  ['the wrong method', 'POST /beta/$metadata', {}, wrongMethod('GET, HEAD')],
  ['an invented method', `${'X'.repeat(50)} {h}`, {}, wrongMethod('GET, HEAD, PATCH, DELETE')],
];

const OPTIONS: readonly BadRequest[] = [
  ...['$apply=aggregate($count%20as%20n)', '$compute=1%20as%20x', '$deltatoken=x', '$index=1', '$schemaversion=1', '$id=x', '$hello=1'].map(
    (option): BadRequest => [option, `GET hw?${option}`, {}, bad('unsupportedQueryOption', option.slice(0, option.indexOf('=')))],
  ),
  ['$levels', 'GET hw?$expand=assignments($levels=2)', {}, bad('unsupportedQueryOption')],
  ...[
    '$top=-1',
    '$top=x',
    '$top=',
    '$top=2147483648',
    '$skip=1.5',
    '$count=maybe',
    '$top=1&$top=2',
    '$top=1&top=2',
    '$filter',
    '$orderby=displayName%20sideways',
  ].map((option): BadRequest => [option, `GET hw?${option}`, {}, bad('invalidQueryOption')]),
  ...[
    'displayName eq',
    "displayName eq 'x",
    'eq',
    ')(',
    'displayName',
    "displayName eq 'x' and",
    "colour eq 'red'",
    'version eq true',
    'policyId ne null',
    'length(1) eq 1',
    '1 add',
    "assignments eq 'x'",
    "version eq 'x'",
    "hardwareConfigurationFormat eq 'hp'",
  ].map((filter): BadRequest => [`$filter=${filter}`, `GET hw?$filter=${encodeURIComponent(filter)}`, {}, bad('invalidQueryOption')]),
  [
    'a function that is not offered',
    `GET hw?$filter=${encodeURIComponent("soundex(displayName) eq 'x'")}`,
    {},
    bad('unsupportedQueryOption'),
  ],
  ['a condition that is too deep', `GET hw?$filter=${'('.repeat(200)}true${')'.repeat(200)}`, {}, bad('tooDeep')],
  ['an unknown property selected', 'GET hw?$select=colour', {}, bad('invalidQueryOption', 'colour')],
  ['an internal column selected', 'GET {h}/userRunStates?$select=origin', {}, bad('invalidQueryOption', 'origin')],
  ['an unknown property selected of what is created', 'POST hw?$select=colour', json(hardwareBody()), bad('invalidQueryOption', 'colour')],
  [
    'an unknown property selected of what is changed',
    'PATCH {h}?$expand=colour',
    json({ description: 'x' }),
    bad('invalidQueryOption', 'colour'),
  ],
  ['an unknown navigation expanded', 'GET hw?$expand=colours', {}, bad('invalidQueryOption', 'colours')],
  ['a property expanded', 'GET hw?$expand=displayName', {}, bad('invalidQueryOption', 'displayName')],
  ['$search without names to search', 'GET {h}/assignments?$search=x', {}, bad('unsupportedQueryOption')],
  ['$filter on one entity', "GET {h}?$filter=displayName%20eq%20'x'", {}, bad('invalidQueryOption', '$filter')],
  ['$top on one entity', 'GET {h}?$top=1', {}, bad('invalidQueryOption', '$top')],
  ['$orderby on a count', 'GET hw/$count?$orderby=id', {}, bad('invalidQueryOption', '$orderby')],
  ['$filter on a create', "POST hw?$filter=displayName%20eq%20'x'", json(hardwareBody()), bad('invalidQueryOption', '$filter')],
  ['$select on a delete', 'DELETE {h}?$select=id', {}, bad('invalidQueryOption', '$select')],
  ['$select on a property', 'GET {h}/displayName?$select=id', {}, bad('invalidQueryOption', '$select')],
  ['$top on an action', 'POST {h}/assign?$top=1', {}, bad('invalidQueryOption', '$top')],
];

const HEADERS: readonly BadRequest[] = [
  ...[
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'application/json; charset=utf-16',
    '',
  ].map(
    (type): BadRequest => [
      `media type '${type}'`,
      'PATCH {h}',
      raw('{"description":"x"}', { 'content-type': type }),
      { status: 415, code: 'unsupportedMediaType', target: 'Content-Type' },
    ],
  ),
  ['a stale If-Match', 'PATCH {h}', json({ description: 'x' }, { 'if-match': 'W/"stale"' }), { status: 412, code: 'preconditionFailed' }],
  ['a stale If-Match', 'DELETE {h}', { headers: { 'if-match': 'W/"stale"' } }, { status: 412, code: 'preconditionFailed' }],
  ['If-None-Match: *', 'PATCH {h}', json({ description: 'x' }, { 'if-none-match': '*' }), { status: 412, code: 'preconditionFailed' }],
  ['a malformed If-Match', 'PATCH {h}', json({ description: 'x' }, { 'if-match': 'stale' }), bad('invalidHeader')],
  ['an Accept that is not offered', 'GET {h}', { headers: { accept: 'text/csv' } }, { status: 406, code: 'notAcceptable' }],
  ['a $format that is not offered', 'GET {h}?$format=atom', {}, { status: 406, code: 'notAcceptable' }],
  ['an old OData-MaxVersion', 'GET {h}', { headers: { 'odata-maxversion': '3.0' } }, bad('unsupportedVersion', 'OData-MaxVersion')],
  ['an OData-Version that is no version', 'GET {h}', { headers: { 'odata-version': 'four' } }, bad('invalidHeader', 'OData-Version')],
  ['a malformed Prefer', 'GET hw', { headers: { prefer: 'a="b' } }, bad('invalidHeader', 'Prefer')],
  ['an unknown ConsistencyLevel', 'GET hw', { headers: { consistencylevel: 'strong' } }, bad('invalidHeader', 'ConsistencyLevel')],
  ['Isolation', 'GET hw', { headers: { isolation: 'snapshot' } }, { status: 412, code: 'preconditionFailed', target: 'Isolation' }],
  [
    'OData-Isolation',
    'DELETE {h}',
    { headers: { 'odata-isolation': 'snapshot' } },
    { status: 412, code: 'preconditionFailed', target: 'OData-Isolation' },
  ],
];

/** All of them. */
export const BAD_REQUESTS: Readonly<Record<string, readonly BadRequest[]>> = {
  body: BODIES,
  properties: PROPERTIES,
  values: VALUES,
  path: PLACES,
  options: OPTIONS,
  headers: HEADERS,
};
