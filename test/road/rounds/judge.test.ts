import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ledger, LedgerFill, LedgerOrder } from '../harness/exchange.ts';
import type { JournalEntry } from '../harness/journal.ts';
import { judge } from './judge.ts';

// The judge of the rounds has to be able to say no.

const limits = { order: 60, position: 150, total: 320 };

/** A resting buy of 59.7 USD at the judge's price. */
function order(seq: number, given: Partial<LedgerOrder> = {}): LedgerOrder {
  const own = {
    seq,
    account: '1001',
    instId: 'BTC-USDT',
    clOrdId: `t${seq}`,
    ordId: String(seq),
    side: 'buy',
    sz: '0.001',
    accFillSz: '0',
  };
  return { ...own, reduceOnly: false, state: 'live', origin: 'api', at: seq, changedAt: seq, ...given };
}

function fill(seq: number, of: LedgerOrder): LedgerFill {
  const { ordId, clOrdId, instId, side, sz } = of;
  return { seq, account: '1001', ordId, clOrdId, instId, side, px: '60000', sz, fee: '0', feeCcy: 'USDT', at: seq };
}

function submitting({ clOrdId, instId, side, sz }: LedgerOrder, intent = clOrdId): JournalEntry {
  const body = { client_order_id: clOrdId, principal: 'a', intent_id: intent, instrument: instId, side, size: sz };
  return { seq: 1, kind: 'submitting', hash: '', body };
}

function faults(orders: readonly LedgerOrder[], fills: readonly LedgerFill[] = [], journal = orders.map((each) => submitting(each))) {
  const ledger: Ledger = { orders, fills, positions: [], balances: [], refused: [] };
  return judge({ ledger, journal, limits }).faults;
}

test('two orders within every limit are held against nobody', () => {
  assert.deepEqual(faults([order(1), order(2)]), []);
});

test('a third order that could carry the position over its limit is, and is not when the first had ended by then', () => {
  const [first, second, third] = [order(1), order(2), order(3)];
  assert.match(faults([first, second, third]).join(), /^BTC-USDT could reach 179\.1 USD of at most 150/);
  assert.deepEqual(faults([order(1, { state: 'canceled', changedAt: 3 }), second, third]), []);
  assert.match(faults([order(1, { state: 'canceled', changedAt: 4 }), second, third]).join(), /could reach 179\.1/);
});

test('what was filled counts for ever, what was sold again does not, and a short position counts as a long one', () => {
  const bought = order(1, { state: 'filled' });
  const sold = order(3, { side: 'sell', state: 'filled' });
  assert.match(faults([bought, order(5), order(6)], [fill(2, bought)]).join(), /could reach 179\.1/);
  assert.deepEqual(faults([bought, sold, order(5), order(6)], [fill(2, bought), fill(4, sold)]), []);
  const short = [1, 2, 3].map((seq) => order(seq, { instId: 'BTC-USDT-SWAP', side: 'sell', sz: '0.1' }));
  assert.match(faults(short).join(), /BTC-USDT-SWAP could reach 179\.1/);
});

test('each instrument within its limit may be too much together', () => {
  const all = ['BTC-USDT', 'ETH-USDT', 'BTC-USDT-SWAP'].flatMap((instId, index) =>
    [1, 2].map((each) => order(index * 2 + each, { instId, sz: { 'BTC-USDT': '0.001', 'ETH-USDT': '0.02' }[instId] ?? '0.1' })),
  );
  assert.match(faults(all).join(), /^all together could reach 358\.2 USD of at most 320/);
});

test('one order over its own limit is held against the gateway, and a close of the same size is not', () => {
  assert.match(faults([order(1, { sz: '0.0011' })]).join(), /is worth 65\.67 USD of at most 60/);
  const [first, second] = [order(1, { state: 'filled' }), order(2, { state: 'filled' })];
  const close = order(5, { side: 'sell', sz: '0.002' });
  assert.deepEqual(faults([first, second, close], [fill(3, first), fill(4, second)]), []);
});

test('two orders of one intent, one of which nothing is written, and one that was decided otherwise are each told', () => {
  const [first, second] = [order(1), order(2)];
  assert.match(
    faults([first, second], [], [submitting(first, 'same'), submitting(second, 'same')]).join(),
    /order of an intent, a\/same is there twice/,
  );
  assert.deepEqual(faults([first], [], []), ['the exchange has order t1, and the journal has not']);
  assert.deepEqual(faults([first], [], [submitting({ ...first, sz: '0.0009' })]), ['the exchange has another t1 than was decided']);
});

test('an order that came to the exchange twice is told, also when it was not carried out either time', () => {
  const refused = { path: '/api/v5/trade/order', instId: 'BTC-USDT', clOrdId: 't1', code: '51008' };
  const ledger: Ledger = { orders: [], fills: [], positions: [], balances: [], refused: [refused, refused] };
  assert.deepEqual(judge({ ledger, journal: [], limits }).faults, ['at the exchange, t1 is there twice']);
});

test('an order that the exchange said to have refused is forgiven until it has been looked at, and no longer', () => {
  const refused: JournalEntry = { seq: 2, kind: 'rejected', hash: '', body: { client_order_id: 't1', code: '51008' } };
  const orders = [order(1), order(2), order(3)];
  assert.deepEqual(faults(orders, [], [...orders.map((each) => submitting(each)), refused]), []);
  const later = [order(1, { state: 'canceled', changedAt: 10 }), order(2), ...[100_001, 100_002].map((seq) => order(seq))];
  assert.match(faults(later, [], [...later.map((each) => submitting(each)), refused]).join(), /could reach 179\.1/);
});
