import type { Books, Circumstances, Position } from '../src/core/account/books.ts';
import { noEarnings } from '../src/core/account/earnings.ts';
import { standingIn } from '../src/core/account/standing.ts';
import { resurvey, survey } from '../src/core/exposure/survey.ts';
import { type InstrumentId, type LinearInstrument, parseInstrumentId } from '../src/core/market/instrument.ts';
import type { Quote } from '../src/core/market/quote.ts';
import { type Decimal, decimal, zero } from '../src/core/money/decimal.ts';
import { parseIntent, parsePrincipal } from '../src/core/order/parse-intent.ts';
import type { PlaceIntent, Principal } from '../src/core/order/intent.ts';
import { clientOrderId } from '../src/core/order/identity.ts';
import { positionKey } from '../src/core/order/leg.ts';
import type { Order } from '../src/core/order/order.ts';
import { noActivity } from '../src/core/policy/activity.ts';
import { decide } from '../src/core/policy/decide.ts';
import { defaultPolicy, type Policy } from '../src/core/policy/policy.ts';
import { type Figure, median, verdict } from './figure.ts';

const INSTRUMENTS = 20;
const OPEN_ORDERS = 50;
const ROUNDS = 30;
const ROUND_MILLISECONDS = 100;
const PER_SECOND_MIN = 50_000;
const NOW = Date.UTC(2026, 10, 23);

/**
 * Decisions a second in one process: twenty positions, fifty open orders, and an entry that every control lets pass. Between one decision and the next an
 * order has ended, another one was placed and a price has changed, as between decisions that are sent; what the fold does of that is not measured here.
 *
 * The fastest round is what counts: whatever else runs on the machine only ever makes a round slower. The middle one stands beside it.
 */
export function measureDecide(): Figure {
  const questions = questionsInTurn();
  const rates: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rates.push(rate(questions));
  const fastest = Math.max(...rates);
  const middle = median(rates);
  const told = (perSecond: number) => Math.round(perSecond).toLocaleString('en');
  return {
    name: 'decide',
    what: `decide, ${OPEN_ORDERS} open orders, ${INSTRUMENTS} positions`,
    budget: `≥ ${told(PER_SECOND_MIN)}/s`,
    measured: `${told(fastest)}/s (middle round ${told(middle)})`,
    peer: '',
    verdict: verdict(fastest >= PER_SECOND_MIN),
    values: { per_second: fastest, per_second_middle: middle },
  };
}

type Question = Parameters<typeof decide>[0];

function rate(questions: readonly Question[]): number {
  const startedAt = performance.now();
  let count = 0;
  while (performance.now() - startedAt < ROUND_MILLISECONDS) {
    for (const question of questions) {
      const decision = decide(question);
      if (decision.kind !== 'allow') throw new Error(`the order that is decided should pass: ${decision.message}`);
      count += 1;
    }
  }
  return (count * 1000) / (performance.now() - startedAt);
}

const agent = must(parsePrincipal('bench'));
const instruments = new Map(Array.from({ length: INSTRUMENTS }, (_, index) => instrumentOf(index)).map((each) => [each.id, each]));
const ids = [...instruments.keys()];

const policy: Policy = {
  ...defaultPolicy('sim'),
  instruments: ids,
  maxOrderSize: decimal('1000000'),
  maxPositionSize: decimal('100000000'),
  maxUnderlyingExposure: decimal('10000000'),
  maxTotalExposure: decimal('1000000000'),
  maxOpenPositions: 100,
  maxOpenOrders: 1000,
  maxDailyTrades: 1000,
  maxDailyLoss: decimal('1000000'),
  maxDrawdown: decimal('1000000'),
  maxLeverage: decimal('100'),
  maxAccountEquity: decimal('1000000000'),
};

const circumstances: Circumstances = {
  now: NOW,
  clockTrusted: true,
  readOnly: false,
  quotes: new Map(ids.map((id) => [id, quoteOf(id)])),
  funds: { equityUsd: decimal('100000000'), available: new Map([['USDT', decimal('100000000')]]), at: NOW },
  leverage: new Map(ids.map((id) => [id, decimal('3')])),
  funding: new Map(ids.map((id) => [id, { rate: decimal('0.0001'), paidAt: NOW + 600_000, at: NOW }])),
  coinPrices: new Map([['USDT', { price: decimal('1.0004'), at: NOW }]]),
};

const books: Books = {
  booting: false,
  mode: 'ACTIVE',
  positionMode: 'net',
  instruments,
  positions: new Map(ids.map((id) => [positionKey(id, 'net'), positionOf(id, decimal('7'))])),
  openOrders: new Map(Array.from({ length: OPEN_ORDERS }, (_, index) => orderOf(index)).map((order) => [order.clientOrderId, order])),
  baseline: { currencies: new Map(), contracts: new Map() },
  frozen: new Map(),
  activity: noActivity,
  earnings: noEarnings,
  standing: standingIn('sim', 0),
  unreachable: null,
};

/** One question after the other, each about books and prices that are a little different from those before. */
function questionsInTurn(): readonly Question[] {
  const questions: Question[] = [];
  let [now, seen] = [books, circumstances];
  survey(now);
  for (let index = 0; index < INSTRUMENTS; index += 1) {
    now = without(now, orderOf(index));
    now = withOrder(now, orderOf(OPEN_ORDERS + index));
    const id = idOf(index + 1);
    seen = { ...seen, quotes: new Map(seen.quotes).set(id, quoteOf(id)) };
    questions.push(questionAbout(index, now, seen));
  }
  return questions;
}

function without(before: Books, order: Order): Books {
  const openOrders = new Map(before.openOrders);
  openOrders.delete(order.clientOrderId);
  return surveyed(before, order, { ...before, openOrders });
}

function withOrder(before: Books, order: Order): Books {
  return surveyed(before, order, { ...before, openOrders: new Map(before.openOrders).set(order.clientOrderId, order) });
}

/** As the fold over entries does it. */
function surveyed(before: Books, { instrument, leg }: Order, after: Books): Books {
  resurvey(before, after, { instrument, leg });
  return after;
}

function questionAbout(index: number, now: Books, seen: Circumstances): Question {
  return {
    books: now,
    intent: intentOf(index),
    circumstances: seen,
    policy,
    approvalAbove: null,
    firstOfKind: false,
    approved: null,
    sharedPositions: false,
    replaces: null,
  };
}

function idOf(index: number): InstrumentId {
  return must(parseInstrumentId(`C${index % INSTRUMENTS}-USDT-SWAP`));
}

function instrumentOf(index: number): LinearInstrument {
  return {
    kind: 'linear',
    id: idOf(index),
    base: `C${index}`,
    quote: 'USDT',
    settle: 'USDT',
    tick: decimal('0.1'),
    lot: decimal('0.01'),
    minimum: decimal('0.01'),
    maximum: decimal('100000'),
    contractValue: decimal('0.01'),
    expiry: null,
    tradable: true,
  };
}

function quoteOf(id: InstrumentId): Quote {
  const price = decimal('60000.3');
  return {
    instrument: id,
    bid: decimal('60000.2'),
    ask: decimal('60000.4'),
    last: price,
    mark: price,
    index: price,
    volume: decimal('8422410'),
    book: bookOf(),
    range: { lowest: decimal('59900.7'), highest: decimal('60010.5'), since: NOW - 300_000 },
    at: NOW,
    receivedAt: NOW,
  };
}

/** Fifty levels a side, of which an order needs a few. */
function bookOf(): Quote['book'] {
  const level = (price: string, size: string) => [decimal(price), decimal(size)] as const;
  return {
    bids: Array.from({ length: 50 }, (_, index) => level(String(60_000 - index * 20), `${61 + index}.37`)),
    asks: Array.from({ length: 50 }, (_, index) => level(String(60_001 + index * 20), `${61 + index}.37`)),
    at: NOW,
    receivedAt: NOW,
  };
}

function positionOf(instrument: InstrumentId, size: Decimal): Position {
  return { instrument, leg: 'net', size, owners: new Map<Principal, Decimal>([[agent, size]]), openedAt: NOW };
}

function orderOf(index: number): Order {
  return {
    instrument: idOf(index),
    product: 'linear',
    side: 'buy',
    type: 'post_only',
    stop: null,
    size: decimal('1.25'),
    price: decimal('59000.5'),
    reduceOnly: false,
    leg: 'net',
    purpose: 'entry',
    clientOrderId: clientOrderId({ journal: 'abcdef', epoch: 1, sequence: index + 1 }),
    exchangeOrderId: String(1000 + index),
    principal: agent,
    intentId: intentOf(index).intentId,
    arrival: null,
    submittedAt: NOW,
    expiresAt: NOW,
    life: { kind: 'working' },
    filled: zero,
    filledValue: zero,
    reportedFilled: zero,
    cancel: 'none',
    amend: null,
    verification: 'none',
  };
}

function intentOf(index: number): PlaceIntent {
  const asked = {
    intent_id: `wish-${index}`,
    instrument: idOf(index),
    side: 'buy',
    type: 'limit',
    quantity: `${index + 1}.03`,
    quantity_unit: 'contracts',
    price: '59999.5',
    expected_notional_usd: String((index + 1.03) * 600),
    reason: 'a bench counts decisions',
  };
  const parsed = parseIntent({ principal: agent, tool: 'place_order', arguments: asked });
  if (!parsed.ok || parsed.value.kind !== 'place') throw new Error(`the wish cannot be read: ${JSON.stringify(parsed)}`);
  return parsed.value;
}

function must<Value>(result: { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly error: unknown }): Value {
  if (!result.ok) throw new Error(String(result.error));
  return result.value;
}
