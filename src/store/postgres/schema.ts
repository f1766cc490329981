import type { EntityType } from '../../edm/declare.ts';
import { createStatements } from '../schema/ddl.ts';
import { tenant } from '../schema/tenant.ts';
import { postgresDialect } from './dialect.ts';
import { functionStatements } from './functions.ts';
import { slotStatements } from './slots.ts';
import { TENANT_HOME } from './tenants.ts';

/** Numbers of tenants: one for each, whichever process makes them. */
const TENANT_STATEMENTS = [
  'CREATE SEQUENCE tenant_number',
  "ALTER TABLE tenant ALTER COLUMN id SET DEFAULT nextval('tenant_number')",
  'CREATE UNIQUE INDEX tenant_once ON tenant (guid)',
  `CREATE TABLE ${TENANT_HOME} (tenant_id int8 PRIMARY KEY)`,
];

/** Everything that an empty database needs, in order. */
export function schemaStatements(types: readonly EntityType[]): readonly string[] {
  const stored = [tenant, ...types.filter((type) => type !== tenant)];
  const slotted = stored.filter(({ storage }) => storage?.slotted === true).sort((a, b) => (a.name < b.name ? -1 : 1));
  return [...functionStatements, ...createStatements(stored, postgresDialect), ...TENANT_STATEMENTS, ...slotted.flatMap(slotStatements)];
}
