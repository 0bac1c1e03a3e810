import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { sinksOf } from '../../core/alert/sinks.ts';
import { decimal } from '../../core/money/decimal.ts';
import { parseConfiguration } from '../../core/policy/configuration.ts';
import { failed, fine, warned } from '../operator/checks.ts';
import { checklistOf, hindrancesIn } from './checklist.ts';
import type { Evidence, Item } from './item.ts';
import type { Traces } from './traces.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 27);

function configured(text = ''): Evidence['configuration'] {
  const parsed = parseConfiguration(
    `[exchange]\nenvironment = "live"\n${text}\n[agents.alpha]\n[[alerts.sinks]]\nkind = "ntfy"\nurl = "https://ntfy.sh/x"\n`,
  );
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

const [sink = ''] = sinksOf(configured().alerts).keys();

const journal: Traces = {
  file: 'journal.db',
  account: 'okx:demo:1001',
  environment: 'demo',
  entries: 900,
  lastAt: now,
  damage: '',
  starts: 3,
  policyHash: 'a'.repeat(64),
  traded: [{ agent: 'alpha', strategy: 'mean', orders: 20, first: 12, last: 845 }],
  growth: { since: 0, trips: [], differences: 0, slippageBasisPoints: null, drawdownUsd: decimal('0') },
  readOnly: { milliseconds: 0, first: 0, last: 0 },
  comparisons: 40,
  lastCompared: { seq: 890, at: now, clean: true, classes: [] },
  lastGap: null,
  matched: 20,
  lastMatched: 850,
  divergent: new Map(),
  delivered: new Map([[sink, { seq: 5, at: now }]]),
  down: new Map(),
  clients: new Map(),
};
const reading: Traces = {
  ...journal,
  file: 'evidence/live.db',
  account: 'okx:live:1001',
  environment: 'live',
  readOnly: { milliseconds: 7 * day, first: 1, last: 700 },
  matched: 0,
  traded: [],
};

const everything: Evidence = {
  configuration: configured(),
  version: '1.0.0',
  published: { ok: true, value: { version: '1.0.0', tree: 't', lock: 'l', packages: 'p' } },
  journals: [reading, journal],
  files: [fine('home', '/h, mode 700'), fine('credentials.toml', '/h/credentials.toml, mode 600')],
  serviceFile: '',
  program: { runtime: { path: '/node', version: 'v26.10.0', hash: 'r', instead: '' }, tree: 't', lock: 'l', packages: 'p', open: [] },
  isolation: { kind: 'isolated', users: ['alpha is agent-alpha'] },
  advisoryUntil: '',
  account: { uid: '1001', main_uid: '1000', key_rights: ['read_only', 'trade'], key_bound_to: ['192.0.2.1'], findings: [] },
  accountFailure: '',
  equityUsd: decimal('500'),
  sightings: { ok: true, value: { found: [], files: 10, bytes: 4096, unread: [], source: 'credentials.toml', isPublic: false } },
  doctor: [fine('clock', '3 ms'), warned('limits', 'x', 'y')],
};

function red(changes: Partial<Evidence>): readonly string[] {
  return checklistOf({ ...everything, ...changes })
    .filter(({ status }) => status === 'failed')
    .map(({ name }) => name);
}

function named(word: string, changes: Partial<Evidence> = {}): Item {
  const found = checklistOf({ ...everything, ...changes }).find(({ name }) => name.includes(word));
  if (found === undefined) throw new Error(`no item ${word}`);
  return found;
}

test('with every proof there is no item is red', () => {
  deepStrictEqual(red({}), []);
  deepStrictEqual(hindrancesIn(checklistOf(everything)), []);
  match(named('limits outside').detail, /isolated: alpha is agent-alpha/);
});

test('limits that nothing keeps from agents keep live from starting, unless somebody took that upon himself', () => {
  const advisory: Partial<Evidence> = { isolation: { kind: 'advisory', reasons: ['agent alpha has no user of its own'] } };
  deepStrictEqual(red(advisory), ['limits outside the agent’s control']);
  const open = named('limits outside', advisory);
  match(open.detail, /ADVISORY: agent alpha has no user of its own/);
  match(open.fix, /twokey install/);
  const accepted = named('limits outside', { ...advisory, advisoryUntil: '2026-12-04T00:00:00.000Z' });
  deepStrictEqual([accepted.status, accepted.detail.includes('accepted until 2026-12-04')], ['warning', true]);
});

test('an item names the entries that prove it, and whose journal they stand in', () => {
  const trades = named('demo trades');
  deepStrictEqual([trades.entries, trades.journal, trades.status], [[12, 845], 'journal.db', 'ok']);
  match(trades.detail, /20 executed orders of strategy mean, entries 12 to 845/);
  deepStrictEqual(named('week').entries, [1, 700]);
  deepStrictEqual(named('verification').entries, [850]);
});

test('what was not looked at is red', () => {
  deepStrictEqual(red({ account: null, accountFailure: 'wrong passphrase' }), [
    'sub-account with limited funds',
    'key may read and trade, nothing else',
    'key bound to an address',
  ]);
  match(named('sub-account', { account: null, accountFailure: 'wrong passphrase' }).detail, /wrong passphrase/);
  deepStrictEqual(red({ sightings: null }), ['no credentials in chats, repository or shared configs']);
  deepStrictEqual(red({ doctor: null }), ['doctor passes']);
  deepStrictEqual(red({ equityUsd: null }), ['sub-account with limited funds']);
  deepStrictEqual(red({ journals: [] }), [
    '20 demo trades by alpha',
    'a week of reading live data',
    'single writer',
    'post-trade verification',
    'hourly reconciliation',
    'alerts configured and delivered',
  ]);
});

test('each bad key is red with what the exchange said of it', () => {
  for (const [topic, name] of [
    ['sub-account', 'sub-account with limited funds'],
    ['key rights', 'key may read and trade, nothing else'],
    ['key address', 'key bound to an address'],
  ] as const) {
    const account = { ...everything.account, findings: [{ topic, verdict: 'warn', message: `about ${topic}`, fix: 'mend it' }] };
    deepStrictEqual(red({ account }), [name]);
    deepStrictEqual([named(name, { account }).detail, named(name, { account }).fix], [`about ${topic}`, 'mend it']);
  }
  deepStrictEqual(red({ equityUsd: decimal('10000.01') }), ['sub-account with limited funds']);
});

test('nineteen trades are too few, those of the simulator, of another agent and of a changed journal are none, and two strategies are not added up', () => {
  const trades = (changes: Partial<Traces>) => red({ journals: [reading, { ...journal, ...changes }] });
  const [twenty] = journal.traded;
  ok(twenty !== undefined);
  const missing = ['20 demo trades by alpha'];
  deepStrictEqual(trades({ traded: [{ ...twenty, orders: 19 }] }), missing);
  deepStrictEqual(
    trades({
      traded: [
        { ...twenty, orders: 19 },
        { ...twenty, strategy: 'trend', orders: 19 },
      ],
    }),
    missing,
  );
  deepStrictEqual(trades({ traded: [{ ...twenty, agent: 'beta' }] }), missing);
  ok(trades({ damage: 'entry 3 is wrong' }).includes('20 demo trades by alpha'));
  const simulated = named('demo trades', { journals: [{ ...journal, environment: 'sim' }] });
  deepStrictEqual([simulated.status, simulated.entries], ['failed', []]);
  match(simulated.detail, /the 20 of the simulator do not count/);
});

test('a week less an hour is no week; it keeps trading from starting and not the reading itself', () => {
  const short = { journals: [journal, { ...reading, readOnly: { milliseconds: 7 * day - 1, first: 1, last: 9 } }] };
  deepStrictEqual([named('week', short).status, named('week', short).blocking], ['failed', true]);
  match(named('week', short).detail, /167h|6d/);
  strictEqual(named('week', { configuration: configured('read_only = true') }).blocking, false);
});

test('a key in plain text is named with file and part; what could not be read is red, and a public key proves nothing', () => {
  const searched = { files: 10, bytes: 1, source: 'credentials.toml', isPublic: false };
  const sighted = (found: readonly { file: string; what: readonly string[] }[], unread: readonly string[] = []): Partial<Evidence> => ({
    sightings: { ok: true, value: { ...searched, found, unread } },
  });
  const leaked = named('credentials in', sighted([{ file: '/h/.claude/a.jsonl', what: ['the secret key', 'the passphrase'] }]));
  strictEqual(leaked.status, 'failed');
  match(`${leaked.detail} ${leaked.fix}`, /the secret key and the passphrase in \/h\/\.claude\/a\.jsonl.*key for twokey alone at OKX/);
  strictEqual(named('credentials in', sighted([], ['/h/.bash_history'])).status, 'failed');
  strictEqual(named('credentials in', { sightings: { ok: false, error: 'no key' } }).status, 'failed');
  strictEqual(
    named('credentials in', { sightings: { ok: true, value: { ...searched, isPublic: true, found: [], unread: [] } } }).status,
    'warning',
  );
});

test('a key that the official kit uses too is red, wherever twokey runs with it', () => {
  const kit = '/h/.okx/config.toml';
  const value = { files: 10, bytes: 1, source: kit, isPublic: false, found: [], unread: [] };
  const shared = named('credentials in', { sightings: { ok: true, value } });
  deepStrictEqual([shared.status, shared.detail.includes('the official kit trades beside twokey')], ['failed', true]);
  match(shared.fix, /make a key for twokey alone/);
});

test('without credentials.toml a keyring, a command and what systemd hands over prove where the key lies', () => {
  const files = [fine('home', '/h, mode 700')];
  const source = configured;
  strictEqual(named('files closed', { files, configuration: source('credentials_keyring = "/usr/bin/secret-tool"') }).status, 'ok');
  strictEqual(named('files closed', { files, configuration: source('credentials_command = ["a"]') }).status, 'ok');
  match(named('files closed', { files, serviceFile: '/run/credentials/twokey.service/okx' }).detail, /opens to this service alone/);
});

test('files, other writers, divergences, late comparisons and alerts that never arrived are red one by one', () => {
  const used = (changes: Partial<Traces>) =>
    red({
      journals: [
        { ...reading, ...changes },
        { ...journal, ...changes },
      ],
    });
  deepStrictEqual(red({ files: [failed('credentials.toml', 'others can read it', 'chmod 600')] }), ['files closed to others (0600)']);
  deepStrictEqual(red({ files: [fine('home', 'x')] }), ['files closed to others (0600)']);
  const foreign = { seq: 890, at: now, clean: false, classes: ['foreign_trade'] };
  deepStrictEqual(used({ lastCompared: foreign }), ['single writer', 'hourly reconciliation']);
  deepStrictEqual(used({ divergent: new Map([['BTC-USDT', 7]]) }), ['post-trade verification']);
  deepStrictEqual(used({ matched: 0 }), ['post-trade verification']);
  deepStrictEqual(used({ lastGap: { seq: 3, at: now - 6 * day, milliseconds: 3 * 3_600_000 } }), ['hourly reconciliation']);
  deepStrictEqual(used({ lastGap: { seq: 3, at: now - 8 * day, milliseconds: 3 * 3_600_000 } }), [], 'a week later it is forgiven');
  deepStrictEqual(used({ delivered: new Map() }), ['alerts configured and delivered']);
  deepStrictEqual(used({ down: new Map([[sink, { seq: 6, at: now, cause: 'x' }]]) }), ['alerts configured and delivered']);
  deepStrictEqual(red({ configuration: configured('[reconcile]\nfull_every = "2h"\n') }), ['hourly reconciliation']);
});

test('code that is not what was published is red and says which part, and so is code of which nothing was', () => {
  const hashes = { version: '1.0.0', tree: 't', lock: 'l', packages: 'p' };
  const cases = [
    [{ tree: 'other' }, /not what was published of 1\.0\.0: code; here: tree t,/],
    [{ lock: 'other' }, /: lock file; here/],
    [{ packages: 'other', tree: 'other' }, /: code, npm packages; here/],
    [{ version: '0.9.0' }, /the hashes are of 0\.9\.0, and this is 1\.0\.0/],
  ] as const;
  for (const [change, sentence] of cases) {
    const published = { ok: true, value: { ...hashes, ...change } } as const;
    deepStrictEqual(red({ published }), ['code audited']);
    match(named('audited', { published }).detail, sentence);
  }
  const { program } = everything;
  match(named('audited', { program: { ...program, runtime: { ...program.runtime, instead: '/x' } } }).detail, /\.\/twokey starts \/x/);
  match(named('audited', { published: null }).detail, /no hashes of 1\.0\.0 lie in evidence\/published\.json/);
  deepStrictEqual(red({ published: null }), ['code audited']);
  deepStrictEqual(red({ published: { ok: false, error: 'it cannot be read' } }), ['code audited']);
});

test('one red row of doctor is enough, and a warning is none', () => {
  deepStrictEqual(red({ doctor: [fine('a', ''), failed('clock', 'x', 'y')] }), ['doctor passes']);
  match(named('doctor', { doctor: [failed('clock', 'x', 'y')] }).detail, /✗ clock/);
});
