import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apply } from '../account/apply.ts';
import { emptyState } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Quote } from '../market/quote.ts';
import { formatDecimal } from '../money/decimal.ts';
import type { Order } from '../order/order.ts';
import { fill, GatewayBench, lookedUp, told } from '../../../test/support/gateway-bench.ts';
import { d, ether, inverse, quoteOf, spot, swap, wish } from '../../../test/support/policy-samples.ts';

const DAY = 86_400_000;
const limits = 'max_daily_loss = 15\nmax_drawdown = 50\n';

/** Moves the price of everything that is held, and lets a second pass. */
function priced(bench: GatewayBench, price: string, change: Partial<Quote> = {}): readonly Entry[] {
  bench.now += 1000;
  return looked(bench, price, change);
}

function looked(bench: GatewayBench, price: string, change: Partial<Quote> = {}): readonly Entry[] {
  const fresh = { at: bench.now, receivedAt: bench.now, ...change };
  const quotes = [spot, swap, inverse].map((each) => quoteOf(each, price, fresh)).concat(quoteOf(ether, '3000', fresh));
  bench.changes = { quotes: new Map(quotes.map((quote) => [quote.instrument, quote])) };
  return bench.take({ kind: 'tick' });
}

/** Ten contracts long from 60,000: a hundred dollars lower cost ten. */
function long(policyLines = limits): GatewayBench {
  const bench = GatewayBench.running(policyLines);
  bench.filled(bench.place(swap, 'buy', '10'));
  looked(bench, '60000');
  return bench;
}

/** A person's resume, after a comparison in which the exchange holds what the books say. */
function resumed(bench: GatewayBench): void {
  bench.compare('operator', bench.position(swap) !== '0' ? told(swap, bench.position(swap)) : {});
  bench.operate('resume');
}

const kinds = (entries: readonly Entry[]) => entries.map(({ kind }) => kind);
const marks = (bench: GatewayBench) => bench.entries.filter((entry) => entry.kind === 'marked');

function cause(bench: GatewayBench): string {
  return bench.state.modeCause;
}

test('a daily loss at its limit closes entries, one at half as much again halts, and each says by how much', () => {
  const bench = long();
  priced(bench, '59851');
  assert.equal(bench.state.mode, 'ACTIVE');
  assert.equal(bench.place(swap, 'buy', '1'), undefined, 'the control is ahead of the breaker');
  assert.equal(bench.lastDecision(), 'MAX_DAILY_LOSS');
  priced(bench, '59850');
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.match(cause(bench), /^15 USD are lost .* at most 15 USD are allowed \(max_daily_loss\)$/);
  assert.ok(bench.state.alerts.some(({ severity, code }) => severity === 'red' && code === 'REDUCE_ONLY'));
  priced(bench, '59775.1');
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  priced(bench, '59775');
  assert.equal(bench.state.mode, 'HALTED');
  assert.match(cause(bench), /^22.5 USD are lost/);
});

test('a loss is measured from the highest of 24 hours, realised or not', () => {
  const bench = long();
  priced(bench, '60200');
  priced(bench, '60051');
  assert.equal(bench.state.mode, 'ACTIVE');
  priced(bench, '60050');
  assert.equal(bench.state.mode, 'REDUCE_ONLY', 'twenty earned, and fifteen of them lost again');
});

test('after a daily loss what is held can be closed and nothing can be opened, on whatever instrument', () => {
  const bench = GatewayBench.running(limits);
  bench.filled(bench.place(swap, 'buy', '10'));
  bench.filled(bench.place(spot, 'buy', '0.01'));
  looked(bench, '60000');
  priced(bench, '59860');
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  for (const instrument of [swap, spot, ether, inverse]) {
    assert.equal(bench.place(instrument, 'buy', instrument === inverse ? '1' : '0.1'), undefined);
    assert.equal(bench.lastDecision(), 'REDUCE_ONLY');
  }
  assert.notEqual(bench.ask(wish(spot, 'sell', '0.01', { price: '59860', worth: '598.6' })), undefined);
  assert.notEqual(bench.close(swap), undefined);
});

test('a loss limit that is reached stays closed after a resume, and does not halt a second time', () => {
  const bench = long();
  priced(bench, '59500');
  assert.equal(bench.state.mode, 'HALTED');
  assert.match(cause(bench), /max_drawdown|max_daily_loss/);
  resumed(bench);
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  priced(bench, '59499');
  assert.equal(bench.state.mode, 'REDUCE_ONLY', 'a person let exits through');
  bench.filled(bench.close(swap, { quantity: d('1') }));
  assert.equal(bench.position(swap), '9');
  // Only a race gets here: the engine refuses the resume first.
  resumed(bench);
  assert.equal(bench.state.mode, 'ACTIVE');
  assert.equal(bench.place(ether, 'buy', '0.1'), undefined);
  assert.match(bench.lastDecision(), /MAX_DAILY_LOSS|MAX_DRAWDOWN/);
  priced(bench, '59499');
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
});

test('another limit halts after a resume, and so does the same one after the loss had been much less', () => {
  const bench = long('max_daily_loss = 15\nmax_drawdown = 40\n');
  priced(bench, '59770');
  assert.equal(bench.state.mode, 'HALTED');
  resumed(bench);
  priced(bench, '59600');
  assert.equal(bench.state.mode, 'HALTED');
  assert.match(cause(bench), /max_drawdown/);
  resumed(bench);
  priced(bench, '59639');
  priced(bench, '59600');
  assert.equal(bench.state.mode, 'REDUCE_ONLY', 'a price that trembles at the limit halts once');
  priced(bench, '59650');
  priced(bench, '59600');
  assert.equal(bench.state.mode, 'HALTED');
});

test('a start anchors nothing anew: the state is that of the journal, and the same loss is the same breach', () => {
  const bench = long();
  priced(bench, '60100');
  bench.now += 3_600_000;
  priced(bench, '59950.1');
  assert.equal(bench.state.mode, 'ACTIVE');
  const { course } = bench.state.earnings;
  bench.start();
  bench.compare('boot');
  assert.deepEqual(bench.state.earnings.course.peak, course.peak);
  priced(bench, '59950');
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
});

test('replaying the journal gives the earnings, marks and breakers that there were, to the last digit', () => {
  const bench = new GatewayBench(limits);
  const facts: { seq: number; at: number; entry: Entry }[] = [];
  const take = (event: Parameters<GatewayBench['take']>[0]) => {
    const entries = GatewayBench.prototype.take.call(bench, event);
    for (const entry of entries) facts.push({ seq: facts.length + 1, at: bench.now, entry });
    return entries;
  };
  bench.take = take;
  bench.start();
  bench.take({ kind: 'instruments_read', instruments: [spot, ether, swap, inverse] });
  bench.compare('boot');
  bench.filled(bench.place(swap, 'buy', '10'));
  bench.filled(bench.place(spot, 'buy', '0.001'));
  for (const [after, price] of [
    [0, '60000'],
    [DAY / 2, '60100'],
    [DAY, '60050'],
    [-3_600_000, '60040'],
    [DAY, '59900'],
  ] as const) {
    bench.now += after;
    priced(bench, price);
  }
  const replayed = facts.reduce(apply, emptyState('okx:sim:1001'));
  assert.deepEqual(replayed.earnings, bench.state.earnings);
  assert.deepEqual(replayed.activity, bench.state.activity);
  assert.ok(replayed.earnings.course.today !== null && replayed.earnings.slips.length === 2);
});

test('marks are few: at the first look of a day, once a minute where something changed, at a new high, and never before the first fill', () => {
  const bench = GatewayBench.running(limits);
  looked(bench, '60000');
  assert.equal(marks(bench).length, 0);
  bench.filled(bench.place(swap, 'buy', '10'));
  looked(bench, '60000');
  for (let second = 0; second < 120; second += 1) priced(bench, second % 2 === 0 ? '59990' : '59995');
  assert.ok(marks(bench).length <= 3, `${marks(bench).length} marks in two minutes`);
  bench.now += 60_000;
  priced(bench, '59991');
  const before = marks(bench).length;
  assert.deepEqual(kinds(priced(bench, '60002')), [], 'not by less than a fiftieth of the limit');
  assert.deepEqual(kinds(priced(bench, '60020')), ['marked']);
  bench.now += 2 * DAY;
  assert.deepEqual(kinds(looked(bench, '60020')), ['marked'], 'an unchanged value is marked once a day');
  assert.deepEqual(kinds(priced(bench, '60020')), []);
  assert.equal(marks(bench).length, before + 2);
  const last = marks(bench).at(-1);
  assert.deepEqual(last, { kind: 'marked', managed_usd: '2', prices: { 'BTC-USDT-SWAP': '60020' }, halting: [] });
});

test('a clock that is not trusted dates no mark', () => {
  const bench = GatewayBench.running(limits);
  bench.filled(bench.place(swap, 'buy', '10'));
  bench.changes = { clockTrusted: false };
  assert.deepEqual(
    bench.take({ kind: 'tick' }).filter(({ kind }) => kind === 'marked'),
    [],
  );
});

test('what cannot be valued is written once, refuses at once, and closes entries after a minute', () => {
  const bench = long();
  const old = { at: bench.now, receivedAt: bench.now };
  bench.now += 10_000;
  assert.deepEqual(kinds(priced(bench, '60000', old)), ['unvalued']);
  assert.equal(bench.place(ether, 'buy', '0.1'), undefined);
  assert.equal(bench.lastDecision(), 'STALE_DATA');
  bench.now += 58_000;
  assert.deepEqual(kinds(priced(bench, '60000', old)), []);
  bench.now += 1000;
  priced(bench, '60000', old);
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.match(
    cause(bench),
    /^the loss is not known for 60(\.\d)? s|^the loss is not known for 6\d s: the price of BTC-USDT-SWAP is \d+ s old/,
  );
  assert.deepEqual(kinds(priced(bench, '60000')), ['marked'], 'it is known again, and the mode stays');
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.equal(bench.state.earnings.course.unknownSince, null);
});

/** An entry that fills this much worse (or better) than the market was at its decision. */
function slipped(bench: GatewayBench, percent: number, parts = 1): Order {
  bench.now += 60_000;
  const order = bench.accept(bench.place(swap, 'buy', '1', { price: d('60300'), expectedNotionalUsd: d('600') }));
  const price = { ...d(String(Math.round(600_000 * (100 + percent)) / 1000)) };
  for (let part = 1; part <= parts; part += 1) {
    const share = formatDecimal(d(String(1 / parts)));
    const fills = [{ ...fill(order, share, `${order.clientOrderId}-${part}`), price }];
    bench.take(lookedUp(order, part === parts ? 'filled' : 'partially_filled', String(part / parts), fills));
  }
  return order;
}

test('three of the last five entries that filled far from the market close entries, and a resume starts the count anew', () => {
  const bench = GatewayBench.running('max_slippage = "0.25%"\n');
  slipped(bench, 0.3);
  slipped(bench, 0.2);
  slipped(bench, 0.26, 4);
  slipped(bench, -0.3);
  slipped(bench, 0);
  assert.equal(bench.state.mode, 'ACTIVE', 'four fills of one order count once');
  slipped(bench, 0.3);
  assert.equal(bench.state.mode, 'ACTIVE', 'the first has left the last five');
  slipped(bench, 0.4);
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.match(cause(bench), /^3 of the last 5 filled entries were more than 0.25 % worse .* \(max_slippage\)$/);
  resumed(bench);
  bench.take({ kind: 'tick' });
  assert.equal(bench.state.mode, 'ACTIVE');
  slipped(bench, 0.4);
  assert.equal(bench.state.mode, 'ACTIVE');
});

test('an exit that fills badly is no reason to stop: getting out costs what it costs', () => {
  const bench = GatewayBench.running('max_slippage = "0.25%"\n');
  for (let count = 0; count < 3; count += 1) {
    slipped(bench, 0);
    const exit = bench.accept(bench.close(swap));
    bench.take(lookedUp(exit, 'filled', '1', [{ ...fill(exit, '1', `${exit.clientOrderId}-x`), price: d('58500') }]));
  }
  assert.equal(bench.state.mode, 'ACTIVE');
});

function refused(bench: GatewayBench, instrument: Instrument = swap): void {
  bench.now += 31_000;
  const order = bench.place(instrument, 'buy', '1');
  assert.ok(order !== undefined, bench.lastDecision());
  bench.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'rejected', code: '51000' } });
}

test('as many refusals of the exchange in a row as the limit close entries, over a start too; one order that is taken ends the row', () => {
  const bench = GatewayBench.running('max_rejects = { in_a_row = 3, per_10_minutes = 100 }\n');
  refused(bench);
  refused(bench);
  bench.filled(bench.place(swap, 'buy', '2'));
  refused(bench);
  refused(bench);
  bench.start();
  bench.compare('boot', { positions: [{ leg: 'net', instrument: swap.id, size: d('2'), averagePrice: null, liquidationPrice: null }] });
  assert.equal(bench.state.mode, 'ACTIVE');
  refused(bench);
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.match(cause(bench), /^the exchange refused 3 orders in a row \(max_rejects\)$/);
});

test('refusals with orders between them that are taken count over 10 minutes, and what the policy denies is none', () => {
  const bench = GatewayBench.running('max_rejects = { in_a_row = 100, per_10_minutes = 4 }\n');
  for (let count = 0; count < 3; count += 1) {
    refused(bench);
    bench.filled(bench.place(ether, 'buy', '0.1'));
    bench.place(swap, 'buy', '0.001');
    assert.equal(bench.lastDecision(), 'PRECISION');
  }
  bench.now += 11 * 60_000;
  refused(bench);
  assert.equal(bench.state.mode, 'ACTIVE', 'the others are older than ten minutes');
  for (let count = 0; count < 3; count += 1) {
    bench.filled(bench.place(ether, 'buy', '0.1'));
    refused(bench);
  }
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.match(cause(bench), /^the exchange refused 4 orders in 10 minutes/);
});
