import { expect, test } from 'vitest';
import { SharedAnswer } from './shared-answer.ts';

test('asks once while a question is under way and while its answer holds, then again; errors too', async () => {
  let [asked, now] = [0, 0];
  const pending: PromiseWithResolvers<number>[] = [];
  const ask = (): Promise<number> => {
    asked++;
    const next = Promise.withResolvers<number>();
    pending.push(next);
    return next.promise;
  };
  const shared = new SharedAnswer(ask, 20, () => now);
  const first = [shared.get(), shared.get()];
  pending[0]!.resolve(1);
  expect(await Promise.all(first)).toEqual([1, 1]);
  expect([await shared.get(), asked]).toEqual([1, 1]);
  now += 20;
  const second = shared.get();
  pending[1]!.reject(new Error('no'));
  await expect(second).rejects.toThrow('no');
  await expect(shared.get()).rejects.toThrow('no');
  expect(asked).toBe(2);
});
