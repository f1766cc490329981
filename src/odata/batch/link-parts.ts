import { AppError } from '../../lib/app-error.ts';
import { invalidValue } from '../body/read-primitive.ts';
import type { BatchPart, UnlinkedPart } from './batch-part.ts';
import { referenceOf } from './resolve-part-url.ts';

/** Ids are compared without regard to case, as Graph does. */
const folded = (id: string): string => id.toLowerCase();

/**
 * Joins each part with those that it depends on. A part may stand before those.
 * @throws invalidValue when two parts have one id, when a part depends on itself, on no part, or by way of others on itself, and
 * when its URL refers to a part on which it does not depend
 */
export function linkParts(parts: readonly UnlinkedPart[]): readonly BatchPart[] {
  const byId = new Map<string, UnlinkedPart>();
  for (const part of parts) {
    const target = `${part.place}/id`;
    if (byId.has(folded(part.id))) throw invalidValue(target, `'${part.id}' is the id of two requests (case does not count)`);
    byId.set(folded(part.id), part);
  }
  for (const part of parts) checkReference(part, byId);
  const linked = new Map<UnlinkedPart, BatchPart>();
  const link = (part: UnlinkedPart, waiting: readonly UnlinkedPart[]): BatchPart => {
    const known = linked.get(part);
    if (known !== undefined) return known;
    const trail = [...waiting, part];
    const dependsOn = part.dependsOn.map((id, index) => {
      const target = `${part.place}/dependsOn/${index}`;
      const needed = byId.get(folded(id));
      if (needed === undefined) throw invalidValue(target, `names no request of this batch: '${id.slice(0, 80)}'`);
      if (trail.includes(needed)) {
        const circle = [...trail.slice(trail.indexOf(needed)), needed].map((each) => `'${each.id}'`).join(' → ');
        throw invalidValue(target, `makes requests wait for each other: ${circle}`);
      }
      return link(needed, trail);
    });
    const done = { ...part, dependsOn: [...new Set(dependsOn)] };
    linked.set(part, done);
    return done;
  };
  return parts.map((part) => link(part, []));
}

/** JSON Format §19.1: what a URL refers to must have been answered. */
function checkReference(part: UnlinkedPart, byId: ReadonlyMap<string, UnlinkedPart>): void {
  const reference = referenceOf(part.url);
  if (reference === undefined || !byId.has(folded(reference))) return;
  if (part.dependsOn.some((id) => folded(id) === folded(reference))) return;
  const target = `${part.place}/url`;
  throw new AppError('invalidValue', `'${target}' refers to the request '${reference}'. Name it in dependsOn too.`, { target });
}
