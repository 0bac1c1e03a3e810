/** The last time that a request was denied. */
export type DenialMemory = {
  readonly intentId: string;
  readonly code: string;
  readonly at: number;
  /** How often the same denial came again after it had cooled down. */
  readonly repeats: number;
  /** Until then the same request is answered from memory; `at` where it does not cool. */
  readonly coolsUntil: number;
};

export const COOLING_FIRST_MILLISECONDS = 10_000;
/** The longest that anybody is answered from memory; also how long after cooling the same denial counts as a repetition. */
export const COOLING_MAX_MILLISECONDS = 600_000;

/** How long a denial cools: 10 s, twice as long each time that the same request is denied again for the same reason, at most 10 minutes. */
export function coolingMilliseconds(repeats: number): number {
  return Math.min(COOLING_FIRST_MILLISECONDS * 2 ** Math.min(repeats, 16), COOLING_MAX_MILLISECONDS);
}

/** How often the same denial has come before. Another reason, or a long time without asking, starts anew. */
export function repeatsOf(before: DenialMemory | undefined, { code, now }: { readonly code: string; readonly now: number }): number {
  if (before === undefined || before.code !== code || now - before.coolsUntil > COOLING_MAX_MILLISECONDS) return 0;
  return before.repeats + 1;
}

export type Denied = {
  readonly intentId: string;
  readonly code: string;
  readonly at: number;
  /** What was told, in UTC milliseconds; `null` where nothing was. */
  readonly nextAllowedAt: number | null;
};

/** What to remember. A day's limit is told until midnight, and looked at anew after the longest cooling, because a count may be given back. */
export function remembered(before: DenialMemory | undefined, { intentId, code, at, nextAllowedAt }: Denied): DenialMemory {
  const coolsUntil = nextAllowedAt === null ? at : Math.min(nextAllowedAt, at + COOLING_MAX_MILLISECONDS);
  return { intentId, code, at, repeats: repeatsOf(before, { code, now: at }), coolsUntil };
}
