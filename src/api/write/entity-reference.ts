import { findOne } from '../../domain/unit-of-work.ts';
import type { EntityType } from '../../edm/declare.ts';
import { isOrDerivesFrom, shapeOf } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { isUuid } from '../../lib/ids.ts';
import { user } from '../../model/managed-device.ts';
import { parsePath } from '../../odata/url/parse-path.ts';
import type { NameSegment } from '../../odata/url/syntax.ts';
import type { Reader } from '../../store/contract.ts';
import { readTenantPath } from '../request/tenant-path.ts';

/** What a reference says: the key at its end, and the name of the collection that it stands in. */
interface Reference {
  readonly key: string;
  readonly collection: string;
}

/**
 * Reads a URL such as `https://…/beta/users('id')` or `managedDevices/id`. Which host it names does not matter: the tenant that it is looked up
 * in is the caller's.
 * @param target the property that holds it, for messages
 * @throws invalidValue
 */
function readReference(url: string, target: string): Reference {
  const { path } = readTenantPath(url.replace(/^https?:\/\/[^/]+/i, '').replace(/^\/*(beta|v1\.0)(?=\/)/i, ''));
  const segments = parsePath(path.startsWith('/') ? path : `/${path}`);
  const last = segments.at(-1);
  const key = last?.kind === 'name' ? keyOf(last) : undefined;
  if (last?.kind !== 'name' || key === undefined)
    throw new AppError('invalidValue', `'${url.slice(0, 200)}' is no reference to an entity. Send its URL, such as …/users/<id>.`, {
      target,
    });
  const before = last.arguments === undefined ? segments.at(-2) : last;
  return { key, collection: before?.kind === 'name' ? before.name : '' };
}

function keyOf(segment: NameSegment): string | undefined {
  if (segment.arguments === undefined) return segment.text;
  const value = segment.arguments.kind === 'single' ? segment.arguments.value : undefined;
  return value?.kind === 'literal' ? String(value.value) : undefined;
}

/** The entity that a URL refers to, if the caller sees it. @throws invalidValue, referencedMissing; notFound where it is an object of the directory */
export async function referenced(
  seen: Reader,
  url: string,
  { type, target }: { readonly type: EntityType; readonly target: string },
): Promise<Row> {
  const reference = readReference(url, target);
  const found = await find(seen, type, reference);
  if (found !== undefined) return found;
  const key = reference.key.slice(0, 100);
  const message = `'${target}' refers to the ${type.name} '${key}', which does not exist.`;
  if (type.family === 'directory') throw new AppError('notFound', message, { target, missingId: key });
  throw new AppError('referencedMissing', message, { target });
}

async function find(seen: Reader, type: EntityType, { key, collection }: Reference): Promise<Row | undefined> {
  const hasUuid = shapeOf(type).property.get('id')!.format === 'uuid';
  if (!hasUuid) return findOne(seen, type, { id: key });
  if (isUuid(key)) return findOne(seen, type, { id: key.toLowerCase() });
  // Users have a name, too.
  const isName = collection.toLowerCase() === 'users' && isOrDerivesFrom(user, type);
  return isName ? findOne(seen, user, { userPrincipalName: key }) : undefined;
}
