import pg from 'pg';

/** What is bound to a statement. */
type Values = readonly unknown[];

/**
 * Has every statement told that the store sends to a database from now on, the first time that its text is sent. What is sent as bare text
 * is a test's own.
 */
export function watchStatements(tell: (text: string, values: Values) => void): void {
  const seen = new Set<string>();
  const client = pg.Client.prototype as unknown as { query: (...given: unknown[]) => unknown };
  const { query } = client;
  client.query = function (this: unknown, ...given: unknown[]) {
    const [statement] = given as readonly (string | { readonly text?: string; readonly values?: Values } | undefined)[];
    if (typeof statement === 'object' && statement.text !== undefined && !seen.has(statement.text)) {
      seen.add(statement.text);
      tell(statement.text, statement.values ?? []);
    }
    return query.apply(this, given);
  };
}
