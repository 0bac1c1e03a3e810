import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { books, circumstances, d, ether, inverse, NOW, quoteOf, spot, swap } from '../../../test/support/policy-samples.ts';
import type { Instrument } from '../market/instrument.ts';
import { add, type Decimal, formatDecimal, negate, zero } from '../money/decimal.ts';
import type { Principal, Side } from '../order/intent.ts';
import { type PositionKey, positionKey } from '../order/leg.ts';
import type { Position } from './books.ts';
import { type Earnings, noEarnings, withFill } from './earnings.ts';
import { managedEquityOf } from '../policy/losses.ts';
import { changed, changeOf } from './position.ts';

const seed = 20261123;
const by = 'alpha' as Principal;

type Fill = {
  readonly instrument: Instrument;
  readonly side: Side;
  readonly size: Decimal;
  readonly price: Decimal;
  readonly fee: Decimal;
  readonly feeCurrency: string;
};

/** Books after these fills, valued at these prices: mark on derivatives, middle of the book on spot. */
function equityAfter(fills: readonly Fill[], prices: ReadonlyMap<Instrument, Decimal>) {
  let earnings: Earnings = noEarnings;
  const positions = new Map<PositionKey, Position>();
  for (const fill of fills) {
    const key = positionKey(fill.instrument.id, 'net');
    const change = changeOf(fill.instrument, fill);
    const position = changed(positions.get(key), { instrument: fill.instrument.id, leg: 'net', by, change, at: NOW });
    earnings = withFill(earnings, { ...fill, position: key, held: position.size });
    if (position.size.coefficient === 0n) positions.delete(key);
    else positions.set(key, position);
  }
  const quotes = new Map(
    [...prices].map(([instrument, price]) => [
      instrument.id,
      quoteOf(instrument, '1', { bid: price, ask: price, last: price, mark: instrument.kind === 'spot' ? null : price }),
    ]),
  );
  const instruments = new Map([spot, ether, swap, inverse].map((each) => [each.id, each]));
  const equity = managedEquityOf({
    books: { ...books, earnings, positions, instruments },
    circumstances: { ...circumstances, quotes },
    ageMaxMilliseconds: 10_000,
  });
  return { equity, earnings, positions };
}

function usdAfter(fills: readonly Fill[], prices: ReadonlyMap<Instrument, Decimal>): string {
  const { equity } = equityAfter(fills, prices);
  assert.ok(equity.kind === 'known', equity.kind === 'unknown' ? equity.cause : '');
  return formatDecimal(equity.usd);
}

const fill = (instrument: Instrument, side: Side, size: string, price: string, fee = '0', feeCurrency = instrument.settle): Fill => ({
  instrument,
  side,
  size: d(size),
  price: d(price),
  fee: d(fee),
  feeCurrency,
});

test('before the first fill there is nothing to lose, and no price is needed to know it', () => {
  assert.equal(usdAfter([], new Map()), '0');
});

test('a spot fee in the base currency makes the holding smaller, one in the quote currency the cash', () => {
  const buy = fill(spot, 'buy', '0.01', '60000', '-0.00001', 'BTC');
  assert.equal(usdAfter([buy], new Map([[spot, d('60000')]])), '-0.6');
  assert.equal(usdAfter([buy], new Map([[spot, d('50000')]])), '-100.5');
  const sell = fill(spot, 'sell', '0.00999', '61000', '-0.6', 'USDT');
  assert.equal(usdAfter([buy, sell], new Map()), '8.79');
});

test('a swap earns contracts × value × difference, on either side, and through a fill that turns it', () => {
  const prices = new Map([[swap, d('61000')]]);
  assert.equal(usdAfter([fill(swap, 'buy', '10', '60000')], prices), '100');
  assert.equal(usdAfter([fill(swap, 'sell', '10', '60000', '-3')], prices), '-103');
  // Long 10 from 60,000, turned at 62,000 (200 earned) into short 5, which at 61,000 are 50 ahead.
  assert.equal(usdAfter([fill(swap, 'buy', '10', '60000'), fill(swap, 'sell', '15', '62000')], prices), '250');
});

test('an inverse contract earns coins: long gains when the price rises, short when it falls, and each less than its mirror', () => {
  // Ten contracts of 100 dollars: bought at 50,000 they stand for 0.02 coins, at 40,000 for 0.025.
  assert.equal(usdAfter([fill(inverse, 'buy', '10', '50000')], new Map([[inverse, d('40000')]])), '-200');
  assert.equal(usdAfter([fill(inverse, 'sell', '10', '50000')], new Map([[inverse, d('40000')]])), '200');
  assert.equal(usdAfter([fill(inverse, 'buy', '10', '40000')], new Map([[inverse, d('50000')]])), '250');
  assert.equal(usdAfter([fill(inverse, 'buy', '10', '50000', '-0.00001')], new Map([[inverse, d('50000')]])), '-0.5');
});

test('what does not divide is rounded against us, whichever side it was', () => {
  const at = new Map([[inverse, d('3')]]);
  for (const side of ['buy', 'sell'] as const) {
    const usd = d(usdAfter([fill(inverse, side, '1', '3')], at));
    assert.ok(usd.coefficient < 0n, `${side}: ${formatDecimal(usd)}`);
    assert.ok(Number(formatDecimal(usd)) > -1e-15);
  }
});

test('the profit of an inverse contract that is closed counts at its closing price, and no price is needed any more', () => {
  const fills = [fill(inverse, 'buy', '10', '40000'), fill(inverse, 'sell', '10', '50000', '-0.00001')];
  assert.equal(usdAfter(fills, new Map()), '249.5');
  assert.equal(usdAfter(fills, new Map([[inverse, d('1')]])), '249.5');
});

test('a missing or old price of anything held makes the equity unknown, and the sentence says which and how old', () => {
  const { equity, earnings, positions } = equityAfter([fill(swap, 'buy', '1', '60000')], new Map());
  assert.deepEqual(equity, { kind: 'unknown', cause: 'there is no price of BTC-USDT-SWAP' });
  const ask = (quote: ReturnType<typeof quoteOf>) =>
    managedEquityOf({
      books: { ...books, earnings, positions, instruments: new Map([[swap.id, swap]]) },
      circumstances: { ...circumstances, quotes: new Map([[swap.id, quote]]) },
      ageMaxMilliseconds: 10_000,
    });
  assert.deepEqual(ask(quoteOf(swap, '60000', { receivedAt: NOW - 12_340 })), {
    kind: 'unknown',
    cause: 'the price of BTC-USDT-SWAP is 12.4 s old, at most 10 s are allowed',
  });
  assert.equal(ask(quoteOf(swap, '60000', { at: NOW - 10_001 })).kind, 'unknown');
  assert.equal(ask(quoteOf(swap, '60000', { mark: null })).kind, 'unknown');
  assert.equal(ask(quoteOf(swap, '60000', { mark: zero })).kind, 'unknown');
  assert.equal(ask(quoteOf(swap, '60000', { at: NOW - 10_000 })).kind, 'known');
});

test('dust whose price is gone counts as nothing, and more than dust does not', () => {
  assert.equal(usdAfter([fill(spot, 'buy', '0.000001', '60000', '0', 'USDT')], new Map()), '-0.06');
  assert.equal(equityAfter([fill(spot, 'buy', '0.00001', '60000', '0', 'USDT')], new Map()).equity.kind, 'unknown');
});

test('a fee in a third currency is valued at the price of that currency, or refuses', () => {
  const buy = fill(swap, 'buy', '1', '60000', '-0.001', 'ETH');
  const prices = new Map<Instrument, Decimal>([[swap, d('60000')]]);
  assert.equal(usdAfter([buy], prices.set(ether, d('3000'))), '-3');
  const { equity } = equityAfter([buy], new Map([[swap, d('60000')]]));
  assert.deepEqual(equity, { kind: 'unknown', cause: 'there is no price of ETH, in which a fee was paid' });
  const named = equityAfter([{ ...buy, feeCurrency: 'CALLRESUMENOW' }], prices).equity;
  assert.deepEqual(named, { kind: 'unknown', cause: 'there is no price of another currency, in which a fee was paid' });
});

// The oracle keeps lots, first in first out, and fractions of whole numbers: it knows nothing of cash flows.
type Fraction = readonly [numerator: bigint, denominator: bigint];
type Lot = { units: Fraction; price: Fraction };

const fraction = ({ coefficient, scale }: Decimal): Fraction => [coefficient, 10n ** BigInt(scale)];
const plus = ([a, b]: Fraction, [c, e]: Fraction): Fraction => [a * e + c * b, b * e];
const times = ([a, b]: Fraction, [c, e]: Fraction): Fraction => [a * c, b * e];
const less = ([a, b]: Fraction): Fraction => [-a, b];
const over = ([a, b]: Fraction): Fraction => (a < 0n ? [-b, -a] : [b, a]);
const below = ([a, b]: Fraction, [c, e]: Fraction): boolean => a * e < c * b;

/** What a lot of contracts earned between two prices, in dollars at `now`. */
function earned(instrument: Instrument, units: Fraction, [from, to, now]: readonly [Fraction, Fraction, Fraction]): Fraction {
  if (instrument.kind === 'inverse') {
    const coins = times(times(units, fraction(instrument.contractValue)), plus(over(from), less(over(to))));
    return times(coins, now);
  }
  const value: Fraction = instrument.kind === 'linear' ? fraction(instrument.contractValue) : [1n, 1n];
  return times(times(units, value), plus(to, less(from)));
}

function oracle(instrument: Instrument, fills: readonly Fill[], mark: Fraction): Fraction {
  let lots: Lot[] = [];
  let dollars: Fraction = [0n, 1n];
  // Per fill: what closing earned, in coins for inverse ones until the position is flat.
  let open: { units: Fraction; from: Fraction; to: Fraction }[] = [];
  for (const { side, size, price } of fills) {
    let rest = fraction(side === 'buy' ? size : negate(size));
    while (rest[0] !== 0n && lots[0] !== undefined && lots[0].units[0] < 0n !== rest[0] < 0n) {
      const [lot] = lots;
      const all = below(plus(rest[0] < 0n ? less(rest) : rest, [0n, 1n]), lot.units[0] < 0n ? less(lot.units) : lot.units) === false;
      const units = all ? lot.units : less(rest);
      open.push({ units, from: lot.price, to: fraction(price) });
      rest = plus(rest, units);
      if (all) lots = lots.slice(1);
      else lots[0] = { ...lot, units: plus(lot.units, less(units)) };
    }
    if (rest[0] !== 0n) lots.push({ units: rest, price: fraction(price) });
    if (lots.length === 0) {
      for (const { units, from, to } of open) dollars = plus(dollars, earned(instrument, units, [from, to, fraction(price)]));
      open = [];
    }
  }
  for (const { units, from, to } of open) dollars = plus(dollars, earned(instrument, units, [from, to, mark]));
  for (const { units, price } of lots) dollars = plus(dollars, earned(instrument, units, [price, mark, mark]));
  return dollars;
}

test('any fills in any order earn what first-in-first-out lots of fractions earn, and an inverse contract never more', (context) => {
  const rows = fc.array(
    fc.record({
      side: fc.constantFrom<Side>('buy', 'sell'),
      size: fc.integer({ min: 1, max: 9 }),
      price: fc.integer({ min: 10_000, max: 99_999 }),
    }),
    { minLength: 1, maxLength: 12 },
  );
  let reversals = 0;
  let runs = 0;
  fc.assert(
    fc.property(fc.constantFrom(swap, inverse, spot), rows, fc.integer({ min: 10_000, max: 99_999 }), (instrument, plain, cents): void => {
      const fills = plain.map(({ side, size, price }) => fill(instrument, side, String(size), String(price)));
      let held = 0;
      for (const { side, size } of plain) {
        const next = held + (side === 'buy' ? size : -size);
        if (held * next < 0) reversals += 1;
        held = next;
      }
      const mark = d(String(cents));
      const usd = fraction(d(usdAfter(fills, new Map([[instrument, mark]]))));
      const truth = oracle(instrument, fills, fraction(mark));
      runs += 1;
      const error = plus(truth, less(usd));
      if (instrument.kind !== 'inverse') assert.equal(error[0], 0n);
      assert.ok(!below(error, [0n, 1n]), 'never more than the truth');
      assert.ok(below(error, [1n, 10n ** 9n]), 'and not by a billionth of a dollar less');
    }),
    { seed, numRuns: 600 },
  );
  context.diagnostic(`${reversals} reversals in ${runs} histories`);
  assert.ok(reversals > runs / 20);
});

test('what twokey earned is the sum of what each instrument earned', () => {
  const fills = [
    fill(swap, 'buy', '10', '60000', '-3'),
    fill(spot, 'buy', '0.01', '60000', '-0.6', 'USDT'),
    fill(inverse, 'sell', '10', '50000'),
  ];
  const prices = new Map<Instrument, Decimal>([
    [swap, d('61000')],
    [spot, d('61000')],
    [inverse, d('40000')],
  ]);
  const each = fills.map((one) => d(usdAfter([one], prices)));
  assert.equal(usdAfter(fills, prices), formatDecimal(each.reduce(add, zero)));
});
