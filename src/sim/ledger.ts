import { absolute, formatDecimal as text, isZero } from '../core/money/decimal.ts';
import type { Algo } from './algo.ts';
import { fundsOf } from './margin.ts';
import { currenciesOf } from './rows.ts';
import { type Account, type Bill, DEMO_UID, type Fill, type Order, type Position, type Transfer } from './state.ts';
import type { World } from './world.ts';

/** The exchange's own truth about real accounts, for judges and tests: it shares no code path with the answers of the API. */
export function ledgerOf(world: World): Readonly<Record<string, readonly unknown[]>> {
  const { state } = world;
  // What a demo account was handed out with is told once somebody has done something on it.
  const accounts = [...state.accounts.values()].filter((account) => account.uid !== DEMO_UID || isUsed(account));
  const fills = accounts.flatMap((account) => account.fills).sort((left, right) => left.seq - right.seq);
  const positions = accounts.flatMap(({ uid, positions: held }) =>
    [...held.values()].filter(({ pos }) => !isZero(pos)).map((position) => ({ account: uid, ...positionEntry(position) })),
  );
  const balances = accounts.flatMap((account) =>
    currenciesOf(world, account).map((ccy) => {
      const { cash, available } = fundsOf({ world, account, ccy });
      return { account: account.uid, ccy, total: text(cash), available: text(available) };
    }),
  );
  return {
    algos: [...state.algos.values()].sort((left, right) => left.seq - right.seq).map(algoEntry),
    orders: [...state.orders.values()].sort((left, right) => left.seq - right.seq).map(orderEntry),
    fills: fills.map(fillEntry),
    positions,
    balances,
    funding: accounts.flatMap(({ uid, funding }) => [...funding].map(([ccy, sum]) => ({ account: uid, ccy, total: text(sum) }))),
    bills: accounts.flatMap(({ bills }) => bills.map(billEntry)),
    transfers: accounts.flatMap(({ transfers }) => transfers.map(transferEntry)),
    liquidations: closedByForce(world, 'liquidation'),
    deleveragings: closedByForce(world, 'adl'),
    timers: accounts.flatMap(({ uid, timers }) => [...timers].map(([tag, at]) => ({ account: uid, tag, at }))),
    refused: state.refused.map(({ message, ...refused }) => ({ ...refused, msg: message })),
  };
}

function isUsed({ orderIds, fills, bills, transfers }: Account): boolean {
  return orderIds.length + fills.length + bills.length + transfers.length > 0;
}

/** As the exchange counts it: a leg is positive, whichever way it lies. */
function positionEntry({ instId, posSide, tdMode, margin, pos, avgPx }: Position): Readonly<Record<string, unknown>> {
  const alone = tdMode === 'isolated' ? { mgnMode: tdMode, margin: text(margin) } : {};
  return { instId, posSide, pos: text(posSide === 'net' ? pos : absolute(pos)), avgPx: text(avgPx), ...alone };
}

function billEntry(bill: Bill): Readonly<Record<string, unknown>> {
  const { account, billId, ccy, type, subType, change, balance, fee, pnl, fill, instId, px, sz, from, to, at } = bill;
  const sums = {
    balChg: text(change),
    bal: text(balance),
    fee: text(fee),
    pnl: text(pnl),
    px: px === undefined ? '' : text(px),
    sz: text(sz),
  };
  const of = { instId, ordId: fill?.ordId ?? '', tradeId: fill?.tradeId ?? '' };
  return { account, billId, ccy, type, subType, ...sums, ...of, from, to, at };
}

function transferEntry({ seq, account, transId, clientId, ccy, amt, from, to, origin, at }: Transfer): Readonly<Record<string, unknown>> {
  return { seq, account, transId, clientId, ccy, amt: text(amt), from, to, origin, at };
}

function closedByForce({ state }: World, by: Order['origin']): readonly unknown[] {
  return [...state.orders.values()].filter(({ origin }) => origin === by).map(liquidationEntry);
}

function liquidationEntry(order: Order): Readonly<Record<string, unknown>> {
  const { seq, account, ordId, instId, posSide, side, category, avgPx, filled, cTime } = order;
  return { seq, account, ordId, instId, posSide, side, category, px: text(avgPx), sz: text(filled), at: cTime };
}

function orderEntry(order: Order): Readonly<Record<string, unknown>> {
  const { seq, account, instId, clOrdId, ordId, side, ordType, px, sz, filled, state, origin } = order;
  const numbers = { px: px === undefined ? '' : text(px), sz: text(sz), accFillSz: text(filled) };
  const sentBy = { algoId: order.sentBy?.algoId ?? '', algoClOrdId: order.sentBy?.algoClOrdId ?? '' };
  const more = {
    posSide: order.posSide,
    category: order.category,
    tag: order.tag,
    reduceOnly: order.reduceOnly,
    at: order.cTime,
    changedAt: order.uTime,
    ...sentBy,
  };
  return { seq, account, instId, clOrdId, ordId, side, ordType, ...numbers, state, origin, ...more };
}

/** A stop order; `parent` is the order it was attached to, `ordId` the order that it sent. */
function algoEntry(algo: Algo): Readonly<Record<string, unknown>> {
  const { seq, account, instId, algoClOrdId, algoId, side, ordType, takeProfit, stopLoss, reduceOnly, state } = algo;
  const { parent, ordId, failCode, origin } = algo;
  const numbers = {
    sz: algo.sz === undefined ? '' : text(algo.sz),
    tpTriggerPx: takeProfit === undefined ? '' : text(takeProfit.triggerPx),
    slTriggerPx: stopLoss === undefined ? '' : text(stopLoss.triggerPx),
    triggerPx: algo.trigger === undefined ? '' : text(algo.trigger.triggerPx),
  };
  const named = { seq, account, instId, algoClOrdId, algoId, side, posSide: algo.posSide, ordType };
  return { ...named, ...numbers, reduceOnly, state, parent, ordId, failCode, origin, at: algo.cTime };
}

function fillEntry(fill: Fill): Readonly<Record<string, unknown>> {
  const { seq, account, ordId, clOrdId, instId, side, posSide, px, sz, fee, feeCcy, tradeId, billId, at } = fill;
  return { seq, account, ordId, clOrdId, instId, side, posSide, tradeId, billId, px: text(px), sz: text(sz), fee: text(fee), feeCcy, at };
}
