/** A rate limit: so many per sliding window, counted for each value of the key. */
export type Limit = { readonly count: number; readonly milliseconds: number };

/** Times of what passed, by key. Kept in memory only: a restart of the exchange opens all windows. */
export type Windows = Map<string, number[]>;

const KEYS_MAX = 10_000;

export type Passing = {
  readonly windows: Windows;
  readonly key: string;
  readonly limit: Limit;
  readonly now: number;
  readonly weight: number;
};

/** Counts a request in its sliding window when there is room. @returns false when there is none; then nothing is counted. */
export function passes({ windows, key, limit, now, weight }: Passing): boolean {
  // @rule rate-limit-window
  if (windows.size > KEYS_MAX) windows.clear();
  const times = windows.get(key) ?? [];
  let stale = 0;
  while (stale < times.length && (times[stale] ?? 0) <= now - limit.milliseconds) stale += 1;
  if (stale > 0) times.splice(0, stale);
  windows.set(key, times);
  if (times.length + weight > limit.count) return false;
  for (let index = 0; index < weight; index += 1) times.push(now);
  return true;
}
