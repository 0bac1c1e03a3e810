import { orderOf } from '../core/account/apply.ts';
import type { IntentRecord, State } from '../core/account/state.ts';
import { unreachable } from '../core/lang/assert.ts';
import { get } from '../core/lang/table.ts';
import { isZero } from '../core/money/decimal.ts';
import type { Order } from '../core/order/order.ts';
import type { Code } from '../core/policy/codes.ts';
import type { Clock } from '../ports/clock.ts';

/** What a wish came to. `refused` left no record of its own, and nothing was sent for it; of `uncertain` even that is not known. */
export type Outcome =
  | { readonly kind: 'recorded'; readonly record: IntentRecord }
  | { readonly kind: 'refused'; readonly code: Code; readonly message: string }
  | { readonly kind: 'uncertain' };

/** Who asked waits for the first news, a person who judged an order for the first news after that, and `end` for the end of the order. */
type Until = 'news' | 'judged' | 'end';

/** Somebody who asked and is not answered yet. */
type Waiter = {
  readonly call: number;
  /** `principal/intent_id`. */
  readonly key: string;
  readonly resolve: (outcome: Outcome) => void;
  readonly until: Until;
  /** Whether the exchange was asked about the order since it took it. */
  inspected: boolean;
  alarm: { readonly cancel: () => void } | null;
};

/** Everybody who asked and is not answered yet: each is answered once, when there is something to tell or the time to wait is over. */
export class WaitingRoom {
  readonly #state: () => State;
  readonly #clock: Clock;
  readonly #answerWaitMilliseconds: number;
  readonly #waiters = new Map<number, Waiter>();
  #calls = 0;

  constructor(around: { readonly state: () => State; readonly clock: Clock; readonly answerWaitMilliseconds: number }) {
    this.#state = around.state;
    this.#clock = around.clock;
    this.#answerWaitMilliseconds = around.answerWaitMilliseconds;
  }

  /** Waits for the first news of a wish, or of what a person made of it. Returns the number of the call. */
  enter(key: string, resolve: (outcome: Outcome) => void, until: 'news' | 'judged' = 'news'): number {
    this.#calls += 1;
    this.#waiters.set(this.#calls, { call: this.#calls, key, resolve, until, inspected: false, alarm: null });
    return this.#calls;
  }

  /** Waits for the end of a wish that is on record already, and no longer than asked. */
  enterPatiently({ key, waitMilliseconds, resolve }: Patience): void {
    const call = this.enter(key, resolve);
    const alarm = this.#clock.alarm(waitMilliseconds, () => this.finish(call));
    this.#waiters.set(call, { call, key, resolve, until: 'end', inspected: true, alarm });
  }

  /** After entries were written: whoever can be answered is. `inspected` names the orders that were looked at. */
  attend(inspected: ReadonlySet<string>): void {
    for (const waiter of this.#waiters.values()) {
      const record = get(this.#state().intents, waiter.key);
      if (record === undefined) continue;
      const orders = ordersOf(this.#state(), record);
      if (orders.length > 0 && orders.every(({ clientOrderId }) => inspected.has(clientOrderId))) waiter.inspected = true;
      if (settled(this.#state(), record, waiter)) this.finish(waiter.call);
      // The time to wait for a fill starts when the exchange has spoken of all of them, or was not heard.
      else if (waiter.alarm === null && record.result.kind !== 'pending' && orders.every(({ life }) => life.kind !== 'submitting'))
        waiter.alarm = this.#clock.alarm(this.#answerWaitMilliseconds, () => this.finish(waiter.call));
    }
  }

  /** Answers with what is on record now. */
  finish(call: number): void {
    const waiter = this.#waiters.get(call);
    const record = waiter === undefined ? undefined : get(this.#state().intents, waiter.key);
    this.tell(
      call,
      record === undefined ? { kind: 'refused', code: 'UNAVAILABLE', message: 'the gateway is stopping' } : { kind: 'recorded', record },
    );
  }

  tell(call: number, outcome: Outcome): void {
    const waiter = this.#waiters.get(call);
    this.#waiters.delete(call);
    waiter?.alarm?.cancel();
    waiter?.resolve(outcome);
  }

  /** The gateway stops: everybody hears what is known. Where it stops because the books cannot be read, that is nothing. */
  close(): void {
    for (const call of this.#waiters.keys())
      try {
        this.finish(call);
      } catch {
        this.tell(call, { kind: 'uncertain' });
      }
  }
}

/** The orders that a wish came to: one, or those of a list. */
function ordersOf(state: State, { result }: IntentRecord): readonly Order[] {
  const ids = result.kind === 'order' ? [result.clientOrderId] : result.kind === 'orders' ? result.orders : [];
  return ids.flatMap((id) => orderOf(state, id) ?? []);
}

type Patience = { readonly key: string; readonly waitMilliseconds: number; readonly resolve: (outcome: Outcome) => void };

export type Looked = { readonly inspected: boolean; readonly until: Until };

/** Whether there is something worth telling now. When there is not, the time to wait decides. */
export function settled(state: State, record: IntentRecord, looked: Looked): boolean {
  switch (record.result.kind) {
    case 'denied':
    case 'halted':
      return true;
    case 'pending':
      // That a person is asked is news; that nobody has answered yet is none.
      return looked.until === 'news';
    case 'protecting':
      return record.result.orders.every((id) => {
        const order = orderOf(state, id);
        return order === undefined || (order.stop?.moving === null && order.life.kind !== 'submitting' && order.life.kind !== 'unknown');
      });
    case 'cancelling':
      return record.result.orders.every((id) => {
        const order = orderOf(state, id);
        return order === undefined || order.life.kind === 'done';
      });
    case 'order':
    case 'orders':
      return ordersOf(state, record).every((order) => orderSettled(order, looked));
    default:
      return unreachable(record.result);
  }
}

function orderSettled(order: Order, { inspected, until }: Looked): boolean {
  switch (order.life.kind) {
    case 'submitting':
    case 'unknown':
    case 'settling':
      return false;
    case 'armed':
      return true;
    case 'working':
      // An immediate order ends by itself in a moment; one that may execute is worth telling when it was looked at. One that can
      // only rest has nothing to wait for: should the exchange have dropped it, the look that follows finds out.
      return until !== 'end' && order.type !== 'ioc' && (order.type === 'post_only' || inspected || !isZero(order.filled));
    case 'done':
      return true;
    default:
      return unreachable(order.life);
  }
}
