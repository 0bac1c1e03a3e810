import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimal, formatDecimal, type Decimal } from '../core/money/decimal.ts';
import { type Line, totalUsd, type Working, worstUsd } from './exposure.ts';

type Plain = { readonly side: Working['side']; readonly size: number; readonly reduceOnly: boolean; readonly limit: number | null };
type PlainLine = { readonly position: number; readonly orders: readonly Plain[]; readonly mark: number; readonly canBeShort: boolean };

const amount = (value: number): Decimal => decimal(String(value));

function line({ position, orders, mark, canBeShort }: PlainLine): Line {
  return {
    name: 'X',
    position: amount(position),
    unitUsd: amount(mark),
    canBeShort,
    orders: orders.map(({ side, size, reduceOnly, limit }) => ({
      side,
      size: amount(size),
      reduceOnly,
      unitUsd: limit === null ? null : amount(limit),
    })),
  };
}

/**
 * Plays out every way in which whole units may execute, and takes the largest holding it ever saw on either side, at the highest price at which a
 * unit of that side could come about. It knows what a reduce-only order is and that a wallet does not go below what it has, and no formula.
 */
function bruteForce({ position, orders, mark, canBeShort }: PlainLine): number {
  const [seen, ends] = [new Set<string>(), { long: 0, short: 0 }];
  const visit = (held: number, left: readonly number[]): void => {
    const key = [held, ...left].join();
    if (seen.has(key)) return;
    seen.add(key);
    ends.long = Math.max(ends.long, held);
    ends.short = Math.max(ends.short, -held);
    for (const [index, rest] of left.entries()) {
      const order = orders[index];
      if (order === undefined || rest === 0) continue;
      const step = order.side === 'buy' ? 1 : -1;
      if (order.reduceOnly && held * step >= 0) continue;
      if (!canBeShort && step < 0 && held <= 0) continue;
      visit(held + step, left.with(index, rest - 1));
    }
  };
  visit(
    position,
    orders.map(({ size }) => size),
  );
  const highest = (side: Plain['side']): number =>
    Math.max(mark, ...orders.filter((order) => order.side === side && !order.reduceOnly).map(({ limit }) => limit ?? 0));
  return Math.max(ends.long * highest('buy'), ends.short * highest('sell'));
}

const orders = fc.array(
  fc.record({
    side: fc.constantFrom('buy' as const, 'sell' as const),
    size: fc.integer({ min: 1, max: 3 }),
    reduceOnly: fc.boolean(),
    limit: fc.option(fc.integer({ min: 50, max: 150 })),
  }),
  { maxLength: 4 },
);

test('the worst case is what playing out every execution comes to', (context) => {
  let beyond = 0;
  let runs = 0;
  fc.assert(
    fc.property(
      fc.record({ position: fc.integer({ min: -4, max: 4 }), orders, mark: fc.constant(100), canBeShort: fc.boolean() }),
      (drawn) => {
        const given = drawn.canBeShort ? drawn : { ...drawn, orders: drawn.orders.map((order) => ({ ...order, reduceOnly: false })) };
        const truth = bruteForce(given);
        assert.equal(formatDecimal(worstUsd(line(given))), String(truth));
        runs += 1;
        if (truth > Math.abs(given.position) * 100) beyond += 1;
      },
    ),
    { seed: 4, numRuns: 2000 },
  );
  context.diagnostic(`orders made it worse than the position in ${beyond} of ${runs}`);
  assert.ok(beyond > runs / 10);
});

test('a resting sell is no exposure of a wallet, and one on a swap opens a short', () => {
  const orders: readonly Plain[] = [{ side: 'sell', size: 3, reduceOnly: false, limit: null }];
  assert.equal(formatDecimal(worstUsd(line({ position: 2, orders, mark: 100, canBeShort: false }))), '200');
  assert.equal(formatDecimal(worstUsd(line({ position: 0, orders, mark: 100, canBeShort: true }))), '300');
});

test('a reduce-only order closes first, and plain orders then open the other way', () => {
  const orders: readonly Plain[] = [
    { side: 'sell', size: 3, reduceOnly: false, limit: null },
    { side: 'sell', size: 6, reduceOnly: true, limit: null },
  ];
  assert.equal(formatDecimal(worstUsd(line({ position: 2, orders, mark: 100, canBeShort: true }))), '300');
});

test('a buy above the market is valued at its limit, and a reduce-only one changes no price', () => {
  const buy = { side: 'buy', size: 1, limit: 120 } as const;
  assert.equal(formatDecimal(worstUsd(line({ position: 0, orders: [{ ...buy, reduceOnly: false }], mark: 100, canBeShort: true }))), '120');
  assert.equal(formatDecimal(worstUsd(line({ position: -2, orders: [{ ...buy, reduceOnly: true }], mark: 100, canBeShort: true }))), '200');
});

test('a currency below zero is a debt and counts in full', () => {
  assert.equal(formatDecimal(worstUsd(line({ position: -2, orders: [], mark: 100, canBeShort: false }))), '200');
});

test('a long on one instrument and a short on another are added up', () => {
  const one = line({ position: 2, orders: [], mark: 100, canBeShort: true });
  assert.equal(formatDecimal(totalUsd([one, { ...one, position: decimal('-3') }])), '500');
});
