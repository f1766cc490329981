import { dateTimeOffsetOf } from '../../edm/date-time-offset.ts';
import type { Value } from '../../edm/primitive.ts';
import type { Expression, ExpressionType, Literal, NavigationCollection, PathExpression } from '../../query/expression.ts';
import type { RowSet, ScopedRows, SelectPlan } from '../../query/plan.ts';
import { columnNamed, tableOf } from '../schema/table.ts';
import { BYTES_SOURCE, LIMIT_SOURCE, NOW_SOURCE, SKIP_SOURCE, type Slot, type SqlValue, TENANT_SOURCE } from './fragment.ts';

/**
 * A plan taken apart into its shape (a text: plans with the same one compile to the same SQL) and its values, so that a
 * statement is compiled once for each shape. Null, booleans and members of enumerations belong to the shape: they are few,
 * and written into the SQL they let the planner use partial indexes.
 */
export interface PlanShape {
  readonly key: string;
  /** What the slots' `source` counts through. */
  readonly values: readonly Value[];
  /** The literal that a value stands for; undefined for values of `scope` and `after`. Parallel to `values`. */
  readonly literals: readonly (Literal | undefined)[];
  /** Where the values of `after` start. */
  readonly afterStart: number;
}

/** Whether a value of this type is written into the SQL text instead of being bound. */
export const isInlined = (type: ExpressionType, value: Value): boolean =>
  value === null || typeof value === 'boolean' || (typeof type === 'object' && type.kind === 'enum');

/** The shape of a plan. @param purpose keeps statements of one shape apart that do different things */
export function planShape(purpose: string, plan: RowSet & Partial<SelectPlan>): PlanShape {
  const shape = new ShapeWriter(`${purpose}|${plan.from.name}`);
  shape.scope(plan);
  if (plan.linked !== undefined) {
    const { navigation, source } = plan.linked;
    const link = navigation.through!.link();
    shape.key += `|//${link.name}/${navigation.through!.linkTo}${navigation.through!.transitive === true ? '*' : ''}`;
    for (const name in source) {
      shape.key += `|${name}`;
      shape.value(columnNamed(tableOf(link).column, name, link).property.type, source[name]!);
    }
  }
  for (const types of plan.parents ?? []) {
    shape.key += '|^';
    for (const parent of types) {
      shape.key += parent.from.name;
      shape.scope(parent);
    }
  }
  if (plan.where !== undefined) {
    shape.key += '|?';
    shape.expression(plan.where);
  }
  for (const { expression, descending } of plan.orderBy ?? []) {
    shape.key += descending ? '|>' : '|<';
    shape.expression(expression);
  }
  const afterStart = shape.values.length;
  if (plan.after !== undefined) {
    shape.key += '|@';
    plan.orderBy?.forEach((item, i) => {
      shape.value(item.expression.type, plan.after![i] ?? null);
    });
  }
  if (plan.skip !== undefined) shape.key += '|s';
  if (plan.limit !== undefined) shape.key += '|l';
  if (plan.maxBytes !== undefined) shape.key += '|b';
  if (plan.orderValues === true) shape.key += '|o';
  if (plan.document === true) shape.key += '|d';
  if (plan.properties !== undefined) shape.key += `|.${plan.properties.join(',')}`;
  return { key: shape.key, values: shape.values, literals: shape.literals, afterStart };
}

class ShapeWriter {
  key: string;
  readonly values: Value[] = [];
  readonly literals: (Literal | undefined)[] = [];

  constructor(key: string) {
    this.key = key;
  }

  value(type: ExpressionType, value: Value, literal?: Literal): void {
    if (isInlined(type, value)) {
      this.key += `=${String(value)}`;
    } else {
      this.key += '=?';
      this.values.push(value);
      this.literals.push(literal);
    }
  }

  scope({ from, scope }: ScopedRows): void {
    const { column } = tableOf(from);
    for (const name in scope) {
      const value = scope[name]!;
      this.key += `|${name}`;
      const { property } = columnNamed(column, name, from);
      if (Array.isArray(value)) {
        this.key += `[${value.length}`;
        for (const item of value) this.value(property.type, item);
      } else {
        this.value(property.type, value);
      }
    }
  }

  expression(e: Expression | NavigationCollection): void {
    switch (e.kind) {
      case 'literal':
        this.key += typeName(e.type);
        this.value(e.type, e.value, e);
        return;
      case 'path':
        this.path(e);
        return;
      case 'navigationCollection':
        this.key += `${e.variable ?? ''}//${e.navigation.name}`;
        return;
      case 'lambda':
        this.key += `${e.operator}(`;
        this.expression(e.collection);
        this.key += `:${e.variable ?? ''}:`;
        if (e.predicate !== undefined) this.expression(e.predicate);
        break;
      case 'binary':
        this.key += `${e.operator}(`;
        this.expression(e.left);
        this.key += ',';
        this.expression(e.right);
        break;
      case 'unary':
        this.key += `${e.operator}(`;
        this.expression(e.operand);
        break;
      case 'in':
        this.key += 'in(';
        this.expression(e.operand);
        this.each(e.items);
        break;
      case 'call':
        this.key += `${e.function}(`;
        this.each(e.arguments);
    }
    this.key += ')';
  }

  private each(expressions: readonly Expression[]): void {
    for (const e of expressions) {
      this.key += ',';
      this.expression(e);
    }
  }

  private path(e: PathExpression): void {
    this.key += e.variable ?? '';
    for (const navigation of e.navigation) this.key += `/${navigation.name}`;
    for (const guard of e.guards ?? []) {
      this.key += '!';
      if (guard !== undefined) this.expression(guard);
    }
    this.key += `.${e.property?.name ?? ''}`;
    for (const step of e.nested) this.key += `.${step}`;
    this.key += `:${typeName(e.type)}`;
  }
}

const typeName = (type: ExpressionType): string => (typeof type === 'string' ? type : type.name);

/** What a statement is bound to besides the plan's values. */
export interface Binding {
  readonly tenant: number;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  readonly limit?: number;
  readonly skip?: number;
  /** Bytes that are left of a plan's `maxBytes`. */
  readonly bytes?: number;
}

/** A literal object that stands at two places has one slot source; another plan of that shape may have two values there. */
export function isReusable(shape: PlanShape): boolean {
  const literals = shape.literals.filter((l) => l !== undefined);
  return new Set(literals).size === literals.length;
}

/** The values of a statement's slots. */
export function bindShape(slots: readonly Slot[], shape: PlanShape, binding: Binding): SqlValue[] {
  const bound = new Array<SqlValue>(slots.length);
  for (let i = 0; i < slots.length; i++) {
    const { source, encode } = slots[i]!;
    bound[i] =
      source >= 0 ? encode(shape.values[source]!) : source === NOW_SOURCE ? encode(dateTimeOffsetOf(binding.now)) : special(source);
  }
  return bound;

  function special(source: number): SqlValue {
    switch (source) {
      case TENANT_SOURCE:
        return binding.tenant;
      case LIMIT_SOURCE:
        return binding.limit === undefined || binding.limit === Number.POSITIVE_INFINITY ? -1 : binding.limit;
      case SKIP_SOURCE:
        return binding.skip ?? 0;
      case BYTES_SOURCE:
        return binding.bytes ?? null;
      default:
        return null;
    }
  }
}

/** Bytes for each character of a statement's text: the text, and what a database compiles it to (measured with SQLite: 6 to 20). */
const WEIGHT_OF_A_CHARACTER = 24;

/** What a prepared statement weighs in memory, in bytes, estimated. @param text its SQL, or what stands for that */
export const statementWeight = (text: string): number => 500 + WEIGHT_OF_A_CHARACTER * text.length;
