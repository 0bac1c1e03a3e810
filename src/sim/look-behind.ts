import type { Decimal } from '../core/money/decimal.ts';
import {
  type Account,
  accountOf,
  type Balance,
  emptyUndo,
  type Growing,
  isPending,
  type Position,
  type State,
  type Undo,
} from './state.ts';

/** Answers `query` as if the last write had not happened yet, then puts everything back. */
export function lookBehind<Answer>(state: State, query: () => Answer): Answer {
  const now = exchangeValues(state, state.undo);
  const tails = cutTails(state, state.undo);
  const answer = query();
  exchangeValues(state, now);
  for (const [uid, tail] of tails) {
    const account = accountOf(state, uid);
    account.orderIds.push(...tail.orderIds);
    account.fills.push(...tail.fills);
    account.bills.push(...tail.bills);
    account.transfers.push(...tail.transfers);
    account.fundingBills.push(...tail.fundingBills);
  }
  return answer;
}

/** Puts the values of `undo` in place and returns those that stood there. */
function exchangeValues(state: State, undo: Undo): Undo {
  const replaced = emptyUndo();
  for (const [ordId, order] of undo.orders) {
    const current = state.orders.get(ordId);
    replaced.orders.set(ordId, current);
    const owner = order ?? current;
    if (owner === undefined) continue;
    const { pending } = accountOf(state, owner.account);
    if (order === undefined) state.orders.delete(ordId);
    else state.orders.set(ordId, order);
    if (order !== undefined && isPending(order)) pending.set(ordId, order);
    else pending.delete(ordId);
  }
  exchangeAlgos(state, { undo, replaced });
  for (const [client, ordId] of undo.clients) {
    replaced.clients.set(client, state.clients.get(client));
    if (ordId === undefined) state.clients.delete(client);
    else state.clients.set(client, ordId);
  }
  for (const [key, balance] of undo.balances) replaced.balances.set(key, exchangeIn({ map: balancesOf(state, key), key, value: balance }));
  for (const [key, sum] of undo.funding) replaced.funding.set(key, exchangeIn({ map: fundingOf(state, key), key, value: sum }));
  for (const [key, position] of undo.positions)
    replaced.positions.set(key, exchangeIn({ map: positionsOf(state, key), key, value: position }));
  return replaced;
}

function exchangeAlgos(state: State, { undo, replaced }: { readonly undo: Undo; readonly replaced: Undo }): void {
  for (const [algoId, algo] of undo.algos) {
    const current = state.algos.get(algoId);
    replaced.algos.set(algoId, current);
    const owner = algo ?? current;
    if (owner === undefined) continue;
    const { pendingAlgos } = accountOf(state, owner.account);
    if (algo === undefined) state.algos.delete(algoId);
    else state.algos.set(algoId, algo);
    if (algo?.state === 'live') pendingAlgos.set(algoId, algo);
    else pendingAlgos.delete(algoId);
  }
}

type Exchange<Value> = { readonly map: Map<string, Value>; readonly key: string; readonly value: Value | undefined };

function exchangeIn<Value>({ map, key, value }: Exchange<Value>): Value | undefined {
  const name = key.slice(key.indexOf('|') + 1);
  const current = map.get(name);
  if (value === undefined) map.delete(name);
  else map.set(name, value);
  return current;
}

function balancesOf(state: State, key: string): Map<string, Balance> {
  return accountOf(state, key.slice(0, key.indexOf('|'))).balances;
}

function fundingOf(state: State, key: string): Map<string, Decimal> {
  return accountOf(state, key.slice(0, key.indexOf('|'))).funding;
}

function positionsOf(state: State, key: string): Map<string, Position> {
  return accountOf(state, key.slice(0, key.indexOf('|'))).positions;
}

type Tails = Map<string, { readonly [List in Growing]: Account[List] }>;

function cutTails(state: State, undo: Undo): Tails {
  const tails: Tails = new Map();
  for (const [uid, lengths] of undo.lengths) {
    const account = accountOf(state, uid);
    tails.set(uid, {
      orderIds: account.orderIds.splice(lengths.orderIds),
      fills: account.fills.splice(lengths.fills),
      bills: account.bills.splice(lengths.bills),
      transfers: account.transfers.splice(lengths.transfers),
      fundingBills: account.fundingBills.splice(lengths.fundingBills),
    });
  }
  return tails;
}
