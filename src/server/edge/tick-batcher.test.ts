import { expect, test } from 'vitest';
import { TickBatcher } from './tick-batcher.ts';

test('requests of one tick begin together, and their answers are written together at its end', async () => {
  const ticks = new TickBatcher();
  const seen: string[] = [];
  const request = async (name: string) => {
    await ticks.next();
    seen.push(`begin ${name}`);
    await Promise.resolve();
    ticks.write(() => seen.push(`write ${name}`));
  };
  await Promise.all([request('a'), request('b')]);
  expect(seen).toEqual(['begin a', 'begin b']);
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(['begin a', 'begin b', 'write a', 'write b']);
});

test('an answer that took longer is written at once', async () => {
  const ticks = new TickBatcher();
  await ticks.next();
  await new Promise((resolve) => setTimeout(resolve, 5));
  let written = false;
  ticks.write(() => {
    written = true;
  });
  expect(written).toBe(true);
});
