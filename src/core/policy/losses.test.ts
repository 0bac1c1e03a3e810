import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { noCourse, withMark } from '../account/course.ts';
import { noEarnings, type Earnings } from '../account/earnings.ts';
import { compare, type Decimal, formatDecimal } from '../money/decimal.ts';
import type { Side } from '../order/intent.ts';
import { decide } from './decide.ts';
import { survey } from '../exposure/survey.ts';
import type { Order } from '../order/order.ts';
import { costOfOrder, lossesOf } from './losses.ts';
import {
  asking,
  circumstances,
  closing,
  d,
  held,
  inverse,
  NOW,
  openOrder,
  quoteOf,
  spot,
  swap,
  wish,
} from '../../../test/support/policy-samples.ts';

const seed = 20261123;

/** As if everything that twokey traded had lost this, from the highest of this day. */
function lost(usd: string): Earnings {
  return { ...noEarnings, begun: true, cash: new Map([['USDT', d(`-${usd}`)]]) };
}

function answer(question: Parameters<typeof decide>[0]) {
  const decision = decide(question);
  assert.ok(decision.kind === 'deny', 'it is denied');
  return decision;
}

const exact = new Map([quoteOf(swap, '60000'), quoteOf(spot, '60000', { ask: d('60000') })].map((quote) => [quote.instrument, quote]));

test('an entry is denied when the loss with what it may cost at once would pass max_daily_loss, and the answer has the numbers', () => {
  // One contract at the market: 600 dollars, of which the fee is at most 0.90.
  const question = (usd: string) =>
    asking(wish(swap, 'buy', '1'), { policy: { maxDailyLoss: d('15') }, books: { earnings: lost(usd) }, circumstances: { quotes: exact } });
  assert.equal(decide(question('14.1')).kind, 'allow');
  const denied = answer(question('14.11'));
  assert.equal(denied.code, 'MAX_DAILY_LOSS');
  assert.deepEqual(denied.limit, { name: 'max_daily_loss', max: '15', used: '14.11', unit: 'USD' });
  assert.match(
    denied.message,
    /^refused: 14.11 USD of at most 15 USD are lost .* could cost 0.9 USD at once \(max_daily_loss\); 0.98 contracts would pass$/,
  );
  assert.equal(formatDecimal(denied.wouldBeAllowed ?? d('0')), '0.98');
  assert.equal(answer(question('15')).wouldBeAllowed, null);
});

test('max_drawdown binds on the loss from the peak of all time, when the day is fine', () => {
  let course = withMark(noCourse, { at: NOW - 40 * 86_400_000, usd: d('30'), halting: [] });
  course = withMark(course, { at: NOW - 30 * 86_400_000, usd: d('-19.5'), halting: [] });
  const earnings = { ...lost('19.5'), course };
  const question = asking(wish(swap, 'buy', '1'), { policy: { maxDailyLoss: d('15'), maxDrawdown: d('50') }, books: { earnings } });
  const denied = answer(question);
  assert.equal(denied.code, 'MAX_DRAWDOWN');
  assert.deepEqual(denied.limit, { name: 'max_drawdown', max: '50', used: '49.5', unit: 'USD' });
});

test('a tighter limit of an agent is held against the loss of the account, whoever lost it', () => {
  const change = { books: { earnings: lost('5') } };
  assert.equal(decide(asking(wish(swap, 'buy', '1'), { ...change, policy: { maxDailyLoss: d('15') } })).kind, 'allow');
  assert.equal(answer(asking(wish(swap, 'buy', '1'), { ...change, policy: { maxDailyLoss: d('5') } })).code, 'MAX_DAILY_LOSS');
});

test('exits pass whatever was lost, and when nobody knows what was', () => {
  const positions = [[swap, held('1')] as const, [spot, held('0.01')] as const];
  for (const quotes of [circumstances.quotes, new Map([[swap.id, quoteOf(swap, '60000')]])]) {
    const question = asking(closing({ instrument: swap.id }), {
      positions,
      policy: { maxDailyLoss: d('1'), maxDrawdown: d('1') },
      books: { earnings: lost('1000') },
      circumstances: { quotes },
    });
    assert.equal(decide(question).kind, 'allow');
  }
});

test('open orders count with their fees, and those beyond the market with the way to their limit', () => {
  const cost = (orders: Parameters<typeof asking>[1], side: Side = 'buy') => {
    const denied = answer(
      asking(wish(swap, side, '1'), { policy: { maxDailyLoss: d('0.01') }, circumstances: { quotes: exact }, ...orders }),
    );
    return / could cost ([0-9.]+) USD/.exec(denied.message)?.[1] ?? denied.message;
  };
  assert.equal(cost({}), '0.9');
  // Ten more that rest below: 6,000 dollars, and 9 for their fees.
  assert.equal(cost({ orders: [openOrder(swap, 'buy', '10', { price: d('59000') })] }), '9.9');
  // At the collar, half a percent above: 30 for the way there, and the fees of what is paid then.
  assert.equal(cost({ orders: [openOrder(swap, 'buy', '10', { price: d('60300') })] }), '39.95');
  assert.equal(cost({ orders: [openOrder(swap, 'sell', '10', { price: d('59700') })] }, 'sell'), '39.9');
  assert.equal(cost({ orders: [openOrder(swap, 'sell', '10', { price: d('60300') })] }), '9.95');
  assert.equal(cost({ orders: [openOrder(swap, 'buy', '10', { price: d('60300'), filled: d('10') })] }), '0.9');
  // A stop far below the market costs its fee, and not the way to its trigger: protecting a position must not close entries.
  const stop = openOrder(swap, 'sell', '10', {
    type: 'stop',
    purpose: 'exit',
    reduceOnly: true,
    price: d('57000'),
    life: { kind: 'armed' },
  });
  assert.equal(cost({ orders: [stop], positions: [[swap, held('10')]] }), '9.9');
  // One that is being amended may fill at either of its limits.
  const amend = { size: d('10'), price: d('60300') };
  assert.equal(cost({ orders: [openOrder(swap, 'buy', '10', { price: d('59000'), amend })] }), '39.95');
});

test('while something that is held cannot be valued no entry passes, on another instrument neither', () => {
  const quotes = new Map(circumstances.quotes).set(spot.id, quoteOf(spot, '60000', { at: NOW - 11_000 }));
  const question = asking(wish(swap, 'buy', '1'), { positions: [[spot, held('0.01')]], circumstances: { quotes } });
  assert.equal(answer(question).code, 'STALE_DATA');
});

test('a deposit and a withdrawal change no loss: what the account holds is not looked at', () => {
  for (const equityUsd of ['5000', '1000000']) {
    const change = {
      policy: { maxDailyLoss: d('15') },
      books: { earnings: lost('14.5'), baseline: { currencies: new Map([['USDT', d(equityUsd)]]), contracts: new Map() } },
      circumstances: { funds: { equityUsd: d(equityUsd), available: new Map([['USDT', d(equityUsd)]]), at: NOW } },
    };
    assert.equal(answer(asking(wish(swap, 'buy', '1'), change)).limit?.used, '14.5');
    assert.equal(decide(asking(wish(swap, 'buy', '0.5'), change)).kind, 'allow');
  }
});

test('what an order is said to cost is at least what it loses when it fills at its limit and the market stays', (context) => {
  const amount = fc.integer({ min: 1, max: 5000 });
  let slipped = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(spot, swap, inverse),
      fc.constantFrom<Side>('buy', 'sell'),
      amount,
      fc.integer({ min: 900, max: 1100 }),
      (instrument, side, size, permille) => {
        const reference = 60_000;
        const price = (reference * permille) / 1000;
        const asked: Decimal = { coefficient: BigInt(size), scale: 2 };
        const cost = costOfOrder({ instrument, side, size: asked, price: d(String(price)), reference: d(String(reference)) });
        // The same by hand, in floating point with a hair of room.
        const sign = side === 'buy' ? 1 : -1;
        const units =
          instrument.kind === 'inverse' ? (size / 100) * (100 / price) : (size / 100) * (instrument.kind === 'linear' ? 0.01 : 1);
        const worse = sign * (price - reference);
        const loss = (worse > 0 ? units * worse : 0) + units * (instrument.kind === 'inverse' ? reference : price) * 0.001;
        if (worse > 0) slipped += 1;
        assert.ok(Number(formatDecimal(cost)) >= loss * (1 - 1e-12), `${formatDecimal(cost)} covers ${loss}`);
        assert.ok(compare(cost, d('0')) > 0);
      },
    ),
    { seed, numRuns: 400 },
  );
  context.diagnostic(`${slipped} of 400 beyond the market`);
  assert.ok(slipped > 20);
});

/** What open orders may still cost, at the exact market; or why nobody knows. */
function openOrdersCost(orders: readonly Order[], changes: Parameters<typeof asking>[1] = {}): string {
  const { books, circumstances: seen } = asking(closing(), {
    orders,
    ...changes,
    circumstances: { quotes: exact, ...changes?.circumstances },
  });
  const holdings = survey(books);
  const losses = lossesOf({ books, circumstances: seen, holdings, ageMaxMilliseconds: 10_000 });
  if (losses.kind === 'known') return formatDecimal(losses.openOrdersCost);
  assert.equal(losses.kind, 'unknown');
  return losses.cause;
}

test('an open order may cost its fee, and the way to its limit where that is beyond the market', () => {
  // A contract at 60,000 is 600 USD: a fee of 0.9. A limit 100 beyond the market is another dollar.
  const at = (side: Side, price: string, changes: Partial<Order> = {}) =>
    openOrdersCost([openOrder(swap, side, '1', { price: d(price), ...changes })]);
  assert.equal(openOrdersCost([]), '0');
  assert.equal(at('buy', '60000'), '0.9');
  assert.equal(at('buy', '59900'), '0.9');
  assert.equal(at('buy', '60100'), '1.9015');
  assert.equal(at('sell', '60000'), '0.9');
  assert.equal(at('sell', '59900'), '1.9');
  assert.equal(at('sell', '60100'), '0.9015');
  const exit = { purpose: 'exit', reduceOnly: true } as const;
  const held1 = (size: string, side: Side, price: string) =>
    openOrdersCost([openOrder(swap, side, '1', { price: d(price), ...exit })], { positions: [[swap, held(size)]], books: {} });
  assert.equal(held1('1', 'sell', '59900'), '1.9');
  assert.equal(held1('-1', 'buy', '60100'), '1.9');
  assert.equal(at('sell', '59900', { ...exit, type: 'stop' }), '0.9', 'a stop does nothing until the market is there');
  assert.equal(at('buy', '59900', { amend: { size: d('1'), price: d('60100') } }), '1.9015');
  assert.equal(at('buy', '60100', { amend: { size: d('1'), price: d('59900') } }), '1.9015');
  assert.equal(at('sell', '60100', { amend: { size: d('1'), price: d('59900') } }), '1.9015');
});

test('an inverse contract that is traded at a worse price costs its dollars times the difference over that price', () => {
  const quotes = new Map([[inverse.id, quoteOf(inverse, '60000')]]);
  const at = (price: string) => openOrdersCost([openOrder(inverse, 'buy', '1000', { price: d(price) })], { circumstances: { quotes } });
  assert.equal(at('60000'), '150');
  assert.equal(at('75000'), '20150');
});

test('what is too little to be sold needs no price where no order would change it', () => {
  assert.equal(openOrdersCost([], { positions: [[spot, held('0.000001')]], circumstances: { quotes: new Map() } }), '0');
});

test('what is beyond the market on one instrument costs nothing on another, and without a price nobody knows', () => {
  const spotBuy = openOrder(spot, 'buy', '0.01', { price: d('60100') });
  assert.equal(openOrdersCost([spotBuy, openOrder(swap, 'buy', '1', { price: d('59900') })]), '2.8015');
  const unknown = 'there is no price of an instrument with an open order';
  assert.equal(openOrdersCost([spotBuy], { circumstances: { quotes: new Map() } }), unknown);
  assert.equal(
    openOrdersCost([openOrder(swap, 'buy', '1')], {
      circumstances: { quotes: new Map([[swap.id, quoteOf(swap, '60000', { mark: null })]]) },
    }),
    unknown,
  );
  assert.equal(
    openOrdersCost([spotBuy], { books: { instruments: new Map(), openOrders: new Map([[spotBuy.clientOrderId, spotBuy]]) } }),
    unknown,
  );
});
