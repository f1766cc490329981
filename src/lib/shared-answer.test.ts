import { expect, test } from 'vitest';
import { SharedAnswer } from './shared-answer.ts';

test('asks once while a question is under way and while its answer holds, then again; errors too', async () => {
  let asked = 0;
  const pending: PromiseWithResolvers<number>[] = [];
  const shared = new SharedAnswer(() => {
    asked++;
    const next = Promise.withResolvers<number>();
    pending.push(next);
    return next.promise;
  }, 20);
  const first = [shared.get(), shared.get()];
  pending[0]!.resolve(1);
  expect(await Promise.all(first)).toEqual([1, 1]);
  expect([await shared.get(), asked]).toEqual([1, 1]);
  await new Promise((resolve) => setTimeout(resolve, 30));
  const second = shared.get();
  pending[1]!.reject(new Error('no'));
  await expect(second).rejects.toThrow('no');
  await expect(shared.get()).rejects.toThrow('no');
  expect(asked).toBe(2);
});
