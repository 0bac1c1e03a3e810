import { unreachable } from '../../core/lang/assert.ts';
import type { ExchangeRequest } from '../../core/order/request.ts';

/** At most `requests` with one key within any window; `key` names endpoint and what OKX counts by. */
type Limit = { readonly key: string; readonly requests: number; readonly windowMilliseconds: number };

/** When the latest requests of each key were admitted, oldest first, in the milliseconds of one monotonic clock. */
export type Buckets = ReadonlyMap<string, readonly number[]>;

export const noRequestsYet: Buckets = new Map();

/**
 * OKX counts when a request arrives. Two that leave a whole window apart may arrive a little closer, so our window is longer by this.
 */
export const JITTER_MILLISECONDS = 100;

export type Admission = { readonly state: Buckets; readonly waitMilliseconds: number };

/**
 * Whether a request may leave now under OKX's rate limits (okx-overview.md §1). Wait 0: it may, and `state` counts it. Else nothing was
 * counted, and asking again is worthless before the wait is over. Windows slide: a bucket that refills steadily lets twice the limit
 * through in the window after a pause. Each endpoint has its own count, so placements never use up what cancels and reads have.
 */
export function admit(state: Buckets, request: ExchangeRequest, now: number): Admission {
  const limits = limitsOf(request);
  const cost = costOf(request);
  let waitMilliseconds = 0;
  const recent: [string, readonly number[]][] = [];
  for (const { key, requests, windowMilliseconds } of limits) {
    const horizon = now - windowMilliseconds - JITTER_MILLISECONDS;
    const times = (state.get(key) ?? []).filter((time) => time > horizon);
    const excess = times.length + cost - requests;
    const decisive = excess <= 0 ? undefined : times[excess - 1];
    if (decisive !== undefined) waitMilliseconds = Math.max(waitMilliseconds, Math.ceil(decisive - horizon));
    recent.push([key, times]);
  }
  if (waitMilliseconds > 0) return { state, waitMilliseconds };
  const counted = new Map(state);
  for (const [key, times] of recent) counted.set(key, [...times, ...Array.from({ length: cost }, () => now)]);
  return { state: counted, waitMilliseconds: 0 };
}

/** Lists of cancels count by their orders (okx-endpoints). */
function costOf(request: ExchangeRequest): number {
  return request.kind === 'clear_orders' || request.kind === 'clear_algos' ? request.exchangeOrderIds.length : 1;
}

const TWO_SECONDS = 2000;

function per(requests: number, key: string): Limit {
  return { key, requests, windowMilliseconds: TWO_SECONDS };
}

/** The limits one request counts against. Keys are bounded: endpoints times the instruments we trade. */
function limitsOf(request: ExchangeRequest): readonly Limit[] {
  switch (request.kind) {
    case 'place': {
      const own = per(60, `place ${request.terms.instrument}`);
      // The limit of the sub-account counts placements of derivatives over all instruments (50061); spot is exempt.
      return request.terms.product === 'spot' ? [own] : [own, per(1000, 'place derivatives')];
    }
    case 'cancel':
      return [per(60, `cancel ${request.instrument}`)];
    case 'protect':
      return [per(20, `protect ${request.terms.instrument}`)];
    case 'amend_protection':
    case 'cancel_protection':
      return [per(20, `${request.kind} ${request.instrument}`)];
    case 'clear_orders':
      return [per(300, `clear_orders ${request.instrument}`)];
    case 'clear_algos':
      return [per(20, `cancel_protection ${request.instrument}`)];
    case 'cancel_all_after':
      return [{ key: `cancel_all_after ${request.tag}`, requests: 1, windowMilliseconds: 1000 }];
    case 'order':
    case 'placed_order':
      return [per(60, `order ${request.instrument}`)];
    case 'protection':
    case 'set_leverage':
      return [per(20, request.kind)];
    case 'protections':
    case 'algo_orders':
      return [per(20, 'protections')];
    case 'pending':
    case 'fills':
      return [per(60, request.kind)];
    case 'recent_orders':
      return [per(40, 'orders_history')];
    case 'orders_history':
    case 'book':
    case 'candles':
      return [per(40, request.kind)];
    case 'leverage':
    case 'ticker':
    case 'index':
      return [per(20, request.kind)];
    case 'instruments':
      return [per(20, `instruments ${request.product}`)];
    case 'positions':
    case 'balance':
    case 'time':
      return [per(10, request.kind)];
    case 'mark_price':
    case 'funding_rate':
      return [per(10, `${request.kind} ${request.instrument}`)];
    case 'funding_balances':
      return [{ key: request.kind, requests: 6, windowMilliseconds: 1000 }];
    case 'bills':
      return [{ key: `bills ${request.span}`, requests: 5, windowMilliseconds: request.span === 'recent' ? 1000 : TWO_SECONDS }];
    case 'account_config':
      return [per(5, request.kind)];
    case 'login':
      // Counted by the connection that it opens (docs of the supervisor).
      return [];
    default:
      return unreachable(request);
  }
}
