import { parseArgs } from 'node:util';
import { AppError } from '../src/lib/app-error.ts';
import type { StoreName } from './backend.ts';
import type { WorkName } from './works.ts';

/** What a run of the bench was asked for. */
export interface Options {
  readonly works: readonly WorkName[];
  readonly stores: readonly StoreName[];
  /** Device states in the tables, one size after the other. */
  readonly sizes: readonly number[];
  /** Whether the sizes are compared. */
  readonly growth: boolean;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Warm-up of each work before its first round. */
  readonly settleSeconds: number;
  readonly connections: number;
  readonly keep: boolean;
  /** Whether SAP CAP is measured as well. */
  readonly cap: boolean;
  /** Whether the plain yardstick is as well. */
  readonly plain: boolean;
  readonly strict: boolean;
}

/** The sizes that show how costs grow. */
const GROWTH_SIZES = [10_000, 100_000, 1_000_000, 10_000_000];

/** Reads come first: after writes the tables are not the same any more, as a faster server is sent more. */
const ORDER: readonly WorkName[] = ['R1', 'R2', 'R3', 'R4', 'R5', 'R6', 'W2', 'W1'];

const ordered = (names: readonly WorkName[]): readonly WorkName[] => ORDER.filter((name) => names.includes(name));

/** Reads the command line. @throws invalidConfiguration when it asks for what is not there */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      works: { type: 'string', default: ORDER.join() },
      store: { type: 'string', default: 'sqlite' },
      rows: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '8' },
      'warm-up': { type: 'string', default: '2' },
      settle: { type: 'string', default: '15' },
      connections: { type: 'string', default: '64' },
      cap: { type: 'boolean', default: false },
      plain: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      growth: { type: 'boolean', default: false },
      'rows-max': { type: 'string', default: '1000000' },
      strict: { type: 'boolean', default: false },
    },
  });
  return {
    stores: values.store.split(',').map(storeNamed),
    works: ordered(values.works.split(',').map(workNamed)),
    sizes: values.growth ? GROWTH_SIZES.filter((size) => size <= Number(values['rows-max'])) : [Number(values.rows)],
    growth: values.growth,
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    warmUpSeconds: Number(values['warm-up']),
    settleSeconds: Number(values.settle),
    connections: Number(values.connections),
    keep: values.keep,
    cap: values.cap,
    plain: values.plain,
    strict: values.strict,
  };
}

function storeNamed(name: string): StoreName {
  if (name === 'sqlite' || name === 'postgres') return name;
  throw new AppError('invalidConfiguration', `There is no store ${name}; there are sqlite and postgres.`);
}

function workNamed(name: string): WorkName {
  const known = ORDER.find((work) => work === name);
  if (known !== undefined) return known;
  throw new AppError('invalidConfiguration', `There is no work ${name}; there are ${ORDER.join(', ')}.`);
}
