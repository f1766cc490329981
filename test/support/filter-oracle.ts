import fc from 'fast-check';
import { characters, compareCharacters, DAY, durationOf, type Instant, instantOf, SECOND } from './filter-oracle-values.ts';

/**
 * Conditions as text for `$filter`, each with what it means: an evaluator of its own, written from URL Conventions §5.1.1 alone, that
 * shares nothing with the server, neither its grammar nor its expressions. Values are those that a test wrote.
 */

/** What an expression yields. Durations and times of day are in units of 100 ns, dates are days since 1970. */
export type Value = string | number | bigint | boolean | Instant | null;

/** A row, or an item of a collection: values and collections by the path that names them. */
export type Item = Readonly<Record<string, unknown>>;

export interface Term<T extends Value = Value> {
  readonly text: string;
  /** Operators, functions and kinds of literals in it. */
  readonly names: readonly string[];
  /** Whether it is a user's name, which is the same in capitals and small letters, whatever it is compared with. */
  readonly isCaseless?: boolean;
  of(row: Item, variable?: Item | string): T | null;
}

type Arb<T extends Value> = fc.Arbitrary<Term<T>>;

/** Paths to what rows have, by kind. */
export interface Paths {
  readonly text: readonly string[];
  readonly whole: readonly string[];
  readonly truth: readonly string[];
  readonly instant: readonly string[];
  readonly duration: readonly string[];
  /** Enumerations: their type and members by number. */
  readonly member: readonly { readonly path: string; readonly type: string; readonly members: Readonly<Record<string, number>> }[];
  /** Single navigations, which can be compared with null. */
  readonly single: readonly string[];
  /** Collections of texts, and of items with texts. */
  readonly texts: readonly string[];
  readonly items: readonly { readonly path: string; readonly text: readonly string[] }[];
}

const term = <T extends Value>(text: string, names: readonly string[], of: Term<T>['of']): Term<T> => ({ text, names, of });
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const named = (parts: readonly Term[], ...names: readonly string[]): string[] => [...parts.flatMap((part) => part.names), ...names];

/** Null as soon as one operand is. */
const strict =
  <T extends Value>(parts: readonly Term[], compute: (...values: never[]) => T | null): Term<T>['of'] =>
  (row, variable) => {
    const values = parts.map((part) => part.of(row, variable));
    return values.includes(null) ? null : compute(...(values as never[]));
  };

const call = <T extends Value>(name: string, parts: readonly Term[], compute: (...values: never[]) => T | null): Term<T> =>
  term(`${name}(${parts.map(({ text }) => text).join(',')})`, named(parts, name), strict(parts, compute));

const infix = <T extends Value>(name: string, pair: readonly [Term, Term], compute: (...values: never[]) => T | null): Term<T> =>
  term(`(${pair[0].text} ${name} ${pair[1].text})`, named(pair, name), strict(pair, compute));

const path = <T extends Value>(name: string): Term<T> => ({
  ...term(name, name.includes('/') ? ['path'] : [], (row) => (row[name] ?? null) as T | null),
  isCaseless: /(^|\/)(upn|userPrincipalName)$/.test(name),
});

const calendar = (days: bigint): Date => new Date(Number(days) * 86_400_000);
const floorDiv = (a: bigint, b: bigint): bigint => (a - (((a % b) + b) % b)) / b;
const local = ({ ticks, offset }: Instant): bigint => ticks + BigInt(offset) * 60n * SECOND;

const TEXTS = ['', 'a', 'A', 'B', 'b', 'ab', 'aB', 'Ab a', "o'dock", 'ä', 'Ä', '😀x', '%_', ' a ', 'x@example.com'];
const INSTANTS = [
  '2017-01-01T00:02:58.4418045-08:00',
  '2017-01-01T08:02:58.4418045Z',
  '2017-01-01T08:02:58.4418046Z',
  '2020-02-29T23:59:59.5+05:30',
];
const DURATIONS = ['PT0S', 'PT1S', '-PT1S', 'P1D', 'P1DT2H3M4.5S', 'PT0.0000001S', '-P2D'];

/** What rows of a test are made of. */
export const samples = {
  text: fc.constantFrom(...TEXTS),
  instant: fc.constantFrom(...INSTANTS),
  duration: fc.constantFrom(...DURATIONS.filter((d) => d[0] !== '-')),
};

const literal = <T extends Value>(kind: string, texts: fc.Arbitrary<string>, of: (text: string) => T): Arb<T> =>
  texts.map((text) => term<T>(text, [kind], () => of(text)));

type Order = -1 | 0 | 1;
const sign = (n: number): Order => (n < 0 ? -1 : n > 0 ? 1 : 0);

function compare(a: Exclude<Value, null>, b: Exclude<Value, null>): Order {
  if (typeof a === 'string') return sign(compareCharacters(a, b as string));
  const [x, y] = [a, b].map((value) => (typeof value === 'object' ? value.ticks : value)) as [number, number];
  return x < y ? -1 : x > y ? 1 : 0;
}

const RELATIONS: Readonly<Record<string, (order: Order) => boolean>> = {
  eq: (order) => order === 0,
  ne: (order) => order !== 0,
  gt: (order) => order > 0,
  ge: (order) => order >= 0,
  lt: (order) => order < 0,
  le: (order) => order <= 0,
};

/** Two values of a kind compared: null equals null alone, and is neither more nor less than anything. */
const relation = (name: string, pair: readonly [Term, Term]): Term<boolean> =>
  term(`(${pair[0].text} ${name} ${pair[1].text})`, named(pair, name), (row, variable) => {
    const isCaseless = pair.some((part) => part.isCaseless);
    const [a, b] = pair
      .map((part) => part.of(row, variable))
      .map((value) => (isCaseless && typeof value === 'string' ? value.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : value)) as [
      Value,
      Value,
    ];
    if (a !== null && b !== null) return RELATIONS[name]!(compare(a, b));
    return name === 'eq' ? a === b : name === 'ne' ? a !== b : false;
  });

const nothing: Term = { text: 'null', names: ['null'], of: () => null };

const relations = (of: fc.Arbitrary<Term>, names = Object.keys(RELATIONS)): Arb<boolean> =>
  fc
    .tuple(fc.constantFrom(...names), of, fc.oneof({ weight: 5, arbitrary: of }, { weight: 1, arbitrary: fc.constant(nothing) }))
    .map(([name, a, b]) => relation(name, [a, b]));

/** `in` takes a list of literals. */
const membership = (of: fc.Arbitrary<Term>, literals: fc.Arbitrary<Term>): Arb<boolean> =>
  fc
    .tuple(
      of,
      fc.array(fc.oneof({ weight: 5, arbitrary: literals }, { weight: 1, arbitrary: fc.constant(nothing) }), {
        minLength: 1,
        maxLength: 3,
      }),
    )
    .map(([a, items]) => {
      const equal = items.map((item) => relation('eq', [a, item]));
      return term(`(${a.text} in (${items.map(({ text }) => text).join(',')}))`, named([a, ...items], 'in'), (row, variable) =>
        equal.some((one) => one.of(row, variable) === true),
      );
    });

/** All conditions over rows with these paths. @param now what the server's clock shows */
export function conditionsOver(paths: Paths, now: string): Arb<boolean> {
  const from = <T extends Value>(names: readonly string[], literals: Arb<T>): Arb<T> =>
    names.length === 0
      ? literals
      : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...names).map((name) => path<T>(name)) }, { weight: 1, arbitrary: literals });

  const textLiteral = literal('string', samples.text.map(quoted), (text) => text.slice(1, -1).replaceAll("''", "'"));
  const instantLiteral = literal('instant', samples.instant, instantOf);
  const smallInt = literal('int', fc.integer({ min: -4, max: 4 }).map(String), Number);
  const divisor = literal('int', fc.constantFrom('1', '2', '3', '-2'), Number);
  const decimal = literal('decimal', fc.constantFrom('0.5', '-1.5', '2.25'), Number);
  const double = literal('double', fc.constantFrom('1.5e0', '-2E0'), Number);

  const { text, whole } = fc.letrec<{ text: Term<string>; whole: Term<number> }>((tie) => {
    const [anyText, anyWhole] = [tie('text'), tie('whole')];
    return {
      text: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        from<string>(paths.text, textLiteral),
        anyText.map((a) => call('tolower', [a], (x: string) => x.toLowerCase())),
        anyText.map((a) => call('toupper', [a], (x: string) => x.toUpperCase())),
        anyText.map((a) => call('trim', [a], (x: string) => x.trim())),
        fc.tuple(anyText, anyText).map((pair) => call('concat', pair, (a: string, b: string) => a + b)),
        fc.tuple(anyText, anyWhole).map((pair) => call('substring', pair, (a: string, n: number) => characters(a).slice(n).join(''))),
        fc
          .tuple(
            anyText,
            anyWhole,
            fc.constantFrom(0, 1, 2).map((n) => term<number>(String(n), ['int'], () => n)),
          )
          .map((three) => call('substring', three, (a: string, n: number, m: number) => characters(a).slice(n).slice(0, m).join(''))),
      ),
      whole: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        from<number>(paths.whole, smallInt),
        anyText.map((a) => call('length', [a], (x: string) => characters(x).length)),
        fc
          .tuple(anyText, anyText)
          .map((pair) =>
            call('indexof', pair, (a: string, b: string) => (a.includes(b) ? characters(a.slice(0, a.indexOf(b))).length : -1)),
          ),
        fc.tuple(anyWhole, anyWhole).map((pair) => infix('add', pair, (a: number, b: number) => a + b)),
        fc.tuple(anyWhole, anyWhole).map((pair) => infix('sub', pair, (a: number, b: number) => a - b)),
        fc.tuple(anyWhole, smallInt).map((pair) => infix('mul', pair, (a: number, b: number) => a * b)),
        fc.tuple(anyWhole, divisor).map((pair) => infix('div', pair, (a: number, b: number) => Math.trunc(a / b))),
        fc.tuple(anyWhole, divisor).map((pair) => infix('mod', pair, (a: number, b: number) => a % b)),
        anyWhole.map((a) =>
          term<number>(
            `(-(${a.text}))`,
            named([a], 'negate'),
            strict([a], (x: number) => -x),
          ),
        ),
      ),
    };
  });

  const { instant, duration } = fc.letrec<{ instant: Term<Instant>; duration: Term<bigint> }>((tie) => {
    const [anyInstant, anyDuration] = [tie('instant'), tie('duration')];
    const moved = (name: string, by: 1n | -1n) =>
      fc
        .tuple(anyInstant, anyDuration)
        .map((pair) => infix<Instant>(name, pair, (a: Instant, b: bigint) => ({ ...a, ticks: a.ticks + by * b })));
    return {
      instant: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        from<Instant>(paths.instant, instantLiteral),
        moved('add', 1n),
        moved('sub', -1n),
      ),
      duration: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        from<bigint>(
          paths.duration,
          literal('duration', fc.constantFrom(...DURATIONS.map((d) => `duration'${d}'`)), (d) => durationOf(d.slice(9, -1))),
        ),
        fc.tuple(anyDuration, anyDuration).map((pair) => infix('add', pair, (a: bigint, b: bigint) => a + b)),
        fc.tuple(anyDuration, anyDuration).map((pair) => infix('sub', pair, (a: bigint, b: bigint) => a - b)),
        fc.tuple(anyInstant, anyInstant).map((pair) => infix('sub', pair, (a: Instant, b: Instant) => a.ticks - b.ticks)),
        anyDuration.map((a) =>
          term<bigint>(
            `(-(${a.text}))`,
            named([a], 'negate'),
            strict([a], (x: bigint) => -x),
          ),
        ),
      ),
    };
  });

  const dateLiteral = literal('date', fc.constantFrom('2017-01-01', '2016-12-31', '2020-02-29'), (d) => BigInt(Date.parse(d) / 86_400_000));
  const date: Arb<bigint> = fc.oneof(
    dateLiteral,
    instant.map((a) => call('date', [a], (x: Instant) => floorDiv(local(x), DAY))),
  );
  const movedDate: Arb<bigint> = fc.oneof(
    date,
    fc.tuple(date, duration).map((pair) => infix('add', pair, (a: bigint, b: bigint) => a + b / DAY)),
    fc.tuple(date, duration).map((pair) => infix('sub', pair, (a: bigint, b: bigint) => a - b / DAY)),
  );
  const dateDistance: Arb<bigint> = fc.tuple(date, date).map((pair) => infix('sub', pair, (a: bigint, b: bigint) => (a - b) * DAY));
  const time: Arb<bigint> = fc.oneof(
    literal('time', fc.constantFrom('00:02:58.4418045', '08:02:58', '23:59'), (t) => {
      const [h, m, s = '0'] = t.split(':') as [string, string, string?];
      return BigInt(Math.round((Number(h) * 3600 + Number(m) * 60 + Number(s)) * 1e7));
    }),
    instant.map((a) => call('time', [a], (x: Instant) => local(x) - floorDiv(local(x), DAY) * DAY)),
  );
  const timeOf = (x: Instant | bigint): bigint => (typeof x === 'bigint' ? x : local(x) - floorDiv(local(x), DAY) * DAY);
  const dayOf = (x: Instant | bigint): Date => calendar(typeof x === 'bigint' ? x : floorDiv(local(x), DAY));
  const part = (name: string, of: fc.Arbitrary<Term>, compute: (value: never) => number): Arb<number> =>
    of.map((a) => call(name, [a], compute));
  const parts: Arb<number> = fc.oneof(
    ...[instant, date].flatMap((of) => [
      part('year', of, (x) => dayOf(x).getUTCFullYear()),
      part('month', of, (x) => dayOf(x).getUTCMonth() + 1),
      part('day', of, (x) => dayOf(x).getUTCDate()),
    ]),
    ...[instant, time].flatMap((of) => [
      part('hour', of, (x) => Number(timeOf(x) / (3600n * SECOND))),
      part('minute', of, (x) => Number((timeOf(x) / (60n * SECOND)) % 60n)),
      part('second', of, (x) => Number((timeOf(x) / SECOND) % 60n)),
      part('fractionalseconds', of, (x) => Number(timeOf(x) % SECOND) / 1e7),
    ]),
    part('totaloffsetminutes', instant, (x: Instant) => x.offset),
  );
  const fraction: Arb<number> = fc.oneof(
    decimal,
    double,
    fc.tuple(whole, divisor).map((pair) => infix('divby', pair, (a: number, b: number) => a / b)),
  );
  const number: Arb<number> = fc.oneof(
    whole,
    fraction,
    parts,
    fraction.map((a) => call('round', [a], (x: number) => Math.sign(x) * Math.floor(Math.abs(x) + 0.5))),
    fraction.map((a) => call('floor', [a], (x: number) => Math.floor(x))),
    fraction.map((a) => call('ceiling', [a], (x: number) => Math.ceil(x))),
  );
  const ends = { mindatetime: '0001-01-01T00:00:00Z', maxdatetime: '9999-12-31T23:59:59.9999999Z', now };
  const end = fc.constantFrom(...Object.entries(ends)).map(([name, text]) => term<Instant>(`${name}()`, [name], () => instantOf(text)));
  const clockNumber = literal('int', fc.constantFrom('0', '1', '2', '8', '29', '58', '2017', '330', '-480'), Number);

  // None of the enumerations is one of flags, so that `has` asks for the member itself.
  const members = paths.member.map(({ path: name, type, members: all }) => {
    const values = fc.constantFrom(...Object.keys(all));
    const own = path<string>(name);
    const numbered = (member: Term<string>): Term<number> => ({
      ...member,
      of: (row, variable) => all[member.of(row, variable) ?? ''] ?? null,
    });
    const written = fc
      .tuple(values, fc.constantFrom('bare', 'typed', 'numbered'))
      .map(([value, form]) =>
        term<string>(
          form === 'bare' ? `'${value}'` : `microsoft.graph.${type}'${form === 'typed' ? value : all[value]}'`,
          [`enum ${form}`],
          () => value,
        ),
      );
    return fc.oneof(
      fc
        .tuple(fc.constantFrom(...Object.keys(RELATIONS)), written)
        .map(([relationName, value]) => relation(relationName, [numbered(own), numbered(value)])),
      fc.array(written, { minLength: 1, maxLength: 3 }).map((items) => {
        const equal = items.map((item) => relation('eq', [numbered(own), numbered(item)]));
        return term<boolean>(`(${name} in (${items.map((item) => item.text).join(',')}))`, named(items, 'in'), (row) =>
          equal.some((each) => each.of(row) === true),
        );
      }),
      written.map((value) => infix('has', [numbered(own), numbered(value)], (a: number, b: number) => a === b)),
    );
  });

  const textCondition = (of: Arb<string>): Arb<boolean> =>
    fc.oneof(
      relations(of),
      membership(of, textLiteral),
      fc.tuple(of, text).map((pair) => call('contains', pair, (a: string, b: string) => a.includes(b))),
      fc.tuple(of, text).map((pair) => call('startswith', pair, (a: string, b: string) => a.startsWith(b))),
      fc.tuple(of, text).map((pair) => call('endswith', pair, (a: string, b: string) => a.endsWith(b))),
      fc
        .tuple(
          of,
          fc.constantFrom('^a', 'b$', '^.$', '[A-Z]', '%|_', '').map((p) => term<string>(quoted(p), ['string'], () => p)),
        )
        .map((pair) => call('matchespattern', pair, (a: string, p: string) => new RegExp(p, 'u').test(a))),
    );

  /** A text of a lambda's own item, or of the row around it. */
  const ofItem = (name: string | undefined): Term<string> =>
    term(
      name === undefined ? 'x' : `x/${name}`,
      ['variable'],
      (_, item) => ((typeof item === 'object' ? item[name!] : item) ?? null) as string | null,
    );
  const lambda = (name: string, names: readonly (string | undefined)[]): Arb<boolean> =>
    fc
      .record({
        operator: fc.constantFrom('any', 'all'),
        empty: fc.nat(5),
        inner: fc.oneof(textCondition(fc.constantFrom(...names).map(ofItem)), textCondition(text)),
      })
      .map(({ operator, empty, inner }): Term<boolean> => {
        const all = (row: Item) => (row[name] ?? []) as readonly (Item | string)[];
        if (empty === 0) return term(`${name}/any()`, ['any()'], (row) => all(row).length > 0);
        const holds = (row: Item) => (item: Item | string) => inner.of(row, item) === true;
        return term(`${name}/${operator}(x:${inner.text})`, named([inner], operator), (row) =>
          operator === 'any' ? all(row).some(holds(row)) : all(row).every(holds(row)),
        );
      });

  /** How many items there are, or how many meet a condition on their own texts, which need no variable. */
  const counts = (name: string, names: readonly (string | undefined)[]): Arb<boolean> => {
    const own = fc.constantFrom(...names).map((one): Term<string> => ({ ...ofItem(one), text: one ?? '$this', names: ['$this'] }));
    const inner = fc.oneof(relations(fc.oneof(own, textLiteral)), membership(own, textLiteral));
    const counted = fc.option(inner).map((condition): Term<number> => {
      const all = (row: Item) => (row[name] ?? []) as readonly (Item | string)[];
      if (condition === null) return term(`${name}/$count`, ['$count'], (row) => all(row).length);
      return term(
        `${name}/$count($filter=${condition.text})`,
        named([condition], '$count($filter)'),
        (row) => all(row).filter((item) => condition.of(row, item) === true).length,
      );
    });
    return fc
      .tuple(fc.constantFrom(...Object.keys(RELATIONS)), counted, fc.oneof(smallInt, whole))
      .map(([relationName, a, b]) => relation(relationName, [a, b]));
  };

  const truth = from<boolean>(
    paths.truth,
    literal('boolean', fc.constantFrom('true', 'false'), (text) => text === 'true'),
  );
  const userNames = paths.text.map((name) => path<string>(name)).filter(({ isCaseless }) => isCaseless);
  const userName = userNames.length === 0 ? textLiteral : fc.constantFrom(...userNames);
  const simple: readonly Arb<boolean>[] = [
    textCondition(text),
    relations(fc.oneof(userName, textLiteral)),
    membership(userName, textLiteral),
    relations(number),
    relations(instant),
    relations(fc.oneof(duration, dateDistance)),
    relations(movedDate),
    relations(time),
    fc.tuple(fc.constantFrom(...Object.keys(RELATIONS)), instant, end).map(([name, a, b]) => relation(name, [a, b])),
    relations(fc.oneof(parts, clockNumber)),
    relations(fc.oneof(parts, parts, decimal)),
    membership(whole, smallInt),
    membership(instant, instantLiteral),
    ...(paths.truth.length === 0 ? [] : [truth, relations(truth, ['eq', 'ne'])]),
    ...members,
    ...paths.single.map((name) => fc.constantFrom('eq', 'ne').map((operator) => relation(operator, [path(name), nothing]))),
    ...paths.texts.map((name) => lambda(name, [undefined])),
    ...paths.items.map((items) => lambda(items.path, items.text)),
    ...paths.texts.map((name) => counts(name, [undefined])),
    ...paths.items.map((items) => counts(items.path, items.text)),
  ];

  const combined = fc.letrec<{ any: Term<boolean> }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.oneof(...simple),
      fc.tuple(tie('any'), tie('any')).map((pair) => junction('and', pair)),
      fc.tuple(tie('any'), tie('any')).map((pair) => junction('or', pair)),
      tie('any').map((a) =>
        term<boolean>(
          `not (${a.text})`,
          named([a], 'not'),
          strict([a], (x: boolean) => !x),
        ),
      ),
    ),
  })).any;
  return combined;
}

/** What one operand decides alone holds whatever the other is; otherwise null spreads. */
function junction(name: 'and' | 'or', pair: readonly [Term<boolean>, Term<boolean>]): Term<boolean> {
  const decisive = name === 'or';
  return term(`(${pair[0].text} ${name} ${pair[1].text})`, named(pair, name), (row, variable) => {
    const values = pair.map((part) => part.of(row, variable));
    return values.includes(decisive) ? decisive : values.includes(null) ? null : !decisive;
  });
}
