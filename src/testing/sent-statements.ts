import pg from 'pg';

/** What is bound to a statement. */
type Values = readonly unknown[];

/** Has every statement told that is sent to a database from now on, by whatever client of this process, the first time that its text is. */
export function watchStatements(tell: (text: string, values: Values) => void): void {
  const seen = new Set<string>();
  const client = pg.Client.prototype as unknown as { query: (...given: unknown[]) => unknown };
  const { query } = client;
  client.query = function (this: unknown, ...given: unknown[]) {
    const [statement] = given as readonly (string | { readonly text?: string; readonly values?: Values } | undefined)[];
    const text = typeof statement === 'string' ? statement : statement?.text;
    if (text !== undefined && !seen.has(text)) {
      seen.add(text);
      tell(text, (typeof statement === 'string' ? undefined : statement?.values) ?? []);
    }
    return query.apply(this, given);
  };
}
