import type { ExchangeRequest } from '../core/order/request.ts';
import type { Clock } from '../ports/clock.ts';
import { admit, type Buckets, noRequestsYet } from '../venues/okx/buckets.ts';

/** Lets a request go when the exchange's own rate limits allow it; what would be refused there waits here. */
export type Pace = (request: ExchangeRequest) => Promise<void>;

/** Keeps the exchange's limits. A placement that waits too long is stopped by its own expiry, before a byte left. */
export function keepPace(clock: Clock): Pace {
  let buckets: Buckets = noRequestsYet;
  return async (request) => {
    for (;;) {
      const { state, waitMilliseconds } = admit(buckets, request, clock.monotonic());
      buckets = state;
      if (waitMilliseconds === 0) return;
      // Each turn asks again, since others may have gone first.
      await new Promise<void>((resolve) => clock.alarm(waitMilliseconds, resolve));
    }
  };
}

/** For an exchange that counts nothing: the embedded one with `rate_limits = "lenient"`. */
export const unpaced: Pace = () => Promise.resolve();
