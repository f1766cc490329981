import type { UnitOfWork } from '../../domain/unit-of-work.ts';
import type { EntityType } from '../../edm/declare.ts';
import { findNavigation, type Navigation } from '../../edm/link.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import type { EntityInput } from '../../odata/body/read-entity.ts';
import type { Reader } from '../../store/contract.ts';
import { referenced } from '../write/entity-reference.ts';
import { addReferences } from '../write/link-entities.ts';
import { listColumn } from '../write/list-column.ts';

/** What `nav@odata.bind` in a body does (JSON Format 4.0 §8.5). What it names is looked up in `seen`, which finds what the caller sees. */

/** Links that it adds to a collection. @throws referencedMissing, referenceExists, alreadyExists, and invalidValue where they are too many */
export async function bindCollections(
  change: UnitOfWork,
  seen: Reader,
  { type, row, input }: { readonly type: EntityType; readonly row: Row; readonly input: EntityInput },
): Promise<void> {
  checkCount(type, input);
  for (const [name, urls] of Object.entries(input.bindings)) {
    const navigation = findNavigation(type, name)!;
    if (isLinkable(navigation)) await addReferences(change, [navigation, row], { seen, urls, target: name });
  }
}

/** How many members and owners one request may give a group, as Graph has it. */
export const LINKS_PER_REQUEST = 20;

/** @throws invalidValue */
function checkCount(type: EntityType, { bindings }: EntityInput): void {
  const names = Object.keys(bindings).filter((name) => isLinkable(findNavigation(type, name)!));
  const count = names.reduce((sum, name) => sum + bindings[name]!.length, 0);
  if (type.family !== 'directory' || count <= LINKS_PER_REQUEST) return;
  const text = `${count} objects cannot be added to a ${type.name} in one request: ${LINKS_PER_REQUEST} are possible. Add the others in another one.`;
  throw new AppError('invalidValue', text, { target: names[0]! });
}

const isLinkable = ({ through, capabilities }: Navigation): boolean => through !== undefined && capabilities.includes('reference');

/** Columns that it sets: one value, or all those of a list. @throws referencedMissing, invalidValue */
export async function boundColumns(seen: Reader, type: EntityType, { bindings }: EntityInput): Promise<Record<string, Value>> {
  const columns: Record<string, Value> = {};
  for (const [name, urls] of Object.entries(bindings)) {
    const navigation = findNavigation(type, name)!;
    if (isLinkable(navigation)) continue;
    const list = listColumn(navigation, type);
    if (navigation.contained || (navigation.collection && list === undefined)) {
      throw new AppError(
        'invalidValue',
        `'${name}' cannot be bound. Create what belongs to this entity below it, and change other links from their other end.`,
        {
          target: name,
        },
      );
    }
    const found: Row[] = [];
    for (const url of urls) found.push(await referenced(seen, url, { type: navigation.target, target: name }));
    for (const [target, column] of Object.entries(navigation.join)) {
      const values = found.map((row) => row[target]!);
      columns[column] = list === undefined ? (values[0] ?? null) : [...new Set(values)];
    }
  }
  return columns;
}
