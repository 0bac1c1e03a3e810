import { add, compare, type Decimal, isPositive, subtract, zero } from '../core/money/decimal.ts';
import type { Algo, Attached } from './algo.ts';
import { cancelOrder } from './settle.ts';
import { type Account, isPending, type Order, putAlgo, type State } from './state.ts';

/** What the take-profits of an order have closed of it by now. */
function closedOf(state: State, { attached }: Order): Decimal {
  const closed = ({ begunAs }: Attached): Decimal => {
    const algo = state.algos.get(begunAs);
    return state.orders.get(begunAs)?.filled ?? (algo?.state === 'effective' ? (algo.actualSz ?? zero) : zero);
  };
  return attached.reduce((sum, each) => add(sum, closed(each)), zero);
}

/** A stop beside take-profits of parts, or beside one that rests, covers what they have not closed. @returns whether one became smaller. */
export function shrinkStop(state: State, account: Account): boolean {
  // @rule stop-beside-take-profits
  for (const algo of account.pendingAlgos.values()) {
    const parent = state.orders.get(algo.parent);
    const isBeside = algo.stopLoss !== undefined && algo.takeProfit === undefined && parent?.attached.some(({ begunAs }) => begunAs !== '');
    if (parent === undefined || algo.sz === undefined || isBeside !== true) continue;
    const left = subtract(parent.filled, closedOf(state, parent));
    if (compare(left, algo.sz) >= 0) continue;
    const ended = isPositive(left) ? { sz: left } : ({ state: 'canceled' } as const);
    putAlgo(state, { ...algo, ...ended, uTime: state.now });
    return true;
  }
  return false;
}

/** Cancels the limit take-profits that rest beside a stop which was reached, or taken away. */
export function cancelBeside(state: State, { parent }: Algo, source: '36' | '37'): void {
  for (const { begunAs } of state.orders.get(parent)?.attached ?? []) {
    const order = state.orders.get(begunAs);
    if (order !== undefined && isPending(order)) cancelOrder(state, { order, source });
  }
}
