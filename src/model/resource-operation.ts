import { boolean, entityType, string } from '../edm/declare.ts';
import { entity } from './entity.ts';

/** What a role can allow. Clients keep the list: nothing here works with it. */
export const resourceOperation = entityType('resourceOperation', {
  base: entity,
  audit: 'Role',
  properties: {
    resourceName: string({ nullable: true, searchable: true }),
    resource: string({ nullable: true }),
    actionName: string({ nullable: true }),
    description: string({ nullable: true }),
    enabledForScopeValidation: boolean(),
  },
  storage: { key: ['id'] },
});
