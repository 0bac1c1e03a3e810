import { positionKey } from './order/leg.ts';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apply, orderOf } from './account/apply.ts';
import type { Circumstances } from './account/books.ts';
import { emptyState, type State } from './account/state.ts';
import { step } from './gateway.ts';
import { COMPARE_ATTEMPTS_MAX } from './gateway/comparing.ts';
import type { Context, Effect, Event, Search } from './gateway/events.ts';
import { mayNotResume } from './gateway/modes.ts';
import type { Entry } from './journal/entry.ts';
import type { Instrument, InstrumentId } from './market/instrument.ts';
import { decimal, formatDecimal } from './money/decimal.ts';
import type { IntentId, PlaceIntent, Principal } from './order/intent.ts';
import type { ClientOrderId, Order } from './order/order.ts';
import type { FillReport, OrderReport } from './order/report.ts';
import { parseConfiguration } from './policy/configuration.ts';
import type { Snapshot } from './reconcile/compare.ts';

const spot = 'BTC-USDT' as InstrumentId;
const swap = 'BTC-USDT-SWAP' as InstrumentId;
const agent = 'default' as Principal;
const start = 1_790_000_000_000;

const common = { base: 'BTC', quote: 'USDT', settle: 'USDT', tick: decimal('0.1'), tradable: true } as const;
const instruments: readonly Instrument[] = [
  { ...common, kind: 'spot', id: spot, lot: decimal('0.00000001'), minimum: decimal('0.00001'), maximum: decimal('9999') },
  {
    ...common,
    kind: 'linear',
    id: swap,
    lot: decimal('0.01'),
    minimum: decimal('0.01'),
    maximum: decimal('1000'),
    contractValue: decimal('0.01'),
    expiry: null,
  },
];

const parsed = parseConfiguration(
  '[policy]\nmax_account_equity = 20000\nmax_order_size = 200\nmax_position_size = 400\nmax_total_exposure = 900\n[alerts]\nnormal_order_size = 1000\n',
);
assert.ok(parsed.ok);
const configuration = parsed.value;

/** A gateway without an engine: every event is stepped and applied at once, and what would be done is kept. */
class Bench {
  state: State = emptyState('okx:sim:1001');
  now = start;
  entries: Entry[] = [];
  effects: readonly Effect[] = [];
  #calls = 0;

  take(event: Event): readonly Entry[] {
    const { entries, effects } = step(this.state, event, this.context());
    for (const entry of entries) this.state = apply(this.state, { seq: this.state.seq + 1, at: this.now, entry });
    this.entries.push(...entries);
    this.effects = effects;
    return entries;
  }

  context(): Context {
    const plenty = [decimal('59999.9'), decimal('1000000')] as const;
    const offered = [decimal('60000.1'), plenty[1]] as const;
    const price = decimal('60000');
    const quotes = new Map(
      [spot, swap].map((instrument) => [
        instrument,
        {
          instrument,
          bid: decimal('59999.9'),
          ask: decimal('60000.1'),
          last: price,
          mark: instrument === swap ? price : null,
          index: price,
          volume: plenty[1],
          book: { bids: [plenty], asks: [offered], at: this.now, receivedAt: this.now },
          range: { lowest: price, highest: price, since: this.now },
          at: this.now,
          receivedAt: this.now,
        },
      ]),
    );
    const funds = {
      equityUsd: decimal('10000'),
      available: new Map([
        ['USDT', decimal('10000')],
        ['BTC', decimal('1')],
      ]),
      at: this.now,
    };
    const circumstances: Circumstances = {
      now: this.now,
      clockTrusted: true,
      readOnly: false,
      quotes,
      funds,
      leverage: new Map([[swap, decimal('3')]]),
      funding: new Map([[swap, { rate: decimal('0.0001'), paidAt: this.now + 14_400_000, at: this.now }]]),
      coinPrices: new Map([['USDT', { price: decimal('1'), at: this.now }]]),
    };
    return { circumstances, configuration, policyHash: 'policy', requestHash: () => 'hash', spent: 0 };
  }

  boot(): this {
    this.take({ kind: 'started', journal: 'abcdef', environment: 'sim', version: '0', policyHash: 'policy', readOnly: false });
    this.take({ kind: 'instruments_read', instruments });
    this.take({ kind: 'snapshot', trigger: 'boot', attempt: 0, snapshot: this.snapshot() });
    assert.equal(this.state.booting, false);
    return this;
  }

  snapshot(changes: Partial<Snapshot> = {}): Snapshot {
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
    const balance = {
      equityUsd: decimal('10000'),
      currencies: [{ currency: 'USDT', total: decimal('10000'), available: decimal('10000') }],
      at: this.now,
    };
    return {
      positions: [],
      balance,
      pending: [],
      algos: [],
      recent: [],
      bills: [],
      config,
      evidence: 'e',
      askedAtSeq: this.state.seq,
      ...changes,
    };
  }

  /** Asks for an order and returns it when one was allowed. */
  place(wish: Partial<PlaceIntent> = {}): Order | undefined {
    this.#calls += 1;
    const call = this.#calls;
    const intent: PlaceIntent = {
      kind: 'place',
      principal: agent,
      intentId: `i${call}` as IntentId,
      reason: 'because',
      evidence: [],
      strategy: '',
      instrument: swap,
      side: 'buy',
      type: 'limit',
      quantity: decimal('0.1'),
      quantityUnit: 'contracts',
      price: decimal(`5990${call % 10}`),
      reduceOnly: false,
      takeProfit: null,
      stopLoss: null,
      expectedNotionalUsd: decimal('60'),
      ...wish,
    };
    this.take({
      kind: 'asked',
      call,
      tool: 'place_order',
      intent,
      arguments: { intent_id: intent.intentId, size: formatDecimal(intent.quantity), price: call },
      client: { name: 't', version: '1', toolsHash: '' },
    });
    return [...this.state.openOrders.values()].find((order) => order.intentId === intent.intentId);
  }

  answer(order: Order, outcome: Extract<Event, { kind: 'place_answered' }>['outcome']): readonly Entry[] {
    return this.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome });
  }

  order(order: Order): Order {
    const found = orderOf(this.state, order.clientOrderId);
    assert.ok(found);
    return found;
  }
}

function report(order: Order, state: OrderReport['state'], filled: string): OrderReport {
  return {
    clientOrderId: order.clientOrderId,
    exchangeOrderId: '77',
    algoClientOrderId: '',
    instrument: order.instrument,
    side: order.side,
    size: order.size,
    price: order.price,
    filled: decimal(filled),
    averagePrice: null,
    state,
    reduceOnly: order.reduceOnly,
    leg: order.leg,
    tag: '',
    category: 'normal',
    updatedAt: 0,
  };
}

function fill(order: Order, size: string, trade = '1'): FillReport {
  return {
    tradeId: trade,
    billId: trade,
    clientOrderId: order.clientOrderId,
    exchangeOrderId: '77',
    instrument: order.instrument,
    side: order.side,
    leg: order.leg,
    liquidity: 'taker',
    size: decimal(size),
    price: order.price,
    fee: decimal('0'),
    feeCurrency: 'USDT',
    at: 0,
  };
}

function lookedUp(order: Order, state: OrderReport['state'], filled: string, fills: readonly FillReport[] = []): Event {
  return { kind: 'inspected', clientOrderId: order.clientOrderId, order: { kind: 'order', order: report(order, state, filled) }, fills };
}

function found(nothing: Partial<Search>, startedAt: number): Search {
  return {
    startedAt,
    order: { kind: 'absent' },
    pending: 'not_listed',
    history: 'not_listed',
    fills: [],
    holding: 'unchanged',
    evidence: { order: 'e', pending: 'e', history: 'e', fills: 'e', holding: 'e' },
    ...nothing,
  };
}

const kinds = (entries: readonly Entry[]): readonly string[] => entries.map((entry) => entry.kind);

test('the decision, its reason and the request stand in one step, before anything is sent', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  // The timer that lets the exchange cancel it by itself stands in the same append.
  assert.deepEqual(kinds(bench.entries).slice(-3), ['decision', 'submitting', 'timer']);
  assert.deepEqual(
    bench.effects.map((effect) => effect.kind),
    ['submit'],
  );
  assert.equal(order.life.kind, 'submitting');
});

test('nothing but a refusal comes of the same intent_id with another body, and nothing at all of the same body', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  const again = (size: string): Event => ({
    kind: 'asked',
    call: 9,
    tool: 'place_order',
    arguments: { intent_id: order.intentId, size, price: 1 },
    client: { name: '', version: '', toolsHash: '' },
    intent: { kind: 'halt', principal: agent, intentId: order.intentId, reason: '', evidence: [], strategy: '' },
  });
  assert.deepEqual(bench.take(again('0.1')), []);
  assert.equal(bench.effects.length, 0);
  assert.deepEqual(bench.take(again('0.2')), []);
  assert.deepEqual(
    bench.effects.map((effect): string => (effect.kind === 'refuse' ? effect.code : effect.kind)),
    ['INTENT_CONFLICT'],
  );
});

test('before the first comparison no order is allowed, and a difference found then leads to REDUCE_ONLY', () => {
  const bench = new Bench();
  bench.take({ kind: 'started', journal: 'abcdef', environment: 'sim', version: '0', policyHash: 'p', readOnly: false });
  bench.take({ kind: 'instruments_read', instruments });
  assert.equal(bench.place(), undefined);
  assert.ok(bench.entries.some((entry) => entry.kind === 'decision' && entry.code === 'BOOTING'));
  const stranger = { ...report({ clientOrderId: '' } as Order, 'live', '0'), instrument: swap, side: 'buy', size: decimal('1') } as const;
  bench.take({ kind: 'snapshot', trigger: 'boot', attempt: 0, snapshot: bench.snapshot({ pending: [stranger] }) });
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
});

test('an order keeps its reservation while its outcome is unknown, and nobody sends it again', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.answer(order, { kind: 'unknown', cause: 'no answer' });
  assert.equal(bench.order(order).life.kind, 'unknown');
  for (let second = 0; second < 30; second += 1) {
    bench.now += 1000;
    const failed = { kind: 'failed', cause: 'x' } as const;
    bench.take({
      kind: 'searched',
      clientOrderId: order.clientOrderId,
      search: found({ order: failed, pending: 'failed', history: 'failed', fills: null, holding: 'failed' }, bench.now),
    });
    assert.ok(bench.effects.every((effect) => effect.kind === 'search'));
  }
  assert.equal(bench.order(order).life.kind, 'unknown');
});

test('absence needs two complete look-ups a second apart, both after the request could no longer arrive', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.answer(order, { kind: 'unknown', cause: 'no answer' });
  const look = (search: Partial<Search> = {}): readonly Entry[] =>
    bench.take({ kind: 'searched', clientOrderId: order.clientOrderId, search: found(search, bench.now) });
  assert.deepEqual(look(), [], 'too early');
  bench.now = order.expiresAt + 4000;
  assert.deepEqual(kinds(look()), ['not_found']);
  bench.now += 999;
  assert.deepEqual(look(), [], 'too soon after the first');
  bench.now += 1;
  assert.deepEqual(look({ pending: 'failed' }), [], 'a failed question proves nothing');
  assert.deepEqual(kinds(look()), ['not_found', 'absent']);
  assert.equal(bench.state.openOrders.size, 0);
});

test('an order that proves absent gives back its count of the day; a rejected one does not', () => {
  const bench = new Bench().boot();
  const first = bench.place();
  assert.ok(first);
  bench.answer(first, { kind: 'rejected', code: '51008' });
  assert.equal(bench.state.activity.today.entries, 1);
  const second = bench.place();
  assert.ok(second);
  bench.take({ kind: 'place_answered', clientOrderId: second.clientOrderId, outcome: { kind: 'unknown', cause: '' } });
  bench.now = second.expiresAt + 4000;
  bench.take({ kind: 'searched', clientOrderId: second.clientOrderId, search: found({}, bench.now) });
  bench.now += 1000;
  bench.take({ kind: 'searched', clientOrderId: second.clientOrderId, search: found({}, bench.now) });
  assert.equal(bench.state.activity.today.entries, 1);
});

test('a fill is booked once, whatever state its order is in and however often it is reported', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.answer(order, { kind: 'rejected', code: '51008' });
  const booked = bench.take(lookedUp(order, 'filled', '0.1', [fill(order, '0.1'), fill(order, '0.1')]));
  assert.ok(booked.some((entry) => entry.kind === 'alert' && entry.code === 'CONTRADICTION'));
  assert.deepEqual(
    bench.take(lookedUp(order, 'filled', '0.1', [fill(order, '0.1')])).filter((entry) => entry.kind === 'fill'),
    [],
  );
  assert.equal(formatDecimal(bench.state.positions.get(positionKey(swap, 'net'))?.size ?? decimal('0')), '0.1');
  assert.deepEqual(bench.order(order).life, { kind: 'done', outcome: 'filled' });
});

test('what the exchange refused and did all the same ends new risk, and what rests of it is cancelled', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.answer(order, { kind: 'rejected', code: '51008' });
  const entries = bench.take(lookedUp(order, 'live', '0'));
  assert.deepEqual(
    entries.map(({ kind }) => kind),
    ['reported', 'alert', 'cancelling', 'mode', 'alert'],
  );
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.equal(bench.order(order).cancel, 'requested');
});

test('a refusal is looked at until somebody answers', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.answer(order, { kind: 'rejected', code: '51008' });
  const silent = { kind: 'inspected', clientOrderId: order.clientOrderId, order: { kind: 'failed', cause: '' }, fills: [] } as const;
  assert.deepEqual(bench.take(silent), []);
  assert.deepEqual(bench.effects, [{ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: 1000 }]);
});

test('a position that nobody understands makes refused orders be asked about, before it is believed', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.answer(order, { kind: 'rejected', code: '51008' });
  const held = bench.snapshot({
    positions: [{ leg: 'net', instrument: swap, size: decimal('0.1'), averagePrice: null, liquidationPrice: null }],
  });
  bench.take({ kind: 'snapshot', trigger: 'operator', attempt: 0, snapshot: held });
  assert.deepEqual(
    bench.effects.map((effect) => [effect.kind, 'clientOrderId' in effect ? effect.clientOrderId : '']),
    [
      ['inspect', order.clientOrderId],
      ['compare', ''],
    ],
  );
  assert.equal(bench.state.mode, 'ACTIVE');
});

test('an end is believed only when all of its fills are booked', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.answer(order, { kind: 'accepted', exchangeOrderId: '77' });
  bench.take(lookedUp(order, 'cancelled', '0.05'));
  assert.equal(bench.order(order).life.kind, 'settling');
  assert.deepEqual(
    bench.effects.map((effect) => effect.kind),
    ['inspect'],
  );
  bench.take(lookedUp(order, 'cancelled', '0.05', [fill(order, '0.05')]));
  assert.deepEqual(bench.order(order).life, { kind: 'done', outcome: 'cancelled' });
  assert.ok(bench.effects.some((effect) => effect.kind === 'observe'));
});

test('a stale report never undoes a known end', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.take(lookedUp(order, 'filled', '0.1', [fill(order, '0.1')]));
  bench.take(lookedUp(order, 'live', '0'));
  assert.deepEqual(bench.order(order).life, { kind: 'done', outcome: 'filled' });
});

test('verification is matched only by the exchange, and by an answer younger than the fill', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  const before = bench.state.seq;
  bench.take(lookedUp(order, 'filled', '0.1', [fill(order, '0.1')]));
  assert.equal(bench.order(order).verification, 'pending');
  const seen = (askedAtSeq: number): Event => ({
    kind: 'observed',
    observation: { instrument: swap, exchange: decimal('0.1'), evidence: 'h', askedAtSeq, at: bench.now },
  });
  bench.take(seen(before));
  assert.equal(bench.order(order).verification, 'pending');
  bench.take(seen(bench.state.seq));
  assert.equal(bench.order(order).verification, 'matched');
});

test('a position that is the opposite of the books halts, once it lasted', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.take(lookedUp(order, 'filled', '0.1', [fill(order, '0.1')]));
  const observe = (): readonly Entry[] =>
    bench.take({
      kind: 'observed',
      observation: { instrument: swap, exchange: decimal('-0.3'), evidence: 'h', askedAtSeq: bench.state.seq, at: bench.now },
    });
  assert.deepEqual(kinds(observe()), ['mismatch']);
  assert.equal(bench.state.mode, 'ACTIVE');
  bench.now += 2000;
  const entries = observe();
  assert.ok(entries.some((entry) => entry.kind === 'verified' && entry.outcome === 'divergent'));
  assert.equal(bench.state.mode, 'HALTED');
  assert.equal(bench.order(order).verification, 'divergent');
});

test('a mode gets milder by the operator alone, one step at a time, each after a clean comparison', () => {
  const bench = new Bench().boot();
  bench.take({ kind: 'operated', verb: 'halt', reason: 'drill', haltFileExists: false, from: bench.state.mode });
  bench.take({ kind: 'operated', verb: 'reduce_only', reason: 'drill', haltFileExists: false, from: bench.state.mode });
  assert.equal(bench.state.mode, 'HALTED');
  const resume = (haltFileExists = false): Event => ({
    kind: 'operated',
    verb: 'resume',
    reason: 'done',
    haltFileExists,
    from: bench.state.mode,
  });
  bench.take(resume(true));
  assert.equal(bench.state.mode, 'HALTED');
  bench.take(resume());
  assert.equal(bench.state.mode, 'HALTED', 'the exchange has not said yet that nothing is left of what the halt cancels');
  const asked = { askedAt: bench.now, askedFor: bench.state.killing?.seq ?? 0, underWay: [] };
  bench.take({ kind: 'enumerated', orders: [], algos: [], complete: true, ...asked, cause: '', evidence: 'e' });
  bench.take(resume());
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  bench.take(resume());
  assert.equal(bench.state.mode, 'ACTIVE');
  bench.take({ kind: 'operated', verb: 'halt', reason: 'drill', haltFileExists: false, from: bench.state.mode });
  bench.now += 61_000;
  bench.take(resume());
  assert.equal(bench.state.mode, 'HALTED', 'the last comparison is too old');
  assert.match(mayNotResume(bench.state, { haltFileExists: false, now: bench.now }) ?? '', /reconcile/);
});

test('a halt cancels every entry, written down before it leaves, and asks again until the exchange says that it ended', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.take({ kind: 'operated', verb: 'halt', reason: 'drill', haltFileExists: false, from: bench.state.mode });
  assert.deepEqual(kinds(bench.entries).slice(-4), ['mode', 'alert', 'killing', 'cancelling']);
  assert.deepEqual(bench.effects, [
    { kind: 'cancel', clientOrderId: order.clientOrderId, afterMilliseconds: 0 },
    { kind: 'enumerate', afterMilliseconds: 0 },
  ]);
  // The cancel came before its order did.
  bench.take({ kind: 'cancel_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'unknown', cause: '51400' } });
  bench.answer(order, { kind: 'accepted', exchangeOrderId: '77' });
  bench.take(lookedUp(order, 'live', '0'));
  assert.deepEqual(
    bench.effects.map((effect) => effect.kind),
    ['cancel'],
  );
});

test('an entry that is found live after its agent has moved on is cancelled', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.answer(order, { kind: 'unknown', cause: 'no answer' });
  bench.now = order.submittedAt + 5001;
  bench.take({
    kind: 'searched',
    clientOrderId: order.clientOrderId,
    search: found({ order: { kind: 'order', order: report(order, 'live', '0') } }, bench.now),
  });
  assert.equal(bench.order(order).cancel, 'requested');
});

test('an outcome that stays unknown for a minute leads to REDUCE_ONLY, and for ten minutes to HALTED', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.answer(order, { kind: 'unknown', cause: 'no answer' });
  bench.now += 60_001;
  bench.take({ kind: 'tick' });
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  bench.now += 540_000;
  bench.take({ kind: 'tick' });
  assert.equal(bench.state.mode, 'HALTED');
});

test('an order of somebody else, or an account that changed, closes entries at the next look', () => {
  for (const changes of [
    { pending: [{ ...report({ clientOrderId: '' } as Order, 'live', '0'), instrument: swap, side: 'buy', size: decimal('1') }] },
    { config: { ...new Bench().snapshot().config, permissions: ['withdraw'] } },
  ] as const) {
    const bench = new Bench().boot();
    bench.take({ kind: 'snapshot', trigger: 'routine', attempt: 0, snapshot: bench.snapshot(changes) });
    assert.equal(bench.state.mode, 'REDUCE_ONLY');
  }
});

test('a full comparison waits while fills may be on their way, and then lists what is left', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.answer(order, { kind: 'accepted', exchangeOrderId: '77' });
  const snapshot = bench.snapshot({
    positions: [{ leg: 'net', instrument: swap, size: decimal('0.1'), averagePrice: null, liquidationPrice: null }],
  });
  assert.deepEqual(bench.take({ kind: 'snapshot', trigger: 'operator', attempt: 0, snapshot }), []);
  assert.deepEqual(
    bench.effects.map((effect) => effect.kind),
    ['inspect', 'compare'],
  );
  const entries = bench.take({ kind: 'snapshot', trigger: 'operator', attempt: COMPARE_ATTEMPTS_MAX, snapshot });
  const compared = entries.find((entry) => entry.kind === 'compared');
  assert.ok(compared?.kind === 'compared' && !compared.clean);
  assert.deepEqual(
    compared.differences.map((difference) => difference.kind),
    ['position', 'order'],
  );
});

test('replaying the entries gives the same state', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.answer(order, { kind: 'accepted', exchangeOrderId: '77' });
  bench.take(lookedUp(order, 'filled', '0.1', [fill(order, '0.1')]));
  bench.place({ quantity: decimal('900') });
  bench.take({ kind: 'operated', verb: 'halt', reason: 'x', haltFileExists: false, from: bench.state.mode });
  const again = bench.entries.reduce(
    (state, entry, index) => apply(state, { seq: index + 1, at: start, entry }),
    emptyState('okx:sim:1001'),
  );
  assert.deepEqual(again, bench.state);
});

test('a request that was on its way when the process died is looked up after the restart, under a new epoch', () => {
  const bench = new Bench().boot();
  const order = bench.place();
  assert.ok(order);
  bench.take({ kind: 'started', journal: 'zzzzzz', environment: 'sim', version: '0', policyHash: 'p', readOnly: false });
  assert.equal(bench.order(order).life.kind, 'unknown');
  assert.deepEqual(
    bench.effects.map((effect) => effect.kind),
    ['search'],
  );
  assert.equal(bench.state.journal, 'abcdef');
  assert.equal(bench.state.epoch, 2);
  assert.equal(bench.state.booting, true);
  const ids = new Set([order.clientOrderId]);
  bench.take({ kind: 'snapshot', trigger: 'boot', attempt: COMPARE_ATTEMPTS_MAX, snapshot: bench.snapshot() });
  bench.now += 1;
  assert.ok(!ids.has(bench.place({ instrument: spot, quantity: decimal('0.001'), quantityUnit: 'base' })?.clientOrderId as ClientOrderId));
});
