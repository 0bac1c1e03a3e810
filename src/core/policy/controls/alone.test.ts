import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../../money/decimal.ts';
import { positionKey } from '../../order/leg.ts';
import { noActivity, recordSubmission } from '../activity.ts';
import type { Proposal, Question, Refusal, Situation, Wish } from '../control.ts';
import { draft, wishOf } from '../draft.ts';
import { costOfOrder } from '../losses.ts';
import { accountEquity } from './account-equity.ts';
import { approvalAbove } from './approval.ts';
import { bookShare } from './book-share.ts';
import { dataAge } from './data-age.ts';
import { divergence } from './divergence.ts';
import { dollarPrice } from './dollar-price.ts';
import { duplicates } from './duplicates.ts';
import { orderTypes, sides } from './entitlement.ts';
import { expectedNotional } from './expected-notional.ts';
import { firstOfKind } from './first-of-kind.ts';
import { fundingRate } from './funding-rate.ts';
import { availableFunds } from './funds.ts';
import { halted } from './halted.ts';
import { instruments } from './instruments.ts';
import { leverage } from './leverage.ts';
import { dailyLoss, drawdown } from './losses.ts';
import { liquidationDistance, marginShare } from './margin.ts';
import { minBalance } from './min-balance.ts';
import { maxOpenOrders } from './open-orders.ts';
import { minimumSize } from './order-bounds.ts';
import { othersPosition } from './others-position.ts';
import { precision } from './precision.ts';
import { priceMove } from './price-move.ts';
import { quietHours } from './quiet-hours.ts';
import { reducing } from './reducing.ts';
import { attachedStopDistance } from './stops.ts';
import { underlyingExposure } from './underlying-exposure.ts';
import { whichLeg } from './which-leg.ts';
import {
  asking,
  books,
  circumstances,
  closing,
  d,
  held,
  id,
  inverse,
  NOW,
  openOrder,
  operator,
  placing,
  quoteOf,
  spot,
  swap,
  unknownLife,
  wish,
} from '../../../../test/support/policy-samples.ts';

// Each control asked alone, with what the controls before it would have refused, and at the very edge of what it takes. BTC is at 60,000.

type Intent = Parameters<typeof asking>[0];
type Changes = Parameters<typeof asking>[1];

const buy = wish(spot, 'buy', '0.001');
const long = wish(swap, 'buy', '1');

/** The wish and its order as the controls get them, with some of it replaced. */
function proposed(intent: Intent, changes: Changes = {}, given: Partial<Situation> = {}, asked: Partial<Question> = {}): Proposal {
  const seen = wishOf({ ...asking(intent, changes), ...asked });
  const { instrument, quote, reference } = seen;
  assert.ok(instrument !== undefined && quote !== undefined && reference !== null);
  const proposal = draft({ ...seen, instrument, quote, reference });
  return { ...proposal, situation: { ...proposal.situation, ...given } };
}

function wished(intent: Intent, changes: Changes = {}, given: Partial<Wish> = {}): Wish {
  return { ...wishOf(asking(intent, changes)), ...given };
}

function said(refused: Refusal | null): string {
  return refused === null ? 'passes' : `${refused.code} ${refused.text}`;
}

const poor = { circumstances: { funds: null } } as const;
const leverageUnknown = { circumstances: { leverage: new Map() } } as const;
const unknown = { kind: 'unknown', cause: 'nobody knows' } as const;

test('each control refuses by itself what is not known, whichever control stands before it', () => {
  assert.equal(said(accountEquity(proposed(buy, poor))), 'STALE_DATA the equity of the account is not known');
  assert.equal(said(minBalance(proposed(buy, poor))), 'STALE_DATA the equity of the account is not known');
  assert.equal(said(availableFunds(proposed(buy, poor))), 'STALE_DATA the balance of the account is not known');
  assert.equal(said(leverage(proposed(buy, poor))), 'STALE_DATA equity or exposure is not known');
  const others = { kind: 'unknown', instrument: swap.id } as const;
  assert.equal(said(leverage(proposed(buy, {}, { others }))), 'STALE_DATA equity or exposure is not known');
  for (const control of [marginShare, liquidationDistance]) {
    assert.equal(said(control(proposed(long, poor))), 'STALE_DATA the equity of the account is not known');
    assert.equal(
      said(control(proposed(long, leverageUnknown))),
      'STALE_DATA the leverage set for BTC-USDT-SWAP at the exchange is not known',
    );
  }
  assert.equal(said(dailyLoss(proposed(buy, {}, { losses: unknown }))), 'STALE_DATA the loss of this day is not known: nobody knows');
  assert.equal(said(drawdown(proposed(buy, {}, { losses: unknown }))), 'STALE_DATA the loss from the peak is not known: nobody knows');
  assert.equal(said(bookShare({ ...proposed(buy), book: null })), 'STALE_DATA there is no order book of BTC-USDT');
  assert.equal(said(divergence(wished(long, {}, { reference: null }))), 'STALE_DATA there is no mark price of BTC-USDT-SWAP');
  assert.equal(
    said(priceMove(wished(long, {}, { reference: null }))),
    'STALE_DATA it is not known how the price of BTC-USDT-SWAP has moved',
  );
  const beside = { positions: [[swap, held('1')]], circumstances: { coinPrices: new Map() } } as const;
  assert.equal(
    said(underlyingExposure(proposed(buy, beside))),
    'STALE_DATA the worth of what is held or open in BTC-USDT-SWAP is not known: its coin has no price in dollars',
  );
});

test('without an instrument or a price, controls of the market leave the refusal to those that say so', () => {
  for (const control of [dataAge, divergence, dollarPrice, fundingRate, precision, priceMove])
    assert.equal(said(control(wished(buy, {}, { instrument: undefined }))), 'passes', control.name);
  for (const control of [divergence, priceMove]) assert.equal(said(control(wished(buy, {}, { quote: undefined }))), 'passes', control.name);
});

test('a person is asked where the worst case is not known, and no code but that of a person who did not agree is given', () => {
  const quotes = new Map([[spot.id, quoteOf(spot, '60000')]]);
  const blind: Changes = { positions: [[swap, held('1')]], circumstances: { quotes }, approvalAbove: d('1000') };
  assert.equal(
    said(approvalAbove(proposed(buy, blind))),
    'APPROVAL_DENIED the worst case of the underlying of BTC-USDT is not known, and above 1000 USD a person has to agree',
  );
  assert.equal(approvalAbove(proposed(buy, { approvalAbove: d('60') }))?.code, 'APPROVAL_DENIED');
  const owned: Changes = { approvalAbove: d('100'), positions: [[spot, held('0.001')]] };
  assert.equal(approvalAbove(proposed(buy, owned))?.code, 'APPROVAL_DENIED');
  assert.equal(firstOfKind(proposed(buy, { firstOfKind: true }))?.code, 'APPROVAL_DENIED');
  const marks = { fingerprints: [], duplicateWindowMilliseconds: 0, latchesSameSide: false };
  const small = { principal: buy.principal, instrument: spot.id, underlying: 'BTC', side: 'buy', notionalUsd: d('1'), marks } as const;
  const activity = recordSubmission(noActivity, { ...small, purpose: 'entry', at: NOW - 1 });
  assert.equal(firstOfKind(proposed(buy, { firstOfKind: true, books: { activity } }))?.code, 'APPROVAL_DENIED');
});

test('a close is asked nothing of what only an order that opens says', () => {
  const close = closing({ instrument: swap.id });
  const positions = [[swap, held('1')]] as const;
  assert.equal(said(orderTypes(wished(close, { positions, policy: { orderTypes: [] } }))), 'passes');
  assert.equal(said(sides(wished(close, { positions, policy: { sides: [] } }))), 'passes');
  assert.equal(said(attachedStopDistance(proposed(close, { positions }))), 'passes');
  assert.equal(said(maxOpenOrders(proposed(close, { positions, policy: { maxOpenOrders: 1 } }))), 'passes');
  const before = { contracts: new Map([[positionKey(swap.id, 'net'), d('-1')]]), currencies: new Map() };
  assert.equal(said(instruments(wished(close, { positions, books: { baseline: before } }))), 'passes');
});

test('an exit passes where an entry on its instrument would not, and holding something lets no entry in', () => {
  const positions = [[swap, held('1')]] as const;
  const close = closing({ instrument: swap.id });
  const halting = { books: { instruments: new Map([[swap.id, { ...swap, tradable: false }]]) } };
  assert.equal(said(instruments(wished(close, { positions, ...halting }))), 'passes');
  const tether = { ...spot, id: id('USDT-USD'), base: 'USDT', quote: 'USD', settle: 'USD' };
  const mixed: Changes = {
    positions,
    books: { instruments: new Map(books.instruments).set(tether.id, tether) },
    policy: { instruments: [spot.id, swap.id, inverse.id, tether.id] },
  };
  assert.equal(said(instruments(wished(close, mixed))), 'passes');
  assert.match(said(instruments(wished(long, mixed))), /^NOT_ALLOWED BTC-USDT-SWAP pays in USDT, which USDT-USD trades too/);
  assert.match(said(instruments(wished(long, { positions, policy: { instruments: [spot.id] } }))), /^NOT_ALLOWED .*is not in the list/);
});

test('a spot pair pays in its quote currency, and a contract in the currency that it settles in', () => {
  const odd = { books: { instruments: new Map(books.instruments).set(spot.id, { ...spot, settle: 'BTC' }) } };
  assert.equal(said(instruments(wished(buy, odd))), 'passes');
  const coin = { ...spot, id: id('LTC-USDT'), base: 'LTC' };
  const beside = {
    books: { instruments: new Map(books.instruments).set(coin.id, coin) },
    policy: { instruments: [spot.id, inverse.id, coin.id] },
  };
  assert.match(said(instruments(wished(wish(inverse, 'buy', '1'), beside))), /^NOT_ALLOWED LTC-USD-SWAP pays in LTC/);
});

test('on the side that was held before, an entry goes on', () => {
  const before = (size: string) => ({
    books: { baseline: { currencies: new Map(), contracts: new Map([[positionKey(swap.id, 'net'), d(size)]]) } },
  });
  assert.equal(said(instruments(wished(long, before('3')))), 'passes');
  assert.equal(said(instruments(wished(wish(swap, 'sell', '1'), before('-3')))), 'passes');
  assert.match(said(instruments(wished(long, before('-3')))), /held the other way before twokey.* a buy could not/);
});

test('what open buys may still take is counted where the balance cannot show it yet, and nothing else is', () => {
  const funds = { equityUsd: d('100'), available: new Map([['USDT', d('100')]]), at: NOW };
  const other = { ...spot, id: id('BTC-USDC'), quote: 'USDC', settle: 'USDC' };
  const with_ = (order: ReturnType<typeof openOrder>) =>
    proposed(buy, {
      circumstances: { funds },
      books: { instruments: new Map(books.instruments).set(other.id, other), openOrders: new Map([[order.clientOrderId, order]]) },
    });
  for (const change of [{ life: { kind: 'submitting' } }, { life: unknownLife }, { submittedAt: NOW }, { submittedAt: NOW + 1 }] as const)
    assert.match(said(availableFunds(with_(openOrder(spot, 'buy', '0.001', change)))), /^INSUFFICIENT_FUNDS/);
  assert.equal(said(availableFunds(with_(openOrder(spot, 'buy', '0.001')))), 'passes');
  assert.equal(said(availableFunds(with_(openOrder(spot, 'sell', '0.001', { life: unknownLife })))), 'passes');
  assert.equal(said(availableFunds(with_(openOrder(other, 'buy', '0.001', { life: unknownLife })))), 'passes');
  const gone = openOrder({ ...spot, id: id('GONE-USDT') }, 'buy', '0.001', { life: unknownLife });
  assert.equal(said(availableFunds(with_(gone))), 'passes');
  const empty = { circumstances: { funds: { ...funds, available: new Map() } }, positions: [[spot, held('1')]] } as const;
  assert.equal(said(availableFunds(proposed(wish(spot, 'sell', '0.001'), empty))), 'passes', 'a sale pays nothing');
});

test('an entry that faces what others hold may use its own share, less what its own open orders on that side take', () => {
  const positions = [[swap, held('3', { alpha: '1', beta: '2' })]] as const;
  const sell = (size: string, orders: readonly ReturnType<typeof openOrder>[] = []) =>
    said(othersPosition(proposed(wish(swap, 'sell', size), { positions, orders })));
  const refused = 'NOT_ALLOWED BTC-USDT-SWAP is held for somebody else, and a sell would close it';
  assert.equal(sell('1'), 'passes');
  assert.equal(sell('1.01'), refused);
  assert.equal(sell('1', [openOrder(swap, 'sell', '0.5')]), refused);
  assert.equal(sell('0.5', [openOrder(swap, 'sell', '0.5')]), 'passes');
  assert.equal(sell('1', [openOrder(swap, 'buy', '0.5')]), 'passes');
  assert.equal(sell('1', [openOrder(swap, 'sell', '0.5', { principal: operator })]), 'passes');
});

test('at its very limit each of these takes what is asked', () => {
  const { instrument, reference, terms } = proposed(buy);
  const cost = costOfOrder({ instrument, reference, side: 'buy', size: terms.size, price: terms.price });
  assert.equal(said(dailyLoss(proposed(buy, { policy: { maxDailyLoss: cost } }))), 'passes');
  assert.equal(said(drawdown(proposed(buy, { policy: { maxDrawdown: cost } }))), 'passes');
  const old = { funds: { equityUsd: d('100'), available: new Map(), at: NOW - 10_000 } };
  assert.equal(said(dataAge(wished(buy, { circumstances: old }))), 'passes');
  const worst = formatDecimal(proposed(long).worstCaseUsd.after);
  assert.equal(said(underlyingExposure(proposed(long, { policy: { maxUnderlyingExposure: d(worst) } }))), 'passes');
  const margin = { kind: 'known', worthUsd: d('397'), initialUsd: d('0') } as const;
  const even = { equityUsd: d('220'), margin };
  assert.equal(said(liquidationDistance(proposed(long, { policy: { minLiquidationDistance: d('0.2') } }, even))), 'passes');
  const edge = { reference: d('60000'), policy: { minStopDistance: d('0.01') } };
  const beyond = { ...proposed({ ...long, stopLoss: d('60600') }, { policy: edge.policy }), reference: edge.reference };
  assert.equal(said(attachedStopDistance(beyond)), 'passes');
});

test('the position that an order moves is counted once, and one that nobody knows any more is of no underlying', () => {
  const worst = (size: string) => said(underlyingExposure(proposed(long, { positions: [[swap, held(size)]], policy: limit })));
  const limit = { maxUnderlyingExposure: d('1206') };
  assert.equal(worst('1'), 'passes');
  assert.match(worst('1.01'), /^MAX_UNDERLYING_EXPOSURE/);
  const gone = { ...spot, id: id('GONE-USDT') };
  assert.equal(said(underlyingExposure(proposed(long, { positions: [[gone, held('1')]], policy: limit }))), 'passes');
});

test('the whole book and no more is a share of it, and more than the book would be filled beyond it', () => {
  const book = { bids: [[d('59999'), d('9')]], asks: [[d('60000'), d('10')]], at: NOW, receivedAt: NOW } as const;
  const quotes = new Map(circumstances.quotes).set(swap.id, quoteOf(swap, '60000', { book }));
  const asked = (size: string) =>
    said(bookShare(proposed(wish(swap, 'buy', size), { circumstances: { quotes }, policy: { maxBookShare: d('0.5') } })));
  assert.equal(asked('5'), 'passes');
  assert.match(asked('10'), /^LIQUIDITY 10 contracts of BTC-USDT-SWAP is more than 50 % of the book/);
  assert.match(asked('10.01'), /would be filled beyond it/);
});

test('an amount of money is compared as it was asked, though lots take half of it away', () => {
  for (const unit of ['usd', 'quote'] as const)
    assert.equal(said(expectedNotional(proposed(wish(swap, 'buy', '11', { unit, worth: '11' })))), 'passes', unit);
  assert.match(said(expectedNotional(proposed(wish(swap, 'buy', '0.01', { worth: '11' })))), /^UNIT_MISMATCH/);
});

test('funding that is due now counts, and one that was due two minutes ago may not have been told yet', () => {
  const due = (ago: number) => {
    const funding = new Map([[swap.id, { rate: d('0.01'), paidAt: NOW - ago, at: NOW }]]);
    return said(fundingRate(wished(long, { circumstances: { funding }, policy: { maxFundingRate: d('0.003') } })));
  };
  assert.equal(due(0), 'NOT_ALLOWED BTC-USDT-SWAP pays funding of 1 % in 0 minutes');
  assert.equal(due(1), 'passes');
  assert.equal(due(120_000), 'passes');
  assert.equal(due(120_001), 'STALE_DATA the next funding of BTC-USDT-SWAP is not known');
});

test('halted, the operator closes and opens nothing', () => {
  const changes = { mode: 'HALTED', positions: [[spot, held('1')]] } as const;
  assert.equal(said(halted(wished(closing({ principal: operator }), changes))), 'passes');
  assert.match(said(halted(wished(placing({ principal: operator }), changes))), /^HALTED/);
});

test('quiet hours that end when they begin are the whole day', () => {
  for (const period of ['12:00-12:00', '00:00-00:00'])
    assert.match(said(quietHours(wished(buy, { policy: { quietHours: [period] } }))), /^NOT/);
});

test('a stop order that travels with an entry counts as one more, for either of its triggers', () => {
  const policy = { maxOpenOrders: 1 };
  assert.equal(said(maxOpenOrders(proposed(buy, { policy }))), 'passes');
  for (const trigger of [{ stopLoss: d('59000') }, { takeProfit: d('61000') }])
    assert.equal(said(maxOpenOrders(proposed({ ...long, ...trigger }, { policy }))), 'MAX_OPEN_ORDERS 0 of at most 1 orders are open');
});

test('less than the least of the exchange is no close either, unless it is all that there is', () => {
  const positions = [[spot, held('1')]] as const;
  const little = closing({ quantity: d('0.000001') });
  assert.match(said(minimumSize(proposed(little, { positions }))), /^MIN_ORDER_SIZE/);
  assert.match(said(reducing(proposed(little, { positions }))), /^NOT_REDUCING/);
  assert.equal(said(minimumSize(proposed(closing(), { positions: [[spot, held('0.000001')]] }))), 'passes');
});

test('only a close has to say which leg it means', () => {
  const positions = new Map(
    (['long', 'short'] as const).map((leg) => {
      const size = leg === 'long' ? '1' : '-1';
      return [positionKey(swap.id, leg), { ...held(size, { alpha: size }, leg), instrument: swap.id }] as const;
    }),
  );
  const legs: Changes = { books: { positionMode: 'long_short', positions } };
  assert.equal(said(whichLeg(wished(long, legs))), 'passes');
  assert.match(said(whichLeg(wished(closing({ instrument: swap.id }), legs))), /^NOT_ALLOWED/);
});

test('an order that becomes another one is no duplicate, and costs at once what the dearer of the two would', () => {
  const marks = { duplicateWindowMilliseconds: 30_000, latchesSameSide: false };
  const like = recordSubmission(noActivity, {
    principal: buy.principal,
    instrument: spot.id,
    underlying: 'BTC',
    side: 'buy',
    notionalUsd: d('60'),
    purpose: 'entry',
    at: NOW - 1,
    marks: { ...marks, fingerprints: ['alpha BTC-USDT buy limit 0.001 600000'] },
  });
  const replaces = openOrder(spot, 'buy', '0.001', { price: d('60200') });
  const again = { books: { activity: like } };
  assert.match(said(duplicates(proposed(buy, again))), /^DUPLICATE_SUSPECT/);
  assert.equal(said(duplicates(proposed(buy, again, {}, { replaces }))), 'passes');
  // The fee is 0.09 USD, and the way from the middle of the book to 60,200 another 0.2.
  const policy = { maxDailyLoss: d('0.2') };
  assert.equal(said(dailyLoss(proposed(buy, { policy }))), 'passes');
  assert.match(said(dailyLoss(proposed(buy, { policy }, {}, { replaces }))), /^MAX_DAILY_LOSS/);
});
