import { describe, expect, it } from 'vitest';
import { FairQueue } from './fair-queue.ts';

const never = new AbortController().signal;

describe('A4 a queue for what is scarce', () => {
  it('gives tenants their turn one after the other, however many wait of each', async () => {
    const queue = new FairQueue<number>({ most: 100, mostOfTenant: 100 });
    const order: string[] = [];
    const waiting = [...'aaaabbc'].map((tenant) => queue.wait(tenant, never).then(() => order.push(tenant)));
    for (let n = 0; n < 7; n++) expect(queue.give(n)).toBe(true);
    await Promise.all(waiting);
    expect(order.join('')).toBe('abcabaa');
    expect(queue.give(8)).toBe(false);
  });

  it('refuses with Retry-After who would make it too long, of all tenants or of one', async () => {
    const queue = new FairQueue<number>({ most: 3, mostOfTenant: 2 });
    const waiting = [queue.wait('a', never), queue.wait('a', never)];
    await expect(queue.wait('a', never)).rejects.toMatchObject({ code: 'busy', headers: { 'retry-after': '2' } });
    waiting.push(queue.wait('b', never));
    await expect(queue.wait('c', never)).rejects.toMatchObject({ code: 'busy' });
    expect(queue.length).toBe(3);
    for (const value of [1, 2, 3]) queue.give(value);
    expect(await Promise.all(waiting)).toEqual([1, 3, 2]);
  });

  it('forgets who has given up, and tells them why', async () => {
    const queue = new FairQueue<number>({ most: 10, mostOfTenant: 10 });
    const leaving = new AbortController();
    const left = queue.wait('a', leaving.signal);
    const stays = queue.wait('a', never);
    leaving.abort(new Error('left'));
    await expect(left).rejects.toThrow('left');
    await expect(queue.wait('a', leaving.signal)).rejects.toThrow('left');
    expect(queue.length).toBe(1);
    queue.give(7);
    expect(await stays).toBe(7);
    const refused = queue.wait('b', never);
    queue.refuse(new Error('closed'));
    await expect(refused).rejects.toThrow('closed');
    expect(queue.length).toBe(0);
  });

  it('lets nobody leave who has been given something, even if it is still to come', async () => {
    const queue = new FairQueue<number>({ most: 10, mostOfTenant: 10 });
    const leaving = new AbortController();
    const served = queue.wait('a', leaving.signal);
    const stays = queue.wait('a', never);
    const { promise, resolve } = Promise.withResolvers<number>();
    queue.give(promise);
    leaving.abort(new Error('left'));
    expect(queue.length).toBe(1);
    resolve(1);
    queue.give(2);
    expect(await Promise.all([served, stays])).toEqual([1, 2]);
  });
});
