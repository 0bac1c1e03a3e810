import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Event } from '../core/gateway/events.ts';
import { type Configuration, parseConfiguration } from '../core/policy/configuration.ts';
import { acceptForLive, advisoryAccepted, closedSources, eyesAt, IsolationWatch } from './isolation.ts';

// Under the user of the tests no agent has a user of its own, so that everything here is advisory.

function configured(environment: 'demo' | 'live', approval = 'above = "never"'): Configuration {
  const read = parseConfiguration(`[exchange]\nenvironment = "${environment}"\n[approval]\n${approval}\n[agents.no-such-agent]\n`);
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

async function inHome(act: (home: string) => void | Promise<void>): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'twokey-isolation-'));
  mkdirSync(join(home, 'state'));
  try {
    await act(home);
  } finally {
    rmSync(home, { recursive: true });
  }
}

function watching(home: string, environment: 'demo' | 'live', post: (event: Event) => void, approval?: string): IsolationWatch {
  const configuration = (): Configuration => configured(environment, approval);
  return new IsolationWatch({ home, configuration, eyes: eyesAt(home, configuration), post });
}

function accept(home: string): void {
  writeFileSync(join(home, 'state', 'advisory'), `${Date.now() + 3_600_000}\n`);
}

test('live in advisory mode closes entries as soon as nobody has taken it upon himself, and demo does not', () =>
  inHome((home) => {
    const posted = (environment: 'demo' | 'live'): readonly Event[] => {
      const events: Event[] = [];
      watching(home, environment, (event) => events.push(event)).look();
      return events;
    };
    deepStrictEqual(posted('demo'), []);
    const [event, ...more] = posted('live');
    deepStrictEqual(more, []);
    match(event?.kind === 'degraded' && event.to === 'REDUCE_ONLY' ? event.cause : '', /advisory mode was not accepted/);
    accept(home);
    deepStrictEqual(posted('live'), []);
  }));

test('in live nobody approves in advisory mode, and nobody resumes what was not accepted', () =>
  inHome((home) => {
    const watch = (environment: 'demo' | 'live') => watching(home, environment, () => {});
    const refused = (verb: 'approve' | 'resume' | 'halt', environment: 'demo' | 'live' = 'live') =>
      watch(environment).refuses(verb === 'approve' ? { verb, approval: 'x', reason: '' } : { verb, reason: '', flatten: false })?.code ??
      null;
    deepStrictEqual([refused('approve'), refused('resume'), refused('halt')], ['NOT_ALLOWED', 'NOT_ALLOWED', null]);
    deepStrictEqual([refused('approve', 'demo'), refused('resume', 'demo')], [null, null]);
    accept(home);
    deepStrictEqual([refused('approve'), refused('resume')], ['NOT_ALLOWED', null]);
    match(JSON.stringify(watch('live').view()), /"mode":"advisory".*accepted_until.*twokey install/);
  }));

test('in isolated live entries close when an agent comes to be able to read the key, and nobody resumes until it cannot', () => {
  let open: readonly string[] = [];
  const events: Event[] = [];
  const watch = (environment: 'demo' | 'live') =>
    new IsolationWatch({
      home: '/home-of-nobody',
      configuration: () => configured(environment),
      eyes: { isolation: () => ({ kind: 'isolated', users: ['a is alice'] }), openSources: () => open },
      post: (event) => events.push(event),
    });
  const [live, demo] = [watch('live'), watch('demo')];
  live.look();
  deepStrictEqual([events, live.refuses({ verb: 'resume', reason: '' })], [[], null]);
  open = ['alice, an agent’s user, can read /keys/okx'];
  live.look();
  demo.look();
  const [event, ...more] = events;
  deepStrictEqual(more, []);
  match(
    event?.kind === 'degraded' && event.to === 'REDUCE_ONLY' ? `${event.code} ${event.cause}` : '',
    /^KEY_READABLE alice.* can read \/keys\/okx; then exchange the key/,
  );
  match(JSON.stringify(live.view()), /"key_readable":\["alice/);
  live.look();
  strictEqual(events.at(-1)?.kind === 'degraded' && 'code' in (events.at(-1) ?? {}), false, 'told once, closed each time');
  strictEqual(live.refuses({ verb: 'resume', reason: '' })?.code, 'NOT_ALLOWED');
  const again = open;
  open = [];
  live.look();
  open = again;
  live.look();
  strictEqual('code' in (events.at(-1) ?? {}), true, 'what was closed and is open again is told again');
  open = [];
  strictEqual(live.refuses({ verb: 'resume', reason: '' }), null, 'it is looked at anew');
  strictEqual(demo.refuses({ verb: 'resume', reason: '' }), null);
});

test('in advisory mode ways to the key are told and refuse nothing, and outside of live they are not looked for', () => {
  const nowhere = '/no/such/home';
  const told = closedSources(nowhere, configured('live'), 'none');
  match(told.ok ? told.value.join() : '', process.platform === 'linux' ? /who can read the key/ : /^$/);
  deepStrictEqual(closedSources(nowhere, configured('demo'), 'fd0'), { ok: true, value: [] });
});

test('the first live start wants it typed and no approvals, a later one comes up in any case, with entries closed', () =>
  inHome(async (home) => {
    const start = (mayWait: boolean, approval?: string) => acceptForLive(home, configured('live', approval), { mayWait });
    strictEqual((await start(false)).ok, false);
    strictEqual((await start(true)).ok, true);
    strictEqual(advisoryAccepted(home), 0);
    accept(home);
    deepStrictEqual([(await start(false, 'above = 40')).ok, (await start(true, 'above = 40')).ok], [false, true]);
    const events: Event[] = [];
    watching(home, 'live', (event) => events.push(event), 'above = 40').look();
    deepStrictEqual(
      events.map((event) => event.kind === 'degraded' && event.to),
      ['REDUCE_ONLY'],
    );
    strictEqual((await start(false)).ok, true);
    strictEqual((await acceptForLive(home, configured('demo', 'above = 40'), { mayWait: false })).ok, true);
  }));
