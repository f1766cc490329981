import { describe, expect, it } from 'vitest';
import { model } from '../model/index.ts';
import { operationRuleFor, operationRules } from './operations.ts';

describe.each(model.operations.map((operation) => ({ on: operation.binding.name, name: operation.name, operation })))(
  '$name on $on',
  ({ operation }) => {
    it('is implemented once', () => {
      expect(operationRules.filter((rule) => rule.operation === operation)).toEqual([operationRuleFor(operation)]);
    });

    it('changes nothing if it is a function', () => {
      if (operation.kind === 'function') expect(operationRuleFor(operation).mode).toBe('read');
      else expect(['read', 'change']).toContain(operationRuleFor(operation).mode);
    });
  },
);

it('implements only what is declared', () => {
  for (const { operation } of operationRules) expect(model.operations).toContain(operation);
});
