import fc from 'fast-check';
import type { Fact } from '../../src/core/account/apply.ts';
import type { Entry } from '../../src/core/journal/entry.ts';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import { owedTo, sinksOf } from '../../src/core/alert/sinks.ts';
import type { Order } from '../../src/core/order/order.ts';
import { parseIntent } from '../../src/core/order/parse-intent.ts';
import { GatewayBench, lookedUp } from './gateway-bench.ts';
import { alpha, beta, ether, inverse, spot, swap } from './policy-samples.ts';
import { signedStage } from './signed-stage.ts';

/** Something that happens to a gateway: what it is asked, what the exchange says, what a person does; `at` chooses the particulars. */
export type Deed = { readonly kind: (typeof kinds)[number]; readonly at: number };

const kinds = [
  'place',
  'place',
  'place',
  'place',
  'fill',
  'fill',
  'fill',
  'accept',
  'reject',
  'lose',
  'search',
  'close',
  'cancel',
  'tick',
  'compare',
  'operate',
  'freeze',
  'start',
  'wish',
  'judge',
  'notify',
  'acknowledge',
  'flatten',
  'write',
  'write',
  'write',
] as const;

export const deed: fc.Arbitrary<Deed> = fc.record({ kind: fc.constantFrom(...kinds), at: fc.nat({ max: 999 }) });

/** Somebody wants to be the operator, and has other limits. */
function prove(bench: GatewayBench, at: number): void {
  const tried = { kind: 'proof_tried', purpose: 'policy_loosen', cause: '', step: 0 } as const;
  bench.take({ ...tried, outcome: 'begun' });
  bench.take({ ...tried, outcome: at % 2 === 0 ? 'refused' : 'accepted', step: at % 2 === 0 ? 0 : at });
  const pending = at % 3 === 0 ? null : { digest: 'cd'.repeat(32), due: bench.now + at };
  const ratchet = { inForce: ['ab'.repeat(32)], pending };
  bench.take({ kind: 'limits_set', ratchet, policyHash: `policy ${at}`, by: 'operator', cause: 'more', unapplied: [], loosening: null });
}

/** A stage of the roll-out is lost or signed, which in a simulation closes nothing. */
function fall(bench: GatewayBench, at: number): void {
  const { equityUsd, version, positionMode, key, signature } = signedStage('LIVE-0');
  const signed = { equity_usd: equityUsd, version, position_mode: positionMode, issued_at: at, key, signature };
  const entry = {
    kind: 'stage',
    from: 'SIM',
    to: at % 4 === 0 ? 'DEMO' : 'SIM',
    by: 'twokey',
    cause: 'a test',
    wait_until: bench.now + at,
  } as const;
  if (at % 2 === 0) bench.write({ ...entry, ground: at % 3 === 0 ? 'change' : 'drawdown' });
  else bench.write({ ...entry, ground: 'promoted', signed });
}

/** Limits under which every control of a person's is met: some orders wait, and two ways to people are told. */
export const deedsPolicy = `[approval]
above = 3000
ttl = "1h"
[alerts]
normal_order_size = 2000
trades_per_window = { count = 3 }
max_holding = "1m"
balance_floor = 1000
[[alerts.sinks]]
kind = "webhook"
url = "https://hook.example/a"
[[alerts.sinks]]
kind = "command"
command = ["/usr/bin/pager"]`;

/** What stands in the journal after these deeds. */
export function factsOfDeeds(deeds: readonly Deed[]): readonly Fact[] {
  const bench = GatewayBench.running(deedsPolicy);
  for (const each of deeds) happen(bench, each);
  return bench.facts;
}

export function happen(bench: GatewayBench, { kind, at }: Deed): void {
  const orders: readonly Order[] = [...bench.state.openOrders.values()];
  const order = orders[at % Math.max(orders.length, 1)];
  const instrument = [spot, swap, ether, inverse][at % 4] ?? spot;
  bench.now += 100 + at;
  switch (kind) {
    case 'place':
      bench.place(instrument, at % 3 === 0 ? 'sell' : 'buy', instrument.kind === 'spot' ? `0.0${10 + (at % 80)}` : String(1 + (at % 7)), {
        principal: at % 2 === 0 ? alpha : beta,
      });
      return;
    case 'fill':
      if (order?.life.kind === 'submitting') bench.filled(order);
      return;
    case 'accept':
      if (order?.life.kind === 'submitting') bench.accept(order);
      return;
    case 'lose':
      if (order?.life.kind === 'submitting') bench.lose(order);
      return;
    case 'reject':
      if (order?.life.kind === 'submitting')
        bench.take({
          kind: 'place_answered',
          clientOrderId: order.clientOrderId,
          outcome: at % 3 === 0 ? { kind: 'not_sent', cause: 'no connection' } : { kind: 'rejected', code: '51008' },
        });
      return;
    case 'search':
      for (const lost of orders.filter(({ life }) => life.kind === 'unknown').slice(0, 1)) {
        bench.now += at * 100;
        bench.search(lost);
        bench.now += 2000;
        if (bench.current(lost).life.kind === 'unknown') bench.search(lost);
      }
      return;
    case 'close':
      bench.close(instrument);
      return;
    case 'cancel':
      if (order?.life.kind === 'working') bench.take(lookedUp(order, 'cancelled', formatDecimal(order.filled)));
      else bench.cancelAll();
      return;
    case 'compare':
      bench.compare(at % 2 === 0 ? 'hourly' : 'routine');
      return;
    case 'operate':
      bench.operate(at % 3 === 0 ? 'reduce_only' : 'resume');
      return;
    case 'freeze':
      if (at % 5 === 0)
        bench.take({ kind: 'agent_asked', verb: at % 2 === 0 ? 'revoke' : 'add', agent: 'gamma', tokenHash: 'ab'.repeat(32), reason: '' });
      if (at % 5 === 1) prove(bench, at);
      if (at % 5 === 2) fall(bench, at);
      bench.take({ kind: 'freeze_asked', verb: at % 2 === 0 ? 'freeze' : 'unfreeze', subject: 'agent:beta', reason: 'looked' });
      return;
    case 'start':
      // Not the bench's own start, which would give every entry the time of now.
      if (at > 700)
        bench.take({ kind: 'started', journal: 'abcdef', environment: 'sim', version: '0', policyHash: 'policy', readOnly: false });
      bench.compare('boot');
      return;
    case 'judge': {
      const [approval] = bench.state.approvals.keys();
      if (approval !== undefined)
        bench.take({ kind: 'judged', call: 0, approval, verb: at % 3 === 0 ? 'deny' : 'approve', reason: 'looked' });
      return;
    }
    case 'wish':
      wish(bench, at);
      return;
    case 'notify':
      notify(bench, at);
      return;
    case 'acknowledge': {
      const open = bench.state.alerts.filter(({ acknowledged }) => acknowledged === null).map(({ seq }) => seq);
      bench.take({ kind: 'acknowledge_asked', alerts: open.slice(0, 1 + (at % 3)), reason: 'seen' });
      return;
    }
    case 'flatten':
      if (at % 4 === 0) bench.take({ kind: 'flatten_asked', reason: 'the end', instrument: at % 8 === 0 ? '' : instrument.id });
      return;
    case 'write':
      write(bench, at % 2 === 0 ? order : (orders.find(({ stop }) => stop !== null) ?? order), at);
      return;
    case 'tick':
      bench.now += at * 200;
      bench.take({ kind: 'tick' });
  }
}

/** As a door asks, in words that can be read again once a person has agreed. */
function wish(bench: GatewayBench, at: number): void {
  const words = {
    intent_id: `wish${bench.state.seq}`,
    instrument: spot.id,
    side: 'buy',
    type: 'market',
    quantity: String(2400 + at),
    quantity_unit: 'usd',
    reason: 'because',
    stop_loss: String(50_000 + at),
    max_holding: '30m',
  };
  const intent = parseIntent({ principal: alpha, tool: 'place_order', arguments: words });
  if (!intent.ok) throw new Error(intent.error.message);
  const client = { name: 'test', version: '1', toolsHash: '' };
  bench.take({ kind: 'asked', call: 0, tool: 'place_order', intent: intent.value, arguments: words, client });
}

function notify(bench: GatewayBench, at: number): void {
  const sinks = [...sinksOf(bench.context().configuration.alerts).keys()];
  const sink = sinks[at % sinks.length] ?? '';
  const [next] = owedTo(bench.state.alerting, sink);
  if (next === undefined) return;
  const failure = at % 3 === 0 ? 'no answer within 5000 ms' : null;
  bench.take({ kind: 'notified', sink, alert: next.alert.seq, attempt: failure === null ? 0 : 2, failure });
}

/** What the engine or the exchange would have to be there for stands in the journal as it would be written. */
function write(bench: GatewayBench, order: Order | undefined, at: number): void {
  const written = order === undefined || at % 3 === 0 ? remarks(bench, at) : ofOrder(order, at);
  const entry = written[Math.floor(at / 3) % written.length];
  if (entry !== undefined) bench.write(entry);
}

const bill = {
  bill_id: '9',
  class: 'movement',
  currency: 'USDT',
  change: '7',
  instrument: '',
  exchange_order_id: '',
  exchange_at: 0,
} as const;
const cleared = { exchange_order_id: '9', client_order_id: '', instrument: spot.id, type: 'order', side: 'buy', own: false } as const;
const started = { kind: 'started', policy_hash: 'policy', version: '0', read_only: false } as const;

function remarks({ state }: GatewayBench, at: number): readonly Entry[] {
  const seen = { instrument: spot.id, books: '0', exchange: String(at), evidence: 'e' };
  const triggers = { take_profit: '', stop_loss: String(50_000 + at) };
  const stop = { client_order_id: `abcdef01${String(1000 + at)}`, principal: alpha, intent_id: `stop${at}`, request_hash: 'h' };
  const balances = { balances: { USDT: String(at) } };
  const held = { contracts: { [swap.id]: String(at) }, currencies: { USDT: '5' } };
  const digits = 'ab'.repeat(32);
  return [
    { kind: 'unvalued', cause: 'no price' },
    { kind: 'alert_ended', key: [...state.alerting.lasting.keys()][0] ?? '' },
    { kind: 'notifier', sink: 'webhook-0a0b0c', state: 'down', cause: 'no answer', closes: at % 2 === 0 },
    { kind: 'baseline', currencies: { USDT: '1' }, contracts: { [swap.id]: String(at) }, evidence: 'e' },
    { ...started, epoch: state.epoch + 1, position_mode: at % 2 === 0 ? 'long_short' : 'net' },
    { kind: 'killing', by: 'operator', cause: `looked ${at}` },
    { kind: 'clearing', orders: [cleared], listed: 1 + at, evidence: 'e' },
    { kind: 'killed', outcome: 'clear', cancelled: 1, foreign: 1, kept: at, left: 0, milliseconds: at, evidence: 'e' },
    { kind: 'timer', seconds: at % 2 === 0 ? 30 : 0 },
    { kind: 'statement', through: String(1000 + at), ...balances, items: [bill], trades: 0, settled: { USDT: '1' }, evidence: 'e' },
    { kind: 'adopted', by: 'operator', reason: 'a top-up', differences: [], changes: [], ...held, ...balances },
    { kind: 'mismatch', ...seen },
    { kind: 'marked', managed_usd: String(at - 500), prices: { [spot.id]: '60000' }, halting: at % 2 === 0 ? ['max_daily_loss'] : [] },
    { kind: 'verified', ...seen, outcome: 'divergent', orders: [] },
    { kind: 'checkpoint', entry: 1 + at, entry_hash: digits, state_digest: digits, key: digits, signature: digits + digits },
    { kind: 'protecting', ...stop, instrument: swap.id, product: 'linear', side: 'sell', leg: 'net', size: '1', ...triggers },
  ];
}

function ofOrder(order: Order, at: number): readonly Entry[] {
  const id = { client_order_id: order.clientOrderId };
  const triggers = { take_profit: at % 2 === 0 ? '70000' : '', stop_loss: String(50_000 + at) };
  const size = formatDecimal(order.size);
  const cancels: readonly Entry[] = [
    { kind: 'cancel_answered', ...id, outcome: 'accepted', code: '' },
    { kind: 'leftover', ...id, size: at % 4 === 0 ? '0' : size, attempt: at % 3 },
  ];
  if (order.stop !== null)
    return [
      ...cancels,
      { kind: 'armed', ...id, exchange_order_id: 'a1', size },
      { kind: 'moving', ...id, principal: alpha, intent_id: `move${at}`, request_hash: 'h', ...triggers },
      { kind: 'moved', ...id, ...triggers, updated_at: at },
      { kind: 'triggered', ...id, exchange_order_id: '78' },
    ];
  return order.life.kind === 'working'
    ? [
        ...cancels,
        { kind: 'amending', ...id, size, price: formatDecimal(order.price), increases: at % 2 === 0, notional_usd: '10' },
        { kind: 'amended', ...id, outcome: at % 2 === 0 ? 'applied' : 'refused' },
      ]
    : cancels;
}
