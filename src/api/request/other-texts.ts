import type { SyntaxExpression } from '../../odata/url/syntax.ts';
import type { Expression, Literal } from '../../query/expression.ts';

/**
 * Conditions that come again with other texts, such as `userPrincipalName eq '…'` for one user after the other: what was bound for the
 * first is taken over with the texts of the next, as parsing and binding would cost more than the row that is found.
 */

/** A query with its texts taken out. */
export interface Texts {
  /** The rest of the query: the same for queries that differ in their texts alone. */
  readonly skeleton: string;
  /** What stood between quotes, decoded, in order. */
  readonly texts: readonly string[];
}

// A whole text between quotes as they are: without quotes of its own, without what could be a delimiter or a control character once it
// is decoded, and without a plus, which may be a space.
const TEXT = /'((?:[^'%+&#]|%(?![01]|2[367b]|7f)[0-9a-f]{2})*)'/gi;

/**
 * Takes the texts out of a query; undefined where there are none. What looks like one may be something else (two quotes in a row are one
 * quote of a text): only if the first query of a skeleton has just these texts do they count for it.
 */
export function takeTexts(query: string): Texts | undefined {
  if (!query.includes("'")) return undefined;
  const texts: string[] = [];
  let skeleton = '';
  let end = 0;
  for (const match of query.matchAll(TEXT)) {
    const text = decoded(match[1]!);
    if (text === undefined) return undefined;
    skeleton += `${query.slice(end, match.index)}'\0'`;
    end = match.index + match[0].length;
    texts.push(text);
  }
  return texts.length === 0 ? undefined : { skeleton: skeleton + query.slice(end), texts };
}

function decoded(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined; // who parses it says what is wrong with it
  }
}

/** A condition with other texts, in the order in which they were written; undefined where some may stand elsewhere than in comparisons. */
export function mapTexts(condition: SyntaxExpression, map: (text: string) => string): SyntaxExpression | undefined {
  switch (condition.kind) {
    case 'member':
      return condition;
    case 'literal': {
      if (condition.type !== 'Edm.String') return condition;
      const value = map(String(condition.value));
      return { ...condition, value, text: `'${value}'` };
    }
    case 'binary': {
      const left = mapTexts(condition.left, map);
      const right = left && mapTexts(condition.right, map);
      return right && { ...condition, left: left!, right };
    }
    default:
      return undefined;
  }
}

const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'gt', 'ge', 'lt', 'le']);

/**
 * A bound condition with other texts.
 * @param replaced texts, and what stands for them now
 * @returns undefined unless each of them is one text that is compared as such: what a text means otherwise (a member, a date) depends on it
 */
export function withTexts(condition: Expression, replaced: ReadonlyMap<string, string>): Expression | undefined {
  let count = 0;
  const result = rewritten(condition);
  return count === replaced.size ? result : undefined;

  function operand(e: Expression): Expression {
    if (e.kind !== 'literal') return rewritten(e);
    const text = e.type === 'Edm.String' ? replaced.get(e.value as string) : undefined;
    if (text === undefined) return e;
    count += 1;
    return { kind: 'literal', type: 'Edm.String', value: text } satisfies Literal;
  }

  function rewritten(e: Expression): Expression {
    if (e.kind !== 'binary') return e;
    const each = COMPARISONS.has(e.operator) ? operand : e.operator === 'and' || e.operator === 'or' ? rewritten : undefined;
    return each === undefined ? e : { ...e, left: each(e.left), right: each(e.right) };
  }
}
