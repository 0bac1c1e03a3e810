import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import type { Book, Level } from '../market/book.ts';
import type { Instrument } from '../market/instrument.ts';
import type { Funding, Quote } from '../market/quote.ts';
import { add, compare, type Decimal, formatDecimal, multiply, roundDownToStep } from '../money/decimal.ts';
import type { Order } from '../order/order.ts';
import { decide } from './decide.ts';
import type { Policy } from './policy.ts';
import { asking, circumstances, d, NOW, openOrder, quoteOf, spot, swap, wish } from '../../../test/support/policy-samples.ts';

// Random markets: what is refused there stays refused for whoever asks for more, under tighter limits, and beside more orders of our own. As in
// properties.test.ts, each says how often the controls it speaks of were the ones that bound.

const seed = 20261123;
const RUNS = 600;
const SHARE_MIN = 0.05;
const limits = ['maxSpread', 'maxBookShare', 'maxVolumeShare', 'maxPriceMove', 'maxDivergence', 'maxFundingRate'] as const;
type Limit = (typeof limits)[number];

type Tally = { runs: number; bound: number };

function checkShare(context: TestContext, { runs, bound }: Tally): void {
  context.diagnostic(`bound in ${bound} of ${runs} runs (${((bound / runs) * 100).toFixed(1)} %)`);
  assert.ok(bound / runs >= SHARE_MIN, 'a control of the market was the binding one in at least one run of twenty');
}

/** Thousandths of the price, from a tick to 3 %. */
const share = fc.constantFrom('0.0002', '0.001', '0.004', '0.012', '0.03');
const instrumentOf = fc.constantFrom<Instrument>(spot, swap);

const sideOf = fc.array(fc.record({ gap: fc.integer({ min: 1, max: 60 }), size: fc.integer({ min: 1, max: 900 }) }), {
  minLength: 1,
  maxLength: 12,
});

type Gaps = readonly { readonly gap: number; readonly size: number }[];

function levels(side: Gaps, better: 1 | -1): readonly Level[] {
  let distance = 0;
  return side.map(({ gap, size }) => {
    distance += gap;
    return [d(String(60_000 - better * distance)), d(String(size / 100))];
  });
}

const marketOf = fc
  .record({ bids: sideOf, asks: sideOf, apart: share, moved: share, volume: fc.integer({ min: 10, max: 5000 }), rate: share })
  .map(({ bids, asks, apart, moved, volume, rate }) => {
    const book: Book = { bids: levels(bids, 1), asks: levels(asks, -1), at: NOW, receivedAt: NOW };
    const off = (by: string) => add(d('60000'), multiply(d('60000'), d(by)));
    const quote: Partial<Quote> = {
      book,
      volume: d(String(volume)),
      index: off(apart),
      range: { lowest: d('60000'), highest: off(moved), since: NOW - 300_000 },
    };
    const funding: Funding = { rate: d(rate), paidAt: NOW + 600_000, at: NOW };
    return { quote, funding };
  });

const policyOf: fc.Arbitrary<Partial<Policy>> = fc.record({
  maxSpread: share.map(d),
  maxBookShare: fc.constantFrom('0.05', '0.3', '1').map(d),
  maxVolumeShare: fc.constantFrom('0.001', '0.01', '1').map(d),
  maxPriceMove: share.map(d),
  maxDivergence: share.map(d),
  maxFundingRate: share.map(d),
});

/** Orders that rest on levels of the book; on spot they buy, since a sell there is an exit. */
const ownOf = fc.array(fc.record({ level: fc.nat(4), hundredths: fc.integer({ min: 1, max: 900 }), sells: fc.boolean() }), {
  maxLength: 4,
});
type Own = { readonly level: number; readonly hundredths: number; readonly sells: boolean };

function ordersOf(instrument: Instrument, { book }: Partial<Quote>, own: readonly Own[]): readonly Order[] {
  return own.flatMap(({ level, hundredths, sells }) => {
    const side = sells && instrument.kind !== 'spot' ? 'sell' : 'buy';
    const price = (side === 'buy' ? book?.bids : book?.asks)?.[level]?.[0];
    return price === undefined ? [] : [openOrder(instrument, side, String(hundredths / 100), { price })];
  });
}

type Case = {
  readonly instrument: Instrument;
  readonly market: { readonly quote: Partial<Quote>; readonly funding: Funding };
  readonly policy: Partial<Policy>;
  readonly orders: readonly Order[];
  readonly size: Decimal;
};

/** A buy below everything that our own orders offer. */
function decided({ instrument, market, policy, orders, size }: Case) {
  const quotes = new Map([...circumstances.quotes, [instrument.id, quoteOf(instrument, '60000', market.quote)] as const]);
  const intent = { ...wish(instrument, 'buy', formatDecimal(size)), price: d('59999') };
  return decide(asking(intent, { policy, orders, circumstances: { quotes, funding: new Map([[instrument.id, market.funding]]) } }));
}

const isOfMarket = (name: string | undefined) =>
  ['max_spread', 'max_book_share', 'max_volume_share', 'max_price_move', 'max_divergence', 'max_funding_rate'].includes(name ?? '');

const caseOf = fc
  .record({ instrument: instrumentOf, market: marketOf, policy: policyOf, own: ownOf, hundredths: fc.integer({ min: 1, max: 4000 }) })
  .map(({ instrument, market, policy, own, hundredths }): Case => {
    return { instrument, market, policy, orders: ordersOf(instrument, market.quote, own), size: d(String(hundredths / 100)) };
  });

test('a tighter limit on the market never allows what a wider one denied', (context) => {
  const tally: Tally = { runs: 0, bound: 0 };
  const tightened = new Map<Limit, number>(limits.map((name) => [name, 0]));
  fc.assert(
    fc.property(caseOf, fc.constantFrom(...limits), fc.integer({ min: 1, max: 99 }), (given, limit, percent) => {
      const loose = { ...given, policy: { [limit]: given.policy[limit] ?? d('1') } };
      const tight = multiply(given.policy[limit] ?? d('1'), { coefficient: BigInt(percent), scale: 2 });
      const before = decided(loose);
      const after = decided({ ...loose, policy: { [limit]: tight } });
      tally.runs += 1;
      if (before.kind === 'allow' && after.kind === 'deny') {
        tally.bound += 1;
        tightened.set(limit, (tightened.get(limit) ?? 0) + 1);
        assert.ok(isOfMarket(after.limit?.name), after.message);
      }
      if (before.kind === 'deny') assert.equal(after.kind, 'deny');
    }),
    { seed, numRuns: RUNS },
  );
  checkShare(context, tally);
  for (const [limit, count] of tightened) assert.ok(count > 0, `${limit} was the binding one at least once`);
});

test('where the market is too small for a size, it is for every larger one, and what would pass passes', (context) => {
  const tally: Tally = { runs: 0, bound: 0 };
  fc.assert(
    fc.property(caseOf, fc.integer({ min: 1, max: 400 }), (given, more) => {
      const of = {
        ...given,
        policy: { maxBookShare: given.policy.maxBookShare ?? d('1'), maxVolumeShare: given.policy.maxVolumeShare ?? d('1') },
      };
      const smaller = decided(of);
      tally.runs += 1;
      if (smaller.kind !== 'deny') return;
      if (isOfMarket(smaller.limit?.name)) tally.bound += 1;
      assert.equal(decided({ ...of, size: add(of.size, d(String(more / 100))) }).kind, 'deny');
      if (smaller.wouldBeAllowed === null) return;
      assert.ok(compare(smaller.wouldBeAllowed, of.size) < 0);
      assert.equal(decided({ ...of, size: smaller.wouldBeAllowed }).kind, 'allow');
      const next = add(roundDownToStep({ value: smaller.wouldBeAllowed, step: of.instrument.lot }), of.instrument.lot);
      assert.equal(decided({ ...of, size: next }).kind, 'deny');
    }),
    { seed, numRuns: RUNS },
  );
  checkShare(context, tally);
});

test('one more order of our own in the book never allows a buy that spread or book denied', (context) => {
  const tally: Tally = { runs: 0, bound: 0 };
  const limitOf = fc.constantFrom('maxSpread' as const, 'maxBookShare' as const);
  fc.assert(
    fc.property(caseOf, ownOf, limitOf, (given, added, limit) => {
      // Small enough that most pass without the added order.
      const small = { ...given, policy: { [limit]: given.policy[limit] ?? d('1') }, size: multiply(given.size, d('0.2')) };
      const before = decided(small);
      const after = decided({ ...small, orders: [...given.orders, ...ordersOf(given.instrument, given.market.quote, added)] });
      tally.runs += 1;
      if (before.kind === 'allow' && after.kind === 'deny') tally.bound += 1;
      if (before.kind === 'deny') assert.equal(after.kind, 'deny');
    }),
    { seed, numRuns: RUNS },
  );
  checkShare(context, tally);
});
