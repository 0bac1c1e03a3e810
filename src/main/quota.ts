/** What one principal may ask in a time; asking costs the gateway work even when nothing comes of it. */
export type Quota = {
  /** Takes one call; 0 when it may pass, else the milliseconds until one may. */
  readonly take: (principal: string, now: number) => number;
};

/** Calls a minute for every order a minute that the policy allows: reading and asking again is normal, a storm is not. */
const CALLS_PER_ORDER = 20;
const MINUTE = 60_000;

/** A bucket a principal, as large as a minute's calls and filled evenly. */
export function createQuota(ordersPerMinute: number): Quota {
  const callsMax = Math.max(ordersPerMinute * CALLS_PER_ORDER, 600);
  const perMillisecond = callsMax / MINUTE;
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(principal, now) {
      const bucket = buckets.get(principal) ?? { left: callsMax, at: now };
      bucket.left = Math.min(callsMax, bucket.left + Math.max(0, now - bucket.at) * perMillisecond);
      bucket.at = now;
      buckets.set(principal, bucket);
      if (bucket.left < 1) return Math.ceil((1 - bucket.left) / perMillisecond);
      bucket.left -= 1;
      return 0;
    },
  };
}
