import { afterAll, expect } from 'vitest';
import type { EntityType } from '../../src/edm/declare.ts';
import { model } from '../../src/model/index.ts';
import { slotTable } from '../../src/store/postgres/insert-rows.ts';
import { TENANT_HOME } from '../../src/store/postgres/tenants.ts';
import { tableOf } from '../../src/store/schema/table.ts';
import { brokenCitusRules } from './citus-rules.ts';
import { watchStatements } from './sent-statements.ts';
import { conformanceTypes } from './store-conformance-model.ts';

/** Set-up of every test file on PostgreSQL: whatever SQL its tests have the store send is held against the rules of Citus, without one. */

const namesOf = (type: EntityType): readonly string[] => {
  const table = tableOf(type);
  if (!table.tenanted) return [];
  return type.storage?.slotted === true ? [table.name, `${table.name}_base`, slotTable(table)] : [table.name];
};

const tenanted = new Set([TENANT_HOME, ...[...model.stored, ...conformanceTypes].flatMap(namesOf)]);
const broken = new Map<string, readonly string[]>();

watchStatements((text) => {
  const found = brokenCitusRules(text, { tenanted });
  if (found.length > 0) broken.set(text, found);
});

afterAll(() => {
  expect(Object.fromEntries([...broken].slice(0, 10)), 'statements that Citus would refuse or spread').toEqual({});
});
