import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Vault } from '../../domain/secrets/vault.ts';
import type { Row } from '../../edm/primitive.ts';
import { AppError } from '../../lib/app-error.ts';
import { ChangeWatch } from '../../lib/change-watch.ts';
import { systemClock } from '../../lib/clock.ts';
import { uuidV4 } from '../../lib/ids.ts';
import { keyHolder } from '../../model/internal.ts';
import { NO_TENANT, type Reader, type Store, type Writer } from '../../store/contract.ts';
import type { Config } from '../config/settings.ts';
import type { Observe } from '../observe/observation.ts';
import { readKeys, vaultOf } from './secret-keys.ts';
import { KEYS_ADVICE, keyInUse } from './shared-instance.ts';

/**
 * The secret keys of servers that share a database. All of them encrypt with one, the key in use, which the database names; each reads its
 * file of keys again and again, and says there which it has. So a new key is used as soon as all have it, while they run
 * (`rotate-keys.ts`).
 */

/** How often a server looks for new keys and says which it has. */
const TICK_MS = 3_000;
/** How long one that says nothing is taken to run still, by the watch of who waits: the clocks of machines may lie apart. */
export const KEY_LEASE_MS = 60_000;
/** After so long, a server that runs has read what is in its file, taken the key in use, and said both. */
const GRACE_MS = 3 * TICK_MS;

/** The secret keys of a server, as they are at any time. */
export interface HeldKeys {
  readonly vault: Vault;
  /** Ends it, when nothing uses the vault any more. */
  release(): Promise<void>;
}

/**
 * Keeps the secret keys of a server in step with those of the others.
 * @throws invalidConfiguration when the file of keys lacks the one in use, or cannot be read
 */
export async function holdKeys(store: Store, config: Pick<Config, 'data' | 'secretKeys'>, observe: Observe): Promise<HeldKeys> {
  const holder = { id: uuidV4(), name: `${hostname()} (process ${process.pid})` };
  let keys = (await readKeys(config)) ?? [];
  let vault = vaultOf(keys);
  let sealsWith: string | undefined;

  const watch = new ChangeWatch();

  /** Forgets servers that have said nothing for long. One that has said something meanwhile stays. */
  async function forgetGone(): Promise<void> {
    const holders = await store.read(NO_TENANT, keyHolders);
    const silent = watch.note(new Map(holders.map(({ id, said }) => [id, said])), performance.now());
    const gone = holders.filter(({ id }) => silent.get(id)! >= KEY_LEASE_MS);
    if (gone.length === 0) return;
    await store.write(NO_TENANT, async (writer) => {
      for (const { id, said } of gone) await writer.delete({ from: keyHolder, scope: { id, aliveUntil: said } });
    });
  }

  /** What it encrypts with is said before that changes: when a server names the key in use, it has left all others. */
  async function announce(): Promise<void> {
    const inUse = await store.write(NO_TENANT, (writer) => announceIn(writer, { ...holder, keyIds: vault.keyIds, sealsWith }));
    vault = vaultOf(keys, inUse);
    sealsWith = inUse;
  }

  /** Keys are never forgotten while the server runs: who changes a file may make a mistake. */
  async function readAgain(): Promise<void> {
    keys = [...new Set([...keys, ...((await readKeys(config)) ?? [])])];
    vault = vaultOf(keys, sealsWith);
  }

  const failed = (cause: unknown): void => observe({ kind: 'failed', what: 'keeping the secret keys in step', cause });
  await announce();
  const stopping = new AbortController();
  const { signal } = stopping;
  const pause = (): Promise<unknown> => sleep(TICK_MS, undefined, { ref: false, signal }).catch(() => undefined);
  const run = async (): Promise<void> => {
    for (await pause(); !signal.aborted; await pause()) {
      await readAgain().catch(failed);
      await announce().catch(failed);
      await forgetGone().catch(failed);
    }
  };
  const running = run();
  return {
    vault: {
      get keyIds() {
        return vault.keyIds;
      },
      seal: (value, place) => vault.seal(value, place),
      open: (sealed, place) => vault.open(sealed, place),
      isCurrent: (sealed) => vault.isCurrent(sealed),
    },
    release: async () => {
      stopping.abort();
      await running;
      // Where that fails, its lease ends.
      await store.write(NO_TENANT, (writer) => writer.delete({ from: keyHolder, scope: { id: holder.id } })).catch(() => undefined);
    },
  };
}

interface Announcement {
  readonly id: string;
  readonly name: string;
  readonly keyIds: readonly string[];
  /** Absent when it has encrypted nothing yet. */
  readonly sealsWith: string | undefined;
}

/** @returns the key in use: found in the transaction that says whether the server has it, so that it is not changed without that */
async function announceIn(writer: Writer, { id, name, keyIds, sealsWith }: Announcement): Promise<string> {
  const inUse = await keyInUse(writer);
  if (!keyIds.includes(inUse))
    throw new AppError('invalidConfiguration', `${KEYS_ADVICE}: the one in use, ${inUse}, is not among those of this one.`);
  const aliveUntil = systemClock.now() + KEY_LEASE_MS;
  const said = { name, keys: JSON.stringify(keyIds), sealsWith: sealsWith ?? inUse, aliveUntil };
  if (!(await writer.update(keyHolder, { id }, said))) await writer.insert(keyHolder, { id, ...said });
  return inUse;
}

/** A server that may be running. */
export interface KeyHolder {
  readonly id: string;
  readonly name: string;
  /** Names of the keys that it can decrypt with. */
  readonly keyIds: readonly string[];
  /** The name of the one that it encrypts with. */
  readonly sealsWith: string;
  /** Another value each time that it says this. */
  readonly said: number;
}

/** The servers that have said what they have: those that run, and some that are gone. */
export const keyHolders = async (reader: Reader): Promise<readonly KeyHolder[]> =>
  (await reader.select({ from: keyHolder, scope: {}, orderBy: [] })).map(holderOf);

const holderOf = ({ id, name, keys, sealsWith, aliveUntil }: Row): KeyHolder => ({
  id: id as string,
  name: name as string,
  keyIds: JSON.parse(keys as string) as string[],
  sealsWith: sealsWith as string,
  said: aliveUntil as number,
});

/** Waits for servers that are behind the others. */
export class Stragglers {
  readonly #leaseMs: number;
  readonly #watch = new ChangeWatch();
  /** What those have said last that are gone. */
  readonly #gone = new Map<string, number>();

  constructor(leaseMs: number = KEY_LEASE_MS) {
    this.#leaseMs = leaseMs;
  }

  /** Whether a server has said nothing for so long that it is gone. */
  readonly isGone = ({ id, said }: KeyHolder): boolean => this.#gone.get(id) === said;

  /**
   * Asks again and again which servers are behind, until none is.
   * @param findBehind leaves out those that are gone
   * @throws invalidConfiguration when one stays behind that runs
   */
  async untilNone(findBehind: () => Promise<readonly KeyHolder[]>, advice: string): Promise<void> {
    const started = performance.now();
    for (let behind = await findBehind(); behind.length > 0; behind = await findBehind()) {
      const now = performance.now();
      const silent = this.#watch.note(new Map(behind.map(({ id, said }) => [id, said])), now);
      const names = behind.filter(({ id }) => now - silent.get(id)! > started + GRACE_MS).map(({ name }) => name);
      if (names.length > 0) throw new AppError('invalidConfiguration', `${advice} Behind are: ${names.join(', ')}.`);
      for (const { id, said } of behind) if (silent.get(id)! >= this.#leaseMs) this.#gone.set(id, said);
      await sleep(500);
    }
  }
}
