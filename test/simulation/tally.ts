/** How often what happened. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(what: string, times = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + times);
  }

  count(what: string): number {
    return this.#counts.get(what) ?? 0;
  }

  /** What stands in the group, the word before the colon: how many kinds of it happened, and how often all together. */
  group(word: string): { readonly kinds: number; readonly times: number } {
    const counts = [...this.#counts].filter(([what]) => what.startsWith(`${word}: `)).map(([, count]) => count);
    return { kinds: counts.length, times: counts.reduce((sum, count) => sum + count, 0) };
  }

  /** All of them, as they are handed from one thread to another. */
  counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  merge(other: Tally): void {
    for (const [what, count] of other.#counts) this.add(what, count);
  }

  /** What of these never happened. */
  missing(required: readonly string[]): readonly string[] {
    return required.filter((what) => this.count(what) === 0);
  }

  /** A line for each group, the word before the colon. */
  lines(): readonly string[] {
    const groups = new Map<string, string[]>();
    for (const [what, count] of [...this.#counts].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
      const cut = what.indexOf(': ');
      const [group, name] = cut === -1 ? ['other', what] : [what.slice(0, cut), what.slice(cut + 2)];
      groups.set(group, [...(groups.get(group) ?? []), `${name} ${count}`]);
    }
    return [...groups].map(([group, items]) => `${group}: ${items.join(', ')}`);
  }
}
