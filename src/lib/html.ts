import { hash } from 'node:crypto';
import type { HttpHeaders } from './http.ts';

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text made safe for HTML text and quoted attributes. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => ENTITIES[char] as string);

/** HTML that {@link html} made: every text in it is escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand in a template: texts are escaped, HTML is not, lists are joined, and nothing is left out. */
export type HtmlPart = Html | string | number | undefined | readonly HtmlPart[];

/** A tag for templates: HTML in which every value is escaped, unless it is HTML itself. Attributes must be quoted. */
export const html = (strings: TemplateStringsArray, ...parts: readonly HtmlPart[]): Html =>
  new Html(strings.reduce((text, string, index) => text + textOf(parts[index - 1]) + string));

function textOf(part: HtmlPart): string {
  if (part === undefined) return '';
  if (part instanceof Html) return part.text;
  return typeof part === 'object' ? part.map(textOf).join('') : escapeHtml(String(part));
}

/** The parts of a page for people. */
export interface HtmlFrame {
  readonly title: string;
  /** CSS: the only style of the page. */
  readonly style: string;
  /** The HTML of `<body>`: every text in it must be escaped. */
  readonly body: string;
  /** Another target of its forms than this server, also by a redirect: an origin or a scheme, as in a content security policy. */
  readonly formTarget?: string;
}

/** Puts a page together. Nothing may load, run or frame it; its one style is allowed by its hash. */
export function htmlFrame({ title, style, body, formTarget }: HtmlFrame): { readonly headers: HttpHeaders; readonly body: string } {
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${hash('sha256', style, 'base64')}'`,
    `form-action 'self'${formTarget === undefined ? '' : ` ${formTarget}`}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin', // with none at all, browsers would not say either which page a form was sent from
    },
    body: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)} – Muster</title><style>${style}</style></head>
<body>${body}</body></html>
`,
  };
}
