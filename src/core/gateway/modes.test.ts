import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GatewayBench, told } from '../../../test/support/gateway-bench.ts';
import { alpha, ether, spot, swap } from '../../../test/support/policy-samples.ts';
import { apply } from '../account/apply.ts';
import { modes } from '../account/mode.ts';
import { emptyState, type State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import type { IntentId } from '../order/intent.ts';
import { mayNotResume } from './modes.ts';

const MINUTE = 60_000;

/** Everything that can happen to a mode, and much that cannot. */
const happenings = {
  halt: (bench: GatewayBench) => bench.operate('halt'),
  'reduce only': (bench: GatewayBench) => bench.operate('reduce_only'),
  resume: (bench: GatewayBench) => bench.operate('resume'),
  'clean comparison': (bench: GatewayBench) => bench.compare('operator'),
  difference: (bench: GatewayBench) => bench.compare('operator', told(swap, '0.5')),
  'large difference': (bench: GatewayBench) => bench.compare('operator', told(swap, '5000')),
  'lost order': (bench: GatewayBench) => {
    const order = bench.place(ether, 'buy', '0.1');
    return order === undefined
      ? []
      : bench.take({ kind: 'place_answered', clientOrderId: order.clientOrderId, outcome: { kind: 'unknown', cause: '' } });
  },
  time: (bench: GatewayBench) => {
    bench.now += 61_000;
    return bench.take({ kind: 'tick' });
  },
  'agent halt': (bench: GatewayBench) =>
    bench.take({
      kind: 'asked',
      call: 1,
      tool: 'halt_trading',
      intent: {
        kind: 'halt',
        principal: alpha,
        intentId: `halt-${bench.entries.length}` as IntentId,
        reason: '',
        evidence: [],
        strategy: '',
      },
      arguments: {},
      client: { name: 'test', version: '1', toolsHash: '' },
    }),
  restricted: (bench: GatewayBench) => bench.take({ kind: 'restricted', scope: 'account', instrument: swap.id, cause: 'code 51037' }),
  freeze: (bench: GatewayBench) => bench.take({ kind: 'freeze_asked', verb: 'freeze', subject: 'instrument:BTC-USDT', reason: '' }),
  thaw: (bench: GatewayBench) => bench.take({ kind: 'freeze_asked', verb: 'unfreeze', subject: 'instrument:BTC-USDT', reason: 'looked' }),
  flatten: (bench: GatewayBench) => bench.take({ kind: 'flatten_asked', reason: 'a test', instrument: '' }),
  'vault died': (bench: GatewayBench) => bench.take({ kind: 'degraded', to: 'HALTED', cause: 'the vault died' }),
  lag: (bench: GatewayBench) => bench.take({ kind: 'degraded', to: 'REDUCE_ONLY', cause: 'held up' }),
  trade: (bench: GatewayBench) => {
    const order = bench.place(spot, 'buy', '0.001');
    if (order !== undefined) bench.filled(order);
    return [];
  },
  restart: (bench: GatewayBench) => {
    bench.start();
    return bench.compare('boot');
  },
} as const;

type Happening = keyof typeof happenings;
const names = Object.keys(happenings) as readonly Happening[];

function severity(mode: string): number {
  return modes.findIndex((each) => each === mode);
}

/** Each mode change of a journal: by the operator one step down in severity, by anybody up, and never without a break in the chain. */
function judge(entries: readonly Entry[]): void {
  let mode = 'ACTIVE';
  for (const entry of entries) {
    if (entry.kind !== 'mode') continue;
    assert.equal(entry.from, mode);
    const step = severity(entry.to) - severity(entry.from);
    if (step < 0) assert.ok(entry.by === 'operator' && step === -1, `${entry.from} became ${entry.to} by ${entry.by}`);
    mode = entry.to;
  }
}

test('whatever happens, the mode gets milder by the operator alone and one step at a time, and a restart at any point keeps it (I-R5)', (context) => {
  const met = new Map<string, number>();
  fc.assert(
    fc.property(fc.array(fc.constantFrom<Happening>(...names), { minLength: 5, maxLength: 40 }), (sequence) => {
      const bench = GatewayBench.running();
      for (const name of sequence) {
        const before = bench.state.mode;
        happenings[name](bench);
        if (severity(bench.state.mode) < severity(before)) assert.equal(name, 'resume');
        if (bench.state.mode !== before) met.set(`${name}: ${bench.state.mode}`, (met.get(`${name}: ${bench.state.mode}`) ?? 0) + 1);
      }
      judge(bench.entries);
      // The process dies after any entry: what the journal has is where the next start begins, and a start makes nothing milder.
      let state: State = emptyState('okx:sim:1001');
      for (const [index, entry] of bench.entries.entries()) {
        const before = state;
        state = apply(state, { seq: index + 1, at: bench.now, entry });
        if (entry.kind !== 'mode') assert.equal(state.mode, before.mode);
      }
      assert.equal(state.mode, bench.state.mode);
      assert.deepEqual([...state.frozen.keys()], [...bench.state.frozen.keys()]);
    }),
    { seed: 20_260_101, numRuns: 300 },
  );
  for (const [what, count] of met) context.diagnostic(`${what} ${count}`);
  for (const name of [
    'halt',
    'reduce only',
    'resume',
    'difference',
    'large difference',
    'agent halt',
    'restricted',
    'flatten',
    'vault died',
    'lag',
    'time',
  ])
    assert.ok(
      [...met.keys()].some((key) => key.startsWith(`${name}: `)),
      `${name} never changed the mode`,
    );
});

test('the first start in live is HALTED until the operator resumes, and elsewhere it is ACTIVE', () => {
  for (const [environment, mode] of [
    ['live', 'HALTED'],
    ['sim', 'ACTIVE'],
  ] as const) {
    const bench = new GatewayBench('', environment);
    bench.start();
    assert.equal(bench.state.mode, mode);
    bench.take({ kind: 'instruments_read', instruments: [spot, ether, swap] });
    bench.compare('boot');
    assert.equal(bench.state.mode, mode);
    bench.start();
    assert.equal(bench.entries.filter(({ kind }) => kind === 'mode').length, mode === 'HALTED' ? 1 : 0, 'a later start says nothing of it');
  }
});

test('a start that found differences says the mode that they left, not the one it began in', () => {
  for (const [holds, mode] of [
    [{}, 'ACTIVE'],
    [told(swap, '0.5'), 'REDUCE_ONLY'],
    [told(swap, '5000'), 'HALTED'],
  ] as const) {
    const bench = GatewayBench.running('');
    bench.start();
    const entries = bench.compare('boot', holds);
    assert.equal(bench.state.mode, mode);
    assert.deepEqual(entries.at(-1), { kind: 'booted', mode });
  }
});

test('in live entries stay closed for 15 minutes after the last change of the mode; the step that opens exits waits for nothing', () => {
  const bench = new GatewayBench('', 'live');
  bench.start();
  bench.take({ kind: 'instruments_read', instruments: [spot, ether, swap] });
  bench.compare('boot');
  bench.operate('resume');
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  for (const minutes of [0, 1, 14]) {
    bench.now = bench.state.modeSince + minutes * MINUTE;
    bench.compare('operator');
    const refusal = mayNotResume(bench.state, { haltFileExists: false, now: bench.now });
    assert.match(refusal ?? '', new RegExp(`^in live entries stay closed for 15 minutes .*; ${15 - minutes} minutes are left$`));
    bench.operate('resume');
    assert.equal(bench.state.mode, 'REDUCE_ONLY');
  }
  bench.now = bench.state.modeSince + 15 * MINUTE;
  bench.compare('operator');
  bench.operate('resume');
  assert.equal(bench.state.mode, 'ACTIVE');
});

test('in sim and demo both steps may follow each other at once', () => {
  const bench = GatewayBench.running();
  bench.operate('halt');
  bench.compare('operator');
  bench.operate('resume');
  bench.operate('resume');
  assert.equal(bench.state.mode, 'ACTIVE');
});

test('what an agent tightens lies over the limits: the operator drops it at once, and no limit has changed', () => {
  for (const lines of ['', 'agent_halt = "halted"']) {
    const bench = GatewayBench.running(lines);
    const { limits, policyHash } = bench.state;
    happenings['agent halt'](bench);
    assert.equal(bench.state.mode, lines === '' ? 'REDUCE_ONLY' : 'HALTED');
    bench.compare('operator');
    for (const step of lines === '' ? [1] : [1, 2]) assert.ok(bench.operate('resume').length > 0, `step ${step}`);
    bench.take({ kind: 'tripped', principal: alpha, trip: { kind: 'tool', what: 'set_limits', words: '' } });
    bench.place(spot, 'buy', '0.001');
    assert.equal(bench.lastDecision(), 'AGENT_FROZEN');
    bench.take({ kind: 'freeze_asked', verb: 'unfreeze', subject: 'agent:alpha', reason: 'looked' });
    bench.now += 60_000;
    assert.ok(bench.place(spot, 'buy', '0.002') !== undefined);
    assert.deepEqual([bench.state.limits, bench.state.policyHash], [limits, policyHash]);
  }
});
