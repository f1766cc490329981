/**
 * Measures by this process's own watch for how long values have not changed. It so notices that another process has stopped without comparing
 * the clocks of two machines.
 */
export class ChangeWatch {
  #seen: ReadonlyMap<string, { readonly value: unknown; readonly since: number }> = new Map();

  /**
   * Notes the values that there are now; names that are not among them are forgotten.
   * @param now milliseconds, of a watch that only goes on
   * @returns for how long each value has been seen as it is, in milliseconds
   */
  note(values: ReadonlyMap<string, unknown>, now: number): ReadonlyMap<string, number> {
    const before = this.#seen;
    this.#seen = new Map(
      [...values].map(([name, value]) => {
        const known = before.get(name);
        return [name, known !== undefined && known.value === value ? known : { value, since: now }];
      }),
    );
    return new Map([...this.#seen].map(([name, { since }]) => [name, now - since]));
  }
}
