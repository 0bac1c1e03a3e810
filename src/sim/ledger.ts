import { formatDecimal as text, isZero } from '../core/money/decimal.ts';
import type { Algo } from './algo.ts';
import { fundsOf } from './margin.ts';
import { currenciesOf } from './rows.ts';
import type { Fill, Order } from './state.ts';
import type { World } from './world.ts';

/** The exchange's own truth about real accounts, for judges and tests: it shares no code path with the answers of the API. */
export function ledgerOf(world: World): Readonly<Record<string, readonly unknown[]>> {
  const { state } = world;
  const accounts = [...state.accounts.values()];
  const fills = accounts.flatMap((account) => account.fills).sort((left, right) => left.seq - right.seq);
  const positions = accounts.flatMap(({ uid, positions: held }) =>
    [...held.values()]
      .filter(({ pos }) => !isZero(pos))
      .map(({ instId, pos, avgPx }) => ({ account: uid, instId, posSide: 'net', pos: text(pos), avgPx: text(avgPx) })),
  );
  const balances = accounts.flatMap((account) =>
    currenciesOf(account).map((ccy) => {
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
    refused: state.refused.map(({ message, ...refused }) => ({ ...refused, msg: message })),
  };
}

function orderEntry(order: Order): Readonly<Record<string, unknown>> {
  const { seq, account, instId, clOrdId, ordId, side, ordType, px, sz, filled, state, origin } = order;
  const numbers = { px: px === undefined ? '' : text(px), sz: text(sz), accFillSz: text(filled) };
  const sentBy = { algoId: order.sentBy?.algoId ?? '', algoClOrdId: order.sentBy?.algoClOrdId ?? '' };
  const more = { reduceOnly: order.reduceOnly, at: order.cTime, ...sentBy };
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
  };
  const named = { seq, account, instId, algoClOrdId, algoId, side, ordType };
  return { ...named, ...numbers, reduceOnly, state, parent, ordId, failCode, origin, at: algo.cTime };
}

function fillEntry(fill: Fill): Readonly<Record<string, unknown>> {
  const { seq, account, ordId, clOrdId, instId, side, px, sz, fee, feeCcy, at } = fill;
  return { seq, account, ordId, clOrdId, instId, side, px: text(px), sz: text(sz), fee: text(fee), feeCcy, at };
}
