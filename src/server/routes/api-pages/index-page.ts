import { type Html, html } from '../../../lib/html.ts';
import type { DescribedApi, DescribedOperation, Group } from './described-api.ts';
import { operationList, pageLinks, prose, schemaLink } from './page-links.ts';

/** Most operations, and most schemas, that the answer to a search shows. */
const MAX_FOUND = 100;

/** What a page shows, and its title. */
export interface PageContent {
  readonly title: string;
  readonly main: Html;
}

/** The first page of a version: what the API is, and its groups of operations. */
export function indexPage(api: DescribedApi): PageContent {
  const { version, document, groups, operations, schemas } = api;
  const { info, components } = document;
  const schemes = Object.values(components.securitySchemes).flatMap(({ description }) => description ?? []);
  const main = html`<h1>${info.title}</h1>
<p>${prose(info.summary)} ${prose(info.description)}</p>
<p>Every request needs a token, in the header <code>Authorization: Bearer</code>:</p>
<ul class="bullets">${schemes.map((scheme) => html`<li>${prose(scheme)}</li>`)}</ul>
<ul class="chips">
<li><a href="/${version}/openapi.json">OpenAPI document</a></li>
<li><a href="/${version}/$metadata"><code>$metadata</code></a></li>
<li><a href="${pageLinks.schemas(version)}">${schemas.size} schemas</a></li>
</ul>
<h2>${operations.size} operations by resource</h2>
<ul class="groups">${groups.map(
    (group) => html`
<li><a href="${pageLinks.group(version, group.name)}"><strong>${group.name}</strong><code>${group.operations[0]!.path}</code><span>${group.operations.length}</span></a></li>`,
  )}</ul>`;
  return { title: 'Operations', main };
}

/** The operations of a group. */
export function groupPage({ version }: DescribedApi, { name, operations }: Group): PageContent {
  const main = html`<p class="crumbs"><a href="${pageLinks.index(version)}">${version}</a></p>
<h1>${name}</h1>
<p class="muted">${operations.length === 1 ? 'One operation' : html`${operations.length} operations`}.</p>
${operationList(version, operations)}`;
  return { title: name, main };
}

/** All schemas of a version by name. */
export function schemasPage({ version, schemas }: DescribedApi): PageContent {
  const main = html`<h1>Schemas</h1>
<p class="muted">What requests and answers of ${version} consist of. Names without the namespace <code>microsoft.graph</code>.</p>
<ul class="columns">${[...schemas.keys()].map((name) => html`<li>${schemaLink(version, name)}</li>\n`)}</ul>`;
  return { title: 'Schemas', main };
}

/** Operations and schemas in which every word of a search occurs, without regard to case. */
export function searchPage(api: DescribedApi, search: string): PageContent {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const has = (text: string): boolean => words.every((word) => text.includes(word));
  const operations = [...api.operations.values()].filter(({ searched }) => has(searched));
  const schemas = [...api.schemas.keys()].filter((name) => has(name.toLowerCase()));
  const main = html`<h1>Search</h1>
<p role="status">${operations.length} operations and ${schemas.length} schemas of ${api.version} have <strong>${search}</strong>.${
    operations.length + schemas.length === 0
      ? ' Words are looked for in paths, summaries, names and permissions; fewer of them find more.'
      : ''
  }</p>
${found(api, operations)}
${
  schemas.length === 0
    ? ''
    : html`<h2>Schemas</h2>
<ul class="columns">${schemas.slice(0, MAX_FOUND).map((name) => html`<li>${schemaLink(api.version, name)}</li>\n`)}</ul>${more(schemas.length)}`
}
<p><a href="${pageLinks.index(api.version)}">All operations by resource</a></p>`;
  return { title: `Search ${search}`, main };
}

const found = ({ version }: DescribedApi, operations: readonly DescribedOperation[]): Html =>
  operations.length === 0
    ? html``
    : html`<h2>Operations</h2>${operationList(version, operations.slice(0, MAX_FOUND))}${more(operations.length)}`;

const more = (count: number): Html =>
  count <= MAX_FOUND ? html`` : html`<p class="muted">These are the first ${MAX_FOUND} of ${count}. Add a word to narrow the search.</p>`;
