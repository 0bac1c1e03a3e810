import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../../test/support/gateway-bench.ts';
import { alpha, circumstances, held, quoteOf, spot, swap } from '../../test/support/policy-samples.ts';
import { intentKey } from '../core/account/state.ts';
import { decisionOn, previewOf } from '../core/gateway/wishes.ts';
import type { Json } from '../core/lang/canonical.ts';
import { get } from '../core/lang/table.ts';
import { positionKey } from '../core/order/leg.ts';
import { parseIntent } from '../core/order/parse-intent.ts';
import { parseConfiguration } from '../core/policy/configuration.ts';
import { answerOf, previewAnswer } from './answer.ts';
import { approvalsView, judgedView } from './approvals.ts';
import { type Seen, statusView } from './documents.ts';
import type { Document } from './head.ts';

const lines = 'max_order_size = 1000\n[approval]\nabove = 100\nttl = "90s"\n';
const parsed = parseConfiguration(
  `[policy]\ninstruments = ["BTC-USDT", "BTC-USDT-SWAP"]\nmax_position_size = 1000\nmax_total_exposure = 9000\nmax_account_equity = 2000000\n${lines}[agents.alpha]\n`,
);
ok(parsed.ok);
const configuration = parsed.value;

const given: Readonly<Record<string, Json>> = {
  intent_id: 'big',
  instrument: 'BTC-USDT',
  side: 'buy',
  type: 'market',
  quantity: '150',
  quantity_unit: 'usd',
  reason: 'the range broke',
  evidence: ['volume doubled'],
  strategy: 'breakout',
};

function asked(changes: Readonly<Record<string, Json>> = {}): { readonly bench: GatewayBench; readonly seen: (price?: string) => Seen } {
  const bench = GatewayBench.running(lines);
  const requested = { ...given, ...changes };
  const intent = parseIntent({ principal: alpha, tool: 'place_order', arguments: requested });
  ok(intent.ok);
  bench.take({
    kind: 'asked',
    call: 1,
    tool: 'place_order',
    intent: intent.value,
    arguments: requested,
    client: { name: 'test', version: '1', toolsHash: '' },
  });
  const seen = (price = '60000'): Seen => ({
    state: bench.state,
    circumstances: { ...circumstances, quotes: new Map([spot, swap].map((each) => [each.id, quoteOf(each, price)])) },
    configuration,
  });
  return { bench, seen };
}

function rowOf(document: Document): Document {
  const rows = document['approvals'] as readonly Document[];
  const [row] = rows;
  ok(row !== undefined && rows.length === 1);
  return row;
}

function answered(bench: GatewayBench, name = 'big') {
  const record = get(bench.state.intents, intentKey(alpha, name));
  ok(record !== undefined);
  const { failed, answer } = answerOf({ state: bench.state, record, now: bench.now });
  return { failed, answer: answer as Document };
}

test('a person sees what would be sent, how far from the market, what it leads to, and apart from it what the agent says', () => {
  const { bench, seen } = asked();
  const document = approvalsView(seen());
  const row = rowOf(document);
  const [approval] = bench.state.approvals.values();
  deepStrictEqual(
    { ...row, if_approved_now: null, left_after: null },
    {
      id: approval?.id,
      agent: 'alpha',
      intent_id: 'big',
      instrument: 'BTC-USDT',
      side: 'buy',
      type: 'ioc',
      size: '0.00247518',
      size_unit: 'BTC',
      amount: '0.00247518',
      amount_unit: 'BTC',
      worst_price: '60300',
      price_unit: 'USDT',
      take_profit: null,
      stop_loss: null,
      loss_at_stop_usd: null,
      stop_slippage: '0.25%',
      notional_usd: '150',
      market_price: '60000.05',
      distance_from_market: '+0.499 %',
      window_usd: '150',
      underlying_worst_case_usd: '150',
      asked_at: '2026-11-23T10:00:00.000Z',
      expires_at: '2026-11-23T10:01:30.000Z',
      log_seq: approval?.seq,
      if_approved_now: null,
      left_after: null,
      agent_says: { evidence: ['volume doubled'], reason: 'the range broke', strategy: 'breakout' },
    },
  );
  deepStrictEqual(row['if_approved_now'], {
    outcome: 'sent',
    worst_price: '60300',
    notional_usd: '150',
    instrument_worst_case_usd: '150',
  });
  strictEqual(document['above_usd'], '100');
});

/** What an order that waits leaves, as `name, max, after, left`. */
function leftOf(row: Document): readonly string[] {
  const limits = row['left_after'] as readonly { readonly [key: string]: string | null }[];
  return limits.map(({ name, max, after, left }) => `${name} ${max} ${after ?? '–'} ${left ?? '–'}`);
}

test('a person sees what the order would leave of the limits as they are used now, and that a price which is missing leaves it unknown', () => {
  const { bench, seen } = asked();
  const used = {
    ...seen(),
    state: { ...bench.state, positions: new Map([[positionKey(swap.id, 'net'), { ...held('0.1'), instrument: swap.id }]]) },
  };
  deepStrictEqual(leftOf(rowOf(approvalsView(used))), [
    'max_order_size 1000 150 850',
    'max_position_size 1000 150 850',
    // The order, and 0.1 contracts of 0.01 BTC at 60,000 with the collar of 0.5 %.
    'max_total_exposure 9000 210.3 8789.7',
    'max_daily_trades 20 1 19',
    'max_daily_loss 15 0.97 14.03',
  ]);
  deepStrictEqual(leftOf(rowOf(approvalsView({ ...used, circumstances: { ...circumstances, quotes: new Map() } }))), []);
  const half = { ...circumstances, quotes: new Map([[spot.id, quoteOf(spot, '60000')]]) };
  const total = leftOf(rowOf(approvalsView({ ...used, circumstances: half })))[2];
  strictEqual(total, 'max_total_exposure 9000 – –');
});

test('the loss at the stop has the way to it, slippage and both fees; the alert tells the same, and says plainly where nothing bounds it', () => {
  const { bench, seen } = asked({ stop_loss: '58000' });
  const row = rowOf(approvalsView(seen()));
  // 0.00247518 BTC: 60,300 - 57,855 = 2,445 of way, and 0.1 % of 60,300 + 57,855.
  strictEqual(row['loss_at_stop_usd'], '6.35');
  const alertOf = ({ state }: GatewayBench): readonly string[] => state.alerts.find(({ code }) => code === 'APPROVAL_ASKED')?.details ?? [];
  deepStrictEqual(alertOf(bench)[0], 'at its stop of 58000 it loses 6.35 USD, both fees and 0.25 % of slippage included');
  match(
    alertOf(bench)[1] ?? '',
    /^it leaves 850 of 1000 USD of max_order_size; .* entries in this UTC day of max_daily_trades; .* of max_daily_loss$/,
  );
  deepStrictEqual(alertOf(asked().bench)[0], 'no stop travels with it: what it may lose is unbounded');
});

test('the market as it is now decides what a person is told of agreeing now', () => {
  const { bench, seen } = asked();
  const cheaper = rowOf(approvalsView(seen('59000')));
  strictEqual((cheaper['if_approved_now'] as Document)['worst_price'], '59295');
  strictEqual(cheaper['distance_from_market'], '+2.203 %');
  strictEqual(rowOf(approvalsView(seen('61000')))['distance_from_market'], '-1.148 %');
  const blind = rowOf(approvalsView({ ...seen(), circumstances: { ...circumstances, quotes: new Map() } }));
  deepStrictEqual([blind['market_price'], blind['distance_from_market']], [null, null]);
  strictEqual((blind['if_approved_now'] as Document)['code'], 'STALE_DATA');
  const full = {
    ...seen(),
    state: { ...bench.state, positions: new Map([[positionKey(swap.id, 'net'), { ...held('1.5'), instrument: swap.id }]]) },
  };
  strictEqual((rowOf(approvalsView(full))['if_approved_now'] as Document)['outcome'], 'sent', 'other instruments are not its own');
  const mine = {
    ...seen(),
    state: { ...bench.state, positions: new Map([[positionKey(spot.id, 'net'), { ...held('0.0145'), instrument: spot.id }]]) },
  };
  strictEqual((rowOf(approvalsView(mine))['if_approved_now'] as Document)['code'], 'MAX_POSITION_SIZE');
});

test('what has expired is shown no more, also where no gateway has written that down', () => {
  const { seen } = asked();
  const { state, ...rest } = seen();
  const late = { ...rest, state, circumstances: { ...rest.circumstances, now: circumstances.now + 90_000 } };
  deepStrictEqual(approvalsView(late)['approvals'], []);
  deepStrictEqual(approvalsView(late)['next'], []);
});

test('the status names what waits, and where to look', () => {
  const { seen } = asked();
  const status = statusView(seen());
  strictEqual(status['approvals_waiting'], 1);
  match(JSON.stringify(status['next']), /wait for you: twokey approvals/);
});

test('an agent is told that and how long its order waits, as no failure, and never how to answer', () => {
  const { bench } = asked();
  const { failed, answer } = answered(bench);
  strictEqual(failed, false);
  const [approval] = bench.state.approvals.values();
  deepStrictEqual(
    [answer['status'], answer['sent_to_exchange'], answer['code'], answer['approval']],
    ['pending_approval', 'no', undefined, { id: approval?.id, expires_at: '2026-11-23T10:01:30.000Z' }],
  );
  match(
    JSON.stringify(answer['message']),
    /a person has to agree to this order, and may until 2026-11-23T10:01:30\.000Z; nothing was sent/,
  );
  doesNotMatch(JSON.stringify(answer), /twokey|approve|socket|token|retry/);
});

test('a denial tells in how many whole seconds another answer is possible, and nothing where that moment is past or there is none', () => {
  const { bench } = asked();
  const [approval] = bench.state.approvals.values();
  bench.take({ kind: 'judged', call: 2, approval: approval?.id ?? '', verb: 'deny', reason: '' });
  deepStrictEqual([answered(bench).answer['code'], answered(bench).answer['retry_after_s']], ['APPROVAL_DENIED', 10]);
  bench.now += 1;
  strictEqual(answered(bench).answer['retry_after_s'], 10, 'rounded up');
  bench.now += 9999;
  strictEqual('retry_after_s' in answered(bench).answer, false);
});

test('a preview says that a person would be asked, and what is cooling', () => {
  const { bench, seen } = asked({ quantity: '151' });
  const intent = parseIntent({ principal: alpha, tool: 'preview_order', arguments: given });
  ok(intent.ok && intent.value.kind === 'place');
  const state = { ...bench.state, approvals: new Map() };
  const context = { ...seen(), policyHash: '', requestHash: () => '', spent: 0 };
  const decision = previewOf(state, intent.value, { given, context });
  const { failed, answer } = previewAnswer({ state, now: bench.now, decision, intentId: 'big' });
  strictEqual(failed, false);
  const fields = answer as Document;
  strictEqual(fields['status'], 'pending_approval');
  match(JSON.stringify(fields['message']), /would wait for a person: entries on the underlying of BTC-USDT would reach 150 USD/);
  strictEqual((fields['limit'] as Document)['name'], 'approval.above');
  strictEqual((fields['would_send'] as Document)['price'], '60300');
  // The same wish once denied is answered from memory, and the preview must not promise more.
  const [approval] = bench.state.approvals.values();
  bench.take({ kind: 'judged', call: 2, approval: approval?.id ?? '', verb: 'deny', reason: '' });
  const cooling = previewOf(bench.state, intent.value, { given: { ...given, intent_id: 'x', quantity: '151' }, context });
  ok(cooling.kind === 'deny' && cooling.code === 'APPROVAL_DENIED');
  strictEqual(decisionOn(bench.state, intent.value, context).kind, 'needs_approval');
});

test('what a person answered is told to the person as it is told to the agent', () => {
  const { bench, seen } = asked();
  const [approval] = bench.state.approvals.values();
  bench.take({ kind: 'judged', call: 2, approval: approval?.id ?? '', verb: 'approve', reason: '' });
  const record = get(bench.state.intents, intentKey(alpha, 'big'));
  ok(record !== undefined);
  const document = judgedView(seen(), record);
  deepStrictEqual([document['agent'], document['status'], document['intent_id']], ['alpha', 'unknown', 'big']);
});
