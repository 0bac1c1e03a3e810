/** So many times as long as usual everything may take, on a machine that does much else. */
export const patience = Number(process.env['TWOKEY_TEST_PATIENCE'] ?? 1);
/** How long a condition may take on a busy machine. Nothing is measured by it: it only ends a test that would wait for ever. */
const PATIENCE_MILLISECONDS = 180_000 * patience;
const PAUSE_MILLISECONDS = 40;

/**
 * Asks again and again until the answer is neither `undefined` nor `false`, and gives it. `what` is the sentence that failed to come true. What itself takes
 * a good part of the usual patience wants more of it.
 */
export async function eventually<Found>(
  what: string,
  look: () => Found | Promise<Found>,
  patienceMilliseconds = PATIENCE_MILLISECONDS,
): Promise<Exclude<Found, undefined | false>> {
  const until = performance.now() + patienceMilliseconds;
  let last: unknown;
  while (performance.now() < until) {
    try {
      // One question follows the other.
      // oxlint-disable-next-line no-await-in-loop
      const found = await look();
      if (found !== undefined && found !== false) return found as Exclude<Found, undefined | false>;
      last = undefined;
    } catch (error) {
      last = error;
    }
    // oxlint-disable-next-line no-await-in-loop
    await pause(PAUSE_MILLISECONDS);
  }
  const why = last instanceof Error ? `: ${last.message}` : '';
  throw new Error(`did not come true: ${what}${why}`);
}

/** Time for something that must not happen to happen. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
