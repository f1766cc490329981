import { type Change, findOne } from '../domain/change.ts';
import { rulesFor } from '../domain/rules.ts';
import type { Navigation } from '../edm/link.ts';
import type { Row } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import { isUuid } from '../lib/ids.ts';
import { referencedId } from './entity-reference.ts';
import { joined } from './locate.ts';

/** Links of many-to-many navigations: rows of the type that stands between the two ends. */

/** The columns of the link between a source and the target with this id. */
export const linkColumns = (navigation: Navigation, source: Row, id: string): Row => ({
  ...joined(navigation, source).linked!.source,
  [navigation.through!.linkTo]: id,
});

/**
 * Links a source to what the URLs name.
 * @param target what holds the URLs, for messages
 * @throws referencedMissing, alreadyExists, invalidValue
 */
export async function addReferences(
  change: Change,
  [navigation, source]: readonly [Navigation, Row],
  { urls, target }: { readonly urls: readonly string[]; readonly target: string },
): Promise<void> {
  for (const url of urls) {
    const id = referencedId(url, target).toLowerCase();
    if (!isUuid(id) || (await findOne(change.writer, navigation.target, { id })) === undefined) {
      throw new AppError('referencedMissing', `There is no ${navigation.target.name} with the id '${id.slice(0, 100)}'.`, { target });
    }
    await rulesFor(navigation.through!.link()).create(change, linkColumns(navigation, source, id));
  }
}
