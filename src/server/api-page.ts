import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { versions } from '../api/versions.ts';
import type { HttpHeaders, HttpResponse } from '../lib/http.ts';

/** The page that shows the OpenAPI document to people: Swagger UI, from the files of its package. Nothing is loaded from elsewhere. */

const FOLDER = '/docs';

/** Nothing but what this server itself sends may run, load or be called; the style sheet brings its pictures with it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'] as const;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Muster API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${FOLDER}/swagger-ui.css">
<link rel="stylesheet" href="${FOLDER}/page.css">
</head>
<body>
<nav>${[...versions.keys()].map((name) => `<a href="${FOLDER}?version=${name}">${name}</a>`).join(' ')}</nav>
<div id="swagger-ui"></div>
<script src="${FOLDER}/swagger-ui-bundle.js"></script>
<script src="${FOLDER}/start.js"></script>
</body>
</html>
`;

const STYLE = `body { margin: 0 auto; max-width: 1460px; }
nav { padding: 20px 20px 0; font: 14px sans-serif; }
`;

/** Starts the page. Swagger UI's own validator is a service elsewhere, so that it stays off. */
const START = `const versions = ${JSON.stringify([...versions.keys()])};
const wanted = new URLSearchParams(location.search).get('version');
SwaggerUIBundle({
  dom_id: '#swagger-ui',
  url: '/' + (versions.includes(wanted) ? wanted : versions[0]) + '/openapi.json',
  docExpansion: 'none',
  defaultModelsExpandDepth: 0,
  filter: true,
  deepLinking: true,
  validatorUrl: null,
});
`;

const TYPES: Readonly<Record<string, string>> = { css: 'text/css; charset=utf-8', js: 'text/javascript; charset=utf-8' };

const answer = (type: string, body: string | Uint8Array, headers: HttpHeaders = {}): HttpResponse => ({
  status: 200,
  headers: { 'content-type': type, 'cache-control': 'no-cache', ...headers },
  body,
});

/** The page and its files, by path; each file is read when it is first asked for. */
export function apiPages(): readonly (readonly [path: string, page: () => HttpResponse])[] {
  const page = () => answer('text/html; charset=utf-8', PAGE, { 'content-security-policy': POLICY, 'referrer-policy': 'no-referrer' });
  return [
    [FOLDER, page],
    [`${FOLDER}/`, page],
    [`${FOLDER}/start.js`, () => answer(TYPES.js!, START)],
    [`${FOLDER}/page.css`, () => answer(TYPES.css!, STYLE)],
    ...FILES.map((name) => [`${FOLDER}/${name}`, packaged(name)] as const),
  ];
}

function packaged(name: string): () => HttpResponse {
  let made: HttpResponse | undefined;
  return () => {
    made ??= answer(
      TYPES[name.slice(name.lastIndexOf('.') + 1)]!,
      readFileSync(fileURLToPath(import.meta.resolve(`swagger-ui-dist/${name}`))),
      {
        'cache-control': 'public, max-age=86400',
      },
    );
    return made;
  };
}
