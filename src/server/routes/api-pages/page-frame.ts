import { type Html, html, htmlFrame } from '../../../lib/html.ts';
import type { HttpResponse } from '../../../lib/http.ts';
import { PAGES, pageLinks } from './page-links.ts';
import { PAGE_STYLE } from './page-style.ts';

/** Longest text that a search takes, in characters. */
export const MAX_SEARCH = 100;

/** What a page of the API shows. */
export interface ApiPage {
  readonly title: string;
  readonly version: string;
  /** All versions, which it leads to. */
  readonly versions: readonly string[];
  readonly search?: string;
  readonly main: Html;
}

/** The page: what all of them have at the top, and the form for searches. */
export function pageFrame({
  title,
  version,
  versions,
  search = '',
  main,
}: ApiPage): Pick<HttpResponse, 'headers' | 'body'> & { readonly body: string } {
  const { text } = html`<a class="skip" href="#main">Skip to content</a>
<header><div>
<a class="brand" href="${PAGES}">Muster API</a>
<nav aria-label="Versions">${versions.map(
    (name) => html`<a href="${pageLinks.index(name)}"${name === version ? html` aria-current="true"` : ''}>${name}</a> `,
  )}</nav>
<form role="search" action="${PAGES}"><input type="hidden" name="version" value="${version}"><input type="search" name="search" value="${search}" maxlength="${MAX_SEARCH}" aria-label="Search operations and schemas" placeholder="Path, name or permission"><button>Search</button></form>
</div></header>
<main id="main">
${main}
</main>`;
  return htmlFrame({ title: `${title} – API ${version}`, style: PAGE_STYLE, body: text });
}
