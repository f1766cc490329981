import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Vault } from '../domain/vault.ts';
import type { Row } from '../edm/primitive.ts';
import { AppError } from '../lib/app-error.ts';
import { systemClock } from '../lib/clock.ts';
import { uuidV4 } from '../lib/ids.ts';
import { keyHolder } from '../model/internal.ts';
import { notAfter } from '../query/column.ts';
import { NO_TENANT, type Reader, type Store, type Writer } from '../store/contract.ts';
import type { Observe } from './observation.ts';
import { readKeys, vaultOf } from './secret-keys.ts';
import type { Config } from './settings.ts';
import { KEYS_ADVICE, keyInUse } from './shared-instance.ts';

/**
 * The secret keys of servers that share a database. All of them encrypt with one, the key in use, which the database names; each reads its
 * file of keys again and again, and says there which it has. So a new key is used as soon as all have it, while they run
 * (`rotate-keys.ts`).
 */

/** How often a server looks for new keys and says which it has. */
const TICK_MS = 3_000;
/** How long one that says nothing is taken to run still. */
const LEASE_MS = 60_000;
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
  const now = systemClock.now();
  await writer.delete({ from: keyHolder, scope: {}, where: notAfter(keyHolder, 'aliveUntil', now) });
  const said = { name, keys: JSON.stringify(keyIds), sealsWith: sealsWith ?? inUse, aliveUntil: now + LEASE_MS };
  if (!(await writer.update(keyHolder, { id }, said))) await writer.insert(keyHolder, { id, ...said });
  return inUse;
}

/** A server that may be running. */
export interface KeyHolder {
  readonly name: string;
  /** Names of the keys that it can decrypt with. */
  readonly keyIds: readonly string[];
  /** The name of the one that it encrypts with. */
  readonly sealsWith: string;
  readonly saidAt: number;
}

/** The servers that may be running. */
export async function keyHolders(reader: Reader): Promise<readonly KeyHolder[]> {
  const rows = await reader.select({ from: keyHolder, scope: {}, orderBy: [] });
  return rows.filter(({ aliveUntil }) => (aliveUntil as number) > systemClock.now()).map(holderOf);
}

const holderOf = ({ name, keys, sealsWith, aliveUntil }: Row): KeyHolder => ({
  name: name as string,
  keyIds: JSON.parse(keys as string) as string[],
  sealsWith: sealsWith as string,
  saidAt: (aliveUntil as number) - LEASE_MS,
});

/**
 * Asks again and again which servers are behind, until none is. What one has left that is gone ends with its lease.
 * @throws invalidConfiguration when one stays behind that runs
 */
export async function untilNoneIsBehind(findBehind: () => Promise<readonly KeyHolder[]>, advice: string): Promise<void> {
  const started = systemClock.now();
  for (let behind = await findBehind(); behind.length > 0; behind = await findBehind()) {
    const names = behind.filter(({ saidAt }) => saidAt > started + GRACE_MS).map(({ name }) => name);
    if (names.length > 0) throw new AppError('invalidConfiguration', `${advice} Behind are: ${names.join(', ')}.`);
    await sleep(500);
  }
}
