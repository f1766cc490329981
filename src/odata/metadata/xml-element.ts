import type { XMLBuilder } from 'fast-xml-parser';
import { whenNeeded } from '../../lib/when-needed.ts';

/** An XML element: `@_name` is an attribute, any other member a child, or a list of children of that name. */
export interface XmlElement {
  readonly [name: string]: string | XmlElement | readonly XmlElement[] | readonly string[];
}

const parser = whenNeeded<typeof import('fast-xml-parser')>('fast-xml-parser');

let builder: XMLBuilder | undefined;

const OPTIONS = {
  ignoreAttributes: false,
  suppressEmptyNode: true,
  suppressBooleanAttributes: false,
  format: true,
  indentBy: '  ',
};

/** Writes an XML document. @param root an element with one child, the document's root */
export function xmlDocument(root: XmlElement): string {
  builder ??= new (parser().XMLBuilder)(OPTIONS);
  return builder.build({ '?xml': { '@_version': '1.0', '@_encoding': 'utf-8' }, ...root });
}
