/** An invariant of reference/risk.md §5 that does not hold. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

export function demand(condition: boolean, invariant: string, what: () => string): asserts condition {
  if (!condition) throw new Violation(`${invariant}: ${what()}`);
}
