/**
 * Rules of assignment filters (`rule` of Graph's resource deviceAndAppManagementAssignmentFilter) as trees, such as
 * `(device.manufacturer -eq "Dell Inc.") and not (device.model -startsWith "x")`. `parse-filter-rule.ts` reads a rule,
 * `bind-filter-rule.ts` checks it against the properties of a platform and tests devices. `filter-use.ts` keeps which assignments use a
 * filter, `evaluate-filter.ts` and `filter-status.ts` answer what a filter matches.
 */

/** Operators in their canonical spelling, without the dash that may stand before them. */
export const FILTER_OPERATORS = [
  'eq',
  'ne',
  'in',
  'notIn',
  'startsWith',
  'notStartsWith',
  'contains',
  'notContains',
  'gt',
  'ge',
  'lt',
  'le',
] as const;

export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** The right side of a comparison. A version is written without quotes. */
export type FilterValue =
  | { readonly kind: 'null' }
  | { readonly kind: 'text' | 'version'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] };

/** `device.model -in ["a", "b"]`; names are as written. Positions are offsets in the text, for messages. */
export interface FilterComparison {
  readonly kind: 'comparison';
  /** `device`, or `app` in filters of managed apps. */
  readonly entity: string;
  readonly property: string;
  readonly operator: FilterOperator;
  readonly value: FilterValue;
  readonly at: { readonly property: number; readonly operator: number; readonly value: number };
}

/** A rule. Parentheses leave no trace but the shape of the tree; `and` binds closer than `or`, `not` closest. */
export type FilterRule =
  | FilterComparison
  | { readonly kind: 'and' | 'or'; readonly left: FilterRule; readonly right: FilterRule }
  | { readonly kind: 'not'; readonly operand: FilterRule };

function valueText(value: FilterValue): string {
  switch (value.kind) {
    case 'null':
      return '$null';
    case 'text':
      return `"${value.text}"`;
    case 'version':
      return value.text;
    case 'list':
      return `[${value.items.map((item) => `"${item}"`).join(', ')}]`;
  }
}

/** Writes a rule so that reading it gives the same tree: each comparison in parentheses, as the portal has them. */
export function filterRuleText(rule: FilterRule): string {
  const inner = (part: FilterRule, bare: boolean): string =>
    bare || part.kind === 'comparison' ? filterRuleText(part) : `(${filterRuleText(part)})`;
  switch (rule.kind) {
    case 'comparison':
      return `(${rule.entity}.${rule.property} -${rule.operator} ${valueText(rule.value)})`;
    case 'not':
      return `not ${inner(rule.operand, rule.operand.kind === 'not')}`;
    default:
      return `${inner(rule.left, rule.left.kind === rule.kind)} ${rule.kind} ${inner(rule.right, false)}`;
  }
}
