import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, GatewayBench, lookedUp, nothingSaid } from '../../../test/support/gateway-bench.ts';
import { beta, d, ether, spot, swap } from '../../../test/support/policy-samples.ts';
import { formatDecimal } from '../money/decimal.ts';
import type { Order } from '../order/order.ts';
import { mayNotFlatten } from './flattening.ts';

function flatten(bench: GatewayBench, instrument = ''): void {
  bench.take({ kind: 'flatten_asked', reason: 'a drill', instrument });
}

/** A second later. */
function tick(bench: GatewayBench): readonly Order[] {
  bench.now += 1000;
  const before = new Set(bench.state.openOrders.keys());
  bench.take({ kind: 'tick' });
  return [...bench.state.openOrders.values()].filter(({ clientOrderId }) => !before.has(clientOrderId));
}

function ended(bench: GatewayBench) {
  const last = bench.entries.findLast((entry) => entry.kind === 'flattened');
  assert.ok(last?.kind === 'flattened', 'the flattening has ended');
  return last;
}

test('everything of everybody is cancelled, then closed, then proven: in a halt, and by the operator’s name', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(spot, 'buy', '0.01'));
  bench.filled(bench.place(swap, 'sell', '2', { principal: beta }));
  const entry = bench.accept(bench.place(ether, 'buy', '0.1'));
  flatten(bench);
  assert.equal(bench.state.mode, 'HALTED');
  assert.equal(bench.current(entry).cancel, 'requested');
  const closes = tick(bench);
  assert.deepEqual(
    closes.map(({ instrument, side, principal, purpose }) => [instrument, side, principal, purpose]),
    [
      ['BTC-USDT', 'sell', 'operator', 'exit'],
      ['BTC-USDT-SWAP', 'buy', 'operator', 'exit'],
    ],
  );
  assert.deepEqual(tick(bench), [], 'one order at a time');
  for (const close of closes) bench.filled(close);
  assert.deepEqual(tick(bench), [], 'an entry is not cancelled yet');
  bench.take(lookedUp(entry, 'cancelled', '0'));
  tick(bench);
  assert.deepEqual(bench.effectKinds(), ['compare']);
  assert.equal(bench.kinds().includes('flattened'), false, 'nothing is flat before the exchange says so');
  bench.compare('operator');
  tick(bench);
  const { outcome, positions, clean, open_orders: open } = ended(bench);
  assert.deepEqual([outcome, clean, open], ['flat', true, 0]);
  assert.deepEqual(
    positions.map(({ instrument, before, left, outcome: became }) => [instrument, before, left, became]),
    [
      ['BTC-USDT', '0.01', '0', 'flat'],
      ['BTC-USDT-SWAP', '-2', '0', 'flat'],
    ],
  );
  assert.equal(bench.state.flattening, null);
  assert.equal(bench.state.mode, 'HALTED');
});

test('exits that rest are cancelled too, because they hold on to what has to be closed', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '2'));
  const exit = bench.accept(bench.place(swap, 'sell', '2', { reduceOnly: true }));
  flatten(bench);
  assert.equal(bench.current(exit).cancel, 'requested');
  assert.deepEqual(tick(bench), []);
  bench.take(lookedUp(exit, 'cancelled', '0'));
  assert.equal(tick(bench).length, 1);
});

test('what fills in part is closed again until nothing but dust is left', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '3'));
  flatten(bench);
  const [first] = tick(bench);
  assert.ok(first !== undefined);
  bench.take({ kind: 'place_answered', clientOrderId: first.clientOrderId, outcome: { kind: 'accepted', exchangeOrderId: '77' } });
  bench.take(lookedUp(first, 'cancelled', '1', [fill(first, '1')]));
  assert.equal(bench.position(swap), '2');
  const [second] = tick(bench);
  bench.filled(second);
  assert.equal(bench.position(swap), '0');
});

test('a position larger than the exchange takes in one order leaves in several', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '5'));
  bench.take({ kind: 'instruments_read', instruments: [spot, ether, { ...swap, maximum: d('2') }] });
  flatten(bench);
  const sizes: string[] = [];
  for (let round = 0; round < 5; round += 1)
    for (const close of tick(bench)) {
      sizes.push(formatDecimal(close.size));
      bench.filled(close);
    }
  assert.equal(bench.position(swap), '0');
  assert.deepEqual(sizes, ['2', '2', '1']);
});

test('beside an order of unknown outcome nothing is closed, and in the end the outcome is told as unknown, never as flat', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '2'));
  const lost = bench.lose(bench.close(swap));
  flatten(bench);
  for (let second = 0; second < 31; second += 1) {
    assert.deepEqual(tick(bench), []);
    bench.search(lost, nothingSaid);
  }
  const { outcome, positions } = ended(bench);
  assert.equal(outcome, 'unknown');
  assert.deepEqual(
    positions.map(({ outcome: became, left }) => [became, left]),
    [['unknown', '2']],
  );
  assert.equal(bench.state.alerts.at(-1)?.code, 'NOT_FLAT');
});

test('what cannot be closed is told with its cause after a bounded time', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '2'));
  flatten(bench);
  bench.changes = { quotes: new Map() };
  for (let second = 0; second < 31; second += 1) tick(bench);
  const { outcome, positions } = ended(bench);
  assert.equal(outcome, 'remaining');
  assert.match(positions[0]?.cause ?? '', /price/);
  const count = bench.entries.length;
  tick(bench);
  assert.equal(bench.entries.length, count, 'then it is left alone');
});

test('an exchange that refuses, and one that never answers the last question, are told apart', () => {
  const refusing = GatewayBench.running();
  refusing.filled(refusing.place(swap, 'buy', '2'));
  flatten(refusing);
  for (let second = 0; second < 31; second += 1)
    for (const { clientOrderId } of tick(refusing))
      refusing.take({ kind: 'place_answered', clientOrderId, outcome: { kind: 'rejected', code: '51024' } });
  assert.equal(ended(refusing).outcome, 'remaining');
  assert.equal(refusing.kinds().filter((kind) => kind === 'rejected').length, 5, 'it is not asked for ever');
  assert.match(ended(refusing).positions[0]?.cause ?? '', /refused the order with code 51024/);
  const silent = GatewayBench.running();
  flatten(silent);
  let questions = 0;
  for (let second = 0; second < 31; second += 1) {
    tick(silent);
    questions += silent.effectKinds().filter((kind) => kind === 'compare').length;
  }
  assert.equal(ended(silent).outcome, 'unknown');
  assert.equal(questions, 2, 'the exchange is asked again, and not every second');
});

test('books that differ from the exchange are not flat, however little the books hold', () => {
  const bench = GatewayBench.running();
  flatten(bench);
  tick(bench);
  bench.compare('operator', {
    positions: [{ leg: 'net', instrument: swap.id, size: { coefficient: 5n, scale: 0 }, averagePrice: null, liquidationPrice: null }],
  });
  tick(bench);
  assert.deepEqual([ended(bench).outcome, ended(bench).clean], ['remaining', false]);
});

test('a fill after the proof was asked for makes it worthless', () => {
  const bench = GatewayBench.running();
  const late = bench.place(swap, 'buy', '1');
  assert.ok(late !== undefined);
  flatten(bench);
  bench.take({ kind: 'place_answered', clientOrderId: late.clientOrderId, outcome: { kind: 'rejected', code: '51008' } });
  tick(bench);
  assert.deepEqual(bench.effectKinds(), ['compare']);
  bench.compare('operator');
  // The exchange had refused it, and had executed it all the same.
  bench.take(lookedUp(late, 'filled', '1', [fill(late, '1')]));
  const [close] = tick(bench);
  assert.equal(close?.side, 'sell');
  bench.filled(close);
  tick(bench);
  assert.deepEqual(bench.effectKinds(), ['compare'], 'and it is proven anew');
});

test('a process that dies in the middle does not go on by itself: it stays halted, says so, and asking again finishes it', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '2'));
  flatten(bench);
  const [close] = tick(bench);
  assert.ok(close !== undefined);
  bench.start();
  assert.equal(bench.state.alerts.at(-1)?.code, 'FLATTEN_INTERRUPTED');
  assert.equal(bench.state.flattening, null);
  bench.take(lookedUp(close, 'cancelled', '0'));
  bench.compare('boot', {
    positions: [{ leg: 'net', instrument: swap.id, size: { coefficient: 2n, scale: 0 }, averagePrice: null, liquidationPrice: null }],
  });
  assert.equal(bench.state.booting, false);
  assert.deepEqual(tick(bench), []);
  assert.equal(bench.state.mode, 'HALTED');
  flatten(bench);
  const [again] = tick(bench);
  bench.filled(again);
  assert.equal(bench.position(swap), '0');
});

test('one instrument is frozen, cancelled and closed, and the others are left alone', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(swap, 'buy', '2'));
  bench.filled(bench.place(spot, 'buy', '0.01'));
  const elsewhere = bench.accept(bench.place(ether, 'buy', '0.1'));
  flatten(bench, swap.id);
  assert.equal(bench.state.mode, 'ACTIVE');
  assert.ok(bench.state.frozen.has('instrument:BTC-USDT-SWAP'));
  const closes = tick(bench);
  assert.deepEqual(
    closes.map(({ instrument }) => instrument),
    ['BTC-USDT-SWAP'],
  );
  assert.equal(bench.current(elsewhere).cancel, 'none');
  assert.match(refusalOf(bench, spot.id) ?? '', /^BTC-USDT-SWAP is being flattened/);
  flatten(bench);
  assert.equal(bench.state.flattening?.instrument, '', 'everything is more than one');
  assert.equal(bench.state.mode, 'HALTED');
  assert.equal(bench.current(elsewhere).cancel, 'requested');
});

function refusalOf(bench: GatewayBench, instrument: string, changes: { haltFileExists?: boolean; readOnly?: boolean } = {}): string | null {
  return mayNotFlatten(bench.state, { instrument, haltFileExists: false, readOnly: false, ...changes });
}

test('flattening is refused where nothing may be sent, with what to do', () => {
  const bench = GatewayBench.running();
  assert.equal(refusalOf(bench, ''), null);
  assert.match(refusalOf(bench, '', { haltFileExists: true }) ?? '', /the file HALT/);
  assert.match(refusalOf(bench, '', { readOnly: true }) ?? '', /read-only/);
  assert.match(refusalOf(bench, 'DOGE-USDT') ?? '', /not an instrument/);
  bench.start();
  assert.match(refusalOf(bench, '') ?? '', /first comparison/);
});
