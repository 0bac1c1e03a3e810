import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench, report } from '../../../test/support/gateway-bench.ts';
import { d, spot, swap } from '../../../test/support/policy-samples.ts';
import type { ClientOrderId, Order } from '../order/order.ts';
import { otherWriter } from './writers.ts';

const stranger = { ...report({ clientOrderId: '' } as Order, 'live', '0'), instrument: spot.id, side: 'buy', size: spot.minimum } as const;
const signed = { clientOrderId: '', exchangeOrderId: '900', instrument: spot.id, tag: '' };
const theirs = 'tzzzzzz000100000001' as ClientOrderId;
const beyond = 'tabcdef000900000001' as ClientOrderId;

test('the mark of another journal shows a second writer, as an id and as a tag', () => {
  const { state } = GatewayBench.running();
  for (const sign of [
    { ...signed, clientOrderId: theirs },
    { ...signed, tag: 'tzzzzzz' },
    { ...signed, clientOrderId: 'human1', tag: 'tzzzzzz' },
  ]) {
    const found = otherWriter(state, sign);
    assert.equal(found?.class, 'other_writer');
    assert.match(found?.exchange ?? '', /900 of another twokey, mark tzzzzzz/);
  }
});

test('an id of this journal that this journal does not know shows one, and an order under a known id with another number does', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1', { type: 'limit' }));
  assert.match(otherWriter(bench.state, { ...signed, clientOrderId: beyond })?.exchange ?? '', /tabcdef000900000001, beyond the end/);
  assert.equal(otherWriter(bench.state, { ...signed, clientOrderId: order.clientOrderId, exchangeOrderId: '77' }), null);
  const again = otherWriter(bench.state, { ...signed, clientOrderId: order.clientOrderId });
  assert.deepEqual([again?.class, again?.books], ['other_writer', `${order.clientOrderId} is order 77`]);
});

test('an order that a stop sent shows one where the stop is of another journal, or one that this journal does not know', () => {
  const bench = GatewayBench.running();
  const sent = (stop: string) => otherWriter(bench.state, { ...signed, algoClientOrderId: stop });
  assert.match(sent(beyond)?.exchange ?? '', /tabcdef000900000001, beyond the end/);
  assert.match(sent(theirs)?.exchange ?? '', /of another twokey, mark tzzzzzz/);
  assert.equal(sent('human1'), null);
  bench.place(swap, 'buy', '1', { stopLoss: d('59000') });
  const known = [...bench.state.openOrders.values()].find(({ stop }) => stop !== null);
  assert.ok(known !== undefined, 'a stop travels with the order');
  assert.equal(sent(known.clientOrderId), null);
});

test('an order of a person, with a tag of its own or with ours, is none', () => {
  const { state } = GatewayBench.running();
  for (const sign of [signed, { ...signed, clientOrderId: 'b15' }, { ...signed, tag: 'bot' }, { ...signed, tag: 'tabcdef' }])
    assert.equal(otherWriter(state, sign), null, JSON.stringify(sign));
});

for (const trigger of ['boot', 'hourly', 'operator', 'routine'] as const)
  test(`a second writer halts at once and says what to do: ${trigger}`, () => {
    const bench = new GatewayBench();
    bench.start();
    bench.take({ kind: 'instruments_read', instruments: [spot, swap] });
    if (trigger !== 'boot') bench.compare('boot');
    bench.compare(trigger, { pending: [{ ...stranger, clientOrderId: theirs }] });
    assert.equal(bench.state.mode, 'HALTED');
    assert.match(
      bench.state.modeCause,
      /mark tzzzzzz; two gateways may work on this account \(this key, or another key of this sub-account, is used elsewhere\).*stop the other one.*twokey resume/,
    );
    assert.equal(bench.place(spot, 'buy', '0.01'), undefined);
  });

for (const trigger of ['hourly', 'routine'] as const)
  test(`an order of somebody who is no twokey is told with where it may come from: ${trigger}`, () => {
    const bench = GatewayBench.running();
    bench.compare(trigger, { pending: [{ ...stranger, clientOrderId: 'b15' }] });
    assert.match(bench.state.modeCause, /this key, or another key of this sub-account, is used elsewhere, or somebody trades by hand/);
    assert.ok(bench.state.alerts.some(({ message }) => message.includes('is used elsewhere')));
  });

test('one whose order has ended, or executed, or waits as a stop is found as well', () => {
  for (const holds of [
    { recent: [{ ...stranger, clientOrderId: beyond, state: 'cancelled' as const }] },
    {
      algos: [
        {
          type: 'trigger' as const,
          clientOrderId: theirs,
          exchangeOrderId: '5',
          instrument: swap.id,
          side: 'buy' as const,
          leg: 'net' as const,
          reduceOnly: false,
          tag: '',
          updatedAt: 0,
        },
      ],
    },
  ]) {
    const bench = GatewayBench.running();
    bench.compare('hourly', holds);
    assert.equal(bench.state.mode, 'HALTED');
    assert.equal(bench.state.lastCompared?.found[0]?.class, 'other_writer');
  }
});
