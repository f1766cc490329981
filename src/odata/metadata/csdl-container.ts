import type { EntityType } from '../../edm/declare.ts';
import { isOrDerivesFrom, type Model, type Root, shapeOf } from '../../edm/link.ts';
import type { XmlElement } from './xml-element.ts';

const CONTAINER = 'GraphService';

/**
 * The entity container (CSDL §13): singletons and entity sets, where their non-contained navigations lead, and what a set
 * refuses (Capabilities vocabulary).
 */
export function csdlContainer(model: Model): { readonly element: XmlElement; readonly annotations: readonly XmlElement[] } {
  const roots = [...model.roots].sort((a, b) => (a.name < b.name ? -1 : 1));
  const element = (root: Root): XmlElement => ({
    Name: root.name,
    [root.kind === 'entitySet' ? 'EntityType' : 'Type']: `${model.namespace}.${root.type.name}`,
    NavigationPropertyBinding: bindings(root.type, model),
  });
  return {
    element: {
      Name: CONTAINER,
      EntitySet: roots.filter((r) => r.kind === 'entitySet').map(element),
      Singleton: roots.filter((r) => r.kind === 'singleton').map(element),
    },
    annotations: roots.flatMap((root) => {
      const refused = restrictions(root);
      return refused.length === 0 ? [] : [{ Target: `${model.namespace}.${CONTAINER}/${root.name}`, Annotation: refused }];
    }),
  };
}

/** Non-contained navigations whose target has an entity set, also those reached through contained ones. */
function bindings(root: EntityType, model: Model): XmlElement[] {
  const found: XmlElement[] = [];
  const walk = (type: EntityType, path: string, above: readonly EntityType[]): void => {
    for (const { name, target, contained } of shapeOf(type).navigation) {
      if (!model.entityTypes.includes(target)) continue;
      if (!contained) {
        const set = setOf(target, model);
        if (set !== undefined) found.push({ Path: path + name, Target: set.name });
      } else if (!above.includes(target)) walk(target, `${path}${name}/`, [...above, target]);
    }
  };
  walk(root, '', [root]);
  return found;
}

const setOf = (target: EntityType, model: Model): Root | undefined => {
  const sets = model.roots.filter((r) => r.kind === 'entitySet');
  return sets.find((r) => r.type === target) ?? sets.find((r) => isOrDerivesFrom(target, r.type));
};

const RESTRICTIONS = [
  { needs: ['list', 'get'], term: 'ReadRestrictions', property: 'Readable' },
  { needs: ['create'], term: 'InsertRestrictions', property: 'Insertable', setOnly: true },
  { needs: ['update'], term: 'UpdateRestrictions', property: 'Updatable' },
  { needs: ['delete'], term: 'DeleteRestrictions', property: 'Deletable', setOnly: true },
] as const;

const restrictions = ({ kind, capabilities }: Root): XmlElement[] =>
  RESTRICTIONS.filter((r) => !('setOnly' in r && kind === 'singleton') && !r.needs.some((need) => capabilities.includes(need))).map(
    ({ term, property }) => ({
      Term: `Org.OData.Capabilities.V1.${term}`,
      Record: { PropertyValue: { Property: property, Bool: 'false' } },
    }),
  );
