import type { DeviceStateBody } from './device-states.ts';

/** One device state to store. */
export interface Incoming {
  readonly policyId: string;
  readonly body: DeviceStateBody;
}

/** A page of ready JSON texts. */
export interface Page {
  readonly texts: readonly string[];
  /** Where the next page begins, if there is one. */
  readonly next?: string;
}

/** A result at once from a database in the same process, or later from another. */
export type Soon<T> = T | Promise<T>;

export const PAGE_SIZE = 100;

/** What a yardstick's HTTP server asks of its database. What is not there is undefined. */
export interface YardstickStore {
  /** Stores states in one transaction. @param stored called with their JSON texts once they are on disk */
  add(states: readonly Incoming[], stored: (texts: readonly string[]) => void): void;
  state(policyId: string, id: string): Soon<string | undefined>;
  /** The newest states of a kind. @param after `next` of the page before */
  newest(policyId: string, state: string, after?: string): Soon<Page>;
  count(policyId: string, state: string): Soon<number | undefined>;
  summary(policyId: string): Soon<string | undefined>;
  /** The user states of one upn: one or none. */
  user(policyId: string, upn: string): Soon<Page>;
  users(policyId: string, after?: string): Soon<Page>;
}
