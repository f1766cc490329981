import { type Html, html } from '../../../lib/html.ts';
import type { DescribedApi, SchemaObject } from './described-api.ts';
import { exampleValue } from './example-value.ts';
import type { PageContent } from './index-page.ts';
import { operationList, pageLinks, prose, schemaLink, shortName } from './page-links.ts';
import { propertyTable, typeText } from './property-table.ts';

/** The page of a schema: its properties or values, and who uses it. */
export function schemaPage(api: DescribedApi, name: string): PageContent {
  const schema = api.schema(name);
  const direction = /(?:Input|Create)$/.test(name) ? 'sent' : 'received';
  const example = schema.enum === undefined ? exampleValue(api, { $ref: `#/components/schemas/${name}` }, direction) : undefined;
  const main = html`<p class="crumbs"><a href="${pageLinks.index(api.version)}">${api.version}</a> / <a href="${pageLinks.schemas(api.version)}">schemas</a></p>
<h1>${shortName(name)}</h1>
<p class="muted"><code>${name}</code></p>
<div class="sides"><div>
${schema.description === undefined ? '' : html`<p>${prose(schema.description)}</p>`}
${contentOf(api, schema)}
${usesOf(api, name)}
</div><aside>
${example === undefined ? '' : html`<h2>Example</h2><pre tabindex="0" aria-label="Example"><code>${JSON.stringify(example, undefined, 2)}</code></pre>`}
</aside></div>`;
  return { title: name, main };
}

/** The name by which a value of one of several types tells its own. */
const typeNameIn = ({ properties }: SchemaObject): string | undefined => properties?.['@odata.type']?.examples?.[0] as string | undefined;

function contentOf(api: DescribedApi, schema: SchemaObject): Html {
  const values = schema.enum ?? schema.anyOf?.[0]?.enum;
  if (values !== undefined)
    return html`<h2>Values</h2><ul class="columns">${values.map((value) => html`<li><code>${value}</code></li>`)}</ul>`;
  if (schema.oneOf !== undefined)
    return html`<h2>One of</h2><ul class="columns">${schema.oneOf.map((one) => html`<li>${typeText(api.version, one)}</li>`)}</ul>`;
  if (schema.anyOf !== undefined)
    return html`${schema.anyOf.map((one) => html`<h2>${typeNameIn(one) ?? 'Properties'}</h2>${propertyTable(api, one)}`)}`;
  const base = schema.allOf?.find(({ $ref }) => $ref !== undefined);
  return html`<h2>Properties</h2>${base === undefined ? '' : html`<p>Those of ${typeText(api.version, base)}.</p>`}${propertyTable(api, schema)}`;
}

function usesOf(api: DescribedApi, name: string): Html {
  const { operations, schemas } = api.usesOf(name);
  return html`${
    schemas.length === 0
      ? ''
      : html`<h2>Part of</h2><ul class="columns">${schemas.map((other) => html`<li>${schemaLink(api.version, other)}</li>`)}</ul>`
  }
${
  operations.length === 0
    ? ''
    : html`<details><summary><h2>Sent or answered by</h2><small>${operations.length}</small></summary>${operationList(api.version, operations)}</details>`
}`;
}
