/** Our own bug, never what the world did: the process must stop rather than go on with a wrong belief. */
export class AssertionFailure extends Error {
  override readonly name = 'AssertionFailure';
}

/** States a fact that our own code guarantees. `fact` is the fact in words, so that a failure reads as a sentence. */
export function assert(condition: boolean, fact: string): asserts condition {
  if (!condition) throw new AssertionFailure(`does not hold: ${fact}`);
}

/** The end of a switch over a union: adding a case without handling it breaks the build. */
export function unreachable(value: never): never {
  // The value as a whole may hold a secret, or a bigint that has no JSON; its kind is enough to find the switch.
  const kind: unknown = typeof value === 'object' && value !== null && 'kind' in value ? (value as { readonly kind: unknown }).kind : value;
  throw new AssertionFailure(`unexpected case: ${typeof kind === 'string' ? kind : typeof kind}`);
}
