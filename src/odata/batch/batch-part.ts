import type { HttpHeaders, HttpRequest } from '../../lib/http.ts';

/** The body of a request of a batch, if it has one. */
export type PartBody = Pick<HttpRequest, 'body' | 'json'>;

/** One request of a batch. */
export interface BatchPart extends PartBody {
  /** Where it stands in the batch, as error targets show it: `requests/0`. */
  readonly place: string;
  /** As sent; a number as text. */
  readonly id: string;
  /** Upper case. */
  readonly method: string;
  /** As sent. */
  readonly url: string;
  readonly headers: HttpHeaders;
  /** The parts that must have succeeded before this one runs. */
  readonly dependsOn: readonly BatchPart[];
}

/** A part before it is known which parts its `dependsOn` names. */
export interface UnlinkedPart extends Omit<BatchPart, 'dependsOn'> {
  readonly dependsOn: readonly string[];
}
