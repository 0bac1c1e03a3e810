import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { closing, d, spot, swap, wish } from '../../../test/support/policy-samples.ts';
import { intentKey } from '../account/state.ts';
import { get } from '../lang/table.ts';
import type { CloseIntent, IntentId, PlaceIntent } from '../order/intent.ts';
import { nextAllowedAt } from '../policy/decision.ts';

const tooLarge = wish(spot, 'buy', '0.01');

/** Asks, and tells the code, the seconds until another answer is possible (`null`: none told), and the kind of the last entry. */
function ask(bench: GatewayBench, intent: PlaceIntent | CloseIntent, name: string): readonly [string, number | null, string] {
  bench.ask({ ...intent, intentId: name as IntentId });
  const result = get(bench.state.intents, intentKey(intent.principal, name))?.result;
  const at = result?.kind === 'denied' ? nextAllowedAt(result.denial) : null;
  const code = result?.kind === 'denied' ? result.denial.code : (result?.kind ?? '');
  return [code, at === null ? null : (at - bench.now) / 1000, bench.kinds().at(-1) ?? ''];
}

test('a denied entry is answered from memory for 10 s, then 20 s, 40 s, and at most 10 minutes, each time that it is denied again', () => {
  const bench = GatewayBench.running('max_order_size = 100');
  for (const [turn, seconds] of [10, 20, 40, 80, 160, 320, 600, 600].entries()) {
    assert.deepEqual(ask(bench, tooLarge, `first-${turn}`), ['MAX_ORDER_SIZE', seconds, 'decision']);
    bench.now += seconds * 1000 - 1;
    assert.deepEqual(ask(bench, tooLarge, `again-${turn}`), ['MAX_ORDER_SIZE', 0.001, 'denied_again']);
    bench.now += 1;
  }
});

test('what is cooling is answered from memory even if it would pass by now, and decided anew the moment that was told', () => {
  const bench = GatewayBench.running('max_open_orders = 1');
  const resting = bench.accept(bench.place(swap, 'buy', '0.1', { price: d('59990') }));
  assert.deepEqual(ask(bench, wish(spot, 'buy', '0.001'), 'a'), ['MAX_OPEN_ORDERS', 10, 'decision']);
  bench.filled(resting);
  assert.equal(ask(bench, wish(spot, 'buy', '0.001'), 'b')[2], 'denied_again');
  assert.equal(ask(bench, wish(spot, 'buy', '0.002'), 'c')[0], 'order', 'another wish is another matter');
  bench.filled([...bench.state.openOrders.values()][0]);
  bench.now += 10_000;
  assert.equal(ask(bench, wish(spot, 'buy', '0.001'), 'd')[0], 'order');
});

test('where a window is full the later of the two moments is told, and a day is looked at anew after 10 minutes', () => {
  const bench = GatewayBench.running('max_daily_trades = 1\nduplicate_window = "30s"');
  bench.filled(bench.place(swap, 'buy', '0.1'));
  const midnight = (Date.UTC(2026, 10, 24) - bench.now) / 1000;
  assert.deepEqual(ask(bench, wish(spot, 'buy', '0.001'), 'a'), ['MAX_DAILY_TRADES', midnight, 'decision']);
  bench.now += 600_000 - 1;
  assert.equal(ask(bench, wish(spot, 'buy', '0.001'), 'b')[2], 'denied_again');
  bench.now += 1;
  assert.deepEqual(ask(bench, wish(spot, 'buy', '0.001'), 'c'), ['MAX_DAILY_TRADES', midnight - 600, 'decision']);
  assert.deepEqual(ask(bench, wish(swap, 'buy', '0.1', { price: '60000' }), 'd').slice(0, 1), ['MAX_DAILY_TRADES']);
  const fast = GatewayBench.running('max_order_rate = { per_second = 1, per_minute = 100 }');
  const order = wish(swap, 'buy', '0.2');
  fast.filled(fast.place(swap, 'buy', '0.1'));
  assert.deepEqual(ask(fast, order, 'a'), ['RATE_LIMIT', 1.099, 'decision'], 'the window alone, the first time');
  fast.now += 1099;
  fast.filled(fast.place(swap, 'buy', '0.3'));
  assert.deepEqual(ask(fast, order, 'b'), ['RATE_LIMIT', 10, 'decision'], 'whoever is denied the same again cools too');
  const twice = GatewayBench.running('duplicate_window = "30s"');
  twice.filled(twice.place(swap, 'buy', '0.1'));
  twice.now += 5000;
  assert.deepEqual(ask(twice, { ...wish(swap, 'buy', '0.1'), reason: 'again' }, 'a'), ['DUPLICATE_SUSPECT', 25, 'decision']);
});

test('a change of mode and a start forget what was denied before, so that nobody is told of a state that is over', () => {
  const bench = GatewayBench.running();
  bench.operate('reduce_only');
  assert.deepEqual(ask(bench, wish(swap, 'buy', '0.1'), 'a'), ['REDUCE_ONLY', 10, 'decision']);
  bench.compare('operator');
  bench.operate('resume');
  assert.equal(ask(bench, wish(swap, 'buy', '0.1'), 'b')[0], 'order');
  const other = GatewayBench.running('max_order_size = 100');
  assert.equal(ask(other, tooLarge, 'a')[2], 'decision');
  other.start();
  other.compare('boot');
  assert.deepEqual(ask(other, tooLarge, 'b'), ['MAX_ORDER_SIZE', 10, 'decision']);
});

test('what says something about us passes by itself, so it is decided anew each time and promises no moment', () => {
  const bench = GatewayBench.running();
  bench.changes = { quotes: new Map() };
  assert.deepEqual(ask(bench, wish(spot, 'buy', '0.001'), 'a'), ['STALE_DATA', null, 'decision']);
  assert.deepEqual(ask(bench, wish(spot, 'buy', '0.001'), 'b'), ['STALE_DATA', null, 'denied_again']);
  bench.changes = {};
  assert.equal(ask(bench, wish(spot, 'buy', '0.001'), 'c')[0], 'order');
});

test('a way out does not cool: it is decided anew each time', () => {
  const bench = GatewayBench.running();
  for (const exit of [closing({ instrument: swap.id }), wish(swap, 'sell', '0.1', { reduceOnly: true }), wish(spot, 'sell', '0.001')]) {
    const [code, seconds] = ask(bench, exit, `early-${exit.kind}-${exit.instrument}`);
    assert.deepEqual([code, seconds], ['NOT_REDUCING', null]);
  }
  bench.filled(bench.place(swap, 'buy', '0.1'));
  bench.filled(bench.place(spot, 'buy', '0.001'));
  assert.equal(ask(bench, closing({ instrument: swap.id }), 'now')[0], 'order');
  assert.equal(ask(bench, wish(spot, 'sell', '0.001'), 'sold')[0], 'order');
});
