import { apply, type Fact, orderOf } from '../../src/core/account/apply.ts';
import type { Circumstances } from '../../src/core/account/books.ts';
import { emptyState, type State } from '../../src/core/account/state.ts';
import type { Context } from '../../src/core/gateway/events.ts';
import { submission } from '../../src/core/gateway/wishes.ts';
import type { Entry } from '../../src/core/journal/entry.ts';
import type { InstrumentId } from '../../src/core/market/instrument.ts';
import type { CoinPrice } from '../../src/core/market/dollar-coins.ts';
import type { Funding, Quote } from '../../src/core/market/quote.ts';
import { decimal, formatDecimal, type Decimal } from '../../src/core/money/decimal.ts';
import type { CloseIntent, IntentId, PlaceIntent, Principal } from '../../src/core/order/intent.ts';
import type { ClientOrderId } from '../../src/core/order/order.ts';
import { decideAmend } from '../../src/core/policy/amend.ts';
import { parseConfiguration } from '../../src/core/policy/configuration.ts';
import { askingControls, controls, orderControls, wishControls } from '../../src/core/policy/controls.ts';
import type { ApprovedTerms } from '../../src/core/policy/control.ts';
import { decide, type Question } from '../../src/core/policy/decide.ts';
import type { Decision } from '../../src/core/policy/decision.ts';
import { defaultPolicy, type Policy } from '../../src/core/policy/policy.ts';
import type { Amend, Close, Event, Level, Limits, News, Place, Prices, Seen, Setup, Wish } from './story.ts';

/** What is judged: the decisions of the core, and the fold that remembers them, fed with plain events. */
export type Answer =
  | {
      /** `ask`: everything else passed, and a person has to agree. */
      readonly kind: 'allow' | 'ask';
      /** The control that asks for a person. */
      readonly by: string;
      readonly terms: Readonly<Record<'side' | 'leg' | 'type' | 'size' | 'price' | 'purpose', string>> & { readonly reduceOnly: boolean };
      readonly notional: string;
      readonly worstCase: string;
      /** Of an amendment. */
      readonly increases: boolean;
    }
  | {
      readonly kind: 'deny';
      /** The control that refused; empty where the wish did not come so far. */
      readonly by: string;
      readonly code: string;
      readonly message: string;
      readonly offer: string | null;
    };

/** The names of all controls of orders, in the order in which they are asked. */
export const controlNames: readonly string[] = controls.map(({ name }) => name);

/** Controls that make the core look for the largest size that would pass. */
export const searched: ReadonlySet<string> = new Set(orderControls.filter(({ bySize }) => bySize === 'monotone').map(({ name }) => name));

/** The first control that refused since this was emptied. Which one that was is not part of an answer where codes are shared. */
let refusedBy = '';
for (const control of wishControls) listenTo(control);
for (const control of [...orderControls, ...askingControls]) listenTo(control);

function listenTo<Asked>(control: { readonly name: string; readonly check: (of: Asked) => unknown }): void {
  const { name, check } = control;
  const heard = (of: Asked): unknown => {
    const said = check(of);
    if (said !== null && refusedBy === '') refusedBy = name;
    return said;
  };
  Object.defineProperty(control, 'check', { value: heard });
}

const parsed = parseConfiguration('');
if (!parsed.ok) throw new Error(parsed.error.message);
const configuration = parsed.value;
const JOURNAL = 'abcdef';

export class Subject {
  readonly #setup: Setup;
  readonly #policy: Policy;
  readonly #above: Decimal | null;
  #state: State = emptyState('okx:sim:1001');
  #now: number;
  #prices: Map<string, Prices>;
  #leverage: Map<string, string>;
  #funds: Setup['funds'];
  #trades = 0;
  readonly #ids = new Map<string, string>();
  readonly #waiting = new Map<number, { readonly wish: Place | Close; readonly shown: ApprovedTerms }>();
  /** All that was written down. */
  readonly facts: Fact[] = [];

  constructor(setup: Setup) {
    this.#setup = setup;
    this.#now = setup.at;
    this.#policy = policyOf(setup.limits);
    this.#above = setup.limits.approval_above === null ? null : decimal(setup.limits.approval_above);
    this.#prices = new Map(Object.entries(setup.prices));
    this.#leverage = new Map(Object.entries(setup.leverage));
    this.#funds = setup.funds;
    this.#write({ kind: 'genesis', journal: JOURNAL, environment: setup.opens ? 'sim' : 'live', version: '0' });
    this.#start(1);
    this.#write({
      kind: 'instruments',
      instruments: setup.instruments.map(({ contractValue, expiry, ...listed }) => ({
        ...listed,
        contract_value: contractValue,
        ...(expiry === null ? {} : { expiry }),
      })),
    });
    this.#write({ kind: 'baseline', ...setup.baseline, evidence: '' });
    if (setup.booted) this.#write({ kind: 'booted', mode: 'ACTIVE' });
  }

  set now(now: number) {
    this.#now = now;
  }

  /** Takes what happened. */
  take(event: Exclude<Event, Wish>): void {
    switch (event.kind) {
      case 'mode':
        return this.#write({ kind: 'mode', from: this.#state.mode, to: event.to, by: event.by, cause: 'a test' });
      case 'freeze':
        return this.#write({ kind: 'frozen', subject: event.subject, by: 'operator', cause: 'a test' });
      case 'thaw':
        return this.#write({ kind: 'thawed', subject: event.subject, by: 'operator', cause: 'a test' });
      case 'silence': {
        const state = event.isThere ? 'down' : 'up';
        return this.#write({ kind: 'notifier', sink: 'webhook', state, cause: 'a test', closes: event.isThere });
      }
      case 'restart':
        return this.#start(this.#state.epoch + 1);
      case 'booted':
        return this.#write({ kind: 'booted', mode: this.#state.mode });
      case 'prices':
        this.#prices.set(event.instrument, event.prices);
        return;
      case 'funds':
        this.#funds = event.funds;
        return;
      case 'leverage':
        if (event.set === null) this.#leverage.delete(event.instrument);
        else this.#leverage.set(event.instrument, event.set);
        return;
      case 'marked':
        return this.#write({ kind: 'marked', managed_usd: event.usd, prices: {}, halting: [] });
      default:
        return this.#write(this.#entryOf(event));
    }
  }

  /** Decides, and writes down what was allowed. */
  ask(wish: Wish): Answer {
    refusedBy = '';
    if (wish.kind === 'amend') return this.#amend(wish);
    if (wish.kind !== 'agree') return this.#order(wish, null);
    const waiting = this.#waiting.get(wish.to);
    if (waiting === undefined) throw new Error(`nothing waits as ${wish.to}`);
    return this.#order({ ...waiting.wish, seen: wish.seen }, waiting.shown);
  }

  #order(wish: Place | Close, approved: ApprovedTerms | null): Answer {
    const intent = intentOf(wish);
    const circumstances = this.#circumstances(wish.seen);
    const decision = decide({ ...this.#question(wish.by, circumstances), intent, approved, replaces: null });
    if (decision.kind === 'deny') return denied(decision);
    if (decision.kind === 'needs_approval') {
      this.#waiting.set(wish.id, { wish, shown: { size: decision.terms.size, price: decision.terms.price } });
      return agreed(decision, false);
    }
    const by = { principal: wish.by, intent_id: intent.intentId, tool: 'place_order', body_hash: '', outcome: 'allow' } as const;
    const context: Context = { circumstances, configuration, policyHash: '', requestHash: () => '', spent: 0 };
    const { entry } = submission(this.#state, { intent, decision, context });
    this.#write({ kind: 'decision', ...by, arguments: {}, client, code: '', message: '', limit: null, would_be_allowed: null, inputs });
    this.#write(entry);
    this.#ids.set(String(wish.id), entry.client_order_id);
    if (entry.protection !== undefined) this.#ids.set(`${wish.id}s`, entry.protection.client_order_id);
    return agreed(decision, false);
  }

  #amend(wish: Amend): Answer {
    const clientOrderId = this.#ids.get(wish.order) ?? 'nothing';
    const decided = decideAmend({
      ...this.#question(wish.by, this.#circumstances(wish.seen)),
      approved: null,
      intent: {
        ...askedBy(wish),
        kind: 'amend',
        clientOrderId: clientOrderId as ClientOrderId,
        size: amount(wish.size),
        price: amount(wish.price),
        expectedNotionalUsd: amount(wish.expected),
      },
    });
    if (!decided.ok) return denied(decided.error);
    const { decision, amend, increases } = decided.value;
    if (decision.kind === 'deny') return denied(decision);
    if (decision.kind === 'needs_approval') return agreed(decision, increases);
    const texts = { size: formatDecimal(amend.size), price: formatDecimal(amend.price) };
    this.#write({
      kind: 'amending',
      client_order_id: clientOrderId,
      ...texts,
      increases,
      notional_usd: formatDecimal(decision.notionalUsd),
    });
    return agreed(decision, increases);
  }

  #question(by: string, circumstances: Circumstances): Omit<Question, 'intent' | 'replaces' | 'approved'> {
    return {
      books: this.#state,
      circumstances,
      policy: this.#policy,
      approvalAbove: this.#above,
      firstOfKind: this.#setup.limits.approval_first,
      sharedPositions: this.#setup.sharing.includes(by),
    };
  }

  #circumstances(seen: Seen): Circumstances {
    const quotes = new Map<InstrumentId, Quote>();
    for (const [id, prices] of this.#prices) {
      if (seen.missing.includes(id)) continue;
      const instrument = id as InstrumentId;
      const at = { at: this.#now - (seen.age[id] ?? 0), receivedAt: this.#now - (seen.received[id] ?? 0) };
      const { bid, ask, last, mark, index, volume } = prices;
      const texts = {
        bid: decimal(bid),
        ask: decimal(ask),
        last: decimal(last),
        mark: amount(mark),
        index: amount(index),
        volume: amount(volume),
      };
      const range =
        prices.range === null ? null : { lowest: decimal(prices.range.lowest), highest: decimal(prices.range.highest), since: 0 };
      const asOf = this.#now - (seen.bookAge[id] ?? 0);
      const book =
        prices.book === null ? null : { bids: levels(prices.book.bids), asks: levels(prices.book.asks), at: asOf, receivedAt: asOf };
      quotes.set(instrument, { instrument, ...texts, range, book, ...at });
    }
    const coinPrices = new Map<string, CoinPrice>();
    for (const coin of ['USDT', 'USDC']) {
      const { [coin]: found = { price: '1', age: 0 } } = seen.coins;
      if (found !== null) coinPrices.set(coin, { price: decimal(found.price), at: this.#now - found.age });
    }
    const funding = new Map<InstrumentId, Funding>();
    for (const { id } of this.#setup.instruments) {
      const { [id]: next = { rate: '0.0001', left: 14_400_000, age: 0 } } = seen.funding;
      if (next !== null)
        funding.set(id as InstrumentId, { rate: decimal(next.rate), paidAt: this.#now + next.left, at: this.#now - next.age });
    }
    const available = new Map(Object.entries(this.#funds.available).map(([currency, text]) => [currency, decimal(text)]));
    return {
      now: this.#now,
      clockTrusted: seen.clockTrusted,
      readOnly: seen.readOnly,
      quotes,
      funding,
      coinPrices,
      funds: seen.fundsAge === null ? null : { equityUsd: decimal(this.#funds.equity), available, at: this.#now - seen.fundsAge },
      leverage: new Map([...this.#leverage].map(([id, set]) => [id as InstrumentId, decimal(set)])),
    };
  }

  #start(epoch: number): void {
    const mode = this.#setup.positionMode;
    this.#write({ kind: 'started', epoch, policy_hash: '', version: '0', read_only: false, position_mode: mode });
  }

  #entryOf(news: News): Entry {
    const id = { client_order_id: this.#ids.get(news.order) ?? '' };
    const number = { exchange_order_id: `x${news.order}` };
    switch (news.kind) {
      case 'accepted':
      case 'triggered':
        return { kind: news.kind, ...id, ...number };
      case 'rejected':
        return { kind: news.kind, ...id, code: '51000' };
      case 'not_sent':
      case 'unknown':
        return { kind: news.kind, ...id, cause: 'a test' };
      case 'not_found':
      case 'absent':
        return { kind: news.kind, ...id, evidence: '' };
      case 'cancelling':
        return { kind: news.kind, ...id, principal: 'operator', intent_id: 'cancel', reason: 'a test' };
      case 'armed':
        return { kind: news.kind, ...id, ...number, size: news.size };
      case 'reported':
        return { kind: news.kind, ...id, ...number, state: news.state, filled: news.filled };
      case 'amended':
        return { kind: news.kind, ...id, outcome: news.outcome };
      case 'fill': {
        this.#trades += 1;
        const order = this.#state.openOrders.get(id.client_order_id as ClientOrderId) ?? this.#done(id.client_order_id);
        const trade = { trade_id: String(this.#trades), bill_id: '', instrument: order.instrument, side: order.side, exchange_at: 0 };
        const { size, price, fee, feeCurrency } = news;
        return { kind: 'fill', ...id, ...number, ...trade, size, price, fee, fee_currency: feeCurrency };
      }
    }
  }

  #done(id: string): { readonly instrument: string; readonly side: 'buy' | 'sell' } {
    const order = orderOf(this.#state, id);
    if (order === undefined) throw new Error(`no order ${id}`);
    return order;
  }

  #write(entry: Entry): void {
    const fact = { seq: this.#state.seq + 1, at: this.#now, entry };
    this.facts.push(fact);
    this.#state = apply(this.#state, fact);
  }
}

const client = { name: '', version: '', tools_hash: '' };
const inputs = { policy_hash: '', mode: '', now: 0, quote: null, equity_usd: null, notional_usd: null, worst_case_after_usd: null };

function levels(texts: readonly Level[]): readonly (readonly [Decimal, Decimal])[] {
  return texts.map(([price, size]) => [decimal(price), decimal(size)]);
}

function amount(text: string | null): Decimal | null {
  return text === null ? null : decimal(text);
}

function askedBy({ id, by, reason }: Place | Close | Amend) {
  return { principal: by as Principal, intentId: `i${id}` as IntentId, reason, evidence: [], strategy: '' };
}

function intentOf(wish: Place | Close): PlaceIntent | CloseIntent {
  const instrument = wish.instrument as InstrumentId;
  if (wish.kind === 'close') return { ...askedBy(wish), kind: 'close', instrument, quantity: amount(wish.quantity) };
  const { side, type, quantity, unit, price, reduceOnly, takeProfit, stopLoss, expected } = wish;
  return {
    ...askedBy(wish),
    kind: 'place',
    instrument,
    side,
    type,
    quantity: decimal(quantity),
    quantityUnit: unit,
    price: amount(price),
    reduceOnly,
    takeProfit: amount(takeProfit),
    stopLoss: amount(stopLoss),
    expectedNotionalUsd: amount(expected),
  };
}

function denied({ code, message, wouldBeAllowed }: Extract<Decision, { kind: 'deny' }>): Answer {
  return { kind: 'deny', by: refusedBy, code, message, offer: wouldBeAllowed === null ? null : formatDecimal(wouldBeAllowed) };
}

function agreed(decision: Exclude<Decision, { kind: 'deny' }>, increases: boolean): Answer {
  const { side, leg, type, size, price, purpose, reduceOnly } = decision.terms;
  return {
    kind: decision.kind === 'allow' ? 'allow' : 'ask',
    by: decision.kind === 'allow' ? '' : refusedBy,
    terms: { side, leg, type, size: formatDecimal(size), price: formatDecimal(price), purpose, reduceOnly },
    notional: formatDecimal(decision.notionalUsd),
    worstCase: formatDecimal(decision.worstCaseAfterUsd),
    increases,
  };
}

function policyOf(limits: Limits): Policy {
  return {
    ...defaultPolicy('sim'),
    instruments: limits.instruments.map((id) => id as InstrumentId),
    orderTypes: limits.order_types,
    sides: limits.sides,
    quietHours: limits.quiet_hours,
    maxOrderSize: decimal(limits.max_order_size),
    maxPositionSize: decimal(limits.max_position_size),
    maxUnderlyingExposure: decimal(limits.max_underlying_exposure),
    maxTotalExposure: decimal(limits.max_total_exposure),
    maxOpenPositions: limits.max_open_positions,
    maxOpenOrders: limits.max_open_orders,
    maxDailyTrades: limits.max_daily_trades,
    maxDailyLoss: decimal(limits.max_daily_loss),
    maxDrawdown: decimal(limits.max_drawdown),
    maxLeverage: decimal(limits.max_leverage),
    maxMarginShare: decimal(limits.max_margin_share),
    minLiquidationDistance: decimal(limits.min_liquidation_distance),
    maxAccountEquity: decimal(limits.max_account_equity),
    minBalance: decimal(limits.min_balance),
    priceCollar: decimal(limits.price_collar),
    exitCollar: decimal(limits.exit_collar),
    maxOrderRate: { perSecond: limits.per_second, perMinute: limits.per_minute },
    maxSameSide: { per10Minutes: limits.per_10_minutes, perHour: limits.per_hour },
    duplicateWindowMilliseconds: limits.duplicate_window,
    maxDataAgeMilliseconds: limits.max_data_age,
    maxSpread: decimal(limits.max_spread),
    maxBookShare: decimal(limits.max_book_share),
    maxVolumeShare: decimal(limits.max_volume_share),
    maxPriceMove: decimal(limits.max_price_move),
    maxDivergence: decimal(limits.max_divergence),
    maxFundingRate: decimal(limits.max_funding_rate),
    requireReason: limits.require_reason,
    requireStop: limits.require_stop,
    minStopDistance: decimal(limits.min_stop_distance),
  };
}
