/**
 * Where the documentation and the real service differ, both are right for somebody: a profile is a column of this table.
 * `docs` is what the pages say; `service` is what clients meet in practice. `docs/profiles.md` shows the same table.
 */

export type Profile = 'docs' | 'service';

/** One difference: what it is about, the value in each profile, and where that is known from. */
interface Row extends Readonly<Record<Profile, string | number>> {
  readonly about: string;
  readonly source: string;
}

export const profileTable = {
  scriptDeleteStatus: {
    about: 'status of a DELETE of a script, or of something below one',
    docs: 204,
    service: 200,
    source: 'pages of the delete operations; a backup tool takes nothing but 200 for success',
  },
  scriptAssignStatus: {
    about: 'status of `assign` of a script, which has no content',
    docs: 204,
    service: 200,
    source: 'pages of the assign actions; the same backup tool',
  },
  scopeTagCreateStatus: {
    about: 'status of a POST of a role scope tag',
    docs: 201,
    service: 200,
    source: 'page of the create operation; a tool that takes nothing but 200 for success',
  },
  unknownScopeTags: {
    about: 'ids in `roleScopeTagIds` that no scope tag has',
    docs: 'kept',
    service: 'refused',
    source: 'examples of the pages write `"Role Scope Tag Ids value"`; the service answers 400',
  },
  contentInLists: {
    about: 'script and BIOS file content in lists; a single entity always has it',
    docs: 'full',
    service: 'null',
    source: "examples of the list pages; backup tools read each script singly, because the service's lists leave it null",
  },
  entityTypeAnnotation: {
    about: '`@odata.type` of an entity whose type is the declared one',
    docs: 'always',
    service: 'full metadata only',
    source: 'every example of the pages; an answer captured from the service, which has none',
  },
  navigationInCreate: {
    about: 'empty navigation properties such as `"assignments": []` in the body of a create; those with content are always refused',
    docs: 'accepted',
    service: 'refused',
    source: 'backup tools post what they read; samples of the vendor strip it first, because the service refuses it',
  },
  typeNameWithoutHash: {
    about: '`@odata.type` without its leading `#` in a body',
    docs: 'accepted',
    service: 'refused',
    source: 'examples of nested values on the pages have none; tools report that the service calls such a type invalid',
  },
  streamFormat: {
    about: 'form of a stream that an operation returns, where `Accept` leaves it open',
    docs: 'application/json',
    service: 'application/octet-stream',
    source: 'examples of the pages, base64 in JSON; clients of the service, which read its bytes',
  },
  wrongMethodCode: {
    about: '`code` of the error when a path does not know the method',
    docs: 'MethodNotAllowed',
    service: 'No method match route template',
    source: 'error page of the documentation; codes that tools look for',
  },
  errorMessage: {
    about: '`message` of an error',
    docs: 'text',
    service: 'JSON as text',
    source: "error page of the documentation; tools parse the JSON that Intune's services put there",
  },
  directoryErrors: {
    about: 'codes and texts of errors of users, groups, devices and the organization',
    docs: 'as of all others',
    service: 'its own',
    source: 'error page of the documentation; answers of the directory, such as `Request_ResourceNotFound`, which tools look for',
  },
  passwordOfUser: {
    about: 'a new user without `passwordProfile`, which is never kept nor answered',
    docs: 'accepted',
    service: 'refused',
    source: 'page of the create operation, which calls it required; tests that need a user and no password',
  },
  diagnosticHeader: {
    about: 'header `x-ms-ags-diagnostic`, which names the machine that answered',
    docs: 'absent',
    service: 'present',
    source: 'not on any page; tools log it from every answer of the service',
  },
} as const satisfies Readonly<Record<string, Row>>;

type Table = typeof profileTable;

export type ProfileSetting = keyof Table;

/** The value of a setting in a profile. */
export const profileValue = <S extends ProfileSetting>(profile: Profile, setting: S): Table[S][Profile] =>
  profileTable[setting][profile] as Table[S][Profile];

/** Reads a profile's name. @returns undefined for any other text */
export const profileNamed = (name: string | undefined): Profile | undefined => (name === 'docs' || name === 'service' ? name : undefined);
