import { expect, test } from 'vitest';
import { ChangeWatch } from './change-watch.ts';

test('A5 a value is as old as this process has seen it unchanged, whatever it says', () => {
  const watch = new ChangeWatch();
  const note = (values: Record<string, unknown>, now: number) => Object.fromEntries(watch.note(new Map(Object.entries(values)), now));
  expect(note({ a: 1, b: 9e15 }, 1000)).toEqual({ a: 0, b: 0 });
  expect(note({ a: 2, b: 9e15 }, 1500)).toEqual({ a: 0, b: 500 });
  expect(note({ a: 2 }, 1700)).toEqual({ a: 200 });
  expect(note({ a: 2, b: 9e15 }, 1900)).toEqual({ a: 400, b: 0 });
});
