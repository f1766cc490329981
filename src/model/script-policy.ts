import {
  binary,
  containedMany,
  dateTimeOffset,
  type EntityType,
  entityType,
  enumType,
  type Properties,
  property,
  referenceOne,
  string,
} from '../edm/declare.ts';
import { entity } from './entity.ts';
import { scriptChildAccess as access, scriptUserStateAccess } from './permissions.ts';
import {
  deviceManagementScriptAssignment,
  deviceManagementScriptDeviceState,
  deviceManagementScriptGroupAssignment,
  deviceManagementScriptRunSummary,
  deviceManagementScriptUserState,
} from './script-children.ts';

/** What Windows scripts, shell scripts and custom attributes have in common. */

export const runAsAccountType = enumType('runAsAccountType', { system: 0, user: 1 });

const properties = {
  displayName: string({ nullable: true, notEmpty: true, searchable: true }),
  description: string({ nullable: true }),
  scriptContent: binary({ nullable: true, content: true }),
  createdDateTime: dateTimeOffset({ readOnly: true }),
  lastModifiedDateTime: dateTimeOffset({ readOnly: true }),
  runAsAccount: property(runAsAccountType, { default: 'system' }),
  fileName: string({ nullable: true }),
  roleScopeTagIds: string({ collection: true, distinct: true, nullable: true, default: ['0'] }),
} as const;

const children = { join: { policyId: 'id' }, access } as const;
const shownChildren = { ...children, fixed: { shown: true } } as const;

const navigation = {
  assignments: containedMany(() => deviceManagementScriptAssignment, children),
  deviceRunStates: containedMany(() => deviceManagementScriptDeviceState, children),
  groupAssignments: containedMany(() => deviceManagementScriptGroupAssignment, children),
  // Published as a plain navigation, though nothing else holds it; the pages describe an update (ODDITIES 1.10).
  runSummary: referenceOne(() => deviceManagementScriptRunSummary, { ...shownChildren, capabilities: ['get', 'update', 'delete'] }),
  userRunStates: containedMany(() => deviceManagementScriptUserState, { ...shownChildren, access: scriptUserStateAccess }),
} as const;

/** Declares a kind of script: what all of them have, and properties of its own. */
export const scriptPolicy = <const P extends Properties>(name: string, own: P): EntityType<P & typeof properties, typeof entity> =>
  entityType(name, { base: entity, family: 'script', properties: { ...own, ...properties }, navigation, storage: { key: ['id'] } });

/** Parameters of `assign`, which replaces all assignments of a script: they have two forms. */
export const assignment = {
  parameters: {
    deviceManagementScriptGroupAssignments: { type: deviceManagementScriptGroupAssignment, collection: true, nullable: true },
    deviceManagementScriptAssignments: { type: deviceManagementScriptAssignment, collection: true, nullable: true },
  },
} as const;
