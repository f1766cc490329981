import { rulesFor } from '../../domain/rules.ts';
import type { UnitOfWork } from '../../domain/unit-of-work.ts';
import type { Navigation } from '../../edm/link.ts';
import type { Row } from '../../edm/primitive.ts';
import type { Reader } from '../../store/contract.ts';
import { joined } from '../read/locate.ts';
import { referenced } from './entity-reference.ts';

/** Links of many-to-many navigations: rows of the type that stands between the two ends. */

/** The columns of the link between a source and the target with this id. */
export const linkColumns = (navigation: Navigation, source: Row, id: string): Row => ({
  ...joined(navigation, source).linked!.source,
  [navigation.through!.linkTo]: id,
});

/**
 * Links a source to what the URLs name.
 * @param urls looked up in `seen`, which finds what the caller sees; `target` is what holds them, for messages
 * @throws referencedMissing, alreadyExists, invalidValue
 */
export async function addReferences(
  change: UnitOfWork,
  [navigation, source]: readonly [Navigation, Row],
  { seen, urls, target }: { readonly seen: Reader; readonly urls: readonly string[]; readonly target: string },
): Promise<void> {
  for (const url of urls) {
    const { id } = await referenced(seen, url, { type: navigation.target, target });
    await rulesFor(navigation.through!.link()).create(change, linkColumns(navigation, source, id as string));
  }
}
