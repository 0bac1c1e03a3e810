import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fill, GatewayBench, lookedUp } from '../../../test/support/gateway-bench.ts';
import { d, inverse, spot, swap } from '../../../test/support/policy-samples.ts';
import type { Entry } from '../journal/entry.ts';
import { mostCharged } from '../market/fees.ts';
import type { Instrument } from '../market/instrument.ts';
import { formatDecimal, multiply } from '../money/decimal.ts';
import type { Order } from '../order/order.ts';
import type { FillReport } from '../order/report.ts';
import { FILLS_LATE_MILLISECONDS } from './verify.ts';

/** The fee of a fill of one unit at 100, changed as the case says. */
type Charged = Pick<FillReport, 'fee' | 'feeCurrency'> & Partial<Pick<FillReport, 'liquidity'>>;

type Told = { readonly bench: GatewayBench; readonly order: Order; readonly alerts: readonly Entry[] };

/** An order of one unit with a fill of one unit for each case; more than was ordered is booked all the same, and not what this is about. */
function told(instrument: Instrument, charged: readonly Charged[]): Told {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(instrument, 'buy', '1'));
  const fills = charged.map((each, index) => ({ ...fill(order, '1', `${index}`), ...each, price: d('100') }));
  bench.take(lookedUp(order, 'filled', '1', fills));
  return { bench, order, alerts: bench.entries.filter((entry) => entry.kind === 'alert' && entry.code === 'FEE_NOT_MEANT') };
}

test('a fee at the regular rate is nothing to tell, a lower one and a rebate neither', () => {
  assert.deepEqual(told(spot, [{ fee: d('-0.001'), feeCurrency: spot.base }]).alerts, []);
  assert.deepEqual(told(spot, [{ fee: d('-0.1'), feeCurrency: spot.quote }]).alerts, []);
  const worth = multiply(swap.kind === 'linear' ? swap.contractValue : assert.fail(), d('100'));
  const regular = multiply(worth, d('-0.0005'));
  assert.deepEqual(told(swap, [{ fee: regular, feeCurrency: swap.settle }]).alerts, []);
  assert.deepEqual(told(swap, [{ fee: d('5'), feeCurrency: swap.settle }]).alerts, []);
});

test('a fee above the regular rate is told and stops nothing', () => {
  const { bench, alerts } = told(spot, [{ fee: d('-0.0011'), feeCurrency: spot.base }]);
  const [alert] = alerts;
  assert.ok(alert?.kind === 'alert');
  assert.deepEqual([alert.severity, bench.state.mode], ['amber', 'ACTIVE']);
  assert.match(
    alert.message,
    /^BTC-USDT: a fee of 0.0011 BTC of order \w+ is 0.11 %, and at most 0.1 % in the currency of the trade is regular for a taker$/,
  );
});

test('of one instrument it is told once, in one look and in later ones', () => {
  const { bench, order, alerts } = told(spot, [
    { fee: d('-0.0011'), feeCurrency: spot.base },
    { fee: d('-0.002'), feeCurrency: spot.base },
  ]);
  assert.equal(alerts.length, 1);
  const later = { ...fill(order, '1', 'later'), fee: d('-0.0011'), feeCurrency: spot.base, price: d('100') };
  const before = bench.entries.length;
  bench.take(lookedUp(order, 'filled', '1', [later]));
  const news = bench.entries.slice(before);
  assert.ok(news.some(({ kind }) => kind === 'fill'));
  assert.ok(!news.some((entry) => entry.kind === 'alert' && entry.code === 'FEE_NOT_MEANT'));
});

test('who rests pays the lower rate, and what is charged in another coin is told', () => {
  assert.equal(told(spot, [{ fee: d('-0.001'), feeCurrency: spot.base, liquidity: 'maker' }]).alerts.length, 1);
  assert.equal(told(spot, [{ fee: d('-0.0000001'), feeCurrency: 'OKB' }]).alerts.length, 1);
  assert.equal(told(swap, [{ fee: d('-0.0000001'), feeCurrency: swap.base }]).alerts.length, 1);
});

test('the fee of an inverse contract is counted in coin at its price', () => {
  const coins = inverse.kind === 'inverse' ? formatDecimal(inverse.contractValue) : assert.fail();
  const regular = multiply(d(coins), multiply(d('0.01'), mostCharged(inverse, 'taker')));
  assert.deepEqual(told(inverse, [{ fee: multiply(regular, d('-1')), feeCurrency: inverse.settle }]).alerts, []);
  assert.equal(told(inverse, [{ fee: multiply(regular, d('-1.1')), feeCurrency: inverse.settle }]).alerts.length, 1);
});

test('fills that never come after the end of their order explain a difference for a minute, and then it is believed', () => {
  const bench = GatewayBench.running();
  const order = bench.accept(bench.place(swap, 'buy', '1'));
  bench.take(lookedUp(order, 'filled', '1', [fill(order, '0.25', 'one')]));
  assert.equal(bench.current(order).life.kind, 'settling');
  const look = (): void => {
    const observation = { instrument: swap.id, exchange: d('1'), evidence: 'e', askedAtSeq: bench.state.seq, at: bench.now };
    bench.take({ kind: 'observed', observation });
  };
  look();
  bench.now += FILLS_LATE_MILLISECONDS - 1;
  look();
  assert.equal(bench.state.mode, 'ACTIVE');
  bench.now += 1;
  look();
  assert.notEqual(bench.state.mode, 'ACTIVE');
  assert.match(bench.state.modeCause, /^divergent position: BTC-USDT-SWAP: the books say 0.25, the exchange says 1$/);
});
