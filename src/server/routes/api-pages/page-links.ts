import { type Html, html } from '../../../lib/html.ts';
import type { DescribedOperation } from './described-api.ts';

/** Where the pages are, below which everything stands. */
export const PAGES = '/docs';

const part = encodeURIComponent;

/** Addresses of the pages of a version. */
export const pageLinks = {
  index: (version: string): string => `${PAGES}/${part(version)}`,
  group: (version: string, name: string): string => `${PAGES}/${part(version)}/groups/${part(name)}`,
  search: (version: string, words: string): string => `${PAGES}?version=${part(version)}&search=${part(words)}`,
  operation: (version: string, id: string): string => `${PAGES}/${part(version)}/operations/${part(id)}`,
  schemas: (version: string): string => `${PAGES}/${part(version)}/schemas`,
  schema: (version: string, name: string): string => `${PAGES}/${part(version)}/schemas/${part(name)}`,
} as const;

/** One line for each operation, with a link to its page. */
export const operationList = (version: string, operations: readonly DescribedOperation[]): Html =>
  html`<ul class="operations">${operations.map(
    (operation) => html`
<li><a href="${pageLinks.operation(version, operation.id)}"><b class="method">${operation.method}</b><code>${operation.path}</code><span>${operation.object.summary}</span></a></li>`,
  )}</ul>`;

/** A link to a schema, by its name without the namespace that nearly all share. */
export const schemaLink = (version: string, name: string): Html =>
  html`<a href="${pageLinks.schema(version, name)}"><code>${shortName(name)}</code></a>`;

export const shortName = (name: string): string => name.replace(/^microsoft\.graph\./, '');

/** A text of the document, in which what stands between backticks is code. */
export const prose = (text: string): readonly Html[] =>
  text.split('`').map((piece, index) => (index % 2 === 1 ? html`<code>${piece}</code>` : html`${piece}`));
