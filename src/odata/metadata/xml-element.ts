import { XMLBuilder } from 'fast-xml-parser';

/** An XML element: `@_name` is an attribute, any other member a child, or a list of children of that name. */
export interface XmlElement {
  readonly [name: string]: string | XmlElement | readonly XmlElement[] | readonly string[];
}

const builder = new XMLBuilder({
  ignoreAttributes: false,
  suppressEmptyNode: true,
  suppressBooleanAttributes: false,
  format: true,
  indentBy: '  ',
});

/** Writes an XML document. @param root an element with one child, the document's root */
export const xmlDocument = (root: XmlElement): string => builder.build({ '?xml': { '@_version': '1.0', '@_encoding': 'utf-8' }, ...root });
