import { add, compare, type Decimal, formatDecimal, isPositive, isZero, roundDownToStep } from '../core/money/decimal.ts';
import type { Algo, Leg } from './algo.ts';
import { isContract } from './instruments.ts';
import { isReached, type LegName, watchedPrice } from './legs.ts';
import { leverOf } from './margin.ts';
import { type Aim, closable } from './position-side.ts';
import { placeTriggered } from './place.ts';
import { type Account, isPending, nextId, nextSequence, type Order, putAlgo, putOrder } from './state.ts';
import { instrumentOfOrder, lastPrice, type World } from './world.ts';

/** Live stop orders on one instrument at most. */
export const ALGOS_PER_INSTRUMENT_MAX = 100;

/**
 * Lets everything happen to stop orders that is due: attached ones begin, those whose position is gone end, and those that are reached
 * are sent, one after the other. What it does depends on nothing but the state and the time, so that a replay does the same.
 * @returns whether anything happened.
 */
export function runAlgos(world: World): boolean {
  let changed = false;
  // Each round ends at least one wait or one stop order, so this comes to an end.
  while ([...world.state.accounts.values()].some((account) => moveOne(world, account))) changed = true;
  return changed;
}

function moveOne(world: World, account: Account): boolean {
  if (account.attaching.size === 0 && account.pendingAlgos.size === 0) return false;
  return beginAttached(world, account) || endWithPosition(world, account) || sendReached(world, account);
}

/** Attached legs begin when their order is over, with what it filled; an order that filled nothing takes them along. */
function beginAttached(world: World, account: Account): boolean {
  // @rule attached-begins-with-whole-fill
  for (const ordId of account.attaching) {
    const order = world.state.orders.get(ordId);
    if (order !== undefined && isPending(order)) continue;
    account.attaching.delete(ordId);
    // @rule attached-dropped-unfilled
    if (order?.attached === undefined || isZero(order.filled)) return true;
    const sz = attachedSize(order);
    if (compare(sz, instrumentOfOrder(order.instId).min) < 0) failAttached(world, order, '51020');
    else if (algosOn(account, order.instId) >= ALGOS_PER_INSTRUMENT_MAX) failAttached(world, order, '51299');
    else putAlgo(world.state, algoOfAttached({ world, account, order, sz }));
    return true;
  }
  return false;
}

/** Contracts that were filled; on spot what arrived, because the fee of a buy is taken from it. */
function attachedSize(order: Order): Decimal {
  const instrument = instrumentOfOrder(order.instId);
  // @rule attached-size-of-spot
  if (instrument.instType !== 'SPOT' || order.side === 'sell') return order.filled;
  return roundDownToStep({ value: add(order.filled, order.fee), step: instrument.lot });
}

function failAttached(world: World, order: Order, failCode: string): void {
  if (order.attached !== undefined) putOrder(world.state, { ...order, attached: { ...order.attached, failCode } });
}

export function algosOn(account: Account, instId: string): number {
  return [...account.pendingAlgos.values()].filter((algo) => algo.instId === instId).length;
}

type Beginning = { readonly world: World; readonly account: Account; readonly order: Order; readonly sz: Decimal };

function algoOfAttached({ world, account, order, sz }: Beginning): Algo {
  const { instId, tdMode, tag, attached, origin } = order;
  const isSwap = isContract(instrumentOfOrder(instId));
  const [takeProfit, stopLoss] = [attached?.takeProfit, attached?.stopLoss];
  return newAlgo({
    world,
    account,
    algo: {
      algoClOrdId: attached?.algoClOrdId ?? '',
      tag,
      instId,
      side: order.side === 'buy' ? 'sell' : 'buy',
      posSide: order.posSide,
      ordType: takeProfit !== undefined && stopLoss !== undefined ? 'oco' : 'conditional',
      tdMode,
      tgtCcy: isSwap ? '' : 'base_ccy',
      sz,
      takeProfit,
      stopLoss,
      // @rule attached-closes-only
      reduceOnly: isSwap,
      endsWithPosition: isSwap,
      parent: order.ordId,
      origin,
    },
  });
}

type Asked = Pick<
  Algo,
  | 'algoClOrdId'
  | 'tag'
  | 'instId'
  | 'side'
  | 'posSide'
  | 'ordType'
  | 'tdMode'
  | 'tgtCcy'
  | 'sz'
  | 'takeProfit'
  | 'stopLoss'
  | 'reduceOnly'
  | 'endsWithPosition'
  | 'parent'
  | 'origin'
>;

/** A stop order that waits for its price. It sets no funds aside. */
export function newAlgo({ world, account, algo }: { readonly world: World; readonly account: Account; readonly algo: Asked }): Algo {
  // @rule algo-freezes-nothing
  const { state } = world;
  const instrument = instrumentOfOrder(algo.instId);
  return {
    ...algo,
    seq: nextSequence(state),
    account: account.uid,
    algoId: nextId(state),
    state: 'live',
    actualSide: '',
    actualSz: undefined,
    triggerTime: undefined,
    ordId: '',
    failCode: '',
    last: lastPrice(world, instrument),
    lever: isContract(instrument) ? leverOf(account, instrument) : '',
    cTime: state.now,
    uTime: state.now,
  };
}

/** Ends one stop order whose position was closed or turned over. */
function endWithPosition(world: World, account: Account): boolean {
  // @rule algo-ends-with-position
  for (const algo of account.pendingAlgos.values()) {
    if (!algo.endsWithPosition || hasPositionToClose(account, algo)) continue;
    putAlgo(world.state, { ...algo, state: 'canceled', uTime: world.state.now });
    return true;
  }
  return false;
}

export function hasPositionToClose(account: Account, aim: Aim): boolean {
  return isPositive(closable(account, aim));
}

/** Sends the oldest stop order that is reached. Its other leg ends with it, because both are one stop order. */
function sendReached(world: World, account: Account): boolean {
  // @rule algo-watched
  for (const algo of [...account.pendingAlgos.values()].sort((left, right) => left.seq - right.seq)) {
    // A move that passes both legs at once is told by neither; the stop is taken.
    const name = (['stopLoss', 'takeProfit'] as const).find((leg) => isLegReached(world, algo, leg));
    const leg = name === undefined ? undefined : algo[name];
    if (name === undefined || leg === undefined) continue;
    send({ world, account, algo, name, leg });
    return true;
  }
  return false;
}

function isLegReached(world: World, algo: Algo, name: LegName): boolean {
  const leg = algo[name];
  if (leg === undefined) return false;
  const price = watchedPrice(world, instrumentOfOrder(algo.instId), leg.type);
  return isReached({ side: algo.side, name, leg, price });
}

type Reached = { readonly world: World; readonly account: Account; readonly algo: Algo; readonly name: LegName; readonly leg: Leg };

function send({ world, account, algo, name, leg }: Reached): void {
  const { instId, side, posSide, tdMode, tgtCcy, reduceOnly, tag, algoId, algoClOrdId } = algo;
  const sz = algo.sz ?? closable(account, algo);
  const kind = leg.orderPx === undefined ? { ordType: 'market' } : { ordType: 'limit', px: formatDecimal(leg.orderPx) };
  const fields = { instId, side, posSide, tdMode, tgtCcy, reduceOnly, tag, sz: formatDecimal(sz), ...kind };
  const sent = placeTriggered({ world, account, fields, sentBy: { algoId, algoClOrdId } });
  const told = { actualSide: name === 'takeProfit' ? 'tp' : 'sl', triggerTime: world.state.now, uTime: world.state.now } as const;
  // @rule algo-order-failed
  if (sent.ok) putAlgo(world.state, { ...algo, ...told, state: 'effective', actualSz: sz, ordId: sent.value.ordId });
  else putAlgo(world.state, { ...algo, ...told, state: 'order_failed', failCode: sent.error.code });
}
