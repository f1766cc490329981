import { findOne } from '../domain/change.ts';
import type { EntityType } from '../edm/declare.ts';
import { shapeOf } from '../edm/link.ts';
import type { Row } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import { isUuid } from '../lib/ids.ts';
import { parsePath } from '../odata/url/parse-path.ts';
import type { NameSegment } from '../odata/url/syntax.ts';
import type { Reader } from '../store/contract.ts';

/**
 * The id in an entity reference: the last key of a URL such as `https://…/beta/users('id')` or `managedDevices/id`. Which
 * host it names does not matter: the tenant that it is looked up in is the caller's.
 * @param target the property that holds it, for messages
 * @throws invalidValue
 */
function referencedId(url: string, target: string): string {
  const path = url.replace(/^https?:\/\/[^/]+/i, '').replace(/^\/?(beta|v1\.0)(?=\/)/i, '');
  const last = parsePath(path.startsWith('/') ? path : `/${path}`).at(-1);
  const id = last?.kind === 'name' ? keyOf(last) : undefined;
  if (id === undefined)
    throw new AppError('invalidValue', `'${url.slice(0, 200)}' is no reference to an entity. Send its URL, such as …/users/<id>.`, {
      target,
    });
  return id;
}

function keyOf(segment: NameSegment): string | undefined {
  if (segment.arguments === undefined) return segment.text;
  const value = segment.arguments.kind === 'single' ? segment.arguments.value : undefined;
  return value?.kind === 'literal' ? String(value.value) : undefined;
}

/** The entity that a URL refers to, if the caller sees it. @throws invalidValue, referencedMissing */
export async function referenced(
  seen: Reader,
  url: string,
  { type, target }: { readonly type: EntityType; readonly target: string },
): Promise<Row> {
  const id = referencedId(url, target);
  const hasUuid = shapeOf(type).property.get('id')!.format === 'uuid';
  const found = hasUuid && !isUuid(id) ? undefined : await findOne(seen, type, { id: hasUuid ? id.toLowerCase() : id });
  if (found !== undefined) return found;
  throw new AppError('referencedMissing', `'${target}' refers to the ${type.name} '${id.slice(0, 100)}', which does not exist.`, {
    target,
  });
}
