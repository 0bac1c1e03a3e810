import { absolute, add, compare, type Decimal, isNegative, isZero, negate, one, subtract, zero } from '../core/money/decimal.ts';
import { bookCash } from './cash.ts';
import { instruments } from './instruments.ts';
import { unrealised } from './margin.ts';
import { displaceReduceOnly } from './matching.ts';
import { newOrder } from './place.ts';
import { isolatedOf, positionsOn } from './position-side.ts';
import { safetyAlone, safetyOf } from './safety.ts';
import { cancelOrder, type Match, settleMatch } from './settle.ts';
import { type Account, balanceOf, nextId, type Order, type Position, positionName } from './state.ts';
import { instrumentOfOrder, listed, markOf, type World } from './world.ts';

/**
 * Closes cross positions whose equity has fallen to what is needed to keep them: pending orders of the currency go first, then the
 * positions, the largest loss first, until the rest is safe. @returns whether anything was closed.
 */
export function runLiquidations(world: World): boolean {
  let changed = false;
  for (const account of world.state.accounts.values()) {
    if (account.positions.size === 0) continue;
    for (const position of isolatedOf(account)) changed = liquidateAlone(world, account, position) || changed;
    for (const ccy of settleCurrencies) changed = liquidateCurrency({ world, account, ccy }) || changed;
  }
  return changed;
}

const settleCurrencies: ReadonlySet<string> = new Set(instruments.map(({ settle }) => settle).filter((ccy) => ccy !== ''));

type OfCurrency = { readonly world: World; readonly account: Account; readonly ccy: string };

function liquidateCurrency({ world, account, ccy }: OfCurrency): boolean {
  // @rule liquidation
  if (openIn({ world, account, ccy }).length === 0 || isSafe({ world, account, ccy })) return false;
  for (const order of account.pending.values()) {
    if (instrumentOfOrder(order.instId).settle === ccy) cancelOrder(world.state, { order, source: '3' });
  }
  while (!isSafe({ world, account, ccy })) {
    const [worst] = openIn({ world, account, ccy }).sort((left, right) => compare(lossOf(world, left), lossOf(world, right)));
    if (worst === undefined) break;
    liquidate({ world, account, position: worst, size: absolute(worst.pos) });
  }
  coverDebt({ world, account, ccy });
  return true;
}

/** Closes an isolated position that its own margin no longer carries; what it lost beyond that margin is the exchange's loss. */
function liquidateAlone(world: World, account: Account, position: Position): boolean {
  // @rule isolated-liquidation
  const { ratio } = safetyAlone(world, position);
  if (ratio === undefined || compare(ratio, one) > 0) return false;
  for (const order of account.pending.values())
    if (order.tdMode === 'isolated' && order.instId === position.instId) cancelOrder(world.state, { order, source: '3' });
  const { pnl, fee } = liquidate({ world, account, position, size: absolute(position.pos) });
  const left = add(position.margin, subtract(pnl, absolute(fee)));
  if (isNegative(left)) cover({ world, account, ccy: instrumentOfOrder(position.instId).settle }, negate(left));
  return true;
}

function isSafe(of: OfCurrency): boolean {
  const { ratio } = safetyOf(of);
  return ratio === undefined || compare(ratio, one) > 0;
}

function openIn({ world, account, ccy }: OfCurrency): Position[] {
  return listed(world)
    .filter(({ settle }) => settle === ccy)
    .flatMap(({ instId }) => positionsOn(account, instId));
}

function lossOf(world: World, position: Position): Decimal {
  return unrealised(world, instrumentOfOrder(position.instId), position);
}

export type Liquidating = {
  readonly world: World;
  readonly account: Account;
  readonly position: Position;
  /** Contracts, at most those of the position. */
  readonly size: Decimal;
};

/** Closes contracts of a position that its margin no longer carries. */
export function liquidate(of: Liquidating): Order {
  // @rule liquidation-order
  const category = compare(of.size, absolute(of.position.pos)) < 0 ? 'partial_liquidation' : 'full_liquidation';
  return closeByForce(of, { category, origin: 'liquidation' });
}

/** Closes contracts of a position that earns, because somebody else's loss has to be paid for. */
export function deleverage(of: Liquidating): Order {
  // @rule adl-order
  const { world, account, position } = of;
  for (const order of account.pending.values())
    if (positionName(order) === positionName(position)) cancelOrder(world.state, { order, source: '6' });
  return closeByForce(of, { category: 'adl', origin: 'adl' });
}

/** By an order of the exchange's own, which carries no client's id. */
function closeByForce({ world, account, position, size }: Liquidating, { category, origin }: Pick<Order, 'category' | 'origin'>): Order {
  const { instId, posSide, tdMode, pos } = position;
  const instrument = instrumentOfOrder(instId);
  const px = markOf(world, instrument);
  const side = isNegative(pos) ? 'buy' : 'sell';
  const terms = { side, posSide, ordType: 'limit', tdMode, tgtCcy: '', px, sz: size, stpMode: 'cancel_maker' } as const;
  const flags = { reduceOnly: false, banAmend: false, clipsPrice: false, slippage: undefined };
  const wish = { instrument, clOrdId: '', tag: '', ...terms, ...flags };
  const order = newOrder({ world, account, wish, origin, attachment: [], sentBy: undefined });
  const match: Match = { order: { ...order, category }, px, sz: size, liquidity: 'T', isLast: true };
  const settled = settleMatch(world.state, category === 'adl' ? { ...match, rate: zero } : match);
  displaceReduceOnly(world, instrument, account.uid);
  return settled;
}

/** A balance below zero that no position stands behind any more is made good by the exchange. */
function coverDebt({ world, account, ccy }: OfCurrency): void {
  const { cash } = balanceOf(account, ccy);
  if (!isNegative(cash) || isZero(cash) || openIn({ world, account, ccy }).length > 0) return;
  cover({ world, account, ccy }, negate(cash));
}

function cover({ world, account, ccy }: OfCurrency, change: Decimal): void {
  // @rule liquidation-cover
  const { state } = world;
  const caused = { fee: zero, pnl: zero, fill: undefined, instId: '', px: undefined, sz: change, from: '', to: '', at: state.now };
  bookCash({ state, account, ccy, change, freed: zero, cause: { billId: nextId(state), type: '5', subType: '110', ...caused } });
}
