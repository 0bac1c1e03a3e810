import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readOptions } from './e2e/options.ts';
import type { Seen } from './e2e/stand-in/front.ts';
import { ExchangeDesk, type Ledger } from './harness/exchange.ts';
import { Program, root } from './harness/program.ts';
import { freePort } from './harness/world.ts';

const PATH = process.env['PATH'] ?? '';
const suite = join('test', 'road', 'e2e', 'main.ts');

/** It starts nothing anew for as long as its gateway lives, but a busy machine takes its time. */
const CLEARING_MILLISECONDS = 120_000;

function tellAll(context: TestContext, text: string): void {
  for (const line of text.trimEnd().split('\n')) context.diagnostic(line);
}

test('the whole life of a user with twokey against the simulator: every step is played, and the command says so', async (context) => {
  await using ran = new Program({ command: process.execPath, argv: [suite], environment: { PATH, OKX_API_KEY: 'of-somebody' } });
  const { code } = await ran.exited;
  tellAll(context, ran.stdout);
  assert.equal(code, 0, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /^sim: \d+ passed, 0 skipped, 0 failed, 0 not reached$/m);
});

test('a suite that is told to stop with something in its hands sells it, cancels what rests, says where it stopped, and fails', async () => {
  await using ran = new Program({ command: process.execPath, argv: [suite], environment: { PATH } });
  await ran.line(/^ok +an order above a limit is refused/);
  const { code } = await ran.stop(CLEARING_MILLISECONDS);
  assert.equal(code, 1, ran.stdout + ran.stderr);
  assert.match(ran.stdout, /^FAILED .*\n +the suite was told to stop; it clears what it made$/m);
  assert.doesNotMatch(ran.stdout, /^LEFT/m);
  const home = /^what was written, without the key: (.*)$/m.exec(ran.stdout)?.[1] ?? '';
  try {
    assert.equal(existsSync(join(home, 'credentials.toml')), false);
    const port = await freePort();
    const argv = ['sim', '--home', home, '--port', String(port)];
    await using exchange = new Program({ command: join(root, 'twokey'), argv, environment: { PATH, HOME: home } });
    await exchange.line(/listening/);
    const { orders, fills, balances } = await new ExchangeDesk(`http://127.0.0.1:${port}`).ledger();
    const sides = new Set(fills.map(({ side }) => side));
    assert.deepEqual([...sides].toSorted(), ['buy', 'sell'], 'what was bought was sold');
    assert.ok(orders.every(({ state }) => state === 'filled' || state === 'canceled'));
    assert.ok(Number(balances.find(({ ccy }) => ccy === 'BTC')?.total ?? 0) < 0.000_01, 'less than can be sold is left');
  } finally {
    if (home !== '') rmSync(home, { recursive: true, force: true, maxRetries: 5 });
  }
});

type Told = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seen: readonly Seen[];
  readonly ledger: Ledger & { readonly algos: readonly { readonly state: string }[] };
};

/** Names of OKX's hosts that lead to this machine, in a network of its own: nothing of twokey is changed for it, and nothing of this machine. */
const hosts = '127.0.0.1 localhost www.okx.com wspap.okx.com\n';
const within = ['-c', 'ip link set lo up && mount --bind "$1/hosts" /etc/hosts && shift && exec "$@"', 'sh'];
const apart = ['--user', '--map-root-user', '--net', '--mount', 'sh', ...within];

/** What came of the suite, and what the exchange says of it; `null` where this system gives no network, which is told. */
async function standIn(context: TestContext, ...words: readonly string[]): Promise<Told | null> {
  const folder = mkdtempSync(join(tmpdir(), 'tk-in-'));
  try {
    writeFileSync(join(folder, 'hosts'), hosts);
    const tried = spawnSync('unshare', [...apart, folder, 'true'], { encoding: 'utf8' });
    if (tried.status !== 0) {
      context.skip(`this system gives no network of its own (unshare): ${tried.error?.message ?? tried.stderr.trim()}`);
      return null;
    }
    const script = join(root, 'test', 'road', 'e2e', 'stand-in', 'main.ts');
    const argv = [...apart, folder, process.execPath, script, folder, ...words];
    await using ran = new Program({ command: 'unshare', argv, environment: { PATH, HOME: folder } });
    const { code } = await ran.exited;
    assert.equal(code, 0, ran.stdout + ran.stderr);
    const told = JSON.parse(readFileSync(join(folder, 'ran.json'), 'utf8')) as Told;
    tellAll(context, told.stdout);
    return told;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** All of it was for demo trading, at OKX's own names, and nothing is left of it. */
function assertPlayed({ code, stdout, stderr, seen, ledger }: Told): void {
  assert.equal(code, 0, stdout + stderr);
  const { orders, positions, algos, fills } = ledger;
  assert.ok(orders.length > 10 && fills.length > 5 && orders.every(({ account }) => account === '2000'));
  const open = [...orders, ...algos].filter(({ state }) => /^(live|partially_filled|effective)$/.test(state));
  assert.deepEqual([open, positions], [[], []], 'nothing is open and nothing held');
  const asked = seen.filter(({ path }) => !/^\/api\/v5\/(public|market)\/|^\/ws\//.test(path));
  assert.ok(asked.length > 50 && asked.every(({ simulated }) => simulated), 'every request says that it is for demo trading');
  assert.ok(asked.every(({ host }) => host === 'www.okx.com'));
  const sockets = seen.filter(({ path }) => path.startsWith('/ws/'));
  assert.ok(sockets.length > 0 && sockets.every(({ host }) => host === 'wspap.okx.com:8443'), JSON.stringify(sockets));
}

test('the same suite with --env demo, against a simulator that answers under the names of OKX: the account handed out, in futures mode', async (context) => {
  const told = await standIn(context, '2');
  if (told === null) return;
  assertPlayed(told);
  assert.match(told.stdout, /^demo: \d+ passed, 0 skipped, 0 failed, 0 not reached$/m);
});

test('on a demo account in spot mode the steps on contracts are left out, each with the reason', async (context) => {
  const told = await standIn(context, '1');
  if (told === null) return;
  assertPlayed(told);
  assert.match(told.stdout, /^demo: \d+ passed, 4 skipped, 0 failed, 0 not reached$/m);
  assert.equal(told.stdout.match(/^ +because the account is in spot mode: OKX: Trade/gm)?.length, 4);
});

test('on a demo account where an order of somebody is open the suite stops before its first order, says why, and leaves it there', async (context) => {
  const told = await standIn(context, '2', 'busy');
  if (told === null) return;
  assert.equal(told.code, 1, told.stdout);
  assert.match(told.stdout, /^FAILED .*an account on which nothing is open[^]*cancel every order that is open on the account/m);
  assert.deepEqual(
    told.ledger.orders.map(({ state, sz }) => [state, sz]),
    [['live', '0.001']],
  );
});

test('without a key --env demo fails and names the variables, and live is refused', () => {
  const ran = spawnSync(process.execPath, [suite, '--env', 'demo'], {
    encoding: 'utf8',
    env: { PATH, OKX_API_SECRET: 'canary' },
    cwd: root,
  });
  assert.equal(ran.status, 1);
  assert.equal(ran.stdout, '');
  assert.match(ran.stderr, /nothing was run: .* has no OKX_API_KEY, no OKX_PASSPHRASE /);
  assert.doesNotMatch(ran.stderr, /canary/);
  const live = readOptions(['--env', 'live'], {});
  assert.deepEqual([live.ok, live.ok ? 0 : live.error.exit], [false, 2]);
});
