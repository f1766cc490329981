import type { EntityType } from '../../edm/declare.ts';
import { createStatements } from '../schema/ddl.ts';
import { tenant } from '../schema/table.ts';
import { postgresDialect } from './dialect.ts';
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

/**
 * What PostgreSQL lacks, or has with errors where a condition needs null: functions in the database's own languages that answer
 * as `query/evaluate/evaluate.ts` does. None of them ever raises an error. They are created with the schema and belong to it.
 */

const LAST_TICK = '3155378975999999999';
const LONGEST = '9223372036854775807';

/** White space as JavaScript trims it. */
const WHITE_SPACE = [9, 10, 11, 12, 13, 32, 0xa0, 0x1680, ...Array.from({ length: 11 }, (_, i) => 0x2000 + i), 0x2028, 0x2029]
  .concat(0x202f, 0x205f, 0x3000, 0xfeff)
  .map((code) => `\\u${code.toString(16).padStart(4, '0')}`)
  .join('');

/** Stands for the collation that knows Unicode's letters: since PostgreSQL 18 one is built in, before that it is one of ICU's. */
const UNICODE = 'collation of Unicode';
const NAMED_BY_SERVER = `(SELECT CASE WHEN count(*) > 0 THEN 'pg_unicode_fast' ELSE 'und-x-icu' END FROM pg_collation WHERE collname = 'pg_unicode_fast')`;

interface SqlFunction {
  readonly name: string;
  readonly takes: string;
  readonly returns: string;
  readonly body: string;
  /** One that catches errors must not run in a parallel worker. */
  readonly catches?: boolean;
  readonly language?: 'sql' | 'plpgsql';
}

/** Arithmetic of doubles; what is too large becomes infinite, what is too small 0, what is no number null. */
const arithmetic = (name: string, result: string, outOfRange: string): SqlFunction => ({
  name,
  takes: 'a float8, b float8',
  returns: 'float8',
  catches: true,
  body: `BEGIN
  BEGIN
    RETURN NULLIF(${result}, 'NaN');
  EXCEPTION WHEN numeric_value_out_of_range THEN
    RETURN ${outOfRange};
  END;
END`,
});

const INFINITE = "sign(a) * sign(b) * 'Infinity'::float8";

const functions: readonly SqlFunction[] = [
  arithmetic('muster_add', 'a + b', "sign(a) * 'Infinity'::float8"),
  arithmetic('muster_sub', 'a - b', "sign(a) * 'Infinity'::float8"),
  arithmetic('muster_mul', 'a * b', `CASE WHEN abs(a) > 1 AND abs(b) > 1 THEN ${INFINITE} ELSE 0 END`),
  arithmetic('muster_div', 'a / NULLIF(b, 0)', `CASE WHEN abs(b) < 1 THEN ${INFINITE} ELSE 0 END`),
  {
    // The exact remainder, by halving: what PostgreSQL has for other types would round the operands first.
    name: 'muster_mod',
    takes: 'a float8, b float8',
    returns: 'float8',
    body: `DECLARE
  rest float8 := abs(a);
  part float8 := abs(b);
BEGIN
  IF b = 0 OR rest = 'Infinity' OR a = 'NaN' OR b = 'NaN' THEN RETURN NULL; END IF;
  IF rest < part THEN RETURN a; END IF;
  WHILE part <= rest / 2 LOOP part := part * 2; END LOOP;
  LOOP
    IF rest >= part THEN rest := rest - part; END IF;
    EXIT WHEN part <= abs(b);
    part := part / 2;
  END LOOP;
  RETURN sign(a) * rest;
END`,
  },
  {
    name: 'muster_round',
    takes: 'a float8',
    returns: 'float8',
    language: 'sql',
    body: 'SELECT sign(a) * (floor(abs(a)) + CASE WHEN abs(a) - floor(abs(a)) >= 0.5 THEN 1 ELSE 0 END)',
  },
  {
    name: 'muster_characters',
    takes: 'a float8',
    returns: 'int',
    language: 'sql',
    body: 'SELECT LEAST(GREATEST(trunc(a), 0), 1000000000)::int4',
  },
  {
    name: 'muster_tolower',
    takes: 'a text',
    returns: 'text',
    language: 'sql',
    body: `SELECT lower(a COLLATE "${UNICODE}") COLLATE "C"`,
  },
  {
    name: 'muster_toupper',
    takes: 'a text',
    returns: 'text',
    language: 'sql',
    body: `SELECT upper(a COLLATE "${UNICODE}") COLLATE "C"`,
  },
  { name: 'muster_trim', takes: 'a text', returns: 'text', language: 'sql', body: `SELECT btrim(a, E'${WHITE_SPACE}')` },
  {
    // JSON may hold escapes that no text of PostgreSQL can: of the NUL, and of halves of surrogate pairs.
    name: 'muster_json',
    takes: 'a text',
    returns: 'json',
    language: 'sql',
    body: `SELECT (CASE WHEN strpos(a, '\\u') = 0 THEN a
  ELSE regexp_replace(a, '((?:^|[^\\\\])(?:\\\\\\\\)*)\\\\u(?:0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\\1\\\\ufffd', 'g') END)::json`,
  },
  {
    name: 'muster_binary',
    takes: 'a text',
    returns: 'bytea',
    catches: true,
    body: "BEGIN\n  BEGIN\n    RETURN decode(a, 'base64');\n  EXCEPTION WHEN OTHERS THEN\n    RETURN NULL;\n  END;\nEND",
  },
  {
    // Days since 0001-01-01, of years that begin with March; null for what is no date.
    name: 'muster_day',
    takes: 'y int, m int, d int',
    returns: 'int',
    body: `DECLARE
  years int := CASE WHEN m > 2 THEN y ELSE y - 1 END;
  months int := CASE WHEN m > 2 THEN m - 3 ELSE m + 9 END;
  leap boolean := y % 4 = 0 AND (y % 100 <> 0 OR y % 400 = 0);
BEGIN
  IF y < 1 OR m < 1 OR m > 12 OR d < 1 THEN RETURN NULL; END IF;
  IF d > (CASE WHEN m = 2 THEN CASE WHEN leap THEN 29 ELSE 28 END WHEN m IN (4, 6, 9, 11) THEN 30 ELSE 31 END) THEN RETURN NULL; END IF;
  RETURN 365 * years + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + d - 1 - 306;
END`,
  },
  {
    // Ticks and form of the text of a DateTimeOffset.
    name: 'muster_date_time',
    takes: 'a text, OUT ticks int8, OUT form int',
    returns: 'record',
    body: `DECLARE
  part text[] := regexp_match(a, '^(\\d{4})-(\\d\\d)-(\\d\\d)[Tt](\\d\\d):(\\d\\d)(?::(\\d\\d)(?:\\.(\\d{1,12}))?)?(?:[Zz]|([+-])(\\d\\d):(\\d\\d))$');
  fraction text := left(COALESCE(part[7], ''), 7);
  moved int := COALESCE(part[9]::int * 60 + part[10]::int, 0);
  day int := muster_day(part[1]::int, part[2]::int, part[3]::int);
  seconds int8;
BEGIN
  IF part IS NULL OR day IS NULL OR moved > 840 OR part[10]::int > 59 THEN RETURN; END IF;
  IF part[4]::int > 23 OR part[5]::int > 59 OR COALESCE(part[6], '0')::int > 59 THEN RETURN; END IF;
  IF part[8] = '-' THEN moved := -moved; END IF;
  seconds := day::int8 * 86400 + (part[4]::int * 60 + part[5]::int - moved) * 60 + COALESCE(part[6], '0')::int;
  IF seconds < 0 OR seconds >= 315537897600 THEN RETURN; END IF;
  ticks := seconds * 10000000 + rpad(fraction, 7, '0')::int;
  form := CASE WHEN part[8] IS NULL THEN 0 ELSE moved + 841 END * 8 + length(fraction);
END`,
  },
  { name: 'muster_ticks', takes: 'a text', returns: 'int8', language: 'sql', body: 'SELECT ticks FROM muster_date_time(a)' },
  { name: 'muster_form', takes: 'a text', returns: 'int', language: 'sql', body: 'SELECT form FROM muster_date_time(a)' },
  {
    name: 'muster_duration',
    takes: 'a text',
    returns: 'int8',
    body: `DECLARE
  part text[] := regexp_match(a, '^([+-]?)P(?:(\\d{1,9})D)?(?:T(?:(\\d{1,9})H)?(?:(\\d{1,9})M)?(?:(\\d{1,12})(?:\\.(\\d+))?S)?)?$');
  size numeric;
BEGIN
  IF part IS NULL OR a ~ '[PT]$' THEN RETURN NULL; END IF;
  size := ((COALESCE(part[2], '0')::numeric * 24 + COALESCE(part[3], '0')::numeric) * 60 + COALESCE(part[4], '0')::numeric) * 60;
  size := (size + COALESCE(part[5], '0')::numeric) * 10000000 + rpad(left(COALESCE(part[6], ''), 7), 7, '0')::numeric;
  IF size > ${LONGEST} THEN RETURN NULL; END IF;
  RETURN CASE WHEN part[1] = '-' THEN -size ELSE size END;
END`,
  },
  {
    name: 'muster_time_of_day',
    takes: 'a text',
    returns: 'int8',
    body: `DECLARE
  part text[] := regexp_match(a, '^([01]\\d|2[0-3]):([0-5]\\d)(?::([0-5]\\d)(?:\\.(\\d{1,12}))?)?$');
BEGIN
  IF part IS NULL THEN RETURN NULL; END IF;
  RETURN ((part[1]::int8 * 60 + part[2]::int8) * 60 + COALESCE(part[3], '0')::int8) * 10000000
    + rpad(left(COALESCE(part[4], ''), 7), 7, '0')::int8;
END`,
  },
  {
    name: 'muster_date_ticks',
    takes: 'a text',
    returns: 'int8',
    language: 'sql',
    body: "SELECT CASE WHEN a ~ '^\\d{4}-\\d\\d-\\d\\d$' THEN muster_ticks(a || 'T00:00:00Z') END",
  },
  {
    // The text of the day that lies so many seconds behind 0001-01-01.
    name: 'muster_date',
    takes: 'seconds int8',
    returns: 'text',
    language: 'sql',
    body: "SELECT to_char(date '0001-01-01' + (seconds / 86400)::int, 'YYYY-MM-DD') COLLATE \"C\"",
  },
  {
    name: 'muster_shift_date',
    takes: 'a text, b int8',
    returns: 'text',
    body: `DECLARE
  ticks numeric := muster_date_ticks(a)::numeric + (b / 864000000000)::numeric * 864000000000;
BEGIN
  RETURN CASE WHEN ticks BETWEEN 0 AND ${LAST_TICK} THEN muster_date((ticks / 10000000)::int8) END;
END`,
  },
  {
    name: 'muster_shift_date_time',
    takes: 'a int8, form int, b int8',
    returns: 'int8',
    body: `DECLARE
  ticks numeric := a::numeric + b::numeric;
  own numeric := ticks + (CASE WHEN form < 8 THEN 0 ELSE (form >> 3) - 841 END)::numeric * 600000000;
BEGIN
  RETURN CASE WHEN ticks BETWEEN 0 AND ${LAST_TICK} AND own BETWEEN 0 AND ${LAST_TICK} THEN ticks::int8 END;
END`,
  },
  {
    name: 'muster_add_durations',
    takes: 'a int8, b int8',
    returns: 'int8',
    language: 'sql',
    body: `SELECT CASE WHEN abs(a::numeric + b::numeric) <= ${LONGEST} THEN (a::numeric + b::numeric)::int8 END`,
  },
];

/** Statements that create the functions, or bring them up to date; the same texts for all versions of the server. */
const functionStatements: readonly string[] = functions.map(({ name, takes, returns, body, catches = false, language = 'plpgsql' }) => {
  const text = `CREATE OR REPLACE FUNCTION ${name}(${takes}) RETURNS ${returns} LANGUAGE ${language} IMMUTABLE STRICT PARALLEL ${
    catches ? 'UNSAFE' : 'SAFE'
  } AS $muster$\n${body}\n$muster$`;
  if (!text.includes(UNICODE)) return text;
  return `DO $do$ BEGIN EXECUTE replace($create$${text}$create$, '${UNICODE}', ${NAMED_BY_SERVER}); END $do$`;
});
