import { parseArgs } from 'node:util';
import { AppError } from '../src/lib/app-error.ts';
import { type WorkName, works } from './works.ts';

/** What a run of the bench was asked for. */
export interface Options {
  readonly works: readonly WorkName[];
  readonly rows: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly connections: number;
  readonly keep: boolean;
  readonly strict: boolean;
}

/** Reads the command line. @throws invalidConfiguration when it asks for what is not there */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      works: { type: 'string', default: 'R1,R2,R3,R4,R5,R6,W2,W1' },
      rows: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      seconds: { type: 'string', default: '8' },
      'warm-up': { type: 'string', default: '2' },
      connections: { type: 'string', default: '64' },
      keep: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
    },
  });
  return {
    works: values.works.split(',').map(workNamed),
    rows: Number(values.rows),
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    warmUpSeconds: Number(values['warm-up']),
    connections: Number(values.connections),
    keep: values.keep,
    strict: values.strict,
  };
}

function workNamed(name: string): WorkName {
  if (name in works) return name as WorkName;
  throw new AppError('invalidConfiguration', `There is no work ${name}; there are ${Object.keys(works).join(', ')}.`);
}
