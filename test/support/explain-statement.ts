import type pg from 'pg';

/** A statement as it was sent. */
export interface Sent {
  readonly text: string;
  readonly values: readonly unknown[];
}

const PLANNED = /^(SELECT (?!.*(create_|truncate_|pg_|citus_))|INSERT|UPDATE|DELETE|WITH)/s;

/** Whether a statement reads or writes rows, so that there is a plan to look at. */
export const isPlanned = ({ text }: Sent): boolean => PLANNED.test(text);

/** How Citus would run a statement. */
export async function explainStatement({ text, values }: Sent, client: pg.Client): Promise<string> {
  const { rows } = await client.query({ text: `EXPLAIN (COSTS OFF) ${text}`, values: [...values], rowMode: 'array' });
  return rows.map(([line]) => line).join('\n');
}

/**
 * Whether a plan is one task on one machine. One without a task is right, too: its condition can never hold, or its table stands on
 * every machine.
 */
export const isRouted = (plan: string): boolean =>
  !/Distributed Subplan|pull to coordinator|repartition/.test(plan) && !/Task Count: (?![01]\b)/.test(plan);

/** What the task of a plan does, on one line. */
export const taskOf = (plan: string): string =>
  plan
    .split('\n')
    .filter((line) => /-> {2}(?!Task$)/.test(line))
    .map((line) => line.replace(/.*-> {2}/, '').replace(/_\d{6,}/g, ''))
    .join(' ← ');
