import { type Html, html, htmlFrame } from '../../../lib/html.ts';
import type { HttpResponse } from '../../../lib/http.ts';
import { PAGES, pageLinks } from './page-links.ts';

/** Longest text that a search takes, in characters. */
export const MAX_SEARCH = 100;

/** What a page of the API shows. */
interface ApiPage {
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

/** The look of the API pages: system fonts, a grid of 4 px, one accent; both themes; tables scroll inside themselves. */
const PAGE_STYLE = `:root{color-scheme:light dark;--bg:#fff;--raised:#f5f7f9;--text:#1a1f26;--muted:#566170;--line:#d9dfe6;--accent:#0a58a8}
@media (prefers-color-scheme:dark){:root{--bg:#101418;--raised:#181d23;--text:#e5e9ee;--muted:#9aa5b1;--line:#2d353e;--accent:#73b4ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:14px/1.5 system-ui,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:break-word}
code,pre{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
a{color:var(--accent);text-decoration:none}
a:hover,a:focus-visible{text-decoration:underline}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
.skip{position:absolute;left:-999px}
.skip:focus{left:16px;top:8px;background:var(--bg);padding:4px 8px}
header{border-bottom:1px solid var(--line);background:var(--raised)}
header>div,main{max-width:1280px;margin:0 auto;padding:12px 24px}
header>div{display:flex;flex-wrap:wrap;align-items:center;gap:8px 24px}
header nav{display:flex;gap:16px}
header a{color:var(--text)}
.brand{font-weight:600}
[aria-current]{font-weight:600;box-shadow:inset 0 -2px var(--accent)}
form{display:flex;gap:8px;flex:1 1 280px;max-width:520px;margin-left:auto}
input,button{font:inherit;color:inherit;height:32px;padding:0 12px;background:var(--bg);border:1px solid var(--muted);border-radius:4px}
input{flex:1;min-width:0}
button{cursor:pointer}
::placeholder{color:var(--muted);opacity:1}
main{padding-block:24px 64px}
h1{font-size:24px;line-height:32px;margin:0 0 8px}
h2{font-size:16px;line-height:24px;margin:32px 0 8px}
p{margin:0 0 12px;max-width:80ch}
.muted,small{color:var(--muted)}
.crumbs{margin-bottom:8px}
.request{display:flex;gap:12px;align-items:baseline;margin:0 0 16px;padding:8px 12px;background:var(--raised);border:1px solid var(--line);border-radius:4px}
.request code{overflow-wrap:anywhere}
b.method{font:600 12px/20px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;flex:none}
.badge{font-size:12px;border:1px solid var(--muted);border-radius:4px;padding:0 6px;font-weight:400;vertical-align:middle}
ul{margin:0 0 12px;padding:0;list-style:none}
.bullets{list-style:disc;padding-left:20px;max-width:80ch}
.chips{display:flex;flex-wrap:wrap;gap:4px 16px}
.columns{columns:300px;column-gap:24px}
.chips code,.columns code,.operations code{overflow-wrap:anywhere}
.operations,.groups{border-bottom:1px solid var(--line)}
.groups a{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,5fr) 56px;gap:0 12px;align-items:baseline;padding:7px 12px;border-top:1px solid var(--line)}
.groups code{color:var(--muted);overflow-wrap:anywhere}.groups span{color:var(--muted);text-align:right}
.groups strong{font-weight:600}
.operations a{display:grid;grid-template-columns:56px minmax(0,5fr) minmax(0,3fr);gap:0 12px;align-items:baseline;padding:7px 12px;color:var(--text);border-top:1px solid var(--line)}
.operations a:hover,.groups a:hover{background:var(--raised)}
.operations span{color:var(--muted)}
details{border-block:1px solid var(--line);margin-bottom:12px}
td details,details.quiet{border:0;margin:0}
summary{padding:8px 4px;cursor:pointer}
summary:hover{background:var(--raised)}
summary h2{display:inline;font-size:14px;font-weight:600;margin:0}
summary small{margin-left:8px;font-size:14px}
.scroll{overflow-x:auto;border:1px solid var(--line);border-radius:4px;margin-bottom:12px}
table{border-collapse:collapse;width:100%;min-width:480px}
th,td{text-align:left;vertical-align:top;padding:7px 12px;border-top:1px solid var(--line)}
thead th{border-top:0;background:var(--raised);font-weight:600}
tbody th{font-weight:400}
tbody th code,td code{overflow-wrap:anywhere}
.properties th:first-child{width:36%}.properties td:nth-child(2){width:24%}
.parameters th:first-child{width:26%}.parameters td:nth-child(3){width:20%}
.statuses th:first-child{width:72px}
td p{margin:0}
pre{margin:0 0 12px;padding:12px;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere;background:var(--raised);border:1px solid var(--line);border-radius:4px;max-height:480px}
td summary{padding:0}
details pre,details .scroll{margin-top:4px}
@media (min-width:1080px){.sides{display:grid;grid-template-columns:minmax(0,1fr) 400px;gap:0 32px}.sides>aside{position:sticky;top:16px;align-self:start;max-height:calc(100vh - 32px);overflow-y:auto}.sides h2:first-child{margin-top:0}}
@media (max-width:640px){header>div,main{padding-inline:16px}form{margin-left:0;flex-basis:100%}.operations a{grid-template-columns:56px minmax(0,1fr);padding-inline:4px}.operations span{grid-column:2}.groups a{grid-template-columns:minmax(0,1fr) 40px;padding-inline:4px}.groups span{grid-area:1/2}h1{font-size:20px;line-height:28px;overflow-wrap:anywhere}}`;
