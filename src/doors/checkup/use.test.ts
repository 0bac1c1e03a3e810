import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { sinksOf } from '../../core/alert/sinks.ts';
import { parseConfiguration } from '../../core/policy/configuration.ts';
import { handshakeChecks } from './handshake.ts';
import { checkTyped, confirmFirstStart, wordToType } from './first-start.ts';
import { networkChecks, type Steps, stepsTo } from './network.ts';
import type { Isolation } from '../../core/policy/isolation.ts';
import { programChecks } from './program.ts';
import { alertChecks, isolationCheck, limitsCheck, reconcileCheck, toolListChecks } from './use.ts';

const hour = 3_600_000;
const now = Date.UTC(2026, 10, 27);

test('limits of a file that was changed since the start are told, because the old ones hold', () => {
  strictEqual(limitsCheck({ running: 'a', declared: 'a' }).status, 'ok');
  strictEqual(limitsCheck({ running: 'a', declared: 'b' }).status, 'warning');
});

test('the last comparison is red when it found something, and when it is overdue while a gateway runs', () => {
  const compared = (clean: boolean, age: number) => ({
    lastCompared: { seq: 7, at: now - age, clean, classes: clean ? [] : ['movement'] },
  });
  const status = (clean: boolean, age: number, running: boolean) =>
    reconcileCheck(compared(clean, age), { now, running, fullEveryMilliseconds: hour }).status;
  deepStrictEqual(
    [status(true, hour, true), status(true, 2 * hour, true), status(true, 2 * hour, false), status(false, 1, false)],
    ['ok', 'failed', 'ok', 'failed'],
  );
  strictEqual(reconcileCheck({ lastCompared: null }, { now, running: true, fullEveryMilliseconds: hour }).status, 'warning');
});

test('a sink is right when something arrived, told when nothing ever did, red when it is down; none at all is red in live', () => {
  const read = (text: string) => {
    const parsed = parseConfiguration(text);
    if (!parsed.ok) throw new Error(parsed.error.message);
    return parsed.value;
  };
  const sinks = '[alerts]\npulse_url = "https://pulse.example/x"\n[[alerts.sinks]]\nkind = "ntfy"\nurl = "https://ntfy.sh/x"\n';
  const configuration = read(sinks);
  const [name = ''] = sinksOf(configuration.alerts).keys();
  const seen = { seq: 3, at: now };
  const statuses = (delivered: boolean, down: string) =>
    alertChecks(configuration, {
      delivered: new Map(delivered ? [[name, seen]] : []),
      down: new Map(down === '' ? [] : [[down, { ...seen, cause: 'refused' }]]),
    }).map((check) => `${check.name} ${check.status}`);
  deepStrictEqual(statuses(true, ''), ['notifier ok', 'pulse ok']);
  deepStrictEqual(statuses(false, ''), ['notifier warning', 'pulse ok']);
  deepStrictEqual(statuses(true, name), ['notifier failed', 'pulse ok']);
  deepStrictEqual(statuses(true, 'pulse'), ['notifier ok', 'pulse failed']);
  const nothing = { delivered: new Map(), down: new Map() };
  deepStrictEqual(
    alertChecks(read(''), nothing).map(({ status }) => status),
    ['warning', 'warning'],
  );
  deepStrictEqual(
    alertChecks(read('[exchange]\nenvironment = "live"\n'), nothing).map(({ status }) => status),
    ['failed', 'failed'],
  );
});

test('a handshake that fails or shows other tools is red, and a client that saw another list is told', () => {
  const hand = { agent: 'alpha', ok: true, protocol: '2025-11-25', tools: 11, toolsHash: 'a'.repeat(64) } as const;
  const statuses = handshakeChecks([
    hand,
    { ...hand, tools: 0 },
    { ...hand, tools: 13 },
    { agent: 'beta', ok: false, error: 'nobody' },
  ]).map(({ status }) => status);
  deepStrictEqual(statuses, ['ok', 'failed', 'failed', 'failed']);
  const clients = new Map([
    ['claude-code 2', { hash: 'a'.repeat(64), seq: 4 }],
    ['cursor 1', { hash: 'b'.repeat(64), seq: 9 }],
  ]);
  deepStrictEqual(
    toolListChecks(clients, [hand]).map(({ status }) => status),
    ['ok', 'warning'],
  );
  deepStrictEqual(toolListChecks(clients, []), [], 'with nothing to hold it against nothing is said');
});

test('the steps to the exchange are told down to the first that fails', () => {
  const whole: Steps = {
    host: 'www.okx.com',
    port: 443,
    names: { ok: true, value: ['192.0.2.1'] },
    connection: { ok: true, value: 12 },
    security: { ok: true, value: { protocol: 'TLSv1.3', issuer: 'An Authority', validTo: 'Mar  1 00:00:00 2027 GMT' } },
  };
  const rows = (changes: Partial<Steps>) => networkChecks({ ...whole, ...changes }, now).map(({ name, status }) => `${name} ${status}`);
  deepStrictEqual(rows({}), ['DNS ok', 'TCP ok', 'TLS ok']);
  deepStrictEqual(rows({ names: { ok: false, error: 'ENOTFOUND' } }), ['DNS failed']);
  deepStrictEqual(rows({ connection: { ok: false, error: 'ECONNREFUSED' } }), ['DNS ok', 'TCP failed']);
  deepStrictEqual(rows({ security: { ok: false, error: 'SELF_SIGNED_CERT_IN_CHAIN' } }), ['DNS ok', 'TCP ok', 'TLS failed']);
  const ending = { protocol: 'TLSv1.3', issuer: 'x', validTo: 'Nov 30 00:00:00 2026 GMT' };
  deepStrictEqual(rows({ security: { ok: true, value: ending } }), ['DNS ok', 'TCP ok', 'TLS warning']);
});

test('a port on which nobody listens is a connection that fails, with the code of the system', async () => {
  const { names, connection, security } = await stepsTo('https://127.0.0.1:1');
  deepStrictEqual([names.ok, connection, security], [true, { ok: false, error: 'ECONNREFUSED' }, null]);
});

test('code that others can change is red, and so is a runtime that ./twokey does not start', () => {
  const program = {
    runtime: { path: '/node', version: 'v26.10.0', hash: 'h', instead: '' },
    tree: 't',
    lock: 'l',
    packages: 'p',
    open: [],
  };
  deepStrictEqual(
    programChecks(program).map(({ status }) => status),
    ['ok', 'ok'],
  );
  const [, code] = programChecks({ ...program, open: ['/opt/a', '/opt/b'] });
  strictEqual(code?.status, 'failed');
  match(code?.detail ?? '', /\/opt\/a, \/opt\/b/);
  const [runtime] = programChecks({ ...program, runtime: { ...program.runtime, instead: '/opt/wrapper' } });
  strictEqual(runtime?.status, 'failed');
  match(runtime?.detail ?? '', /\.\/twokey starts \/opt\/wrapper, which is not the Node that runs this/);
});

test('advisory mode is told in sim and demo, and red in live until somebody took it upon himself', () => {
  const advisory: Isolation = { kind: 'advisory', reasons: ['agent a is ada'] };
  const statusIn = (environment: 'sim' | 'demo' | 'live', isAccepted = false) =>
    isolationCheck(advisory, { environment, isAccepted }).status;
  deepStrictEqual(
    [statusIn('sim'), statusIn('demo'), statusIn('live'), statusIn('live', true)],
    ['warning', 'warning', 'failed', 'warning'],
  );
  const isolated = isolationCheck({ kind: 'isolated', users: ['a is bob'] }, { environment: 'live', isAccepted: false });
  deepStrictEqual([isolated.status, isolated.detail.includes('a is bob')], ['ok', true]);
});

test('the first live start takes the label of the key alone, or the number where there is none, and does not tell it', async () => {
  const labelled = { uid: '446738296', label: ' desk-7 ' };
  strictEqual(checkTyped('desk-7\n', labelled).ok, true);
  for (const typed of ['', 'desk', 'yes', '446738296', 'DESK-7']) {
    const refused = checkTyped(typed, labelled);
    strictEqual(refused.ok ? '' : /desk-7/.test(refused.error), false, typed);
  }
  const unlabelled = { uid: '446738296', label: '' };
  deepStrictEqual([checkTyped('446738296', unlabelled).ok, checkTyped('', unlabelled).ok], [true, false]);
  strictEqual(wordToType(labelled).question.includes('desk-7'), false);
  const typing = (text: string, isTTY: boolean) => {
    const input = Object.assign(new PassThrough(), { isTTY });
    input.end(text);
    return confirmFirstStart(labelled, { input, output: new PassThrough() });
  };
  const piped = await typing('desk-7\n', false);
  match(piped.ok ? '' : piped.error, /a person at a terminal/);
  strictEqual((await typing('desk-7\n', true)).ok, true);
  const [wrong, nothing] = [await typing('desk-8\n', true), await typing('', true)];
  match(wrong.ok ? '' : wrong.error, /that is not it/);
  match(nothing.ok ? '' : nothing.error, /nothing was typed/);
});
