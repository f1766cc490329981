/**
 * What SQL must look like so that Citus runs each statement on the one machine that holds its tenant, or runs it at all: what Citus
 * refuses, spreads over all machines, or breaks at. Rules of text, so that they are tried wherever SQL is made
 * (docs/adr/0021-citus-by-tenant.md).
 */

/** The model's tables, as far as the rules ask. */
export interface KnownTables {
  /** Every name under which rows of a tenant are read or written: tables, their parts, views. */
  readonly tenanted: ReadonlySet<string>;
}

type Rule = (statement: Statement, tables: KnownTables) => string | undefined;

/** A text without what stands in quotes of literals and bodies, and what it does. */
interface Statement {
  readonly text: string;
  readonly verb: 'read' | 'insert' | 'change' | 'define' | 'other';
}

const TENANT = /(?:(\w+)\.)?"?tenant_id"? = \(?\$\d+/g;
const NAME = String.raw`(?:"(\w+)"|([a-z_]+))`;
const NO_ALIAS = 'WHERE|SET|SELECT|ON|LEFT|JOIN|GROUP|ORDER|LIMIT|USING|RETURNING';
const REFERENCE = new RegExp(String.raw`\b(?:FROM|JOIN|UPDATE) ${NAME}(?: (?:AS )?(?!(?:${NO_ALIAS})\b)(\w+))?|, ${NAME} (t\d+)\b`, 'g');

/** Each reference to rows of a tenant says whose they are, by a parameter. */
const everyReferenceNamesTheTenant: Rule = ({ text, verb }, { tenanted }) => {
  if (verb === 'define') return undefined;
  const named = new Map<string, number>();
  for (const [, alias = ''] of text.matchAll(TENANT)) named.set(alias, (named.get(alias) ?? 0) + 1);
  for (const [, quoted, plain, first, quotedNext, plainNext, next] of text.matchAll(REFERENCE)) {
    const name = quoted ?? plain ?? quotedNext ?? plainNext!;
    const alias = first ?? next ?? '';
    if (!tenanted.has(name)) continue;
    const left = named.get(alias) ?? 0;
    if (left === 0) return `${name} ${alias} is not compared with the tenant's number`;
    named.set(alias, left - 1);
  }
  return undefined;
};

/** The comparison is a condition by itself, not a part of another. */
const tenantIsATerm: Rule = ({ text }) =>
  [...text.matchAll(TENANT)].every(({ index }) => /\b(WHERE|AND|ON)\s+$/.test(text.slice(0, index)))
    ? undefined
    : 'a comparison with the tenant is no term of an AND';

/**
 * Added rows take the tenant from a row that is beside them, so that the whole INSERT is sent there; rows of no tenant, which stand on every
 * machine, are not selected, as that would be done on the coordinator.
 */
const insertsHaveOneTenant: Rule = ({ text, verb }, { tenanted }) => {
  const [, quoted, plain, names] = /^INSERT INTO (?:"(\w+)"|(\w+))(?: AS \w+)? \(([^)]*)\)/.exec(text) ?? [];
  const name = quoted ?? plain;
  if (verb !== 'insert' || name === undefined) return undefined;
  if (!tenanted.has(name)) return /\bVALUES\b/.test(text) ? undefined : `${name} belongs to no tenant and is written by a SELECT`;
  if (!/"?tenant_id"?/.test(names!)) return `${name} is written without its tenant`;
  if (/\bVALUES\b/.test(text)) return /VALUES\s*\(.*\(SELECT/.test(text) ? 'VALUES with a subquery' : undefined;
  return /SELECT home\."tenant_id",.* FROM tenant_home home,.* WHERE home\."tenant_id" = \$1/s.test(text)
    ? undefined
    : `${name} is written from rows of which Citus does not know the machine`;
};

/** A condition that is the word false or null alone ends the coordinator. */
const noBareConstant: Rule = ({ text, verb }) => {
  if (verb !== 'change') return undefined;
  const terms = termsOf(text);
  return terms.some((term) => /^\(*(false|null)\)*$/i.test(term)) ? 'a condition is a bare constant' : undefined;
};

/** An EXISTS below a NOT must not become an anti join. */
const negatedExistsHasABarrier: Rule = ({ text }) => {
  for (const { index } of text.matchAll(/\(NOT |\bNOT (EXISTS|COALESCE) ?\(/g)) {
    const open = text.indexOf('(', index);
    const negated = text.slice(index, open + balanced(text, open).length);
    for (const { index: at } of negated.matchAll(/\bEXISTS \(/g)) {
      if (!balanced(negated, at + 'EXISTS '.length).endsWith(' OFFSET 0)')) return 'an EXISTS below a NOT without a barrier';
    }
  }
  return undefined;
};

const VOLATILE =
  /\b(gen_random_uuid|random|clock_timestamp|statement_timestamp|timeofday|nextval|pg_sleep)\(|"tenant_id" (BETWEEN|IS NOT DISTINCT|IN \(SELECT)/;

const forbidden =
  (verbs: readonly Statement['verb'][], pattern: RegExp, what: string): Rule =>
  ({ text, verb }) =>
    verbs.includes(verb) && pattern.test(text) ? what : undefined;

/** Keys hold the tenant first, in one type everywhere, and names are whole. */
const schemaFits: Rule = ({ text, verb }, { tenanted }) => {
  if (verb !== 'define') return undefined;
  const long = [...text.matchAll(/"(\w{64,})"/g)].map(([, name]) => name);
  if (long.length > 0) return `the name ${long[0]} is cut off`;
  const [, quoted, plain] = /^CREATE (?:TABLE|UNIQUE INDEX \S+ ON) (?:"(\w+)"|(\w+))/.exec(text) ?? [];
  const name = quoted ?? plain;
  if (name === undefined || !tenanted.has(name)) return undefined;
  if (/^CREATE UNIQUE/.test(text)) return /\("?tenant_id"?/.test(text) ? undefined : `a unique index of ${name} lacks the tenant`;
  if (!/"?tenant_id"? int8/.test(text)) return `the tenant of ${name} is no int8`;
  return /PRIMARY KEY \("?tenant_id"?[,)]|tenant_id int8 PRIMARY KEY/.test(text)
    ? undefined
    : `the key of ${name} does not start with the tenant`;
};

const functionsAreImmutable: Rule = ({ text }) =>
  /^CREATE (OR REPLACE )?FUNCTION/.test(text) && !/\b(IMMUTABLE|STABLE)\b/.test(text) ? 'a function is volatile' : undefined;

const rules: Readonly<Record<string, Rule>> = {
  everyReferenceNamesTheTenant,
  tenantIsATerm,
  insertsHaveOneTenant,
  noBareConstant,
  negatedExistsHasABarrier,
  schemaFits,
  functionsAreImmutable,
  tenantIsNeverSet: forbidden(['change', 'insert'], /\bSET\b(?:(?!\bWHERE\b).)*"tenant_id" = /s, 'the tenant is set'),
  noRowLocks: forbidden(['read', 'change', 'insert'], /\bFOR (UPDATE|NO KEY UPDATE|SHARE|KEY SHARE)\b/, 'rows are locked'),
  nothingVolatile: forbidden(['read', 'change', 'insert'], VOLATILE, 'a volatile function, or a tenant that is not simply equal'),
  noSimpleCase: forbidden(['change', 'insert'], /\bCASE (?!WHEN\b)/, 'a CASE of the simple form'),
  noLateralView: forbidden(['define'], /\bLATERAL\b/, 'a view with LATERAL'),
  nothingUnknown: forbidden(
    ['read', 'insert', 'change', 'define', 'other'],
    /^MERGE\b|\bCREATE (TRIGGER|RULE)\b|\bFOREIGN KEY\b|\bREFERENCES\b|\breltuples\b|\bpg_table_size\b|\bplan_cache_mode\b|\bTRUNCATE\b/,
    'something that distributed tables do not have',
  ),
};

/** What is wrong with a statement for Citus; empty when nothing is. */
export function brokenCitusRules(sql: string, tables: KnownTables): readonly string[] {
  const text = sql
    .replace(/\$(\w+)\$.*?\$\1\$/gs, "''")
    .replace(/'(?:[^']|'')*'/g, "''")
    .replace(/\s+/g, ' ')
    .trim();
  const statement: Statement = { text, verb: verbOf(text) };
  return Object.entries(rules).flatMap(([name, rule]) => {
    const broken = rule(statement, tables);
    return broken === undefined ? [] : [`${name}: ${broken}`];
  });
}

function verbOf(text: string): Statement['verb'] {
  if (/^(CREATE|ALTER|DROP|DO)\b/.test(text)) return 'define';
  if (/^INSERT\b/.test(text)) return 'insert';
  if (/^(UPDATE|DELETE)\b|^WITH\b.*\b(UPDATE|DELETE FROM)\b/.test(text)) return 'change';
  return /^(SELECT|WITH)\b/.test(text) ? 'read' : 'other';
}

/** The group in parentheses that begins at a place. */
function balanced(text: string, start: number): string {
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '(') depth++;
    else if (text[i] === ')' && --depth === 0) return text.slice(start, i + 1);
  }
  return text.slice(start);
}

/** The terms that the outermost WHERE joins with AND. */
function termsOf(text: string): readonly string[] {
  let depth = 0;
  let flat = '';
  for (const char of text) {
    if (char === '(') depth++;
    flat += depth > 0 && char === ' ' ? '_' : char;
    if (char === ')') depth--;
  }
  const where = flat.split(' WHERE ')[1]?.split(' RETURNING ')[0] ?? '';
  return where.split(' AND ').map((term) => term.trim());
}
