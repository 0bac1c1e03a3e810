import type { State } from '../account/state.ts';
import type { AlertBody } from '../journal/entry.ts';
import { isBeyondEvidence, LONG_UNKNOWN_MILLISECONDS } from '../order/absence.ts';
import { OUTCOME_UNKNOWN, OUTCOME_UNRESOLVED } from './alerting.ts';

const MINUTE_MILLISECONDS = 60_000;

/** Orders whose outcome has been unknown for so long that a person should know of each, whatever the mode is already. */
export function longUnknown({ openOrders }: State, now: number): readonly AlertBody[] {
  return [...openOrders.values()].flatMap((order): readonly AlertBody[] => {
    const { clientOrderId, instrument, side, life } = order;
    if (life.kind !== 'unknown') return [];
    const age = now - life.since;
    const what = `the outcome of order ${clientOrderId}, a ${side} of ${instrument}, is unknown`;
    // A start has a minute to find by itself what became of it while nobody looked.
    if (isBeyondEvidence(order, now) && age > MINUTE_MILLISECONDS)
      return [
        {
          kind: 'alert',
          severity: 'red',
          code: OUTCOME_UNRESOLVED,
          message: `${what}, and look-ups cannot prove any more that it never was`,
          action: `it counts whole until it is found or you say that it is not there: look at the exchange, then twokey resolve ${clientOrderId} --reason "…"`,
          key: `${OUTCOME_UNRESOLVED} ${clientOrderId}`,
        },
      ];
    if (age <= LONG_UNKNOWN_MILLISECONDS) return [];
    return [
      {
        kind: 'alert',
        severity: 'red',
        code: OUTCOME_UNKNOWN,
        message: `${what} for ${Math.floor(LONG_UNKNOWN_MILLISECONDS / MINUTE_MILLISECONDS)} min`,
        action: 'it counts whole and is looked up on; nothing is sent meanwhile: see whether the exchange answers',
        key: `${OUTCOME_UNKNOWN} ${clientOrderId}`,
      },
    ];
  });
}
