import type { HttpHeaders } from '../../lib/http.ts';

/** One request of a batch. */
export interface BatchPart {
  /** Where it stands in the batch, as error targets show it: `requests/0`. */
  readonly place: string;
  /** As sent; a number as text. */
  readonly id: string;
  /** Upper case. */
  readonly method: string;
  /** As sent. */
  readonly url: string;
  readonly headers: HttpHeaders;
  readonly body?: Uint8Array;
  /** The parts that must have succeeded before this one runs. */
  readonly dependsOn: readonly BatchPart[];
}

/** A part before it is known which parts its `dependsOn` names. */
export interface UnlinkedPart extends Omit<BatchPart, 'dependsOn'> {
  readonly dependsOn: readonly string[];
}
