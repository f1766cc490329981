import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How often it is looked, in milliseconds, while requests are answered. */
const LOOK_MS = 5000;
/** A burst is over when so few requests are answered in that time. */
const QUIET_REQUESTS = 100;
/** Bytes that a burst must have taken to be worth a collection of garbage. */
const WORTH_BYTES = 32 * 1024 ** 2;

/** A whole collection of garbage, made piece by piece beside the requests. */
type Collect = (how: { readonly type: 'major'; readonly execution: 'async' }) => Promise<void>;

/** Gives back the memory that a burst of requests has taken, once it is over: left to itself, V8 waits for the next burst. */
export class MemoryReturn {
  #answered = 0;
  #timer: NodeJS.Timeout | undefined;
  #collect: Collect | undefined;
  /** The least that has been held at a look since the last collection, and behind it. */
  #least = 0;

  /** A request was answered. */
  answered(): void {
    this.#answered += 1;
    this.#timer ??= setTimeout(() => this.#look(), LOOK_MS).unref();
  }

  #look(): void {
    this.#timer = undefined;
    const isQuiet = this.#answered <= QUIET_REQUESTS;
    this.#answered = 0;
    const held = bytesHeld();
    if (held - this.#least < WORTH_BYTES) this.#least = Math.min(this.#least, held);
    else if (isQuiet) void this.#giveBack();
    else this.#timer = setTimeout(() => this.#look(), LOOK_MS).unref();
  }

  async #giveBack(): Promise<void> {
    if (this.#collect === undefined) {
      setFlagsFromString('--expose-gc');
      this.#collect = runInNewContext('gc') as Collect;
    }
    await this.#collect({ type: 'major', execution: 'async' });
    this.#least = bytesHeld();
  }
}

/** Bytes of V8's heap, garbage and what is free among them, and of buffers. */
function bytesHeld(): number {
  const { heapTotal, arrayBuffers } = process.memoryUsage();
  return heapTotal + arrayBuffers;
}
