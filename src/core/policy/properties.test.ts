import { positionKey } from '../order/leg.ts';
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { withOrder, worstCase } from '../exposure/worst-case.ts';
import { survey } from '../exposure/survey.ts';
import type { Instrument } from '../market/instrument.ts';
import {
  add,
  compare,
  type Decimal,
  divideDown,
  equals,
  formatDecimal,
  isNegative,
  isPositive,
  multiply,
  negate,
  roundDownToStep,
  subtract,
  zero,
} from '../money/decimal.ts';
import type { Side } from '../order/intent.ts';
import type { Order } from '../order/order.ts';
import type { Code } from './codes.ts';
import type { Question } from './control.ts';
import { decide } from './decide.ts';
import type { Policy } from './policy.ts';
import {
  alpha,
  asking,
  beta,
  closing,
  d,
  ether,
  held,
  inverse,
  openOrder,
  spot,
  swap,
  unknownLife,
  wish,
} from '../../../test/support/policy-samples.ts';

// Random accounts and random wishes, always from one seed. A property that never met the control it speaks of has shown nothing, so
// each prints how often that control was the one that bound, and fails when that was in less than one run of twenty.

const seed = 20261123;
// Mutation testing runs these tests thousands of times and asks for fewer runs, of which the share says little; see docs/mutation.md.
const RUNS_FULL = 400;
const RUNS = Math.min(RUNS_FULL, Number(process.env['TWOKEY_TEST_RUNS'] ?? RUNS_FULL));
const SHARE_MIN = 0.05;

type Tally = { runs: number; bound: number };

function checkShare(context: TestContext, tally: Tally): void {
  const share = tally.bound / tally.runs;
  context.diagnostic(`bound in ${tally.bound} of ${tally.runs} runs (${(share * 100).toFixed(1)} %)`);
  assert.ok(share >= SHARE_MIN || RUNS < RUNS_FULL, 'the control was the binding one in at least one run of twenty');
}

const instruments = [spot, ether, swap, inverse] as const;

/** About `usd` dollars of an instrument, in whole lots. */
function worth(instrument: Instrument, usd: number): Decimal {
  const unit = instrument.kind === 'inverse' ? 100 : instrument.kind === 'linear' ? 600 : instrument.base === 'ETH' ? 3000 : 60_000;
  const lots = divideDown({ dividend: d(String(usd)), divisor: multiply(d(String(unit)), instrument.lot), digits: 0 });
  return multiply(lots, instrument.lot);
}

const instrumentOf = fc.constantFrom<Instrument>(...instruments);
const derivativeOf = fc.constantFrom<Instrument>(swap, inverse);
const dollars = fc.integer({ min: 200, max: 3000 });
const sideOf = fc.constantFrom<Side>('buy', 'sell');

const orderOf = fc
  .record({
    instrument: instrumentOf,
    side: sideOf,
    usd: dollars,
    life: fc.constantFrom('working', 'submitting', 'unknown'),
    exit: fc.boolean(),
  })
  .map(({ instrument, side, usd, life, exit }): Order => {
    const purpose = instrument.kind === 'spot' ? (side === 'sell' ? 'exit' : 'entry') : exit ? 'exit' : 'entry';
    // Far from each other, so that our own orders cannot meet.
    const price = multiply(d(instrument.base === 'ETH' ? '3000' : '60000'), d(side === 'buy' ? '0.9' : '1.1'));
    return openOrder(instrument, side, formatDecimal(worth(instrument, usd)), {
      purpose,
      reduceOnly: purpose === 'exit' && instrument.kind !== 'spot',
      price,
      life: life === 'unknown' ? unknownLife : { kind: life === 'working' ? 'working' : 'submitting' },
    });
  });

const positionsOf = fc
  .array(fc.record({ instrument: instrumentOf, usd: dollars, short: fc.boolean(), share: fc.integer({ min: 0, max: 100 }) }), {
    maxLength: 4,
  })
  .map((rows) =>
    rows.map(({ instrument, usd, short, share }) => {
      const size = worth(instrument, usd);
      const signed = short && instrument.kind !== 'spot' ? negate(size) : size;
      const mine = multiply({ coefficient: signed.coefficient * BigInt(share), scale: signed.scale }, d('0.01'));
      return [
        instrument,
        held(formatDecimal(signed), { [alpha]: formatDecimal(mine), [beta]: formatDecimal(subtract(signed, mine)) }),
      ] as const;
    }),
  );

const limitsOf: fc.Arbitrary<Partial<Policy>> = fc.record({
  maxOrderSize: fc.integer({ min: 300, max: 6000 }).map((usd) => d(String(usd))),
  maxPositionSize: fc.integer({ min: 500, max: 8000 }).map((usd) => d(String(usd))),
  maxTotalExposure: fc.integer({ min: 1000, max: 20_000 }).map((usd) => d(String(usd))),
});

const accountOf = fc.record({ positions: positionsOf, orders: fc.array(orderOf, { maxLength: 6 }), policy: limitsOf });

/** An account in which no outcome is open, so that sizes are what decides. */
const knownAccountOf = accountOf.map((account) => ({
  ...account,
  orders: account.orders.map((order): Order => (order.life.kind === 'unknown' ? { ...order, life: { kind: 'working' } } : order)),
}));

function entry(instrument: Instrument, side: Side, size: Decimal) {
  const allowedSide = instrument.kind === 'spot' ? 'buy' : side;
  return wish(instrument, allowedSide, formatDecimal(size));
}

function outcome(question: Question): Code | 'allow' | 'needs_approval' {
  const decision = decide(question);
  return decision.kind === 'deny' ? decision.code : decision.kind;
}

for (const [name, code, bind] of [
  ['max_order_size', 'MAX_ORDER_SIZE', {}],
  ['max_position_size', 'MAX_POSITION_SIZE', { maxOrderSize: d('1000000') }],
  ['max_total_exposure', 'MAX_TOTAL_EXPOSURE', { maxOrderSize: d('1000000'), maxPositionSize: d('1000000') }],
] as const) {
  test(`${name}: where a size is denied, no larger one passes`, (context) => {
    const tally: Tally = { runs: 0, bound: 0 };
    fc.assert(
      fc.property(
        knownAccountOf,
        instrumentOf,
        sideOf,
        dollars,
        fc.integer({ min: 0, max: 3000 }),
        (account, instrument, side, usd, more) => {
          const policy = { ...account.policy, ...bind };
          const smaller = outcome(asking(entry(instrument, side, worth(instrument, usd)), { ...account, policy }));
          const larger = outcome(asking(entry(instrument, side, worth(instrument, usd + more)), { ...account, policy }));
          tally.runs += 1;
          if (smaller === code) tally.bound += 1;
          if (smaller !== 'allow') assert.notEqual(larger, 'allow');
        },
      ),
      { seed, numRuns: RUNS },
    );
    checkShare(context, tally);
  });
}

test('a tighter limit never allows what a wider one denied', (context) => {
  const tally: Tally = { runs: 0, bound: 0 };
  const tightening = fc.record({
    which: fc.constantFrom('maxOrderSize' as const, 'maxPositionSize' as const, 'maxTotalExposure' as const),
    percent: fc.integer({ min: 10, max: 100 }),
  });
  fc.assert(
    fc.property(knownAccountOf, instrumentOf, sideOf, dollars, tightening, (account, instrument, side, usd, { which, percent }) => {
      const question = asking(entry(instrument, side, worth(instrument, usd)), account);
      const tight = multiply(question.policy[which], { coefficient: BigInt(percent), scale: 2 });
      const wide = outcome(question);
      const tighter = outcome({ ...question, policy: { ...question.policy, [which]: tight } });
      tally.runs += 1;
      if (wide === 'allow' && tighter !== 'allow') tally.bound += 1;
      if (wide !== 'allow') assert.notEqual(tighter, 'allow');
    }),
    { seed, numRuns: RUNS },
  );
  checkShare(context, tally);
});

test('tightening a count, a rate, a collar or an age never allows either', (context) => {
  const tally: Tally = { runs: 0, bound: 0 };
  const counts = fc.record({
    maxOpenPositions: fc.integer({ min: 1, max: 4 }),
    maxOpenOrders: fc.integer({ min: 1, max: 7 }),
    priceCollar: fc.constantFrom('0.0001', '0.005').map(d),
    maxLeverage: fc.constantFrom('0.001', '3').map(d),
  });
  fc.assert(
    fc.property(knownAccountOf, instrumentOf, sideOf, counts, counts, (account, instrument, side, one, other) => {
      const intent = { ...entry(instrument, side, worth(instrument, 300)), price: d(instrument.base === 'ETH' ? '3000.5' : '60010') };
      const wide = { maxOrderSize: d('1000000'), maxPositionSize: d('1000000'), maxTotalExposure: d('1000000') };
      const tighter = {
        maxOpenPositions: Math.min(one.maxOpenPositions, other.maxOpenPositions),
        maxOpenOrders: Math.min(one.maxOpenOrders, other.maxOpenOrders),
        priceCollar: compare(one.priceCollar, other.priceCollar) <= 0 ? one.priceCollar : other.priceCollar,
        maxLeverage: compare(one.maxLeverage, other.maxLeverage) <= 0 ? one.maxLeverage : other.maxLeverage,
      };
      // A tighter collar also lowers the margin, so that sizes are left wide here.
      const before = outcome(asking(intent, { ...account, policy: { ...wide, ...one, maxOrderSize: d('1000000') } }));
      const after = outcome(asking(intent, { ...account, policy: { ...wide, ...tighter } }));
      tally.runs += 1;
      if (before === 'allow' && after !== 'allow') tally.bound += 1;
      if (before !== 'allow' && before !== 'MAX_LEVERAGE') assert.notEqual(after, 'allow');
    }),
    { seed, numRuns: RUNS },
  );
  checkShare(context, tally);
});

test('one more live order never allows an entry that was denied', (context) => {
  const tally: Tally = { runs: 0, bound: 0 };
  fc.assert(
    fc.property(accountOf, orderOf, instrumentOf, sideOf, dollars, (full, added, instrument, side, usd) => {
      // Mostly calm accounts, so that the added order is the one that matters.
      const account = { ...full, orders: full.orders.slice(0, full.orders.length % 3) };
      const intent = entry(instrument, side, worth(instrument, usd));
      const before = outcome(asking(intent, account));
      const after = outcome(asking(intent, { ...account, orders: [...account.orders, added] }));
      tally.runs += 1;
      if (before === 'allow' && after !== 'allow') tally.bound += 1;
      if (before !== 'allow') assert.notEqual(after, 'allow', `${before} before ${JSON.stringify(added.instrument)}`);
    }),
    { seed, numRuns: RUNS },
  );
  checkShare(context, tally);
});

test('what is allowed never leads the worst case over a limit, counted a second time', (context) => {
  const tally: Tally = { runs: 0, bound: 0 };
  fc.assert(
    fc.property(knownAccountOf, instrumentOf, sideOf, dollars, (account, instrument, side, usd) => {
      const question = asking(entry(instrument, side, worth(instrument, usd)), account);
      const decision = decide(question);
      tally.runs += 1;
      if (decision.kind === 'deny') {
        if (decision.code === 'MAX_POSITION_SIZE' || decision.code === 'MAX_TOTAL_EXPOSURE') tally.bound += 1;
        return;
      }
      const placed = openOrder(instrument, decision.terms.side, formatDecimal(decision.terms.size), { price: decision.terms.price });
      const openOrders = new Map([...question.books.openOrders, [placed.clientOrderId, placed]]);
      const after = survey({ ...question.books, openOrders });
      let total: Decimal = zero;
      for (const holding of after.values()) {
        const id = holding.instrument;
        const found = question.books.instruments.get(id);
        assert.ok(found !== undefined);
        const price = id === 'ETH-USDT' ? '3000' : '60000';
        const unit = found.kind === 'inverse' ? d('100') : found.kind === 'linear' ? multiply(found.contractValue, d(price)) : d(price);
        const usdOf = multiply(worstCase(holding), unit);
        if (id === instrument.id) assert.ok(compare(usdOf, question.policy.maxPositionSize) <= 0);
        total = add(total, usdOf);
      }
      assert.ok(compare(total, question.policy.maxTotalExposure) <= 0);
    }),
    { seed, numRuns: RUNS },
  );
  checkShare(context, tally);
});

test('what would pass passes, and one lot more does not', (context) => {
  const tally: Tally = { runs: 0, bound: 0 };
  fc.assert(
    fc.property(knownAccountOf, instrumentOf, sideOf, dollars, fc.boolean(), (account, instrument, side, usd, inDollars) => {
      const intent = inDollars
        ? wish(instrument, instrument.kind === 'spot' ? 'buy' : side, String(usd), { unit: 'usd', worth: null })
        : entry(instrument, side, worth(instrument, usd));
      const decision = decide(asking(intent, account));
      tally.runs += 1;
      if (decision.kind !== 'deny' || decision.wouldBeAllowed === null) return;
      tally.bound += 1;
      const again = (quantity: Decimal) =>
        decide(
          asking(
            {
              ...intent,
              quantity,
              quantityUnit: intent.quantityUnit,
              expectedNotionalUsd: inDollars ? null : expected(instrument, quantity),
            },
            account,
          ),
        );
      const offered = again(decision.wouldBeAllowed);
      assert.ok(offered.kind === 'allow', decision.message);
      const more = add(offered.terms.size, instrument.lot);
      const inSizes = {
        ...intent,
        quantity: more,
        quantityUnit: instrument.kind === 'spot' ? 'base' : 'contracts',
        expectedNotionalUsd: expected(instrument, more),
      } as const;
      assert.equal(decide(asking(inSizes, account)).kind, 'deny');
    }),
    { seed, numRuns: RUNS },
  );
  checkShare(context, tally);
});

function expected(instrument: Instrument, size: Decimal): Decimal {
  const price = d(instrument.base === 'ETH' ? '3000' : '60000');
  return instrument.kind === 'inverse'
    ? multiply(size, d('100'))
    : instrument.kind === 'linear'
      ? multiply(multiply(size, d('0.01')), price)
      : multiply(size, price);
}

test('an exit that is allowed never turns the position, with everything else that closes filled too', (context) => {
  const tally: Tally = { runs: 0, bound: 0 };
  const passed: Tally = { runs: 0, bound: 0 };
  fc.assert(
    fc.property(knownAccountOf, fc.nat(3), fc.integer({ min: 10, max: 130 }), (account, which, percent) => {
      const [instrument, own] = account.positions[which % Math.max(account.positions.length, 1)] ?? [swap, held('1')];
      const side: Side = isNegative(own.size) ? 'buy' : 'sell';
      const part = multiply({ coefficient: own.size.coefficient * BigInt(percent), scale: own.size.scale }, d('0.01'));
      const size = roundDownToStep({ value: isNegative(part) ? negate(part) : part, step: instrument.lot });
      const question = asking(wish(instrument, side, formatDecimal(size), { reduceOnly: true }), {
        ...account,
        sharedPositions: percent % 2 === 0,
      });
      const decision = decide(question);
      tally.runs += 1;
      passed.runs += 1;
      if (decision.kind === 'deny') {
        if (decision.code === 'NOT_REDUCING') tally.bound += 1;
        return;
      }
      passed.bound += 1;
      const position = question.books.positions.get(positionKey(instrument.id, 'net'))?.size ?? zero;
      let closing: Decimal = decision.terms.size;
      for (const order of question.books.openOrders.values()) {
        if (order.instrument === instrument.id && order.side === side && order.purpose === 'exit') closing = add(closing, order.size);
      }
      assert.ok(side === 'sell' ? isPositive(position) : isNegative(position));
      assert.ok(compare(closing, isNegative(position) ? negate(position) : position) <= 0);
    }),
    { seed, numRuns: RUNS },
  );
  checkShare(context, tally);
  checkShare(context, passed);
});

test('in REDUCE_ONLY no allowed order makes the worst case larger', (context) => {
  const tally: Tally = { runs: 0, bound: 0 };
  fc.assert(
    fc.property(knownAccountOf, derivativeOf, sideOf, fc.nat(600), (account, instrument, side, usd) => {
      const question = asking(wish(instrument, side, formatDecimal(worth(instrument, usd)), { reduceOnly: true }), {
        ...account,
        mode: 'REDUCE_ONLY',
        sharedPositions: true,
      });
      const decision = decide(question);
      tally.runs += 1;
      if (decision.kind === 'deny') return;
      tally.bound += 1;
      const reach = survey(question.books).get(positionKey(instrument.id, 'net'));
      assert.ok(reach !== undefined);
      assert.ok(compare(worstCase(withOrder(reach, decision.terms)), worstCase(reach)) <= 0);
    }),
    { seed, numRuns: RUNS },
  );
  checkShare(context, tally);
});

test('a close of the whole position passes whatever entry limit is breached', (context) => {
  const tally: Tally = { runs: 0, bound: 0 };
  const nothing: Partial<Policy> = {
    instruments: [],
    maxOrderSize: d('0.01'),
    maxPositionSize: d('0.01'),
    maxTotalExposure: d('0.01'),
    maxOpenPositions: 1,
    maxOpenOrders: 1,
    maxDailyTrades: 1,
    maxLeverage: d('0.0001'),
    maxAccountEquity: d('0.01'),
    minBalance: d('100000000'),
  };
  fc.assert(
    fc.property(accountOf, instrumentOf, (account, instrument) => {
      // Other instruments are as busy as they may be; on this one nothing is on its way that closes already.
      const orders = account.orders.filter((order) => order.instrument !== instrument.id);
      const question = asking(closing({ instrument: instrument.id }), {
        ...account,
        orders,
        policy: nothing,
        mode: 'REDUCE_ONLY',
        sharedPositions: true,
        approvalAbove: d('0.01'),
      });
      const position = question.books.positions.get(positionKey(instrument.id, 'net'))?.size ?? zero;
      tally.runs += 1;
      if (equals(position, zero)) return;
      tally.bound += 1;
      const decision = decide(question);
      assert.ok(decision.kind === 'allow', decision.kind === 'deny' ? decision.message : '');
      assert.ok(equals(decision.terms.size, isNegative(position) ? negate(position) : position));
    }),
    { seed, numRuns: RUNS },
  );
  checkShare(context, tally);
});

test('ten times the contract value and a tenth of the contracts decide the same', (context) => {
  const tally: Tally = { runs: 0, bound: 0 };
  fc.assert(
    fc.property(limitsOf, dollars, sideOf, (policy, usd, side) => {
      const size = worth(swap, usd - (usd % 60));
      const coarse: Instrument =
        swap.kind === 'linear'
          ? {
              ...swap,
              contractValue: multiply(swap.contractValue, d('10')),
              lot: multiply(swap.lot, d('0.1')),
              minimum: multiply(swap.minimum, d('0.1')),
            }
          : swap;
      const worthOf = formatDecimal(expected(swap, size));
      const fine = decide(asking(wish(swap, side, formatDecimal(size), { worth: worthOf }), { policy }));
      const scaled = decide(
        asking(wish(swap, side, formatDecimal(multiply(size, d('0.1'))), { worth: worthOf }), {
          policy,
          books: { instruments: new Map([[swap.id, coarse]]) },
        }),
      );
      tally.runs += 1;
      if (fine.kind === 'deny') tally.bound += 1;
      assert.equal(scaled.kind, fine.kind);
      assert.deepEqual(scaled.kind === 'deny' ? [scaled.code, scaled.limit] : null, fine.kind === 'deny' ? [fine.code, fine.limit] : null);
    }),
    { seed, numRuns: RUNS },
  );
  checkShare(context, tally);
});
