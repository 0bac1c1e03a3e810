import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { closing, NOW, spot, swap, wish } from '../../../test/support/policy-samples.ts';
import type { Effect } from '../gateway/events.ts';
import type { Entry } from '../journal/entry.ts';
import { OUTBOX_MAX } from './alerting.ts';
import { alertIdOf, unacknowledged } from './outbox.ts';
import { owedTo, sinksOf } from './sinks.ts';

const MINUTE = 60_000;
const calm = 'normal_order_size = 1000000\ntrades_per_window = { count = 999 }';
const hook = '[[alerts.sinks]]\nkind = "webhook"\nurl = "https://hook.example/a"';
const pager = '[[alerts.sinks]]\nkind = "command"\ncommand = ["/usr/bin/pager"]';
const log = '[[alerts.sinks]]\nkind = "log"';

function benchOf(...sinks: readonly string[]): GatewayBench {
  return GatewayBench.running(`[alerts]\n${calm}\n${sinks.join('\n')}`);
}

function namesOf(bench: GatewayBench): readonly string[] {
  return [...sinksOf(bench.context().configuration.alerts).keys()];
}

function notices({ effects }: GatewayBench): readonly Effect[] {
  return effects.filter(({ kind }) => kind === 'notify');
}

/** The sink answers for the oldest alert that it is owed. */
function answer(bench: GatewayBench, sink: string, failure: string | null, attempt = 0): readonly Entry[] {
  const [next] = owedTo(bench.state.alerting, sink);
  assert.ok(next !== undefined, 'something is owed');
  return bench.take({ kind: 'notified', sink, alert: next.alert.seq, attempt, failure });
}

function fail(bench: GatewayBench, sink: string): readonly Entry[] {
  return [0, 1, 2].flatMap((attempt) => answer(bench, sink, 'no answer within 5000 ms', attempt));
}

function tick(bench: GatewayBench, at: number): readonly Entry[] {
  bench.now = at;
  return bench.take({ kind: 'tick' });
}

const halt = (bench: GatewayBench): readonly Entry[] => bench.take({ kind: 'degraded', to: 'REDUCE_ONLY', cause: 'a test' });

test('an alert is owed to every sink by the entry that raises it, and leaves for each at once', () => {
  const bench = benchOf(hook, pager);
  halt(bench);
  const alert = bench.entries.find((entry) => entry.kind === 'alert');
  assert.deepEqual(alert?.sinks, namesOf(bench));
  assert.match(namesOf(bench).join(), /^webhook-[0-9a-f]{6},command-[0-9a-f]{6}$/);
  assert.deepEqual(
    notices(bench),
    namesOf(bench).map((sink) => ({ kind: 'notify', sink, attempt: 0, afterMilliseconds: 0 })),
  );
});

test('a sink keeps its name when others are added before it, and has another one with another address', () => {
  const [only] = namesOf(benchOf(hook));
  assert.ok(namesOf(benchOf(pager, hook)).includes(only ?? ''));
  assert.ok(!namesOf(benchOf(hook.replace('/a', '/b'))).includes(only ?? ''));
});

test('what a sink has is not sent again, and what follows leaves when it answered', () => {
  const bench = benchOf(hook);
  const [sink = ''] = namesOf(bench);
  halt(bench);
  bench.take({ kind: 'degraded', to: 'HALTED', cause: 'another' });
  assert.deepEqual(notices(bench), [], 'one at a time');
  answer(bench, sink, null);
  assert.equal(notices(bench).length, 1);
  assert.equal(answer(bench, sink, null)[0]?.kind, 'delivered');
  assert.deepEqual(notices(bench), []);
  assert.deepEqual(bench.state.alerting.outbox, []);
});

test('an answer that comes twice is written once', () => {
  const bench = benchOf(hook);
  const [sink = ''] = namesOf(bench);
  halt(bench);
  const alert = bench.state.alerts.at(-1)?.seq ?? 0;
  assert.equal(answer(bench, sink, null).length, 1);
  assert.deepEqual(bench.take({ kind: 'notified', sink, alert, attempt: 0, failure: null }), []);
});

test('a start sends what is owed and nothing else', () => {
  const bench = benchOf(hook, pager);
  const [first = '', second = ''] = namesOf(bench);
  halt(bench);
  answer(bench, first, null);
  bench.start();
  assert.deepEqual(notices(bench), [{ kind: 'notify', sink: second, attempt: 0, afterMilliseconds: 0 }]);
  answer(bench, second, null);
  bench.start();
  assert.deepEqual(notices(bench), []);
});

test('a sink that left the file is owed nothing from the next start on, and a new one gets no old alert', () => {
  const before = benchOf(hook);
  halt(before);
  const after = new GatewayBench(`[alerts]\n${calm}\n${pager}`);
  after.entries.push(...before.entries);
  const written = after.start();
  assert.ok(written.some((entry) => entry.kind === 'delivered' && entry.outcome === 'given_up'));
  assert.deepEqual(after.state.alerting.outbox, []);
  assert.deepEqual(notices(after), []);
});

test('a failed delivery is tried again after 1, 2, 4 and at most 30 seconds, without an end', () => {
  const bench = benchOf(hook, log);
  const [sink = ''] = namesOf(bench);
  halt(bench);
  const waits = [0, 1, 2, 3, 4, 5, 50].map((attempt) => {
    answer(bench, sink, 'ECONNREFUSED', attempt);
    const [next] = bench.effects.filter((effect) => effect.kind === 'notify').filter((effect) => effect.sink === sink);
    assert.equal(next?.attempt, attempt + 1);
    return next?.afterMilliseconds;
  });
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
});

test('when no sink is left that reaches people entries are closed, exits and cancels pass, and all is open again when one answers', () => {
  const bench = benchOf(hook, log);
  const [sink = ''] = namesOf(bench);
  bench.filled(bench.place(swap, 'buy', '0.1'));
  bench.take({ kind: 'alert_test' });
  answer(bench, sink, 'ECONNREFUSED', 0);
  answer(bench, sink, 'ECONNREFUSED', 1);
  assert.ok(bench.ask(wish(swap, 'buy', '0.2')) !== undefined, 'two failures are none yet');
  const third = answer(bench, sink, 'ECONNREFUSED', 2);
  assert.deepEqual(third[0], { kind: 'notifier', sink, state: 'down', cause: 'ECONNREFUSED', closes: true });
  assert.ok(third.some((entry) => entry.kind === 'alert' && entry.code === 'NOTIFIER_DOWN' && entry.severity === 'red'));
  bench.now += 12_000;
  assert.equal(bench.ask(wish(swap, 'buy', '0.3')), undefined);
  assert.equal(bench.lastDecision(), 'NOTIFIER_DOWN');
  const denied = bench.entries.findLast((entry) => entry.kind === 'decision');
  assert.match(denied?.message ?? '', /^refused: nobody can be told of alerts since 12 s: every sink of \[alerts\] fails; /);
  bench.cancelAll();
  assert.equal(bench.lastDecision(), 'allow');
  assert.ok(bench.ask(closing({ instrument: swap.id })) !== undefined);
  answer(bench, sink, null);
  assert.equal(bench.state.unreachable, null);
  assert.ok(bench.ask(wish(spot, 'buy', '0.001')) !== undefined);
});

test('a start changes nothing of what keeps entries closed', () => {
  const bench = benchOf(hook);
  bench.take({ kind: 'alert_test' });
  fail(bench, namesOf(bench)[0] ?? '');
  bench.start();
  assert.ok(bench.state.unreachable !== null);
  bench.compare('boot');
  bench.place(spot, 'buy', '0.001');
  assert.equal(bench.lastDecision(), 'NOTIFIER_DOWN');
});

test('one sink of two that fails closes nothing, and a log alone is no way to a person that could fail', () => {
  const bench = benchOf(hook, pager);
  const [first = '', second = ''] = namesOf(bench);
  bench.take({ kind: 'alert_test' });
  const failed = fail(bench, first);
  assert.ok(failed.some((entry) => entry.kind === 'alert' && entry.severity === 'amber'));
  assert.equal(bench.state.unreachable, null);
  fail(bench, second);
  assert.ok(bench.state.unreachable !== null);
  answer(bench, first, null);
  assert.equal(bench.state.unreachable, null, 'the other one is enough');
  const logged = benchOf(log);
  logged.take({ kind: 'alert_test' });
  fail(logged, namesOf(logged)[0] ?? '');
  assert.equal(logged.state.unreachable, null);
});

test('a failing pulse is told and closes nothing', () => {
  const bench = benchOf(hook);
  for (const attempt of [0, 1, 2, 3]) bench.take({ kind: 'pulsed', attempt, failure: 'ECONNREFUSED' });
  assert.equal(bench.entries.filter((entry) => entry.kind === 'notifier').length, 1);
  assert.equal(bench.state.unreachable, null);
  assert.deepEqual(bench.take({ kind: 'pulsed', attempt: 4, failure: null })[0], {
    kind: 'notifier',
    sink: 'pulse',
    state: 'up',
    cause: '',
    closes: false,
  });
});

test('a sink that failed and left the file does not keep entries closed', () => {
  const before = benchOf(hook);
  before.take({ kind: 'alert_test' });
  fail(before, namesOf(before)[0] ?? '');
  for (const sinks of [pager, `${hook}\n${pager}`, '']) {
    const after = new GatewayBench(`[alerts]\n${calm}\n${sinks}`);
    after.entries.push(...before.entries);
    after.start();
    assert.equal(after.state.unreachable, null, sinks);
  }
});

/** The same gateway a moment later, with other ways to people. */
function changed(before: GatewayBench, ...sinks: readonly string[]): GatewayBench {
  const after = benchOf(...sinks);
  after.state = before.state;
  return after;
}

test('a sink that is taken away while the gateway runs gets what it was owed by then, and is given up after three failures', () => {
  const before = benchOf(hook);
  const [sink = ''] = namesOf(before);
  halt(before);
  before.take({ kind: 'degraded', to: 'HALTED', cause: 'another' });
  const after = changed(before, log);
  assert.equal(answer(after, sink, null)[0]?.kind, 'delivered');
  assert.equal(notices(after).length, 1, 'the next one leaves');
  assert.deepEqual(fail(after, sink), [
    { kind: 'delivered', alert: before.state.alerts.at(-1)?.seq, sink, outcome: 'given_up', attempts: 0 },
  ]);
  assert.deepEqual(notices(after), []);
  assert.deepEqual([after.state.alerting.outbox, after.state.alerting.down.size], [[], 0]);
});

test('entries open when another way is added to those that fail, and close when the last that works is taken away', () => {
  const alone = benchOf(hook);
  alone.take({ kind: 'alert_test' });
  fail(alone, namesOf(alone)[0] ?? '');
  assert.ok(alone.state.unreachable !== null);
  const joined = changed(alone, hook, pager);
  tick(joined, joined.now + 1000);
  assert.equal(joined.state.unreachable, null);
  assert.deepEqual(tick(joined, joined.now + 1000), [], 'once');
  const left = changed(joined, hook);
  tick(left, left.now + 1000);
  assert.ok(left.state.unreachable !== null);
  const moved = changed(left, pager);
  tick(moved, moved.now + 1000);
  assert.deepEqual([moved.state.unreachable, moved.state.alerting.down.size], [null, 0]);
});

test('what is the same is told once in ten minutes, and again when it is worse, acknowledged or later', () => {
  const bench = benchOf(hook);
  const restrict = (): number => {
    bench.take({ kind: 'restricted', scope: 'instrument', instrument: spot.id, cause: 'the exchange closed it' });
    bench.take({ kind: 'freeze_asked', verb: 'unfreeze', subject: `instrument:${spot.id}`, reason: 'seen' });
    return bench.state.alerts.filter(({ code }) => code === 'FROZEN').length;
  };
  assert.equal(restrict(), 1);
  assert.equal(restrict(), 2, 'each freeze is news');
  const large = GatewayBench.running(`[alerts]\nnormal_order_size = 10\ntrades_per_window = { count = 999 }`);
  const told = (): number => large.state.alerts.filter(({ code }) => code === 'UNUSUAL_SIZE').length;
  large.place(spot, 'buy', '0.001');
  large.place(spot, 'buy', '0.002');
  assert.equal(told(), 1);
  large.place(swap, 'buy', '0.1');
  assert.equal(told(), 2, 'another instrument is another alert');
  large.take({ kind: 'acknowledge_asked', alerts: unacknowledged(large.state).map(({ seq }) => seq), reason: '' });
  large.place(spot, 'buy', '0.003');
  assert.equal(told(), 3);
  large.now += 10 * MINUTE;
  large.place(spot, 'buy', '0.004');
  assert.equal(told(), 4);
});

const escalating = `${calm}\nescalate = true`;

test('a red alert that nobody acknowledges closes entries after 5 minutes and halts after 15', () => {
  const bench = GatewayBench.running(`[alerts]\n${escalating}\n${hook}`);
  bench.take({ kind: 'restricted', scope: 'account', instrument: spot.id, cause: 'the exchange lets less be done' });
  bench.operate('resume');
  // The alert of the way down is answered by the resume; this one is of another kind.
  bench.take({ kind: 'alert_test' });
  const sink = namesOf(bench)[0] ?? '';
  for (let left = owedTo(bench.state.alerting, sink).length; left > 1; left -= 1) answer(bench, sink, null);
  fail(bench, sink);
  assert.equal(bench.state.alerting.unanswered.length, 1);
  const raised = bench.now;
  tick(bench, raised + 5 * MINUTE - 1);
  assert.equal(bench.state.mode, 'ACTIVE');
  tick(bench, raised + 5 * MINUTE);
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  assert.match(bench.state.modeCause, /^nobody has acknowledged the red alert \w+ \(NOTIFIER_DOWN\) for 5 min; twokey alerts lists it$/);
  tick(bench, raised + 15 * MINUTE - 1);
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  tick(bench, raised + 15 * MINUTE);
  assert.equal(bench.state.mode, 'HALTED');
});

test('an acknowledged alert escalates no more, an amber one never does, and the time goes on while no gateway runs', () => {
  const bench = GatewayBench.running(`[alerts]\n${escalating}`);
  bench.take({ kind: 'restricted', scope: 'instrument', instrument: spot.id, cause: 'the exchange closed it' });
  halt(bench);
  const [frozen, red] = bench.state.alerts;
  assert.deepEqual([frozen?.severity, red?.severity], ['amber', 'red']);
  bench.take({ kind: 'acknowledge_asked', alerts: [red?.seq ?? 0], reason: 'looked at it' });
  assert.deepEqual(bench.entries.at(-1), { kind: 'acknowledged', alert: red?.seq, by: 'operator', reason: 'looked at it' });
  tick(bench, NOW + 60 * MINUTE);
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
  const other = GatewayBench.running(`[alerts]\n${escalating}`);
  halt(other);
  const { alerting } = other.state;
  other.start();
  assert.deepEqual(other.state.alerting.unanswered, alerting.unanswered);
  tick(other, NOW + 15 * MINUTE);
  assert.equal(other.state.mode, 'HALTED');
});

test('what a person stops needs no acknowledgement, and whoever resumes has seen what stopped it', () => {
  const bench = GatewayBench.running(`[alerts]\n${escalating}`);
  bench.operate('reduce_only');
  assert.equal(bench.state.alerts.at(-1)?.severity, 'red');
  assert.deepEqual(bench.state.alerting.unanswered, []);
  bench.operate('resume');
  halt(bench);
  assert.equal(bench.state.alerting.unanswered.length, 1);
  bench.operate('resume');
  assert.equal(bench.state.mode, 'ACTIVE');
  assert.deepEqual(bench.state.alerting.unanswered, []);
  assert.deepEqual(unacknowledged(bench.state), []);
});

test('without the key nothing escalates outside of live', () => {
  const bench = GatewayBench.running(`[alerts]\n${calm}`);
  halt(bench);
  tick(bench, NOW + 24 * 60 * MINUTE);
  assert.equal(bench.state.mode, 'REDUCE_ONLY');
});

test('an alert is acknowledged once, and one that is not there never', () => {
  const bench = benchOf(hook);
  halt(bench);
  const seq = bench.state.alerts.at(-1)?.seq ?? 0;
  assert.equal(bench.take({ kind: 'acknowledge_asked', alerts: [seq, seq + 1000], reason: '' }).length, 1);
  assert.deepEqual(bench.take({ kind: 'acknowledge_asked', alerts: [seq], reason: '' }), []);
});

test('a red alert that a hundred others pushed out of sight can still be acknowledged', () => {
  const bench = GatewayBench.running(`[alerts]\nnormal_order_size = 1\ntrades_per_window = { count = 999 }`);
  halt(bench);
  const red = bench.state.alerts.at(-1);
  for (let count = 0; count < 120; count += 1) bench.take({ kind: 'alert_test' });
  assert.ok(!bench.state.alerts.some(({ seq }) => seq === red?.seq));
  assert.equal(unacknowledged(bench.state)[0]?.seq, red?.seq);
  bench.take({ kind: 'acknowledge_asked', alerts: [red?.seq ?? 0], reason: '' });
  assert.deepEqual(bench.state.alerting.unanswered, []);
  assert.match(alertIdOf(red?.seq ?? 0), /^[2-9a-z]{4,}$/);
});

test('one digest leaves a day, at its first second, where somebody is told', () => {
  const bench = benchOf(hook);
  bench.filled(bench.place(swap, 'buy', '0.1'));
  const digests = (): readonly Entry[] => bench.entries.filter((entry) => entry.kind === 'alert' && entry.code === 'DIGEST');
  tick(bench, NOW + 13 * 60 * MINUTE);
  assert.equal(digests().length, 0);
  tick(bench, NOW + 14 * 60 * MINUTE);
  tick(bench, NOW + 15 * 60 * MINUTE);
  bench.start();
  bench.compare('boot');
  tick(bench, NOW + 16 * 60 * MINUTE);
  const [digest, ...more] = digests();
  assert.deepEqual(more, []);
  assert.ok(digest?.kind === 'alert');
  assert.equal(digest.severity, 'info');
  assert.match(digest.message, /^the day that ended: 1 entries, /);
  const silent = benchOf();
  tick(silent, NOW + 14 * 60 * MINUTE);
  assert.ok(!silent.entries.some((entry) => entry.kind === 'alert'));
});

test('an alert that newer ones push out of a full outbox while it is on its way keeps nothing from being delivered', () => {
  for (const failure of [null, 'no answer within 5000 ms']) {
    const bench = benchOf(hook);
    const [sink = ''] = namesOf(bench);
    bench.take({ kind: 'alert_test' });
    const [onItsWay] = owedTo(bench.state.alerting, sink);
    for (let count = 0; count < OUTBOX_MAX; count += 1) bench.take({ kind: 'alert_test' });
    assert.ok(!owedTo(bench.state.alerting, sink).some(({ alert }) => alert.seq === onItsWay?.alert.seq));
    const before = notices(bench).length;
    assert.deepEqual(bench.take({ kind: 'notified', sink, alert: onItsWay?.alert.seq ?? 0, attempt: 0, failure }), []);
    assert.equal(owedTo(bench.state.alerting, sink).length, OUTBOX_MAX);
    const [next] = notices(bench).slice(before);
    const expected = failure === null ? { attempt: 0, afterMilliseconds: 0 } : { attempt: 1, afterMilliseconds: 1000 };
    assert.deepEqual(next, { kind: 'notify', sink, ...expected });
  }
});
