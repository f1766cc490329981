import type { Reader, Writer } from '../store/contract.ts';

/** A writer whose reads go through another reader. */
export const readThrough = (writer: Writer, reader: Reader): Writer => ({
  select: (plan) => reader.select(plan),
  count: (rows) => reader.count(rows),
  insert: (type, row) => writer.insert(type, row),
  update: (type, key, changes) => writer.update(type, key, changes),
  accumulate: (type, accumulation) => writer.accumulate(type, accumulation),
  delete: (rows, limit) => writer.delete(rows, limit),
});
