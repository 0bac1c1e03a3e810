import { positionKey } from '../../src/core/order/leg.ts';
import { apply, type Fact, orderOf } from '../../src/core/account/apply.ts';
import type { Circumstances } from '../../src/core/account/books.ts';
import { emptyState, type State } from '../../src/core/account/state.ts';
import { step } from '../../src/core/gateway.ts';
import { COMPARE_ATTEMPTS_MAX } from '../../src/core/gateway/comparing.ts';
import type { Context, Effect, Event, Search } from '../../src/core/gateway/events.ts';
import type { Entry } from '../../src/core/journal/entry.ts';
import type { Instrument } from '../../src/core/market/instrument.ts';
import { type Decimal, formatDecimal, zero } from '../../src/core/money/decimal.ts';
import type { Json } from '../../src/core/lang/canonical.ts';
import type { CancelIntent, CloseIntent, Intent, IntentId, PlaceIntent, RebalanceIntent } from '../../src/core/order/intent.ts';
import type { Order } from '../../src/core/order/order.ts';
import type { FillReport, OrderReport } from '../../src/core/order/report.ts';
import { type Configuration, type Environment, parseConfiguration } from '../../src/core/policy/configuration.ts';
import type { Snapshot } from '../../src/core/reconcile/compare.ts';
import {
  alpha,
  calmMarket,
  circumstances,
  closing,
  d,
  ether,
  inverse,
  NOW,
  quoteOf,
  rebalancing,
  spot,
  swap,
  wish,
} from './policy-samples.ts';

const wide = `[policy]
instruments = ["BTC-USDT", "ETH-USDT", "BTC-USDT-SWAP", "LTC-USD-SWAP"]
max_order_size = 100000
max_position_size = 100000
max_total_exposure = 1000000
max_leverage = 100
max_account_equity = 10000000
max_spread = "100%"
max_book_share = "100%"
max_volume_share = "100%"
max_price_move = "50%"
max_divergence = "50%"
max_funding_rate = "50%"
max_daily_loss = 100000
max_drawdown = 100000
`;

/** What the owner is told besides: nothing, where a test does not want it. */
const calm = '[alerts]\nnormal_order_size = 1000000\ntrades_per_window = { count = 999 }\nmax_holding = "365d"';

/** Limits wide open but for the lines of `[policy]` that are given; one agent, `alpha`. */
function configurationOf(lines: string): Configuration {
  const kept = wide.split('\n').filter((line) => line.startsWith('[') || !lines.includes(line.split(' =')[0] ?? ''));
  const parsed = parseConfiguration(
    `${kept.join('\n')}\n${lines}\n[agents.alpha]\n[agents.beta]\n${lines.includes('[alerts]') ? '' : calm}\n`,
  );
  if (!parsed.ok) throw new Error(`${parsed.error.key}: ${parsed.error.message}`);
  return parsed.value;
}

/**
 * The decisions of a gateway without an engine: every event is stepped and applied at once, and what would be done is kept for the test to look at.
 * Prices and balance are always fresh; the exchange is whatever the test says that it said.
 */
export class GatewayBench {
  state: State;
  now = NOW;
  effects: readonly Effect[] = [];
  readonly entries: Entry[] = [];
  /** The same with their times. */
  readonly facts: Fact[] = [];
  /** What differs from prices and balances that are all there and fresh. */
  changes: Partial<Circumstances> = {};
  readonly #configuration: Configuration;
  #calls = 0;

  readonly policyLines: string;
  readonly environment: Environment;
  /** The program that starts. */
  version = '0';

  constructor(policyLines = '', environment: Environment = 'sim') {
    this.policyLines = policyLines;
    this.environment = environment;
    this.state = emptyState(this.#account());
    this.#configuration = configurationOf(policyLines);
  }

  /** A gateway that has ended its first comparison. */
  static running(policyLines = '', environment: Environment = 'sim'): GatewayBench {
    const bench = new GatewayBench(policyLines, environment);
    bench.start();
    bench.take({ kind: 'instruments_read', instruments: [spot, ether, swap, inverse] });
    bench.compare('boot');
    return bench;
  }

  take(event: Event): readonly Entry[] {
    const { entries, effects } = step(this.state, event, this.#context());
    for (const entry of entries) this.write(entry);
    this.effects = effects;
    return entries;
  }

  /** Stands in the journal as if it had come out of a step. */
  write(entry: Entry): void {
    const fact = { seq: this.state.seq + 1, at: this.now, entry };
    this.state = apply(this.state, fact);
    this.entries.push(entry);
    this.facts.push(fact);
  }

  /** A start, the first or a later one: of what was, only the journal is left. */
  start(): readonly Entry[] {
    this.state = this.entries.reduce(
      (state, entry) => apply(state, { seq: state.seq + 1, at: this.now, entry }),
      emptyState(this.#account()),
    );
    const { environment, version } = this;
    return this.take({ kind: 'started', journal: 'abcdef', environment, version, policyHash: 'policy', readOnly: false });
  }

  #account(): string {
    return `okx:${this.environment}:1001`;
  }

  /** A comparison with what the exchange holds: nothing but the balance, where the test does not say more. */
  compare(
    trigger: 'boot' | 'hourly' | 'operator' | 'routine',
    holds: Partial<Snapshot> = {},
    attempt: number = COMPARE_ATTEMPTS_MAX,
  ): readonly Entry[] {
    return this.take({ kind: 'snapshot', trigger, attempt, snapshot: { ...this.#emptySnapshot(), ...holds } });
  }

  place(instrument: Instrument, side: 'buy' | 'sell', quantity: string, changes: Partial<PlaceIntent> = {}): Order | undefined {
    return this.ask({ ...wish(instrument, side, quantity), ...changes });
  }

  close(instrument: Instrument, changes: Partial<CloseIntent> = {}): Order | undefined {
    return this.ask({ ...closing({ instrument: instrument.id }), ...changes });
  }

  /** Asks, and returns the order when one was allowed. Without an `intentId` of the test's own every call is a new wish. */
  ask(intent: PlaceIntent | CloseIntent | CancelIntent): Order | undefined {
    this.#calls += 1;
    const intentId = intent.intentId === 'i1' ? (`call${this.#calls}` as IntentId) : intent.intentId;
    const tool = { place: 'place_order', close: 'close_position', cancel: 'cancel_orders' }[intent.kind];
    this.take({
      kind: 'asked',
      call: this.#calls,
      tool,
      intent: { ...intent, intentId },
      arguments: wordsOf({ ...intent, intentId }),
      client,
    });
    return [...this.state.openOrders.values()].find((order) => order.intentId === intentId);
  }

  /** Asks for weights, and returns the orders in the order in which they are sent; none where it was denied. */
  rebalance(
    weights: readonly (readonly [Instrument, string])[],
    baseUsd: string,
    changes: Partial<RebalanceIntent> = {},
  ): readonly Order[] {
    this.#calls += 1;
    const intent = { ...rebalancing(weights, baseUsd), intentId: `call${this.#calls}` as IntentId, ...changes };
    this.asked(intent);
    return [...this.state.openOrders.values()].filter((order) => order.intentId === intent.intentId);
  }

  /** The wish as it reaches the gateway; the same one again where it was asked before. */
  asked(intent: RebalanceIntent): readonly Entry[] {
    return this.take({ kind: 'asked', call: this.#calls, tool: 'rebalance', intent, arguments: wordsOf(intent), client });
  }

  /** What a decision taken now would look at beside the state. */
  context(): Context {
    return this.#context();
  }

  cancelAll(): void {
    this.ask({
      kind: 'cancel',
      principal: alpha,
      intentId: 'i1' as IntentId,
      reason: 'a test',
      evidence: [],
      strategy: '',
      target: { kind: 'all' },
    });
  }

  /** An order that the exchange took and filled whole, every fill booked. */
  filled(order: Order | undefined): void {
    if (order === undefined) throw new Error('there is no order to fill');
    this.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'accepted', exchangeOrderId: '77' } });
    this.take(lookedUp(order, 'filled', formatDecimal(order.size), [fill(order, formatDecimal(order.size))]));
  }

  accept(order: Order | undefined): Order {
    if (order === undefined) throw new Error('there is no order to accept');
    this.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'accepted', exchangeOrderId: '77' } });
    this.take(lookedUp(order, 'live', '0'));
    return this.current(order);
  }

  lose(order: Order | undefined): Order {
    if (order === undefined) throw new Error('there is no order to lose');
    this.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'unknown', cause: 'no answer' } });
    return this.current(order);
  }

  search(order: Order, said: Partial<Search> = {}): readonly Entry[] {
    return this.take({ kind: 'searched', clientOrderId: order.clientOrderId, search: { ...nothingFound(this.now), ...said } });
  }

  /** The order as the books have it now. */
  current(order: Order): Order {
    const found = orderOf(this.state, order.clientOrderId);
    if (found === undefined) throw new Error(`no order ${order.clientOrderId}`);
    return found;
  }

  /** The exchange lists what waits there: nothing, where the test does not say more. */
  enumerate(said: Partial<Extract<Event, { kind: 'enumerated' }>> = {}): readonly Entry[] {
    const when = { askedAt: this.now, askedFor: this.state.killing?.seq ?? 0 };
    return this.take({
      kind: 'enumerated',
      orders: [],
      algos: [],
      complete: true,
      ...when,
      underWay: [],
      cause: '',
      evidence: 'e',
      ...said,
    });
  }

  operate(verb: 'halt' | 'reduce_only' | 'resume'): readonly Entry[] {
    // Nobody resumes before the exchange has said that nothing is left.
    if (verb === 'resume') this.enumerate();
    return this.take({ kind: 'operated', verb, reason: 'a test', haltFileExists: false, from: this.state.mode });
  }

  position(instrument: Instrument): string {
    return formatDecimal(this.state.positions.get(positionKey(instrument.id, 'net'))?.size ?? zero);
  }

  /** The code of the last decision, `allow` where it allowed. */
  lastDecision(): string {
    const decision = this.entries.findLast((entry) => entry.kind === 'decision');
    return decision?.kind === 'decision' ? decision.code || decision.outcome : '';
  }

  kinds(): readonly string[] {
    return this.entries.map(({ kind }) => kind);
  }

  effectKinds(): readonly string[] {
    return this.effects.map(({ kind }) => kind);
  }

  #context(): Context {
    const fresh = { at: this.now, receivedAt: this.now };
    const quotes = new Map(
      [quoteOf(spot, '60000', fresh), quoteOf(ether, '3000', fresh), quoteOf(swap, '60000', fresh), quoteOf(inverse, '60000', fresh)].map(
        (quote) => [quote.instrument, quote],
      ),
    );
    const funds = circumstances.funds === null ? null : { ...circumstances.funds, at: this.now };
    return {
      circumstances: { ...circumstances, ...calmMarket(this.now), now: this.now, quotes, funds, ...this.changes },
      configuration: this.#configuration,
      policyHash: 'policy',
      requestHash: () => 'hash',
      spent: 0,
    };
  }

  #emptySnapshot(): Snapshot {
    const config = {
      uid: '1001',
      mainUid: '1000',
      accountLevel: '2',
      positionMode: 'net_mode',
      permissions: ['read_only', 'trade'],
      addresses: ['127.0.0.1'],
      label: '',
      autoLoan: false,
      spotBorrow: false,
    };
    const currencies = [{ currency: 'USDT', total: d('1000000'), available: d('1000000') }];
    const balance = { equityUsd: d('1000000'), currencies, at: this.now };
    return { positions: [], balance, pending: [], algos: [], recent: [], bills: [], config, evidence: 'e', askedAtSeq: this.state.seq };
  }
}

const client = { name: 'test', version: '1', toolsHash: '' };

function wordsOf(intent: Intent): Json {
  const words = JSON.stringify({ ...intent, intentId: '' }, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  return { intent_id: intent.intentId, words };
}

/** What the exchange says of an order of ours. */
export function report(order: Order, state: OrderReport['state'], filled: string): OrderReport {
  return {
    clientOrderId: order.clientOrderId,
    exchangeOrderId: '77',
    algoClientOrderId: '',
    instrument: order.instrument,
    side: order.side,
    size: order.size,
    price: order.price,
    filled: d(filled),
    averagePrice: null,
    state,
    reduceOnly: order.reduceOnly,
    leg: order.leg,
    tag: '',
    category: 'normal',
    updatedAt: 0,
  };
}

export function fill(order: Order, size: string, tradeId: string = order.clientOrderId): FillReport {
  return {
    tradeId,
    billId: '1',
    clientOrderId: order.clientOrderId,
    exchangeOrderId: '77',
    instrument: order.instrument,
    side: order.side,
    leg: order.leg,
    liquidity: 'taker',
    size: d(size),
    price: order.price,
    fee: zero,
    feeCurrency: 'USDT',
    at: 0,
  };
}

export function lookedUp(order: Order, state: OrderReport['state'], filled: string, fills: readonly FillReport[] = []): Event {
  return { kind: 'inspected', clientOrderId: order.clientOrderId, order: { kind: 'order', order: report(order, state, filled) }, fills };
}

/** A look-up that failed in every part: it proves nothing. */
export const nothingSaid: Partial<Search> = {
  order: { kind: 'failed', cause: 'no connection' },
  pending: 'failed',
  history: 'failed',
  fills: null,
  holding: 'failed',
};

function nothingFound(startedAt: number): Search {
  return {
    startedAt,
    order: { kind: 'absent' },
    pending: 'not_listed',
    history: 'not_listed',
    fills: [],
    holding: 'unchanged',
    evidence: { order: 'e', pending: 'e', history: 'e', fills: 'e', holding: 'e' },
  };
}

/** An open position of somebody, as the exchange tells it. */
export function told(instrument: Instrument, size: string): { readonly positions: Snapshot['positions'] } {
  const amount: Decimal = d(size);
  return { positions: [{ leg: 'net', instrument: instrument.id, size: amount, averagePrice: null, liquidationPrice: null }] };
}
