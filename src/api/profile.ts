/**
 * Where the documentation and the real service differ, both are right for somebody: a profile is a column of this table.
 * `docs` is what the pages say; `service` is what clients meet in practice.
 */

export type Profile = 'docs' | 'service';

/** Setting → value per profile, with the fact it comes from. */
const SETTINGS = {
  /** Pages: 204. The backup tools check for 200 on scripts. */
  scriptDeleteStatus: { docs: 204, service: 200 },
  /** Pages: 204. The backup tools check for 200. */
  scriptAssignStatus: { docs: 204, service: 200 },
  /** Pages show content in lists; the service leaves it null, and tools fetch each script singly. */
  contentInLists: { docs: true, service: false },
  /** Pages show `@odata.type` on every entity; a captured answer of the service has none where it is the declared type. */
  entityTypeAnnotation: { docs: true, service: false },
  /** Pages show a stream as base64 in JSON; clients of the service read its bytes. `Accept` decides where it says which. */
  streamFormat: { docs: 'application/json', service: 'application/octet-stream' },
  /** Graph's plain message, or the JSON text that Intune's services put there. */
  errorMessage: { docs: 'plain', service: 'intune' },
} as const satisfies Record<string, Record<Profile, unknown>>;

export type ProfileSetting = keyof typeof SETTINGS;

type Settings = typeof SETTINGS;

/** The value of a setting in a profile. */
export const profileValue = <S extends ProfileSetting>(profile: Profile, setting: S): Settings[S][Profile] =>
  SETTINGS[setting][profile] as Settings[S][Profile];

/** Reads a profile's name. @returns undefined for any other text */
export const profileNamed = (name: string | undefined): Profile | undefined => (name === 'docs' || name === 'service' ? name : undefined);
