import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GatewayBench, fill, lookedUp } from '../../../test/support/gateway-bench.ts';
import { alpha, beta, ether, quoteOf, spot, swap } from '../../../test/support/policy-samples.ts';
import { intentKey } from '../account/state.ts';
import type { ApprovalAskedBody, Entry } from '../journal/entry.ts';
import type { Json } from '../lang/canonical.ts';
import { get } from '../lang/table.ts';
import { formatDecimal } from '../money/decimal.ts';
import type { IntentId, Principal } from '../order/intent.ts';
import type { Order } from '../order/order.ts';
import { parseIntent } from '../order/parse-intent.ts';
import { nextAllowedAt } from '../policy/decision.ts';
import { WAITING_MAX, WAITING_PER_AGENT_MAX } from './approvals.ts';

const above100 = 'duplicate_window = "1s"\nmax_same_side = { per_10_minutes = 1000, per_hour = 1000 }\n[approval]\nabove = 100\n';
const client = { name: 'test', version: '1', toolsHash: '' };
let names = 0;

/** Asks as a door does, with arguments that can be read again. Returns the name of the intent. */
function ask(bench: GatewayBench, given: Readonly<Record<string, Json>> = {}, principal: Principal = alpha): string {
  names += 1;
  const sized = { instrument: 'BTC-USDT', side: 'buy', type: 'market', quantity: '150', quantity_unit: 'usd', reason: 'because' };
  const requested = { intent_id: `w${names}`, ...sized, ...given };
  const intent = parseIntent({ principal, tool: 'place_order', arguments: requested });
  assert.ok(intent.ok, intent.ok ? '' : intent.error.message);
  bench.take({ kind: 'asked', call: names, tool: 'place_order', intent: intent.value, arguments: requested, client });
  return intent.value.intentId;
}

function judge(bench: GatewayBench, approval: string, verb: 'approve' | 'deny' = 'approve', reason = ''): readonly Entry[] {
  return bench.take({ kind: 'judged', call: 0, approval, verb, reason });
}

function lastAsked(bench: GatewayBench): ApprovalAskedBody {
  const entry = bench.entries.findLast(({ kind }) => kind === 'approval_asked');
  assert.ok(entry?.kind === 'approval_asked');
  return entry;
}

function resultOf(bench: GatewayBench, intent: string, principal: Principal = alpha) {
  const record = get(bench.state.intents, intentKey(principal, intent));
  assert.ok(record !== undefined, intent);
  return record.result;
}

function codeOf(bench: GatewayBench, intent: string, principal: Principal = alpha): string {
  const result = resultOf(bench, intent, principal);
  return result.kind === 'denied' ? result.denial.code : result.kind;
}

const kinds = (entries: readonly Entry[]): readonly string[] => entries.map(({ kind }) => kind);

test('an order that needs a person is written down with what the person is shown, alerts, and sends nothing', () => {
  const bench = GatewayBench.running(above100);
  const intent = ask(bench);
  assert.deepEqual(bench.kinds().slice(-3), ['decision', 'approval_asked', 'alert']);
  assert.deepEqual(bench.effectKinds(), []);
  const asked = lastAsked(bench);
  assert.match(asked.approval_id, /^[2-9a-hjkmnp-z]{4,6}$/);
  assert.equal(asked.expires_at, bench.now + 120_000);
  assert.deepEqual([asked.side, asked.price, asked.instrument], ['buy', '60300', 'BTC-USDT']);
  const waits = resultOf(bench, intent);
  assert.ok(waits.kind === 'pending');
  assert.deepEqual([waits.approval, waits.expiresAt], [asked.approval_id, asked.expires_at]);
  const alert = bench.state.alerts.at(-1);
  assert.equal(alert?.severity, 'amber');
  assert.match(alert?.message ?? '', new RegExp(`alpha waits 120 s for a person: buy .* twokey approve ${asked.approval_id}`));
  assert.equal(bench.state.activity.today.entries, 0, 'nothing was sent, and nothing counts');
  assert.equal(bench.state.openOrders.size, 0, 'and nothing is reserved');
});

test('agreeing uses the approval up, decides anew and sends, all in one step; a second time there is nothing to agree to', () => {
  const bench = GatewayBench.running(above100);
  const intent = ask(bench);
  const asked = lastAsked(bench);
  const entries = judge(bench, asked.approval_id, 'approve', 'looks right');
  assert.deepEqual(kinds(entries), ['approved', 'decision', 'submitting']);
  assert.deepEqual(bench.effectKinds(), ['submit']);
  const [used, , order] = entries;
  assert.ok(used?.kind === 'approved' && order?.kind === 'submitting');
  assert.deepEqual([used.digest, used.by, used.reason], [asked.digest, 'operator', 'looks right']);
  assert.deepEqual(
    [order.size, order.price, order.side, order.principal, order.intent_id],
    [asked.size, asked.price, 'buy', 'alpha', intent],
  );
  assert.equal(resultOf(bench, intent).kind, 'order');
  assert.equal(bench.state.approvals.size, 0);
  assert.deepEqual(judge(bench, asked.approval_id), []);
  assert.deepEqual(
    bench.effects.map((effect) => (effect.kind === 'refuse' ? effect.code : effect.kind)),
    ['NOT_FOUND'],
  );
});

test('refusing ends the wish with the words of the person, and the same wish is not put before a person at once', () => {
  const bench = GatewayBench.running(above100);
  const intent = ask(bench);
  assert.deepEqual(kinds(judge(bench, lastAsked(bench).approval_id, 'deny', 'not before the meeting')), ['approval_ended']);
  const result = resultOf(bench, intent);
  assert.ok(result.kind === 'denied');
  assert.equal(result.denial.code, 'APPROVAL_DENIED');
  assert.match(result.denial.message, /nothing was sent; they say: not before the meeting/);
  assert.equal(nextAllowedAt(result.denial), bench.now + 10_000);
  const again = ask(bench);
  assert.equal(bench.kinds().at(-1), 'denied_again');
  assert.equal(codeOf(bench, again), 'APPROVAL_DENIED');
  bench.now += 10_000;
  const later = ask(bench);
  assert.equal(codeOf(bench, later), 'pending');
  judge(bench, lastAsked(bench).approval_id, 'deny');
  const twice = resultOf(bench, later);
  assert.ok(twice.kind === 'denied');
  assert.equal(nextAllowedAt(twice.denial), bench.now + 20_000, 'a person who is asked too often agrees to anything');
});

test('what nobody answers in time is over with the next tick, and cannot be agreed to after its time even before that', () => {
  const bench = GatewayBench.running(above100);
  const first = ask(bench);
  const second = ask(bench, { instrument: 'ETH-USDT' }, beta);
  const approval = lastAsked(bench).approval_id;
  bench.now += 119_999;
  assert.deepEqual(bench.take({ kind: 'tick' }), []);
  bench.now += 1;
  assert.deepEqual(kinds(judge(bench, approval)), ['approval_ended']);
  assert.deepEqual(kinds(bench.take({ kind: 'tick' })), ['approval_ended']);
  for (const code of [codeOf(bench, first), codeOf(bench, second, beta)]) assert.equal(code, 'APPROVAL_EXPIRED');
  assert.deepEqual(bench.take({ kind: 'tick' }), []);
  assert.ok(!bench.kinds().includes('submitting'));
});

test('what waits survives a start, with its time, and so does what was used up', () => {
  const bench = GatewayBench.running(above100);
  const intent = ask(bench);
  const { approval_id: id } = lastAsked(bench);
  bench.start();
  bench.compare('boot');
  assert.equal(codeOf(bench, intent), 'pending');
  assert.deepEqual(kinds(judge(bench, id)), ['approved', 'decision', 'submitting']);
  bench.start();
  assert.equal(bench.state.approvals.size, 0);
  bench.compare('boot');
  assert.deepEqual(judge(bench, id), []);
});

test('agreeing lifts nothing but the need for a person: what any control refuses by then is denied, and the approval is used up', () => {
  const cases: readonly (readonly [string, (bench: GatewayBench) => void])[] = [
    ['HALTED', (bench) => bench.operate('halt')],
    ['REDUCE_ONLY', (bench) => bench.operate('reduce_only')],
    ['BOOTING', (bench) => bench.start()],
    ['STALE_DATA', (bench) => void (bench.changes = { quotes: new Map() })],
    ['READ_ONLY', (bench) => void (bench.changes = { readOnly: true })],
    ['INSTRUMENT_FROZEN', (bench) => void bench.lose(bench.place(spot, 'buy', '0.0001'))],
  ];
  for (const [code, happens] of cases) {
    const bench = GatewayBench.running(above100);
    const intent = ask(bench);
    happens(bench);
    assert.deepEqual(kinds(judge(bench, lastAsked(bench).approval_id)), ['approved', 'decision'], code);
    assert.deepEqual(bench.effectKinds(), [], code);
    assert.equal(codeOf(bench, intent), code);
    assert.equal(bench.state.approvals.size, 0);
  }
});

test('two orders that together pass a limit are not both sent because a person agreed to both', () => {
  const bench = GatewayBench.running(`max_position_size = 250\n${above100}`);
  const first = ask(bench);
  const one = lastAsked(bench).approval_id;
  const second = ask(bench, { quantity: '149' });
  const two = lastAsked(bench).approval_id;
  judge(bench, one);
  judge(bench, two);
  assert.equal(codeOf(bench, first), 'order');
  assert.equal(codeOf(bench, second), 'MAX_POSITION_SIZE');
});

test('the price follows the market in our favour and never against it, and the size stays what was shown', () => {
  const sentAt = (price: string): string => {
    const bench = GatewayBench.running(above100);
    ask(bench);
    const asked = lastAsked(bench);
    const fresh = { at: bench.now, receivedAt: bench.now };
    bench.changes = { quotes: new Map([[spot.id, quoteOf(spot, price, fresh)]]) };
    const order = judge(bench, asked.approval_id).find(({ kind }) => kind === 'submitting');
    if (order?.kind !== 'submitting') return bench.lastDecision();
    assert.equal(order.size, asked.size);
    return order.price;
  };
  assert.equal(sentAt('60000'), '60300');
  assert.equal(sentAt('59000'), '59295');
  assert.equal(sentAt('60200'), '60300');
  assert.equal(sentAt('61000'), '60300', 'it may rest above nothing: the shown price still passes the collar, and buys nothing');
});

test('the same order cannot wait twice, under another name or with other words', () => {
  const bench = GatewayBench.running(above100);
  ask(bench);
  assert.equal(codeOf(bench, ask(bench, { reason: 'please' })), 'DUPLICATE_SUSPECT');
  assert.equal(codeOf(bench, ask(bench, { quantity: '151' })), 'pending');
  assert.equal(codeOf(bench, ask(bench, {}, beta), beta), 'pending', 'another agent may want the same');
});

test('a bounded number of orders waits, of one agent and of all', () => {
  const bench = GatewayBench.running(above100);
  for (let count = 0; count < WAITING_PER_AGENT_MAX; count += 1)
    assert.equal(codeOf(bench, ask(bench, { quantity: String(200 + count) })), 'pending');
  assert.equal(codeOf(bench, ask(bench, { quantity: '300' })), 'RATE_LIMIT');
  assert.equal(codeOf(bench, ask(bench, { quantity: '300' }, beta), beta), 'pending');
  assert.equal(bench.state.approvals.size, WAITING_PER_AGENT_MAX + 1);
  judge(bench, lastAsked(bench).approval_id, 'deny');
  assert.equal(codeOf(bench, ask(bench, { quantity: '50' })), 'order', 'what needs nobody is not held up');
  const crowd = GatewayBench.running(above100);
  for (let count = 0; count < WAITING_MAX; count += 1) {
    const name = `agent-${Math.floor(count / WAITING_PER_AGENT_MAX)}` as Principal;
    const approvals = new Map(crowd.state.approvals);
    ask(crowd, { quantity: String(200 + count) });
    const asked = crowd.state.approvals.get(lastAsked(crowd).approval_id);
    assert.ok(asked !== undefined);
    crowd.state = { ...crowd.state, approvals: approvals.set(asked.id, { ...asked, principal: name }) };
  }
  assert.equal(codeOf(crowd, ask(crowd, { quantity: '500' })), 'RATE_LIMIT');
});

test('nothing that an agent can ask answers for the person', () => {
  const bench = GatewayBench.running(above100);
  const intent = ask(bench);
  const { approval_id: id } = lastAsked(bench);
  bench.cancelAll();
  for (const tool of ['approve', 'deny', 'approve_order', 'approvals'])
    assert.equal(parseIntent({ principal: alpha, tool, arguments: { intent_id: 'x', approval: id, reason: 'mine' } }).ok, false);
  assert.equal(codeOf(bench, ask(bench, { intent_id: intent })), 'pending', 'asking the same again tells that it waits');
  bench.take({
    kind: 'asked',
    call: 0,
    tool: 'halt_trading',
    intent: { kind: 'halt', principal: alpha, intentId: 'halt' as IntentId, reason: '', evidence: [], strategy: '' },
    arguments: {},
    client,
  });
  assert.equal(codeOf(bench, intent), 'pending');
  assert.ok(!bench.kinds().includes('submitting'));
});

const SEEDS = 120;
const STEPS = 40;

type Deed =
  | {
      readonly kind: 'place';
      readonly by: number;
      readonly on: number;
      readonly sell: boolean;
      readonly usd: number;
      readonly rests: boolean;
    }
  | { readonly kind: 'fill' | 'cancel'; readonly which: number }
  | { readonly kind: 'wait'; readonly seconds: number };

const deeds: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('place' as const),
        by: fc.nat(1),
        on: fc.nat(2),
        sell: fc.boolean(),
        usd: fc.integer({ min: 5, max: 120 }),
        rests: fc.boolean(),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('fill' as const, 'cancel' as const), which: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 900 }) }) },
  ),
  { minLength: STEPS / 2, maxLength: STEPS },
);

/** Whatever fills: the larger end of every instrument, added up, at the valuation of a market that does not move. In cents, rounded. */
function worstCents(bench: GatewayBench, base: string): number {
  let usd = 0;
  for (const instrument of [spot, swap, ether]) {
    if (instrument.base !== base) continue;
    const unit = { 'BTC-USDT': 60_000, 'BTC-USDT-SWAP': 600, 'ETH-USDT': 3000 }[instrument.id as string] ?? Number.NaN;
    const position = Number(bench.position(instrument));
    let [buys, sells] = [0, 0];
    for (const order of bench.state.openOrders.values()) {
      if (order.instrument !== instrument.id) continue;
      if (order.side === 'buy') buys += Number(formatDecimal(order.size));
      else sells += Number(formatDecimal(order.size));
    }
    // A wallet cannot be sold below zero.
    const lowest = instrument.kind === 'spot' ? Math.max(position - sells, 0) : position - sells;
    usd += Math.max(Math.abs(position + buys), Math.abs(lowest)) * unit * 1.005;
  }
  return Math.round(usd * 100);
}

test('no series of entries by any agents brings an underlying above the threshold without a person', (context) => {
  let asked = 0;
  let entered = 0;
  fc.assert(
    fc.property(deeds, (list) => {
      const bench = GatewayBench.running(above100);
      for (const deed of list) {
        act(bench, deed);
        for (const base of ['BTC', 'ETH']) assert.ok(worstCents(bench, base) <= 10_000, `${base} at ${worstCents(bench, base) / 100}`);
      }
      asked += bench.kinds().filter((kind) => kind === 'approval_asked').length;
      entered += bench.kinds().filter((kind) => kind === 'submitting').length;
    }),
    { seed: 20261123, numRuns: SEEDS },
  );
  context.diagnostic(`${entered} entries sent, ${asked} put before a person`);
  assert.ok(entered > SEEDS && asked > SEEDS);
});

function act(bench: GatewayBench, deed: Deed): void {
  const open: readonly Order[] = [...bench.state.openOrders.values()];
  switch (deed.kind) {
    case 'place': {
      const instrument = [spot, swap, ether][deed.on] ?? spot;
      const price = instrument.base === 'ETH' ? '3000' : '60000';
      const side = deed.sell && instrument.kind !== 'spot' ? 'sell' : 'buy';
      const type = deed.rests ? { type: 'limit', price } : { type: 'market' };
      // Words of its own, so that none is taken for another.
      const wish = { instrument: instrument.id, side, quantity: String(deed.usd), reason: `wish ${names}`, ...type };
      ask(bench, wish, deed.by === 0 ? alpha : beta);
      return;
    }
    case 'fill':
    case 'cancel': {
      const order = open[deed.which % Math.max(open.length, 1)];
      if (order === undefined) return;
      bench.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'accepted', exchangeOrderId: '77' } });
      const size = formatDecimal(order.size);
      bench.take(deed.kind === 'fill' ? lookedUp(order, 'filled', size, [fill(order, size)]) : lookedUp(order, 'cancelled', '0'));
      return;
    }
    case 'wait':
      bench.now += deed.seconds * 1000;
      bench.take({ kind: 'tick' });
  }
}
