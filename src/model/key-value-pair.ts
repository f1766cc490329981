import { complexType, string } from '../edm/declare.ts';

/** A name and its value. */
export const keyValuePair = complexType('keyValuePair', {
  properties: { name: string({ nullable: true }), value: string({ nullable: true }) },
});
