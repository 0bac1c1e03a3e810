import {
  add,
  compare,
  type Decimal,
  divideDown,
  isPositive,
  isZero,
  minimum,
  multiply,
  roundDownToStep,
  subtract,
  zero,
} from '../core/money/decimal.ts';
import { isContract, type Instrument } from './instruments.ts';
import { type Level, quoteEpoch } from './market.ts';
import { closable, isClosing } from './position-side.ts';
import { cancelOrder, freezeFor, settleMatch } from './settle.ts';
import { accountOf, type Order, putOrder, type Side } from './state.ts';
import { isDown } from './under-conditions.ts';
import { instrumentOfOrder, limitOf, listed, makersAgainst, markOf, marketOf, takeFromMakers, type World } from './world.ts';

/** How far an order may reach: the worst price, and the money it may spend where it is sized in money. */
export type Reach = { readonly limit: Decimal | undefined; readonly budget: Decimal | undefined };

/** Matches a new or amended order as taker, and ends or rests it. Returns the order as it now stands. */
export function execute(world: World, { order, reach }: { readonly order: Order; readonly reach: Reach }): Order {
  const { state } = world;
  const instrument = instrumentOfOrder(order.instId);
  if (order.ordType === 'post_only' && wouldMatch({ world, order, instrument, reach })) {
    // @rule post-only
    putOrder(state, order);
    return cancelOrder(state, { order, source: '31' });
  }
  if (order.ordType === 'fok' && !canFillWhole({ world, order, instrument, reach })) {
    // @rule fok
    putOrder(state, order);
    return cancelOrder(state, { order, source: '13' });
  }
  putOrder(state, order);
  const walked = walk({ world, order, instrument, reach });
  const ended = finish({ world, walked, instrument, reach });
  if (isContract(instrument)) displaceReduceOnly(world, instrument, order.account);
  return world.state.orders.get(ended.ordId) ?? ended;
}

type Attempt = { readonly world: World; readonly order: Order; readonly instrument: Instrument; readonly reach: Reach };
type Walked = { readonly order: Order; readonly stopped: 'no' | 'self'; readonly left: Decimal | undefined };

/** Takes from the book level by level; an own resting order in the way is dealt with by the taker's self-trade mode. */
function walk({ world, order: first, instrument, reach }: Attempt): Walked {
  let order = first;
  let left = isSizedInQuote(order, instrument) ? undefined : subtract(order.sz, order.filled);
  let budget = reach.budget;
  const own = restingAgainst(world, order);
  for (const level of makersAgainst(world, instrument, order.side)) {
    if (!isWithin({ side: order.side, price: level.price, limit: reach.limit })) break;
    // Own orders are older than the makers' quotes of this second, so they come first at an equal price.
    while (own[0] !== undefined && isAtLeastAsGood({ side: order.side, resting: own[0], level })) {
      const resting = own.shift();
      if (resting === undefined) break;
      if (stopsAtOwn({ world, order, resting })) return { order, stopped: 'self', left };
    }
    const size = takable({ instrument, level, left, budget });
    if (isZero(size)) break;
    takeFromMakers({ world, instrument, level, size });
    if (budget !== undefined) budget = subtract(budget, multiply(level.price, size));
    if (left !== undefined) left = subtract(left, size);
    order = settleMatch(world.state, { order, px: level.price, sz: size, liquidity: 'T', isLast: left !== undefined && isZero(left) });
    if (left !== undefined && isZero(left)) break;
  }
  // Own orders beyond the makers' last level within the limit are still self trades.
  for (const resting of own) {
    if (order.state === 'filled' || !isWithin({ side: order.side, price: resting.px ?? zero, limit: reach.limit })) break;
    if (order.ordType === 'market') break;
    if (stopsAtOwn({ world, order, resting })) return { order, stopped: 'self', left };
  }
  return { order, stopped: 'no', left };
}

function takable({ instrument, level, left, budget }: Takable): Decimal {
  let size = left === undefined ? level.size : minimum(left, level.size);
  if (budget !== undefined) {
    const affordable = divideDown({ dividend: budget, divisor: level.price, digits: 10 });
    size = minimum(size, roundDownToStep({ value: affordable, step: instrument.lot }));
  }
  return isPositive(size) ? size : zero;
}

type Takable = {
  readonly instrument: Instrument;
  readonly level: Level;
  readonly left: Decimal | undefined;
  readonly budget: Decimal | undefined;
};

/** @returns whether the taker ends here. */
function stopsAtOwn({ world, order, resting }: { readonly world: World; readonly order: Order; readonly resting: Order }): boolean {
  // @rule self-trade
  if (order.stpMode !== 'cancel_taker') cancelOrder(world.state, { order: resting, source: '32' });
  return order.stpMode !== 'cancel_maker';
}

/** What becomes of an order after it took what it could. */
function finish({ world, walked, reach, instrument }: Finishing): Order {
  const { order, stopped, left } = walked;
  const { state } = world;
  if (order.state === 'filled') return order;
  if (stopped === 'self') return cancelOrder(state, { order, source: '32' });
  const isSpotMarket = order.ordType === 'market' && instrument.instType === 'SPOT';
  if (isSpotMarket && reach.budget !== undefined && isPositive(order.filled) && spentAll({ world, order, instrument, reach })) {
    // Sized in money, or shrunk to what the money buys: it is filled when no further lot could be paid.
    const sz = left === undefined ? order.sz : order.filled;
    const filled: Order = { ...order, sz, state: 'filled', uTime: state.now };
    putOrder(state, filled);
    return filled;
  }
  // @rule market-protection
  if (order.ordType === 'market') return cancelOrder(state, { order, source: isSpotMarket ? '27' : '14' });
  if (order.ordType === 'ioc' || order.ordType === 'optimal_limit_ioc') return cancelOrder(state, { order, source: '14' });
  if (order.ordType === 'fok') return cancelOrder(state, { order, source: '13' });
  const resting = freezeFor(state, order);
  putOrder(state, resting);
  return resting;
}

type Finishing = { readonly world: World; readonly walked: Walked; readonly instrument: Instrument; readonly reach: Reach };

/** True when the book still had something to sell within the reach, so that only the money stopped the order. */
function spentAll({ world, order, instrument, reach }: Attempt): boolean {
  const next = makersAgainst(world, instrument, order.side)[0];
  return next !== undefined && isWithin({ side: order.side, price: next.price, limit: reach.limit });
}

export function isSizedInQuote(order: Pick<Order, 'ordType' | 'tgtCcy'>, instrument: Instrument): boolean {
  return instrument.instType === 'SPOT' && order.ordType === 'market' && order.tgtCcy === 'quote_ccy';
}

function wouldMatch({ world, order, instrument, reach }: Attempt): boolean {
  const best = makersAgainst(world, instrument, order.side)[0];
  if (best !== undefined && isWithin({ side: order.side, price: best.price, limit: reach.limit })) return true;
  return restingAgainst(world, order).some((own) => isWithin({ side: order.side, price: own.px ?? zero, limit: reach.limit }));
}

function canFillWhole({ world, order, instrument, reach }: Attempt): boolean {
  const meetsItself = restingAgainst(world, order).some((own) => isWithin({ side: order.side, price: own.px ?? zero, limit: reach.limit }));
  if (meetsItself) return false;
  let there = zero;
  for (const level of makersAgainst(world, instrument, order.side)) {
    if (!isWithin({ side: order.side, price: level.price, limit: reach.limit })) break;
    there = add(there, level.size);
    if (compare(there, order.sz) >= 0) return true;
  }
  return false;
}

/** Orders of the whole master account that rest on the other side, best price first, older first. */
function restingAgainst(world: World, order: Order): Order[] {
  const other: Side = order.side === 'buy' ? 'sell' : 'buy';
  return restingOrders(world, order.instId, other).filter(
    (resting) => resting.ordId !== order.ordId && masterOf(world, resting) === masterOf(world, order),
  );
}

function masterOf({ state }: World, { account }: Order): string {
  return accountOf(state, account).mainUid;
}

export function restingOrders(world: World, instId: string, side: Side): Order[] {
  const resting: Order[] = [];
  for (const account of world.state.accounts.values()) {
    for (const order of account.pending.values())
      if (order.instId === instId && order.side === side && order.px !== undefined) resting.push(order);
  }
  const direction = side === 'buy' ? -1 : 1;
  return resting.sort((left, right) => direction * compare(left.px ?? zero, right.px ?? zero) || left.priority - right.priority);
}

function isWithin({ side, price, limit }: { readonly side: Side; readonly price: Decimal; readonly limit: Decimal | undefined }): boolean {
  if (limit === undefined) return true;
  return side === 'buy' ? compare(price, limit) <= 0 : compare(price, limit) >= 0;
}

function isAtLeastAsGood({ side, resting, level }: { readonly side: Side; readonly resting: Order; readonly level: Level }): boolean {
  return isWithin({ side, price: resting.px ?? zero, limit: level.price });
}

/** Fills resting orders that the market makers' quotes have reached. @returns whether anything was filled or ended. */
export function matchResting(world: World): boolean {
  if (isDown(world.state)) return false;
  let changed = false;
  for (const instrument of listed(world)) {
    const moment = { market: marketOf(world), instrument, at: world.state.now };
    const epoch = quoteEpoch(moment);
    const key = instrument.instId;
    if (world.epochs.get(key) === epoch) continue;
    world.epochs.set(key, epoch);
    for (const side of ['buy', 'sell'] as const) {
      for (const order of restingOrders(world, instrument.instId, side)) {
        const filled = fillResting(world, { order, instrument });
        // At once: the next one to be filled could be a reduce-only order that nothing carries any more.
        if (filled && isContract(instrument)) displaceReduceOnly(world, instrument, order.account);
        changed = filled || changed;
      }
    }
    if (isContract(instrument)) {
      for (const uid of world.state.accounts.keys()) changed = displaceReduceOnly(world, instrument, uid) || changed;
    }
  }
  return changed;
}

function fillResting(world: World, { order: first, instrument }: { readonly order: Order; readonly instrument: Instrument }): boolean {
  let order = world.state.orders.get(first.ordId) ?? first;
  if (order.px === undefined || (order.state !== 'live' && order.state !== 'partially_filled')) return false;
  let changed = false;
  for (const level of makersAgainst(world, instrument, order.side)) {
    // @rule resting-fills
    if (!isWithin({ side: order.side, price: level.price, limit: order.px })) break;
    const left = subtract(order.sz, order.filled);
    const size = minimum(left, level.size);
    takeFromMakers({ world, instrument, level, size });
    order = settleMatch(world.state, { order, px: order.px ?? level.price, sz: size, liquidity: 'M', isLast: compare(size, left) === 0 });
    changed = true;
    if (order.state === 'filled') break;
  }
  return changed;
}

/** Ends resting orders that may only close where a smaller, closed or turned position no longer carries them; the youngest go first. */
export function displaceReduceOnly(world: World, instrument: Instrument, uid: string): boolean {
  const account = accountOf(world.state, uid);
  let changed = false;
  if (account.pending.size === 0) return false;
  const room = new Map<string, Decimal>();
  const closing = [...account.pending.values()].filter((order) => order.instId === instrument.instId && isClosing(order));
  for (const order of closing.sort((left, right) => left.priority - right.priority)) {
    const left = subtract(order.sz, order.filled);
    const key = `${order.tdMode} ${order.posSide} ${order.side}`;
    const there = room.get(key) ?? closable(account, order);
    if (compare(left, there) <= 0) {
      room.set(key, subtract(there, left));
      continue;
    }
    room.set(key, there);
    // @rule reduce-only-displaced
    cancelOrder(world.state, { order, source: '2' });
    changed = true;
  }
  return changed;
}

/** The worst price a market order may reach. */
export function marketLimit(world: World, instrument: Instrument, side: Side): Decimal {
  if (isContract(instrument)) {
    const limit = limitOf(world, instrument);
    return side === 'buy' ? limit.highestBuy : limit.lowestSell;
  }
  const mark = markOf(world, instrument);
  const share: Decimal = { coefficient: side === 'buy' ? 105n : 95n, scale: 2 };
  return multiply(mark, share);
}
