import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Entry, FillBody, InstrumentBody, SubmittingBody } from '../../core/journal/entry.ts';
import { decimal, formatDecimal } from '../../core/money/decimal.ts';
import { type Growth, GrowthReading, lowerBoundOfMean } from './growth.ts';
import { growthItems } from './stage-items.ts';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 27);

const swap: InstrumentBody = {
  id: 'BTC-USDT-SWAP',
  product: 'linear',
  base: 'BTC',
  quote: 'USDT',
  settle: 'USDT',
  tick: '0.1',
  lot: '0.01',
  minimum: '0.01',
  maximum: '100',
  contract_value: '0.01',
  tradable: true,
};
const spot: InstrumentBody = { ...swap, id: 'BTC-USDT', product: 'spot', lot: '0.00001', minimum: '0.00001', contract_value: '1' };

/** A journal that is read as it is written. */
class Reading {
  readonly #reading = new GrowthReading();
  #at = NOW;
  #count = 0;

  constructor() {
    this.take({ kind: 'instruments', instruments: [swap, spot] });
  }

  take(entry: Entry): void {
    this.#at += 1000;
    this.#reading.take({ at: this.#at, entry });
  }

  /** An order that fills whole, decided at `arrival`. */
  trade(
    side: 'buy' | 'sell',
    size: string,
    price: string,
    more: {
      readonly arrival?: string;
      readonly fee?: string;
      readonly of?: InstrumentBody;
      readonly feeIn?: string;
      readonly purpose?: 'entry' | 'exit';
    } = {},
  ): void {
    const { arrival = price, fee = '0', of = swap, feeIn = 'USDT', purpose = side === 'buy' ? 'entry' : 'exit' } = more;
    this.#count += 1;
    const id = `t${this.#count}`;
    const submitting = {
      kind: 'submitting',
      client_order_id: id,
      instrument: of.id,
      leg: 'net',
      purpose,
      arrival,
    } as Partial<SubmittingBody>;
    this.take(submitting as SubmittingBody);
    const fill: FillBody = {
      kind: 'fill',
      client_order_id: id,
      exchange_order_id: '1',
      trade_id: id,
      bill_id: id,
      instrument: of.id,
      side,
      size,
      price,
      fee,
      fee_currency: feeIn,
      exchange_at: this.#at,
    };
    this.take(fill);
  }

  get told(): Growth {
    return this.#reading.told();
  }
}

const fallen: Entry = { kind: 'stage', from: 'LIVE-1', to: 'LIVE-0', by: 'twokey', ground: 'drawdown', cause: 'x', wait_until: 0 };

test('a position that is opened and closed again is one trip, with what it earned after fees in parts of what it was worth', () => {
  const reading = new Reading();
  reading.trade('buy', '1', '60000', { fee: '-0.3' });
  assert.deepEqual(reading.told.trips, []);
  reading.trade('buy', '1', '60000', { fee: '-0.3' });
  reading.trade('sell', '2', '60600', { fee: '-0.6' });
  // 1,200 dollars became 1,212, less 1.2 of fees: 10.8 of 1,206 in the middle.
  assert.equal(reading.told.trips.length, 1);
  assert.ok(Math.abs((reading.told.trips[0] ?? 0) - 10.8 / 1206) < 1e-12);
});

test('on spot a fee in the coin makes what is left dust, which is closed', () => {
  const reading = new Reading();
  reading.trade('buy', '0.01', '60000', { of: spot, fee: '-0.000008', feeIn: 'BTC' });
  reading.trade('sell', '0.00999', '60000', { of: spot });
  assert.equal(reading.told.trips.length, 1);
  assert.ok((reading.told.trips[0] ?? 0) < 0);
});

test('a change of stage begins everything anew but for what is held', () => {
  const reading = new Reading();
  reading.trade('buy', '1', '60000', { arrival: '59940' });
  reading.trade('sell', '1', '60600');
  reading.take({ kind: 'compared', trigger: 'hourly', clean: false, differences: [], evidence: 'e' });
  reading.take({ kind: 'marked', managed_usd: '100', prices: {}, halting: [] });
  reading.take({ kind: 'marked', managed_usd: '70', prices: {}, halting: [] });
  const before = reading.told;
  assert.deepEqual([before.trips.length, before.differences, formatDecimal(before.drawdownUsd)], [1, 1, '30']);
  assert.ok(Math.abs((before.slippageBasisPoints ?? 0) - 10) < 0.02, String(before.slippageBasisPoints));
  reading.trade('buy', '1', '60000');
  reading.take(fallen);
  const after = reading.told;
  assert.deepEqual([after.trips.length, after.differences, formatDecimal(after.drawdownUsd), after.slippageBasisPoints], [0, 0, '0', null]);
  assert.ok(after.since > before.since);
  reading.trade('sell', '1', '60000');
  assert.equal(reading.told.trips.length, 1, 'what was held is closed at the new stage');
});

test('the lower bound of a mean lies below the mean, above what luck alone would give, and is the same each time', () => {
  assert.equal(lowerBoundOfMean([]), null);
  assert.equal(lowerBoundOfMean([0.01, 0.01, 0.01]), 0.01);
  const mixed = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? 0.02 : -0.02));
  assert.ok((lowerBoundOfMean(mixed) ?? 0) < 0, 'what wins and loses alike is not known to earn');
  const winning = Array.from({ length: 40 }, (_, index) => (index % 4 === 0 ? -0.01 : 0.01));
  assert.ok((lowerBoundOfMean(winning) ?? 0) > 0);
  fc.assert(
    fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 }), (values) => {
      const bound = lowerBoundOfMean(values) ?? NaN;
      assert.ok(bound >= Math.min(...values) - 1e-9 && bound <= Math.max(...values) + 1e-9);
      assert.equal(bound, lowerBoundOfMean(values));
    }),
    { seed: 1, numRuns: 30 },
  );
});

const grown: Growth = {
  since: NOW - 14 * DAY,
  trips: Array.from({ length: 30 }, (_, index) => (index % 5 === 0 ? -0.004 : 0.004)),
  differences: 0,
  slippageBasisPoints: 4,
  drawdownUsd: decimal('49.99'),
};

function red(stage: 'LIVE-0' | 'LIVE-1', changes: Partial<Growth> = {}): readonly string[] {
  return growthItems({ stage, growth: { ...grown, ...changes }, now: NOW, maxDrawdown: decimal('100') })
    .filter(({ status }) => status === 'failed')
    .map(({ name }) => name);
}

test('each thing that a live stage asks for keeps the next one back by itself', () => {
  assert.deepEqual(red('LIVE-1'), []);
  assert.deepEqual(red('LIVE-1', { since: NOW - 14 * DAY + 1 }), ['days at this stage']);
  assert.deepEqual(red('LIVE-1', { trips: grown.trips.slice(1) }), ['positions opened and closed']);
  assert.deepEqual(red('LIVE-1', { differences: 1 }), ['books equal to the exchange']);
  assert.deepEqual(red('LIVE-1', { slippageBasisPoints: 10 }), ['slippage']);
  assert.deepEqual(red('LIVE-1', { slippageBasisPoints: null }), ['slippage']);
  assert.deepEqual(red('LIVE-1', { drawdownUsd: decimal('50') }), ['drawdown']);
  const losing = { trips: grown.trips.map((trip) => -(trip ?? 0)) };
  assert.deepEqual(red('LIVE-1', losing), ['earned after all costs']);
  assert.deepEqual(red('LIVE-0', losing), [], 'the first live stage proves that it works, and no edge');
  assert.deepEqual(red('LIVE-1', { trips: Array.from({ length: 30 }, () => null) }), ['earned after all costs']);
});
