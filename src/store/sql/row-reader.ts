import { formatDateTimeOffset } from '../../edm/date-time-offset.ts';
import type { Row, Value } from '../../edm/primitive.ts';
import { durationText, timeOfDayText } from '../../query/evaluate/duration.ts';
import type { Output } from './compile-plan.ts';
import type { SqlValue } from './fragment.ts';

/** Turns result rows, which come as arrays, into rows of the model. */
export type RowReader = (result: readonly SqlValue[]) => Row;

/** How a database answers what has not the same form in all of them. */
export interface Decoders {
  readonly uuid: (value: never) => string;
  readonly binary: (value: never) => string;
  readonly boolean: (value: never) => boolean;
}

/** What generated readers call, besides. */
const decoders = {
  dateTimeOffset: formatDateTimeOffset,
  durationTicks: durationText,
  timeTicks: timeOfDayText,
  json: (text: string): Value => JSON.parse(text),
};

/**
 * Makes a reader for some outputs. It is generated source, an object literal with all names in place: such objects share one
 * hidden class, and pages of them are read and serialised almost twice as fast as ones filled in a loop. Only names from the
 * model and positions go into the source.
 */
export function rowReader(outputs: readonly Output[], own: Decoders): RowReader {
  const names: Readonly<Record<number, string>>[] = [];
  let at = 0;
  const members = outputs.map((output) =>
    output.form === 'document' ? `...d.json(r[${at++}])` : `${JSON.stringify(output.name)}: ${source(output)}`,
  );
  const make = new Function('d', 'names', `"use strict"; return (r) => ({ ${members.join(', ')} });`);
  return make({ ...decoders, ...own }, names) as RowReader;

  function source({ form, enumType }: Output): string {
    const i = at++;
    const orNull = (value: string): string => `r[${i}] === null ? null : ${value}`;
    switch (form) {
      case 'uuid':
      case 'binary':
      case 'json':
      case 'timeTicks':
      case 'boolean':
        return orNull(`d.${form}(r[${i}])`);
      case 'enum':
        names.push(memberNames(enumType?.members ?? {}));
        return orNull(`names[${names.length - 1}][r[${i}]] ?? String(r[${i}])`);
      case 'dateTimeOffset':
        at += 2;
        return orNull(`d.dateTimeOffset(r[${i}], r[${i + 1}], r[${i + 2}])`);
      case 'durationTicks':
        at += 1;
        return orNull(`d.durationTicks(r[${i}], r[${i + 1}])`);
      default:
        return `r[${i}]`;
    }
  }
}

const memberNames = (members: Readonly<Record<string, number>>): Readonly<Record<number, string>> =>
  Object.fromEntries(Object.entries(members).map(([name, number]) => [number, name]));
