/**
 * Whether the system keeps agents away from what twokey rests on (reference/mcp.md §7.3). `isolated`: every agent is an OS user of its own that can
 * change neither code nor runtime nor files of the gateway. `advisory`: that is not so, or not known, and an agent with a shell can go around every limit.
 */
export type Isolation =
  /** `users`: which agent is which user, as `alpha is alice`. */
  { readonly kind: 'isolated'; readonly users: readonly string[] } | { readonly kind: 'advisory'; readonly reasons: readonly string[] };

/** What to do about the second. */
export const WAY_OUT = 'twokey install gives the gateway and every agent a user of their own (docs/operate/isolation.md)';

/** Who the agents are, or what speaks against it. */
export function isolationWords(isolation: Isolation): readonly string[] {
  return isolation.kind === 'isolated' ? isolation.users : isolation.reasons;
}

/** One line for a person. */
export function isolationText(isolation: Isolation): string {
  const words = isolationWords(isolation).join('; ');
  return isolation.kind === 'isolated' ? `isolated: ${words}` : `ADVISORY: ${words}`;
}
