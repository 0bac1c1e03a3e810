import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { type Configuration, parseConfiguration, policyFor } from './configuration.ts';
import { loosened, policyJson, policyShape } from './policy.ts';
import { applied, isBinding, meeting, type Ratchet, settledAtStart, waitOf } from './ratchet.ts';
import { limitsText, strictest } from './strictest.ts';

function read(text: string): Configuration {
  const parsed = parseConfiguration(text);
  assert.ok(parsed.ok, parsed.ok ? '' : `${parsed.error.key}: ${parsed.error.message}`);
  return parsed.value;
}

/** Of every key of `[policy]` a tight value and a loose one. A key that is not here fails the test that reads this. */
const values: { readonly [Key in keyof typeof policyShape]: readonly [tight: string, loose: string] } = {
  instruments: ['["BTC-USDT"]', '["BTC-USDT", "ETH-USDT"]'],
  order_types: ['["limit"]', '["limit", "market"]'],
  sides: ['["buy"]', '["buy", "sell"]'],
  quiet_hours: ['["22:00-06:00", "07:00-08:00"]', '["22:00-06:00"]'],
  max_order_size: ['10', '20'],
  max_position_size: ['10', '20'],
  max_underlying_exposure: ['10', '20'],
  max_total_exposure: ['310', '320'],
  max_open_positions: ['1', '2'],
  max_open_orders: ['1', '2'],
  max_daily_trades: ['1', '2'],
  max_daily_loss: ['1', '2'],
  max_drawdown: ['1', '2'],
  max_leverage: ['1', '2.5'],
  max_margin_share: ['"10%"', '"20%"'],
  min_liquidation_distance: ['"30%"', '"10%"'],
  max_account_equity: ['100', '200'],
  min_balance: ['60', '50'],
  price_collar: ['"0.1%"', '"0.2%"'],
  exit_collar: ['"1%"', '"2%"'],
  max_order_rate: ['{ per_second = 1, per_minute = 2 }', '{ per_second = 2, per_minute = 2 }'],
  max_same_side: ['{ per_10_minutes = 1, per_hour = 2 }', '{ per_10_minutes = 1, per_hour = 3 }'],
  duplicate_window: ['"1m"', '"30s"'],
  max_spread: ['"0.1%"', '"0.2%"'],
  max_book_share: ['"1%"', '"2%"'],
  max_volume_share: ['"0.1%"', '"0.2%"'],
  max_price_move: ['"1%"', '"2%"'],
  max_divergence: ['"1%"', '"2%"'],
  max_funding_rate: ['"0.1%"', '"0.2%"'],
  max_data_age: ['"1s"', '"2s"'],
  require_reason: ['true', 'false'],
  require_stop: ['"derivatives"', 'false'],
  min_stop_distance: ['"1%"', '"0.5%"'],
  max_stop_changes: ['0', '1'],
  loosening_wait: ['"2h"', '"1h"'],
  agent_halt: ['"halted"', '"reduce_only"'],
  tripwire: ['"freeze"', '"alert"'],
  max_slippage: ['"0.1%"', '"0.2%"'],
  max_rejects: ['{ in_a_row = 1, per_10_minutes = 9 }', '{ in_a_row = 2, per_10_minutes = 9 }'],
  answer_wait: ['"1s"', '"2s"'],
};

test('of every key the tighter value holds, and which way a file goes is known of each', () => {
  for (const [key, [tight, loose]] of Object.entries(values)) {
    const [tighter, looser] = [read(`[policy]\n${key} = ${tight}\n`), read(`[policy]\n${key} = ${loose}\n`)];
    if (key === 'answer_wait') continue;
    for (const met of [strictest(tighter, looser), strictest(looser, tighter)])
      assert.deepEqual(policyJson(met.policy), policyJson(tighter.policy), key);
    const told = ({ tightens, loosens }: ReturnType<typeof meeting>) => ({ tightens, loosens });
    assert.deepEqual(told(meeting(looser, tighter)), { tightens: true, loosens: false }, `${key} tightened`);
    assert.deepEqual(told(meeting(tighter, looser)), { tightens: false, loosens: true }, `${key} loosened`);
    assert.deepEqual(told(meeting(tighter, tighter)), { tightens: false, loosens: false }, `${key} as it was`);
  }
});

test('what is no limit of an order has a way too', () => {
  const rows: readonly (readonly [tight: string, loose: string])[] = [
    ['[exchange]\nread_only = true', ''],
    ['[exchange]\ndead_man = "15s"', ''],
    ['[approval]\nabove = 10', ''],
    ['[approval]\nabove = 10', '[approval]\nabove = 20'],
    ['[approval]\nabove = 10', '[approval]\nabove = "never"'],
    ['[approval]\nttl = "60s"', ''],
    ['[approval]\nfirst_of_kind = true', ''],
    ['[operator]\nrequire_proof = true', ''],
    ['[reconcile]\nfull_every = "10m"', ''],
    ['[agents.a]', '[agents.a]\n[agents.b]'],
    ['[agents.a]\nmax_order_size = 10', '[agents.a]'],
    ['[agents.a]', '[agents.a]\nshared_positions = true'],
  ];
  for (const [tight, loose] of rows) {
    const [tighter, looser] = [read(tight), read(loose)];
    assert.equal(limitsText(strictest(looser, tighter)), limitsText(tighter), tight);
    assert.deepEqual([meeting(looser, tighter).loosens, meeting(tighter, looser).loosens], [false, true], tight);
  }
});

const hook = (path: string): string => `[[alerts.sinks]]\nkind = "webhook"\nurl = "https://a.example/${path}"\n`;

test('whatever lets people hear of less loosens: a threshold raised, a way to them or the pulse taken away, a slower escalation', () => {
  const rows: readonly (readonly [told: string, untold: string])[] = [
    ['[alerts]\nnormal_order_size = 29', '[alerts]\nnormal_order_size = 30'],
    ['[alerts]\ntrades_per_window = { count = 4, minutes = 10 }', ''],
    ['[alerts]\ntrades_per_window = { count = 5, minutes = 20 }', ''],
    ['[alerts]\nmax_holding = "7h"', ''],
    ['[alerts]\nbalance_floor = 101', ''],
    ['[alerts]\nescalate = true', ''],
    ['[alerts]\nescalate = true\nescalate_after = { reduce_only = "1m", halted = "15m" }', '[alerts]\nescalate = true'],
    ['[alerts]\npulse_url = "https://a.example/pulse"', ''],
    ['[[alerts.sinks]]\nkind = "log"', ''],
    [`${hook('a')}${hook('b')}`, hook('b')],
  ];
  for (const [told, untold] of rows) {
    const [more, less] = [read(told), read(untold)];
    assert.equal(limitsText(strictest(less, more)), limitsText(more), told);
    const ways = [meeting(less, more), meeting(more, less)];
    assert.deepEqual(
      ways.map(({ tightens, loosens }) => [tightens, loosens]),
      [
        [true, false],
        [false, true],
      ],
      told,
    );
  }
});

test('of a sink in the place of another the new one is told at once and the old one still, and their order says nothing', () => {
  const replaced = meeting(read(hook('a')), read(hook('b')));
  assert.deepEqual([replaced.tightens, replaced.loosens], [true, true]);
  assert.deepEqual(replaced.configuration.alerts.sinks, [...read(hook('a')).alerts.sinks, ...read(hook('b')).alerts.sinks]);
  const turned = meeting(read(hook('a') + hook('b')), read(hook('b') + hook('a')));
  assert.deepEqual([turned.tightens, turned.loosens], [false, false]);
  const pulse = (name: string): string => `[alerts]\npulse_url = "https://a.example/${name}"`;
  const moved = meeting(read(pulse('a')), read(pulse('b')));
  assert.deepEqual([moved.tightens, moved.loosens, moved.configuration.alerts.pulseUrl], [false, true, 'https://a.example/a']);
});

test('a command that a file adds loosens, because it would run with the rights of the gateway', () => {
  const command = read('[[alerts.sinks]]\nkind = "command"\ncommand = ["/bin/sh", "-c", "x"]\n');
  const met = meeting(read(hook('a')), command);
  assert.deepEqual([met.loosens, met.configuration.alerts.sinks], [true, read(hook('a')).alerts.sinks]);
  assert.deepEqual(meeting(command, command).configuration.alerts.sinks, command.alerts.sinks);
});

test('addresses and the simulator are the file’s, and no limit', () => {
  const file = read('[http]\nlisten = "127.0.0.1:1234"\n[sim]\nseed = 9\n[exchange]\nprofile = "other"\n[policy]\nanswer_wait = "2s"\n');
  const met = strictest(read(''), file);
  assert.deepEqual([met.http, met.sim, met.exchange.profile], [file.http, file.sim, 'other']);
  assert.equal(met.policy.answerWaitMilliseconds, 2000);
});

const lines = fc.tuple(...Object.entries(values).map(([key, pair]) => fc.constantFrom(...pair.map((value) => `${key} = ${value}`), '')));
const alerts = fc
  .tuple(fc.constantFrom('', 'balance_floor = 3', 'max_holding = "2h"', 'escalate = true'), fc.subarray(['a', 'b', 'c']))
  .map(([line, sinks]) => `[alerts]\n${line}\n${sinks.map(hook).join('')}`);
const files = fc
  .tuple(lines, fc.constantFrom('', 'above = 10', 'above = 20', 'above = "never"'), fc.subarray(['a', 'b', 'c'], { minLength: 1 }), alerts)
  .map(([policy, approval, agents, told]) =>
    read(`[policy]\n${policy.join('\n')}\n[approval]\n${approval}\n${agents.map((name) => `[agents.${name}]`).join('\n')}\n${told}`),
  );

test('two files together allow nobody anything that one of them refuses, and a third makes it no looser', () => {
  let changed = 0;
  fc.assert(
    fc.property(files, files, files, (one, other, third) => {
      const met = strictest(one, other);
      if (meeting(one, other).tightens) changed += 1;
      for (const limit of [one, other]) {
        for (const key of Object.keys(policyShape)) {
          assert.equal(loosened({ key, policy: met.policy, limit: limit.policy }), null, key);
          for (const name of met.agents.keys())
            assert.equal(loosened({ key, policy: policyFor(met, name), limit: policyFor(limit, name) }), null, `${name} ${key}`);
        }
        assert.ok([...met.agents.keys()].every((name) => limit.agents.has(name)));
        assert.equal(meeting(limit, met).loosens, false);
      }
      assert.equal(limitsText(strictest(met, met)), limitsText(met));
      assert.equal(limitsText(strictest(strictest(one, other), third)), limitsText(strictest(one, strictest(other, third))));
    }),
    { seed: 1, numRuns: 150 },
  );
  assert.ok(changed > 100, `${changed} of 150 tightened something`);
});

// What holds from a start on.

const tight = '[policy]\nmax_order_size = 10\nloosening_wait = "1h"\n';
const loose = '[policy]\nmax_order_size = 20\nloosening_wait = "1h"\n';
const mixed = '[policy]\nmax_order_size = 20\nmax_daily_trades = 1\nloosening_wait = "1h"\n';

function start(ratchet: Ratchet | null, file: string, texts: readonly string[] = []) {
  const known = (digest: string): Configuration | undefined => (texts.includes(digest) || digest === file ? read(digest) : undefined);
  return settledAtStart({ ratchet, known, file: { digest: file, configuration: read(file) } });
}

function holding(file: string, ratchet: Ratchet | null, texts: readonly string[] = []) {
  const settled = start(ratchet, file, texts);
  assert.ok(settled.ok);
  const { configuration, finding } = settled.value;
  return {
    finding,
    size: policyJson(configuration.policy).max_order_size,
    trades: policyJson(configuration.policy).max_daily_trades,
    ratchet: settled.value.ratchet,
  };
}

test('a file changed behind our back holds where it tightens and nowhere else, at every start that follows', () => {
  const first = holding(tight, null);
  assert.deepEqual([first.finding, first.size], ['first', '10']);
  assert.equal(holding(tight, first.ratchet).finding, 'same');
  const looser = holding(loose, first.ratchet, [tight]);
  assert.deepEqual([looser.finding, looser.size, looser.ratchet], ['loosened', '10', first.ratchet]);
  const both = holding(mixed, first.ratchet, [tight]);
  assert.deepEqual([both.finding, both.size, both.trades], ['loosened', '10', 1]);
  assert.deepEqual(both.ratchet.inForce, [tight, mixed]);
  const back = holding(tight, both.ratchet, [tight, mixed]);
  assert.deepEqual([back.finding, back.size, back.trades], ['loosened', '10', 1], 'a tightening that held is not taken back by the file');
  const stricter = holding('[policy]\nmax_order_size = 5\nloosening_wait = "1h"\n', first.ratchet, [tight]);
  assert.deepEqual([stricter.finding, stricter.size, stricter.ratchet.inForce.length], ['tightened', '5', 1]);
});

test('the file cannot take away what makes it wait', () => {
  const first = holding(tight, null);
  const bare = holding('[policy]\nmax_order_size = 20\n', first.ratchet, [tight]);
  assert.deepEqual([bare.finding, bare.size], ['loosened', '10']);
  const proof = '[operator]\nrequire_proof = true\n[policy]\nmax_order_size = 10\n';
  const unproven = holding('[policy]\nmax_order_size = 20\n', holding(proof, null).ratchet, [proof]);
  assert.deepEqual([unproven.finding, unproven.size], ['loosened', '10']);
});

test('where neither a proof nor a wait is asked for the file is taken as it is; in live that is nowhere', () => {
  const easy = '[policy]\nmax_order_size = 10\n';
  const taken = holding('[policy]\nmax_order_size = 20\n', holding(easy, null).ratchet, [easy]);
  assert.deepEqual([taken.finding, taken.size], ['taken', '20']);
  assert.equal(isBinding(read('[exchange]\nenvironment = "live"\n[policy]\nloosening_wait = "0s"\n')), true);
});

test('limits that held and are not known any more end the start, and the old file put back mends it', () => {
  const first = holding(tight, null);
  const lost = start(first.ratchet, loose);
  assert.ok(!lost.ok);
  assert.equal(lost.error, tight);
  assert.ok(start(first.ratchet, tight).ok);
});

test('applying holds at once what tightens, and what loosens when the longest wait of the limits that hold is over', () => {
  const ratchet: Ratchet = { inForce: ['held'], pending: null };
  const apply = (held: string, file: string) =>
    applied({ held: read(held), ratchet, file: { digest: 'file', configuration: read(file) }, now: 1000 });
  const tightened = apply(loose, tight);
  assert.deepEqual([tightened.loosens, tightened.ratchet], [false, { inForce: ['file'], pending: null }]);
  const waits = apply(tight, mixed);
  assert.equal(waits.loosens, true);
  assert.deepEqual(waits.ratchet, { inForce: ['held', 'file'], pending: { digest: 'file', due: 3_601_000 } });
  assert.equal(policyJson(waits.configuration.policy).max_order_size, '10');
  assert.equal(policyJson(waits.configuration.policy).max_daily_trades, 1);
  const now = apply('[policy]\nmax_order_size = 10\n', '[policy]\nmax_order_size = 20\n');
  assert.deepEqual([now.loosens, now.ratchet.pending, policyJson(now.configuration.policy).max_order_size], [true, null, '20']);
  assert.equal(waitOf(read('[policy]\nloosening_wait = "1h"\n[agents.a]\nloosening_wait = "2h"\n')), 7_200_000);
});

test('a start on the file that is waited for says that it waits, and a tightening gives up what was waited for', () => {
  const waiting: Ratchet = { inForce: [tight], pending: { digest: loose, due: 5 } };
  const settled = holding(loose, waiting, [tight]);
  assert.deepEqual([settled.finding, settled.size, settled.ratchet], ['waiting', '10', waiting]);
  const tightened = holding('[policy]\nmax_order_size = 5\nloosening_wait = "1h"\n', waiting, [tight]);
  assert.deepEqual([tightened.finding, tightened.ratchet.pending], ['tightened', null]);
});

// What is written down.

const set = {
  kind: 'limits_set',
  ratchet: { inForce: ['a'], pending: null },
  policyHash: 'h',
  by: 'twokey',
  cause: 'c',
  unapplied: [],
  loosening: null,
} as const;

test('other limits are journaled, forget what was denied under the old ones, and name the hash that decisions carry', () => {
  const bench = GatewayBench.running();
  bench.take(set);
  assert.deepEqual([bench.state.limits, bench.state.policyHash], [{ inForce: ['a'], pending: null }, 'h']);
  assert.equal(bench.state.mode, 'ACTIVE');
});

test('a file that was loosened and not applied is a red alert with each change, and closes entries in live', () => {
  const sim = GatewayBench.running();
  sim.take({ ...set, unapplied: ['max_order_size 10 20'] });
  const alert = sim.entries.findLast((entry) => entry.kind === 'alert');
  assert.deepEqual([alert?.severity, alert?.code, alert?.details], ['red', 'POLICY_LOOSENED', ['max_order_size 10 20']]);
  assert.equal(sim.state.mode, 'ACTIVE');
  const live = GatewayBench.running('[exchange]\nenvironment = "live"');
  live.take({ ...set, unapplied: ['max_order_size 10 20'] });
  assert.equal(live.state.mode, 'REDUCE_ONLY');
});

test('what the operator loosens is told to the ways that hold before it does, when it begins to wait and when it holds', () => {
  const bench = GatewayBench.running('[[alerts.sinks]]\nkind = "log"\n');
  const before = bench.entries.length;
  const changes = ['alerts.sinks log-1 – loosens'];
  bench.take({ ...set, by: 'operator', loosening: { changes, waitMilliseconds: 86_400_000 } });
  bench.take({ ...set, loosening: { changes, waitMilliseconds: 0 } });
  const told = bench.entries.slice(before).filter((entry) => entry.kind === 'alert');
  assert.deepEqual(
    told.map(({ severity, code, message, details, sinks }) => ({ severity, code, message, details, sinks: sinks?.length })),
    [
      {
        severity: 'amber',
        code: 'LOOSENING',
        message: 'what the operator loosened in twokey.toml is to hold in 1d',
        details: changes,
        sinks: 1,
      },
      {
        severity: 'amber',
        code: 'LOOSENING',
        message: 'what the operator loosened in twokey.toml holds from now on',
        details: changes,
        sinks: 1,
      },
    ],
  );
  assert.equal(bench.state.mode, 'ACTIVE');
});
