import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './harness/eventually.ts';
import { journalOf } from './harness/journal.ts';
import { hashesOf } from '../../src/doors/checkup/program.ts';
import { root } from './harness/program.ts';
import { test } from './harness/test.ts';
import { type Ran, World } from './harness/world.ts';

type Row = { readonly name: string; readonly status: string; readonly detail: string; readonly fix: string };
type Item = Row & { readonly blocking: boolean; readonly entries: readonly number[]; readonly journal: string };

function key(given: Partial<Readonly<Record<'key' | 'secret' | 'passphrase', string>>> = {}): string {
  const { key: id = 'sim-key', secret = 'sim-secret', passphrase = 'sim-pass' } = given;
  return `[profiles.demo]\napi_key = ${JSON.stringify(id)}\nsecret_key = ${JSON.stringify(secret)}\npassphrase = ${JSON.stringify(passphrase)}\ndemo = true\n`;
}

function rows(run: Ran): readonly Item[] {
  const document = JSON.parse(run.stdout) as { readonly ok: boolean; readonly items?: readonly Item[]; readonly checks?: readonly Item[] };
  strictEqual(document.ok, run.code === 0, run.stdout);
  return document.items ?? document.checks ?? [];
}

function named(run: Ran, name: string): Item {
  const found = rows(run).find((row) => row.name.includes(name));
  if (found === undefined) throw new Error(`no row ${name} in ${run.stdout}`);
  return found;
}

const read = (world: World, word: 'doctor' | 'checklist') => world.run([word, '--json']);

test('with the good key doctor is green, and of the checklist all that a simulator can prove', async () => {
  await using world = await World.create({ agents: ['alpha'] });
  world.write('credentials.toml', key());
  await world.up();
  const agent = await world.agent('alpha');
  strictEqual((await agent.place({ intent_id: 'one', quantity: '30', strategy: 'mean' })).status, 'filled');
  await eventually('the fill is proven', () => journalOf(world.home).some(({ kind }) => kind === 'verified'));
  const doctor = await read(world, 'doctor');
  strictEqual(doctor.code, 0, doctor.stdout);
  for (const name of [
    'clock',
    'key rights',
    'sub-account',
    'runtime',
    'code',
    'limits in force',
    'last reconcile',
    'MCP handshake',
    'tool list',
    'other clients',
  ])
    strictEqual(named(doctor, name).status, 'ok', name);
  const checklist = await read(world, 'checklist');
  strictEqual(checklist.code, 1, 'what nobody can prove yet stays red');
  const green = [
    'sub-account',
    'may read and trade',
    'bound to an address',
    'files closed',
    'single writer',
    'post-trade verification',
    'hourly reconciliation',
    'doctor passes',
  ];
  for (const name of green) strictEqual(named(checklist, name).status, 'ok', `${name}: ${named(checklist, name).detail}`);
  ok(named(checklist, 'post-trade').entries.length === 1);
  match(named(checklist, 'demo trades by alpha').detail, /the 1 of the simulator do not count/);
  match(named(checklist, 'code audited').detail, /no hashes of .* lie in evidence/);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };
  world.write('evidence/published.json', JSON.stringify({ version, ...hashesOf(root) }));
  const audited = named(await read(world, 'checklist'), 'code audited');
  strictEqual(audited.status, 'ok', audited.detail);
  match(named(checklist, 'limits outside').detail, /ADVISORY/);
  match(
    (await world.run(['checklist'])).stdout,
    /^✗ 20 demo trades by alpha .*\n +→ .*\n[^]*live does not start: \d of 14 items are red\n$/m,
  );
});

test('each bad key is red in both, with the right sentence', async () => {
  await using world = await World.create();
  await world.startExchange();
  const cases = [
    [{ key: 'sim-key-withdraw' }, 'key rights', 'may read and trade', /may withdraw/],
    [{ key: 'sim-key-main' }, 'sub-account', 'sub-account', /opens the main account 1000/],
    [{ key: 'sim-key-readonly' }, 'key rights', 'may read and trade', /may not trade/],
    [{ key: 'sim-key-noip' }, 'key address', 'bound to an address', /bound to no address and works from everywhere/],
    [{ passphrase: 'wrong-pass' }, 'environment truth', 'may read and trade', /passphrase is wrong/],
  ] as const;
  for (const [given, row, item, sentence] of cases) {
    world.write('credentials.toml', key(given));
    // oxlint-disable-next-line no-await-in-loop
    const [doctor, checklist] = [await read(world, 'doctor'), await read(world, 'checklist')];
    match(named(doctor, row).detail, sentence);
    // Live refuses a key without an address; a simulator and demo trading tell it.
    strictEqual(named(doctor, row).status, 'key' in given && given.key === 'sim-key-noip' ? 'warning' : 'failed', row);
    strictEqual(named(checklist, item).status, 'failed', item);
    match(named(checklist, item).detail, sentence);
    ok(named(doctor, row).fix.length > 0);
    doesNotMatch(doctor.stdout + checklist.stdout, /sim-secret|sim-pass|wrong-pass/);
  }
});

test('a key that stands in a transcript, a history or a client is found, and never told', async () => {
  await using world = await World.create();
  // In pieces, because the repository that this stands in is looked through too.
  const secrets = { secret: ['canary', 'secret', '4711'].join('-'), passphrase: ['canary', '"pass"', '4712'].join(' ') };
  world.write('credentials.toml', key(secrets));
  world.write('.claude/projects/work/one.jsonl', `${JSON.stringify({ said: `my passphrase is ${secrets.passphrase}` })}\n`);
  world.write('.bash_history', `export OKX_API_SECRET=${secrets.secret}\n`);
  world.write(
    '.cursor/mcp.json',
    '{"mcpServers":{"okx":{"command":"npx","args":["okx-trade-mcp"],"env":{"OKX_API_KEY":"canary-key-4713"}}}}',
  );
  world.write('.okx/config.toml', key(secrets));
  const checklist = await read(world, 'checklist');
  const leaks = named(checklist, 'no credentials');
  strictEqual(leaks.status, 'failed');
  match(leaks.detail, /the passphrase in \S+one\.jsonl/);
  match(leaks.detail, /the secret key in \S+\.bash_history/);
  match(leaks.detail, /the secret key and the passphrase in \S+\.okx\/config\.toml/, 'the official kit trades with the same key');
  match(leaks.fix, /make a key for twokey alone at OKX.*a program that uses it trades beside twokey/);
  const doctor = await read(world, 'doctor');
  match(named(doctor, 'other clients').detail, /okx in .*\.cursor\/mcp\.json holds a key of the exchange \(OKX_API_KEY\)/);
  doesNotMatch(checklist.stdout + checklist.stderr + doctor.stdout + doctor.stderr, /canary/);
  for (const file of ['.claude/projects/work/one.jsonl', '.bash_history', '.okx/config.toml']) rmSync(join(world.home, file));
  const clean = named(await read(world, 'checklist'), 'no credentials');
  strictEqual(clean.status, 'ok', clean.detail);
});

test('a report for others is written once, closed, and without names and places', async () => {
  await using world = await World.create();
  const path = join(world.home, 'report.md');
  strictEqual((await world.run(['doctor', '--report', path])).code, 0);
  strictEqual(statSync(path).mode & 0o777, 0o600);
  const text = readFileSync(path, 'utf8');
  match(text, /^# twokey doctor\n\nsim · TWOKEY_HOME\n[^]*✓ node/);
  strictEqual(text.includes(world.home), false);
  const again = await world.run(['doctor', '--report', path]);
  strictEqual(again.code, 1);
  match(again.stderr, /cannot be written \(EEXIST\)/);
});

test('live refuses to start and names each blocking item; a copy of another journal counts as evidence, one of the simulator does not', async () => {
  await using world = await World.create({ agents: ['alpha'] });
  const gateway = await world.up();
  const agent = await world.agent('alpha');
  strictEqual((await agent.place({ intent_id: 'one', quantity: '30' })).status, 'filled');
  await gateway.stop();
  mkdirSync(join(world.home, 'evidence'));
  copyFileSync(join(world.home, 'state', 'journal.db'), join(world.home, 'evidence', 'practice.db'));
  const live =
    '[exchange]\nenvironment = "live"\n[policy]\nloosening_wait = "0s"\n[approval]\nabove = "never"\n[agents.alpha]\n[[alerts.sinks]]\nkind = "ntfy"\nurl = "https://127.0.0.1/x"\n';
  writeFileSync(join(world.home, 'twokey.toml'), live);
  world.write('ceiling.toml', '[instruments."BTC-USDT"]\nmax_size = 0.001\n[rate]\nper_minute = 10\n');
  world.write(
    'credentials.toml',
    key({ key: 'k-4711', secret: 'canary-secret', passphrase: 'canary-pass' })
      .replace('true', 'false')
      .replace('profiles.demo', 'profiles.demo'),
  );
  const { code, stdout, stderr } = await world.run(['up']);
  deepStrictEqual([code, stdout], [1, '']);
  match(stderr, /live does not start while these items of twokey checklist are red:/);
  for (const item of [
    /20 demo trades by alpha: no order of alpha was executed in demo trading; the 1 of the simulator do not count/,
    /a week of reading live data: /,
    /limits outside the agent’s control: /,
    /post-trade verification: no journal says/,
    /alerts configured and delivered: /,
    /code audited: no hashes of /,
    /doctor passes: ✗ .*isolation/,
  ])
    match(stderr, item);
  doesNotMatch(stderr, /canary|files closed|sub-account/, 'what is right, and what the exchange has to say, is not among them');
});
