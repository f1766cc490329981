import type { EntityType } from '../../edm/declare.ts';
import { shapeOf } from '../../edm/link.ts';
import type { SearchExpression } from '../../odata/url/syntax.ts';
import { column } from '../../query/column.ts';
import type { Expression } from '../../query/expression.ts';
import { MAX_DEPTH, tooDeep, unsupported } from './scope.ts';

/** `$search` (URL Conventions §5.1.7) looks for its words, in any case, inside the names that a type declares searchable. */
export function bindSearch(search: SearchExpression, type: EntityType, depth = 0): Expression {
  if (depth > MAX_DEPTH) throw tooDeep('searches for too many words');
  const names = shapeOf(type).visible.filter((property) => property.searchable === true);
  if (names.length === 0) throw unsupported(`'$search' over ${type.name}, which has no name to search,`);
  switch (search.kind) {
    case 'not':
      return { kind: 'unary', type: 'Edm.Boolean', operator: 'not', operand: bindSearch(search.operand, type, depth + 3) };
    case 'and':
    case 'or':
      return {
        kind: 'binary',
        type: 'Edm.Boolean',
        operator: search.kind,
        left: bindSearch(search.left, type, depth + 3),
        right: bindSearch(search.right, type, depth + 3),
      };
    default: {
      // `"displayName:x"` looks in one property, as Graph's directory has it.
      const [, name, rest] = /^(\w+):(.*)$/s.exec(search.text) ?? [];
      const one = names.find((property) => property.name.toLowerCase() === name?.toLowerCase());
      const value = (one === undefined ? search.text : rest!).toLowerCase();
      const text = { kind: 'literal', type: 'Edm.String', value } as const;
      return (one === undefined ? names : [one])
        .map((property): Expression => {
          const lower = { kind: 'call', type: 'Edm.String', function: 'tolower', arguments: [column(type, property.name)] } as const;
          const found = { kind: 'call', type: 'Edm.Boolean', function: 'contains', arguments: [lower, text] } as const;
          // A missing name holds nothing: false, so that NOT finds it.
          return property.nullable
            ? { kind: 'binary', type: 'Edm.Boolean', operator: 'and', left: isPresent(type, property.name), right: found }
            : found;
        })
        .reduce((left, right) => ({ kind: 'binary', type: 'Edm.Boolean', operator: 'or', left, right }));
    }
  }
}

const isPresent = (type: EntityType, name: string): Expression => ({
  kind: 'binary',
  type: 'Edm.Boolean',
  operator: 'ne',
  left: column(type, name),
  right: { kind: 'literal', type: 'null', value: null },
});
