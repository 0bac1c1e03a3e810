import {
  add,
  compare,
  type Decimal,
  formatDecimal,
  isPositive,
  isZero,
  minimum,
  roundDownToStep,
  subtract,
} from '../core/money/decimal.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { Algo, AlgoKind, Attached, Leg } from './algo.ts';
import { isPlain, isTake } from './attach.ts';
import { isContract } from './instruments.ts';
import { isReached, watchedPrice } from './legs.ts';
import { isFallenBack, isTriggered, trailed } from './waiting.ts';
import { leverOf } from './margin.ts';
import { cancelBeside, shrinkStop } from './split.ts';
import { type Aim, closable } from './position-side.ts';
import { placeTriggered } from './place.ts';
import { type Account, isPending, nextId, nextSequence, type Order, putAlgo, putOrder } from './state.ts';
import { instrumentOfOrder, lastPrice, type World } from './world.ts';

/** Live orders of a kind on one instrument at most; both kinds of stop orders count together. */
const ALGOS_MAX: Readonly<Record<AlgoKind, number>> = { conditional: 100, oco: 100, trigger: 500, move_order_stop: 50 };

/**
 * Lets everything happen to stop orders that is due: attached ones begin, those whose position is gone end, and those that are reached
 * are sent, one after the other. What it does depends on nothing but the state and the time, so that a replay does the same.
 * @returns whether anything happened.
 */
export function runAlgos(world: World): boolean {
  let changed = followTrails(world);
  // Each round ends at least one wait or one stop order, so this comes to an end.
  while ([...world.state.accounts.values()].some((account) => moveOne(world, account))) changed = true;
  return changed;
}

/** Keeps the best price of trailing stops. It is written down like any change, so that a replay has seen the same prices. */
function followTrails(world: World): boolean {
  let changed = false;
  for (const { pendingAlgos } of world.state.accounts.values()) {
    for (const algo of pendingAlgos.values()) {
      const trail = algo.trail === undefined ? undefined : trailed(world, { ...algo, trail: algo.trail });
      if (trail === algo.trail) continue;
      const moved: Algo = { ...algo, trail };
      // No client is told, and a stale read has nothing to look behind.
      world.state.algos.set(algo.algoId, moved);
      pendingAlgos.set(algo.algoId, moved);
      changed = true;
    }
  }
  return changed;
}

function moveOne(world: World, account: Account): boolean {
  if (account.attaching.size === 0 && account.pendingAlgos.size === 0) return false;
  return (
    beginAttached(world, account) || shrinkStop(world.state, account) || endWithPosition(world, account) || sendReached(world, account)
  );
}

/** Attached legs begin when their order is over, with what it filled; an order that filled nothing takes them along. */
function beginAttached(world: World, account: Account): boolean {
  // @rule attached-begins-with-whole-fill
  for (const ordId of account.attaching) {
    const order = world.state.orders.get(ordId);
    if (order !== undefined && isPending(order)) continue;
    account.attaching.delete(ordId);
    // @rule attached-dropped-unfilled
    if (order === undefined || isZero(order.filled)) return true;
    if (!isPlain(order.attached)) {
      beginSplit({ world, account, order });
      return true;
    }
    const sz = attachedSize(order);
    if (compare(sz, instrumentOfOrder(order.instId).min) < 0) failAttached(world, order, '51020');
    else if (isFull(account, { instId: order.instId, ordType: 'conditional' })) failAttached(world, order, '51299');
    else putAlgo(world.state, algoOfAttached({ world, account, order, sz, attached: order.attached[0] }));
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
  putOrder(world.state, { ...order, attached: order.attached.map((each) => ({ ...each, failCode })) });
}

/** Take-profits of parts begin one after the other until what was filled is used up, those of kind limit as orders; the stop is for all of it. */
function beginSplit({ world, account, order }: Omit<Beginning, 'sz' | 'attached'>): void {
  const { state } = world;
  const stop = order.attached.find(({ stopLoss }) => stopLoss !== undefined);
  const stopId = stop === undefined ? '' : nextId(state);
  let left = order.filled;
  const attached = order.attached.map((each): Attached => {
    if (!isTake(each)) return each;
    const sz = minimum(each.sz ?? left, left);
    left = subtract(left, sz);
    if (isZero(sz)) return { ...each, failCode: '51020' };
    const begun = beginTake({ world, account, order, sz, attached: each }, stopId);
    return begun.ok ? { ...each, begunAs: begun.value } : { ...each, failCode: begun.error };
  });
  putOrder(state, { ...order, attached });
  if (stop === undefined) return;
  const begun = algoOfAttached({ world, account, order, sz: order.filled, attached: { ...stop, takeProfit: undefined } });
  const linkedOrdId = attached.find(({ begunAs, limitPx }) => limitPx !== undefined && begunAs !== '')?.begunAs ?? '';
  if (!isFull(account, begun)) putAlgo(state, { ...begun, algoId: stopId, linkedOrdId });
  else
    putOrder(state, { ...order, attached: attached.map((each) => (each.stopLoss === undefined ? each : { ...each, failCode: '51299' })) });
}

/** @returns the id of what has begun, or the code of why nothing has. */
function beginTake(beginning: Beginning, besideStop: string): Result<string, string> {
  const { world, account, order, sz, attached } = beginning;
  if (attached?.limitPx === undefined) {
    const algo = algoOfAttached(beginning);
    if (isFull(account, algo)) return err('51299');
    putAlgo(world.state, algo);
    return ok(algo.algoId);
  }
  // @rule limit-take-profit
  const { instId, tdMode, posSide, tag } = order;
  const side = order.side === 'buy' ? 'sell' : 'buy';
  const terms = { ordType: 'limit', px: formatDecimal(attached.limitPx), sz: formatDecimal(sz), reduceOnly: true };
  const sentBy = { algoId: attached.attachAlgoId, algoClOrdId: attached.algoClOrdId, source: '7', besideStop } as const;
  const fields = { instId, tdMode, posSide, tag, side, ...terms };
  const placed = placeTriggered({ world, account, fields, sentBy, attachment: [] });
  return placed.ok ? ok(placed.value.ordId) : err(placed.error.code);
}

/** Whether no further one of the kind can be kept on the instrument. */
export function isFull(account: Account, { instId, ordType }: Pick<Algo, 'instId' | 'ordType'>): boolean {
  const same = (other: AlgoKind): AlgoKind => (other === 'oco' ? 'conditional' : other);
  const there = [...account.pendingAlgos.values()].filter((algo) => algo.instId === instId && same(algo.ordType) === same(ordType));
  return there.length >= ALGOS_MAX[ordType];
}

type Beginning = {
  readonly world: World;
  readonly account: Account;
  readonly order: Order;
  readonly sz: Decimal;
  readonly attached: Attached | undefined;
};

function algoOfAttached({ world, account, order, sz, attached }: Beginning): Algo {
  const { instId, tdMode, tag, origin } = order;
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
      ...noWaiting,
      // @rule attached-closes-only
      reduceOnly: isSwap,
      endsWithPosition: isSwap,
      parent: order.ordId,
      origin,
    },
  });
}

export const noWaiting = { trigger: undefined, trail: undefined, attachment: [] } as const;

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
  | 'trigger'
  | 'trail'
  | 'attachment'
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
    linkedOrdId: '',
    failCode: '',
    last: lastPrice(world, instrument),
    lever: isContract(instrument) ? leverOf(account, instrument, algo) : '',
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
    const reached = reachedOf(world, algo);
    if (reached === undefined) continue;
    send({ world, account, algo, ...reached });
    return true;
  }
  return false;
}

type Reached = { readonly actualSide: Algo['actualSide']; readonly orderPx: Decimal | undefined };

/** What sends an order now; undefined while the price is not there. */
function reachedOf(world: World, algo: Algo): Reached | undefined {
  const { trigger, trail } = algo;
  if (trail !== undefined) return isFallenBack(world, { ...algo, trail }) ? { actualSide: '', orderPx: undefined } : undefined;
  if (trigger !== undefined) return isTriggered(world, { ...algo, trigger }) ? { actualSide: '', orderPx: trigger.orderPx } : undefined;
  // A move that passes both legs at once is told by neither; the stop is taken.
  for (const name of ['stopLoss', 'takeProfit'] as const) {
    const leg: Leg | undefined = algo[name];
    if (leg === undefined) continue;
    const price = watchedPrice(world, instrumentOfOrder(algo.instId), leg.type);
    if (isReached({ side: algo.side, name, leg, price })) return { actualSide: name === 'takeProfit' ? 'tp' : 'sl', orderPx: leg.orderPx };
  }
  return undefined;
}

type Sent = Reached & { readonly world: World; readonly account: Account; readonly algo: Algo };

// @rule triggered-source
const sources: Readonly<Record<AlgoKind, '6' | '7' | '25'>> = { conditional: '7', oco: '7', trigger: '6', move_order_stop: '25' };

function send({ world, account, algo, actualSide, orderPx }: Sent): void {
  const { instId, side, posSide, tdMode, tgtCcy, reduceOnly, tag, algoId, algoClOrdId, attachment } = algo;
  const sz = algo.sz ?? closable(account, algo);
  const kind = orderPx === undefined ? { ordType: 'market' } : { ordType: 'limit', px: formatDecimal(orderPx) };
  const fields = { instId, side, posSide, tdMode, tgtCcy, reduceOnly, tag, sz: formatDecimal(sz), ...kind };
  const sentBy = { algoId, algoClOrdId, source: sources[algo.ordType] };
  cancelBeside(world.state, algo, '36');
  const sent = placeTriggered({ world, account, fields, sentBy, attachment });
  const told = { actualSide, triggerTime: world.state.now, uTime: world.state.now } as const;
  // @rule algo-order-failed
  if (sent.ok) putAlgo(world.state, { ...algo, ...told, state: 'effective', actualSz: sz, ordId: sent.value.ordId });
  else putAlgo(world.state, { ...algo, ...told, state: 'order_failed', failCode: sent.error.code });
}
