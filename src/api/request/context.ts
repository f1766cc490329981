import type { ScopeNames } from '../../auth/authorize.ts';
import type { Principal, TokenVerifier } from '../../auth/principal.ts';
import type { RepeatableRequest } from '../../domain/repeatable-answer.ts';
import type { UnlimitedTenants } from '../../domain/roles/caller-scope.ts';
import { type SecretRead, secretReadOf } from '../../domain/secrets/secret-read.ts';
import { openSecrets } from '../../domain/secrets/secrets.ts';
import type { Vault } from '../../domain/secrets/vault.ts';
import type { EntityType } from '../../edm/declare.ts';
import { type Model, shapeOf } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import type { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { HttpRequest } from '../../lib/http.ts';
import type { OneByOne } from '../../lib/one-by-one.ts';
import type { WriteContext } from '../../odata/body/write-entity.ts';
import type { MediaType, MetadataLevel } from '../../odata/headers/negotiate-format.ts';
import type { Preferences } from '../../odata/headers/parse-prefer.ts';
import type { QueryOptions } from '../../odata/options/query-options.ts';
import type { Store } from '../../store/contract.ts';
import type { Query } from '../bind/query.ts';
import type { OtherCollections } from './other-collections.ts';
import { type Profile, profileValue } from './profile.ts';
import { isInDirectory } from './resource.ts';
import type { Throttle } from './throttle.ts';

/** Where tokens come from. */
export interface TokenSource {
  /** An external issuer. */
  readonly issuer?: string | undefined;
  /** A tenant of the embedded issuer. */
  readonly tenantId?: string | undefined;
}

/** What the API works with: made once by the composition root. */
export interface ApiDependencies {
  readonly store: Store;
  readonly verifyToken: TokenVerifier;
  readonly clock: Clock;
  /** Makes the ids of new rows (UUIDv7). */
  readonly newId: () => string;
  readonly profile: Profile;
  readonly scopeNames: ScopeNames;
  /** What is answered for collections that Graph has and Muster does not; refused by default. */
  readonly otherCollections?: OtherCollections;
  /** Where clients get tokens: told in the description of the API. */
  readonly tokenSource?: TokenSource;
  /** Authenticates paging tokens, so that they survive a restart and cannot be made up. At least 32 bytes. */
  readonly pagingSecret: Uint8Array;
  /** Keeps callers to their limits; undefined lets them ask for as much as they like. */
  readonly throttle: Throttle | undefined;
  /** Opens secret properties. */
  readonly vault: Vault;
  /** Whether the OpenAPI document is shown; true by default. */
  readonly openApi?: boolean;
}

/** {@link ApiDependencies}, and what the API knows besides of requests before this one, and beside it. */
export interface ApiParts extends ApiDependencies {
  readonly batchReads: OneByOne;
  readonly unlimited: UnlimitedTenants;
}

/** One request on its way through the API: what is known once its path, options and caller are. */
export interface Call {
  readonly dependencies: ApiParts;
  readonly request: HttpRequest;
  readonly principal: Principal;
  readonly model: Model;
  readonly profile: Profile;
  readonly options: QueryOptions;
  /** The options bound to the type of the resource, or what is wrong with them: `queryOf` is for operations that take them. */
  readonly query: Query | AppError;
  /** Whether a read may look at very many rows. */
  readonly isLong: boolean;
  /** What the client asked for, of what there is. */
  readonly mediaType: MediaType;
  readonly level: MetadataLevel;
  /** `IEEE754Compatible=true` was asked for. */
  readonly longNumbersAsText: boolean;
  /** How the rows of the plan are written, by type, selection and place: one for each type below each nested query at most. */
  readonly writeContexts: Map<string, WriteContext>;
  /** `http://host:port/beta` */
  readonly serviceRoot: string;
  /** Behind the service root, as sent. */
  readonly path: string;
  /** Behind the `?`, as sent. */
  readonly queryString: string;
  /** Bytes of long texts that a page of the answer may have. */
  readonly pageBytes: number;
  /** What the `Prefer` header says. */
  readonly preferences: Preferences;
  /** Of a write that its client may repeat: how it is recognised. */
  readonly repeatable?: RepeatableRequest;
}

/** A call in one run of the work that it gives to the store. The store may run work again, so what is gathered belongs to the run. */
export interface CallRun extends Call {
  /** The secrets that the answer holds: grows while the answer is made, and is in the audit log before the answer is sent. */
  readonly secretsRead: SecretRead[];
}

/** Starts one run of a call's work. */
export const runOf = (call: Call): CallRun => ({ ...call, secretsRead: [] });

/**
 * Secrets on their way to a client. Rows hold them sealed from the store to here, so that nothing can answer with one but by
 * {@link disclosed}, which notes it; the notes are in the audit log before the answer is sent (`write.ts` of writes, `read.ts` of reads).
 */

const isEmptyList = (value: Value): boolean => Array.isArray(value) && value.length === 0;

/** The row as the client may see it: the secrets that it asked for are open. @throws secretUnreadable */
export function disclosed(
  run: CallRun,
  row: Row,
  { type, select }: { readonly type: EntityType; readonly select?: readonly string[] | undefined },
): Row {
  const { secret } = shapeOf(type);
  if (secret.length === 0) return row;
  const wanted = secret.filter(({ name }) => (row[name] ?? null) !== null && (select === undefined || select.includes(name)));
  if (wanted.length === 0) return row;
  const names = wanted.map(({ name }) => name);
  const read = Object.fromEntries(['id', ...names].map((name) => [name, row[name]!]));
  const open = openSecrets(type, { vault: run.dependencies.vault, tenantId: run.principal.tenantId }, read);
  const told = names.filter((name) => !isEmptyList(open[name]!));
  if (told.length > 0) run.secretsRead.push(secretReadOf(type, row, told));
  return { ...row, ...open };
}

/** Members behind `unknownFutureValue` are shown to clients that ask for them (Graph, evolvable enumerations). */
export const hidesFutureMembers = ({ preferences }: Call): boolean => preferences.includeUnknownEnumMembers !== true;

/** What is selected. Intune's entities carry their `id`, too, whatever is selected; objects of the directory do not. */
const withId = (select: readonly string[], type: EntityType): readonly string[] =>
  select.includes('id') || isInDirectory(type) || !shapeOf(type).property.has('id') ? select : ['id', ...select];

/**
 * How entities of a type are written in this answer. The plan of the request keeps the contexts, as a writer is compiled for each.
 * @param shape `select` is what the client selected, if it did; `isDerived` says that the type is not the declared one
 */
export function writeContextOf(
  call: Call,
  type: EntityType,
  shape: { readonly select?: readonly string[]; readonly inList: boolean; readonly isDerived?: boolean },
): WriteContext {
  const { inList, isDerived = false } = shape;
  const select = shape.select === undefined ? undefined : withId(shape.select, type);
  const defaultSelectOnly = inList || select === undefined;
  const typeAnnotation = isDerived || profileValue(call.profile, 'entityTypeAnnotation') === 'always';
  const nullContent = inList && profileValue(call.profile, 'contentInLists') === 'null';
  const key = `${type.name}|${inList}|${isDerived}|${select?.join() ?? '*'}`;
  let context = call.writeContexts.get(key);
  if (context === undefined) {
    context = {
      model: call.model,
      type,
      level: call.level,
      ...(select === undefined ? {} : { select }),
      typeAnnotation,
      nullContent,
      defaultSelectOnly,
      hideFutureMembers: hidesFutureMembers(call),
      longNumbersAsText: call.longNumbersAsText,
    };
    call.writeContexts.set(key, context);
  }
  return context;
}
