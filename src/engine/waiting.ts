import { orderOf } from '../core/account/apply.ts';
import type { IntentRecord, State } from '../core/account/state.ts';
import { unreachable } from '../core/lang/assert.ts';
import { isZero } from '../core/money/decimal.ts';
import type { Order } from '../core/order/order.ts';
import type { Code } from '../core/policy/codes.ts';

/** What a wish came to. `refused` left no record of its own. */
export type Outcome =
  | { readonly kind: 'recorded'; readonly record: IntentRecord }
  | { readonly kind: 'refused'; readonly code: Code; readonly message: string };

/** Somebody who asked and is not answered yet. */
export type Waiter = {
  readonly call: number;
  /** `principal/intent_id`. */
  readonly key: string;
  readonly resolve: (outcome: Outcome) => void;
  /** Waits for the end of the order, not only for the first news. */
  readonly patient?: boolean;
  /** Whether the exchange was asked about the order since it took it. */
  inspected: boolean;
  alarm: { readonly cancel: () => void } | null;
};

export type Looked = { readonly inspected: boolean; readonly patient: boolean };

/** Whether there is something worth telling now. When there is not, the time to wait decides. */
export function settled(state: State, record: IntentRecord, looked: Looked): boolean {
  switch (record.result.kind) {
    case 'denied':
    case 'halted':
      return true;
    case 'cancelling':
      return record.result.orders.every((id) => {
        const order = orderOf(state, id);
        return order === undefined || order.life.kind === 'done';
      });
    case 'order': {
      const order = orderOf(state, record.result.clientOrderId);
      return order === undefined || orderSettled(order, looked);
    }
    default:
      return unreachable(record.result);
  }
}

function orderSettled(order: Order, { inspected, patient }: Looked): boolean {
  switch (order.life.kind) {
    case 'submitting':
    case 'unknown':
    case 'settling':
      return false;
    case 'working':
      // An immediate order ends by itself in a moment; one that may execute is worth telling when it was looked at. One that can
      // only rest has nothing to wait for: should the exchange have dropped it, the look that follows finds out.
      return !patient && order.type !== 'ioc' && (order.type === 'post_only' || inspected || !isZero(order.filled));
    case 'done':
      return true;
    default:
      return unreachable(order.life);
  }
}
