import type { Access, ComplexType, EntityType, OperationDeclaration } from '../../edm/declare.ts';
import type { Navigation, Property, Root } from '../../edm/link.ts';
import type { EntityKey } from '../../odata/metadata/context-url.ts';
import type { SegmentArguments } from '../../odata/url/syntax.ts';

/** What a path names: the model's elements in the order of the URL. */

/** One step from the root: an entity set, a singleton or a navigation, with the key that picks one of its entities. */
export interface Step {
  readonly name: string;
  readonly type: EntityType;
  /** The root's, or the navigation's. */
  readonly source: Root | Navigation;
  readonly collection: boolean;
  readonly key?: EntityKey;
  /** Qualified name of `type`, where the URL casts the declared type to it. */
  readonly cast?: string;
}

/** The entity or collection at the end of the steps, or something about it. */
export interface Resource {
  readonly kind: 'collection' | 'entity' | 'count' | 'property' | 'value' | 'reference' | 'references' | 'action' | 'function';
  /** Never empty. */
  readonly steps: readonly Step[];
  /** Who may do what here, inherited along the path. */
  readonly access: Access;
  /** Of `property` and `value`: the property, then properties inside a complex value, and types that it is cast to. */
  readonly property?: Property;
  readonly nested?: readonly (Property | ComplexType)[];
  /** Of `action` and `function`. */
  readonly operation?: OperationDeclaration;
  /** Of a function: what its parentheses hold. */
  readonly given?: SegmentArguments;
}

/** The last step of a resource. */
export const lastStep = ({ steps }: Resource): Step => steps.at(-1)!;

/** Whether entities of a type are objects of the directory, which is asked and answers in a way of its own. */
export const isInDirectory = ({ family }: EntityType): boolean => family === 'directory';
