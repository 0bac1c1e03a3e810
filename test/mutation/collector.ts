// Stands in for `node:test` while mutants are run: a test file that is loaded only says which tests it has, and the runner calls those
// that it wants. Of `node:test` it has what the core's tests use; a test that imports more fails to load, and is not passed over.

/** The part of a test's context that the core's tests use. */
type Context = { readonly diagnostic: (message: string) => void };

export type CollectedTest = { readonly name: string; readonly run: (context: Context) => unknown };

let collected: CollectedTest[] = [];

export function test(name: string, run: (context: Context) => unknown): void {
  collected.push({ name, run });
}

/** The tests collected since the last call, in the sequence of the file. */
export function takeCollected(): readonly CollectedTest[] {
  const taken = collected;
  collected = [];
  return taken;
}
