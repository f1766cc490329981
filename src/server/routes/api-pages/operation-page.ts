import { type Html, html } from '../../../lib/html.ts';
import {
  type DescribedApi,
  type DescribedOperation,
  type ParameterObject,
  type ResponseObject,
  type SchemaObject,
  schemaNameOf,
} from './described-api.ts';
import { exampleValue } from './example-value.ts';
import type { PageContent } from './index-page.ts';
import { operationList, pageLinks, prose } from './page-links.ts';
import { notesOn, propertyTable, scrollingTable, typeText } from './property-table.ts';

const JSON_TYPE = 'application/json';

/** The page of an operation. @param origin of the server, for a command line to paste */
export function operationPage(api: DescribedApi, operation: DescribedOperation, origin: string): PageContent {
  const { object, method, path, group } = operation;
  const body = object.requestBody?.content[JSON_TYPE]?.schema;
  const main = html`<p class="crumbs"><a href="${pageLinks.index(api.version)}">${api.version}</a> / <a href="${pageLinks.group(api.version, group)}">${group}</a></p>
<h1>${object.summary}${object.deprecated === true ? html` <span class="badge">deprecated</span>` : ''}</h1>
<div class="request"><b class="method">${method}</b><code>/${api.version}${path}</code></div>
<div class="sides"><div>
${introduction(api, operation)}
${parameters(api, operation)}
${body === undefined ? '' : requestBody(api, body, object.requestBody!.required)}
${answers(api, operation, body)}
${others(api, operation)}
</div><aside>
${examples(api, operation, { body, origin })}
</aside></div>`;
  return { title: `${object.summary}, ${method} ${path}`, main };
}

function introduction({ version }: DescribedApi, { object: { description = '' }, permissions }: DescribedOperation): Html {
  // The document says the permissions in words, too; here they are a list.
  const isSaid = permissions.length > 0 && permissions.every((name) => description.includes(name));
  const list = permissions.map((name) => html`<li><a href="${pageLinks.search(version, name)}"><code>${name}</code></a></li>`);
  return html`${description === '' || isSaid ? '' : html`<p>${prose(description)}</p>`}<h2>Permissions</h2>
${permissions.length === 0 ? html`<p>None of its own: any valid token will do.</p>` : html`<p>Any one of these is enough:</p><ul class="chips">${list}</ul>`}`;
}

/** Headers that may be left out are much the same everywhere, so that they wait behind a click. */
function parameters({ version }: DescribedApi, { parameters: all }: DescribedOperation): Html {
  const isOptionalHeader = ({ in: place, required }: ParameterObject): boolean => place === 'header' && required !== true;
  const headers = all.filter(isOptionalHeader);
  const others = all.filter((parameter) => !isOptionalHeader(parameter));
  return html`${others.length === 0 ? '' : html`<h2>Parameters</h2>${parameterTable(version, 'Parameters', others)}`}${
    headers.length === 0
      ? ''
      : html`<details class="quiet"><summary>${headers.length} optional headers</summary>${parameterTable(version, 'Optional headers', headers)}</details>`
  }`;
}

function parameterTable(version: string, label: string, parameters: readonly ParameterObject[]): Html {
  const rows = parameters.map(
    ({ name, in: place, required, schema, description }) => html`
<tr><th scope="row"><code>${name}</code></th><td>${place}</td><td>${typeText(version, schema)}</td><td>${notesOn(
      { ...schema, ...(description === undefined ? {} : { description }) },
      required === true ? ['required'] : [],
    )}</td></tr>`,
  );
  return html`<div class="parameters">${scrollingTable(label, ['Name', 'In', 'Type', 'Notes'], rows)}</div>`;
}

const requestBody = (api: DescribedApi, schema: SchemaObject, required: boolean): Html =>
  html`<h2>Request body</h2>
<p>${required ? 'Required' : 'Optional'}: ${typeText(api.version, schema)} as <code>${JSON_TYPE}</code>.</p>
${propertyTable(api, schema, true)}`;

/** What is answered when all is well, then errors. */
function answers(api: DescribedApi, { responses }: DescribedOperation, body: SchemaObject | undefined): Html {
  const errors = responses.filter(([status]) => Number(status) >= 400);
  const others = responses.filter(([status]) => Number(status) < 400);
  const result = others.map(([, response]) => jsonSchemaOf(response)).find((schema) => schema !== undefined);
  const rows = others.map(
    ([status, { description, headers = {}, content = {} }]) => html`
<tr><th scope="row"><code>${status}</code></th><td><p>${prose(description)}</p>${Object.keys(headers).map(
      (name) => html`<p class="muted">Header <code>${name}</code>: ${prose(headers[name]!.description ?? '')}</p>`,
    )}</td><td>${Object.entries(content).map(([type, { schema }]) => html`<p>${contentText(api, type, schema)}</p>`)}</td></tr>`,
  );
  return html`<h2>Answers</h2>
<div class="statuses">${scrollingTable('Answers', ['Status', 'Meaning', 'Body'], rows)}</div>
${result === undefined ? '' : resultProperties(api, result, body)}
<h2>Errors</h2>
${errorTable(api, errors)}`;
}

const jsonSchemaOf = (response: ResponseObject): SchemaObject | undefined => response.content?.[JSON_TYPE]?.schema;

function contentText({ version }: DescribedApi, type: string, schema: SchemaObject): Html {
  if (Object.keys(schema).length === 0) return html`<code>${type}</code>`;
  return type === JSON_TYPE ? typeText(version, schema) : html`${typeText(version, schema)} as <code>${type}</code>`;
}

/** Errors by status. Their bodies are all alike, so that they are named once. */
function errorTable(api: DescribedApi, errors: readonly (readonly [string, ResponseObject])[]): Html {
  const bodies = new Map(errors.map(([, response]) => jsonSchemaOf(response) ?? {}).map((schema) => [schema.$ref, schema]));
  const rows = errors.map(
    ([status, { description }]) => html`
<tr><th scope="row"><code>${status}</code></th><td>${prose(description)}</td></tr>`,
  );
  return html`<p>The body is ${[...bodies.values()].map((schema, index) => html`${index === 0 ? '' : ' or '}${typeText(api.version, schema)}`)}.</p>
<div class="statuses">${scrollingTable('Errors', ['Status', 'Code and inner codes'], rows)}</div>`;
}

/** The properties of what is answered, and of each item of a page; those of the body that was sent stand above already. */
function resultProperties(api: DescribedApi, result: SchemaObject, body: SchemaObject | undefined): Html {
  if (body?.$ref !== undefined && body.$ref === result.$ref) return html``;
  const item = result.$ref === undefined ? undefined : api.schema(schemaNameOf(result.$ref)).properties?.value?.items;
  const table = propertyTable(api, result);
  if (item?.$ref === undefined) return table;
  return html`${table}<details open><summary>Each <code>value</code>: ${typeText(api.version, item)}</summary>${propertyTable(api, item)}</details>`;
}

/** What else can be done at the same path. */
function others(api: DescribedApi, operation: DescribedOperation): Html {
  const same = [...api.operations.values()].filter(({ path, id }) => path === operation.path && id !== operation.id);
  return same.length === 0 ? html`` : html`<h2>Same path</h2>${operationList(api.version, same)}`;
}

function examples(
  api: DescribedApi,
  { method, path, responses }: DescribedOperation,
  { body, origin }: { readonly body: SchemaObject | undefined; readonly origin: string },
): Html {
  const sent = body === undefined ? undefined : exampleValue(api, body, 'sent');
  const command = curlCommand({ method, url: `${origin}/${api.version}${path}`, body: sent });
  const [status, result] =
    responses
      .map(([code, response]) => [code, jsonSchemaOf(response)] as const)
      .find(([code, schema]) => Number(code) < 300 && schema !== undefined) ?? [];
  const received = result === undefined ? undefined : exampleValue(api, result, 'received');
  return html`<h2>Command line</h2>
<pre tabindex="0" aria-label="Command line"><code>${command}</code></pre>
<p class="muted"><code>$TOKEN</code> is a token of the issuer, for example from <code>muster token</code>. Fill in what stands in braces.</p>
${sent === undefined ? '' : example('Example of a body', sent)}
${received === undefined ? '' : example(`Example of an answer, ${status}`, received)}`;
}

const example = (title: string, value: unknown): Html =>
  html`<h2>${title}</h2>
<pre tabindex="0" aria-label="${title}"><code>${JSON.stringify(value, undefined, 2)}</code></pre>`;

/** A request as somebody would send it from a shell. */
interface ShellRequest {
  readonly method: string;
  /** With parts to fill in, in braces. */
  readonly url: string;
  readonly body: unknown;
}

/** A text as one word of a POSIX shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Between double quotes, where single ones stand for themselves: easier to read, and to fill in. */
const doubleQuoted = (text: string): string => `"${text.replace(/[\\"$`]/g, '\\$&')}"`;

/** The command line that sends a request, with the token in the variable `TOKEN`. */
function curlCommand({ method, url, body }: ShellRequest): string {
  const lines = [
    // -g: braces are curl's own pattern otherwise, and so are the brackets of what may be filled in
    `curl${url.includes('{') ? ' -g' : ''}${method === 'GET' ? '' : ` -X ${method}`} ${url.includes("'") ? doubleQuoted(url) : quoted(url)}`,
    '-H "Authorization: Bearer $TOKEN"',
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${quoted(JSON.stringify(body))}`]),
  ];
  return lines.join(' \\\n  ');
}
