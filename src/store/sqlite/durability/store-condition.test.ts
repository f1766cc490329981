import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AppError } from '../../../lib/app-error.ts';
import { CONDITION_TOLD_MS, StoreCondition } from './store-condition.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function watched() {
  const told: string[] = [];
  const condition = new StoreCondition({
    impaired: ({ message }, needsRestart) => told.push(needsRestart ? `${message}!` : message),
    recovered: () => told.push('well'),
  });
  return { condition, told };
}
const error = (message: string) => new AppError('storeUnavailable', message);

test('B7 each change is told once, however many writes are refused', () => {
  const { condition, told } = watched();
  condition.succeeded();
  for (let i = 0; i < 100; i++) condition.failed(error('full'));
  vi.advanceTimersByTime(CONDITION_TOLD_MS);
  condition.succeeded();
  condition.succeeded();
  expect([told, condition.fault]).toEqual([['full', 'well'], undefined]);
});

test('B7 changes that come and go are told once a second, and the last one for certain', () => {
  const { condition, told } = watched();
  for (let i = 0; i < 100; i++) {
    condition.failed(error('full'));
    condition.succeeded();
  }
  expect(told).toEqual(['full']);
  vi.advanceTimersByTime(10 * CONDITION_TOLD_MS);
  expect(told).toEqual(['full', 'well']);
});

test('B8 what only a restart ends stays, with its first reason', () => {
  const { condition, told } = watched();
  condition.end(error('lost'));
  condition.end(error('other'));
  condition.failed(error('full'));
  condition.succeeded();
  vi.advanceTimersByTime(10 * CONDITION_TOLD_MS);
  expect([told, condition.fault?.message, condition.fatal?.message]).toEqual([['lost!'], 'lost', 'lost']);
});
