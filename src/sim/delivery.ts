import { absolute, decimal, isNegative, isZero } from '../core/money/decimal.ts';
import { referencePrice } from './market.ts';
import { newOrder } from './place.ts';
import { cancelOrder, settleMatch } from './settle.ts';
import { type Account, type Position, putAlgo } from './state.ts';
import { instrumentOfOrder, marketOf, type World } from './world.ts';

/** What is taken of the value that is delivered. */
export const DELIVERY_RATE = decimal('0.0001');

/** Ends dated contracts that are due: orders and stop orders go, then positions are closed at the price of that moment. @returns whether any was. */
export function deliver(world: World): boolean {
  // @rule delivery
  const { state } = world;
  const isDue = ({ instId }: { readonly instId: string }): boolean => (instrumentOfOrder(instId).expiry ?? Infinity) <= state.now;
  let changed = false;
  for (const account of state.accounts.values()) {
    for (const order of [...account.pending.values()].filter(isDue))
      changed = cancelOrder(state, { order, source: '7' }).state === 'canceled';
    for (const algo of [...account.pendingAlgos.values()].filter(isDue)) {
      putAlgo(state, { ...algo, state: 'canceled', uTime: state.now });
      changed = true;
    }
    for (const position of [...account.positions.values()].filter(isDue)) {
      if (isZero(position.pos)) continue;
      deliverPosition(world, account, position);
      changed = true;
    }
  }
  return changed;
}

function deliverPosition(world: World, account: Account, { instId, posSide, tdMode, pos }: Position): void {
  const instrument = instrumentOfOrder(instId);
  const px = referencePrice({ market: marketOf(world), instrument, at: instrument.expiry ?? world.state.now });
  const [side, sz] = [isNegative(pos) ? 'buy' : 'sell', absolute(pos)] as const;
  const terms = { side, posSide, ordType: 'limit', tdMode, tgtCcy: '', px, sz, stpMode: 'cancel_maker' } as const;
  const wish = { instrument, clOrdId: '', tag: '', ...terms, reduceOnly: false, banAmend: false, clipsPrice: false, slippage: undefined };
  const order = newOrder({ world, account, wish, origin: 'delivery', attachment: [], sentBy: undefined });
  settleMatch(world.state, { order: { ...order, category: 'delivery' }, px, sz, liquidity: 'T', isLast: true, rate: DELIVERY_RATE });
}
