import { type Counts, STATES, worstOf } from './yardstick-json.ts';

/** The accounting of the yardsticks: what a group of new device states adds to the counters of users and policies. */

export interface UserChange {
  readonly policy: number;
  readonly upn: string;
  readonly add: number[];
  /** The newest of the new states, in milliseconds. */
  last: number;
}

export interface PolicyChange {
  readonly policy: number;
  readonly devices: number[];
  readonly users: number[];
  last: number;
}

const zeros = (): number[] => STATES.map(() => 0);

/** Sums of one group of inserts, each user and policy once. */
export class GroupCounts {
  readonly users = new Map<string, UserChange>();
  readonly policies = new Map<number, PolicyChange>();

  add(row: { readonly policy: number; readonly upn: string; readonly state: number; readonly time: number }): void {
    const { policy, upn, state, time } = row;
    const key = `${policy} ${upn}`;
    let user = this.users.get(key);
    if (user === undefined) {
      user = { policy, upn, add: zeros(), last: time };
      this.users.set(key, user);
    }
    user.add[state]! += 1;
    if (time > user.last) user.last = time;
    let counts = this.policies.get(policy);
    if (counts === undefined) {
      counts = { policy, devices: zeros(), users: zeros(), last: time };
      this.policies.set(policy, counts);
    }
    counts.devices[state]! += 1;
    if (time > counts.last) counts.last = time;
  }

  /** Notes what a user's devices are now, for the summary's counts of users. */
  settle({ policy, add }: UserChange, now: Counts): void {
    const [was, is] = [worstOf(now.map((count, i) => count - add[i]!)), worstOf(now)];
    if (was === is) return;
    const { users } = this.policies.get(policy)!;
    if (was >= 0) users[was]! -= 1;
    if (is >= 0) users[is]! += 1;
  }
}
