import { escapeHtml } from '../../lib/html.ts';

/** An XML element: a text is an attribute, an object a child element, a list the children of one name (a text in it is the text of a child). */
export interface XmlElement {
  readonly [name: string]: string | XmlElement | readonly (XmlElement | string)[];
}

/** Writes an XML document, one element a line. @param root an element with one child: the document's root */
export const xmlDocument = (root: XmlElement): string => `<?xml version="1.0" encoding="utf-8"?>\n${childrenOf(root, '')}`;

function childrenOf(element: XmlElement, indent: string): string {
  const children = Object.entries(element).flatMap(([name, value]) =>
    typeof value === 'string' ? [] : [value].flat().map((child) => `${indent}${elementText(name, child, indent)}\n`),
  );
  return children.join('');
}

function elementText(name: string, element: XmlElement | string, indent: string): string {
  if (typeof element === 'string') return `<${name}>${escapeHtml(element)}</${name}>`;
  const attributes = Object.entries(element).map(([key, value]) => (typeof value === 'string' ? ` ${key}="${escapeHtml(value)}"` : ''));
  const head = `<${name}${attributes.join('')}`;
  const children = childrenOf(element, `${indent}  `);
  return children === '' ? `${head}/>` : `${head}>\n${children}${indent}</${name}>`;
}
