import { eventually } from './harness/eventually.ts';
import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const launcher = fileURLToPath(new URL('../../bin/twokey.js', import.meta.url));
const folders: string[] = [];
const alive = new Set<ChildProcess>();

afterEach(async () => {
  for (const child of alive) await kill(child, 'SIGKILL');
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function home(): string {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-sim-'));
  folders.push(folder);
  return folder;
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  alive.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

type Sim = { readonly child: ChildProcess; readonly url: string };

async function start(folder: string, ...more: string[]): Promise<Sim> {
  const child = spawn(process.execPath, [launcher, 'sim', '--port', '0', '--home', folder, ...more], { stdio: ['ignore', 'pipe', 'pipe'] });
  alive.add(child);
  let errors = '';
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
  const line = await Promise.race([
    once(child.stdout, 'data').then(([part]) => String(part)),
    once(child, 'exit').then(() => {
      throw new Error(`it ended: ${errors}`);
    }),
  ]);
  const url = /^sim listening on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(line)?.[1];
  assert.ok(url !== undefined, line);
  return { child, url };
}

/** Runs to the end; what it said and how it ended. */
async function run(...words: string[]): Promise<{ readonly code: number; readonly errors: string }> {
  const child = spawn(process.execPath, [launcher, 'sim', ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  alive.add(child);
  let errors = '';
  child.stderr.on('data', (part: Buffer) => (errors += part.toString()));
  const [code] = (await once(child, 'close')) as [number];
  alive.delete(child);
  return { code, errors };
}

async function desk(url: string, path: string, body: object): Promise<Response> {
  return fetch(url + path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
}

async function text(url: string): Promise<string> {
  return (await fetch(url)).text();
}

test('killed from outside and started again on its home, the exchange has the same ledger to the last answered order', async () => {
  const folder = home();
  const first = await start(folder);
  for (const [instId, side, sz] of [
    ['BTC-USDT-SWAP', 'buy', '2'],
    ['BTC-USDT', 'buy', '100'],
    ['BTC-USDT-SWAP', 'sell', '3'],
  ]) {
    assert.equal((await desk(first.url, '/sim/orders', { instId, side, sz })).status, 200);
  }
  const before = await text(`${first.url}/sim/ledger`);
  await kill(first.child, 'SIGKILL');
  const second = await start(folder);
  const after = await text(`${second.url}/sim/ledger`);
  const timeless = (ledger: string) => ledger.replaceAll(/"available":"[^"]*"/g, '');
  assert.equal(timeless(after), timeless(before));
  assert.equal((JSON.parse(after) as { fills: unknown[] }).fills.length >= 3, true);
  await kill(second.child, 'SIGTERM');
  const third = await start(folder);
  assert.equal(timeless(await text(`${third.url}/sim/ledger`)), timeless(before));
});

test('two exchanges never share a home, and another seed is refused with what to do', async () => {
  const folder = home();
  const { child } = await start(folder);
  const second = await run('--port', '0', '--home', folder);
  assert.deepEqual([second.code, /another exchange holds/.test(second.errors)], [1, true]);
  await kill(child, 'SIGTERM');
  assert.equal(child.exitCode, 0);
  const other = await run('--port', '0', '--home', folder, '--seed', '2');
  assert.deepEqual([other.code, /start with --seed 1/.test(other.errors)], [1, true]);
});

test('it proves to be the exchange of its home by a secret that only this user can read', async () => {
  const folder = home();
  const { url } = await start(folder);
  const file = join(folder, 'run', 'sim.nonce');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const nonce = readFileSync(file);
  assert.equal(nonce.length, 32);
  const challenge = randomBytes(32).toString('hex');
  const { proof } = JSON.parse(await text(`${url}/sim/proof?challenge=${challenge}`)) as { proof: string };
  assert.equal(proof, createHmac('sha256', nonce).update(challenge, 'hex').digest('hex'));
  assert.equal((await fetch(`${url}/sim/proof?challenge=xyz`)).status, 400);
});

test('forked, it says where it listens, and ends when its parent is gone', async () => {
  const child = fork(launcher, ['sim', '--port', '0', '--home', home(), '--json'], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  alive.add(child);
  const [message] = (await once(child, 'message')) as [{ kind: string; url: string }];
  assert.equal(message.kind, 'ready');
  assert.match(message.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  const gone = once(child, 'exit');
  child.disconnect();
  assert.deepEqual(await gone, [0, null]);
  alive.delete(child);
});

/** Whether the price is near what a scenario of these tests moves it to; it never stands still. */
async function isMoved(url: string): Promise<boolean> {
  return /"markPx":"2(500|49\d\.\d+|500\.\d+)"/.test(await text(`${url}/api/v5/public/mark-price?instId=ETH-USDT-SWAP`));
}

test('with --replay the reference follows the candles, and a scenario plays the desk', async () => {
  const folder = home();
  const [candles, scenario] = [join(folder, 'candles.csv'), join(folder, 'scenario.json')];
  writeFileSync(candles, 'timestamp,open,high,low,close,volume\n2022-01-01 00:00:00,46319.0,46319.0,46319.0,46319.0,1\n');
  writeFileSync(scenario, JSON.stringify([{ after_ms: 10, post: '/sim/market', body: { instId: 'ETH-USDT', price: '2500' } }]));
  const { url } = await start(folder, '--replay', candles, '--scenario', scenario);
  assert.match(await text(`${url}/api/v5/public/mark-price?instId=BTC-USDT-SWAP`), /"markPx":"46319"/);
  await eventually('the desk has moved the price', () => isMoved(url));
});

test('at speed the clock runs faster, and still stands where it was after a restart without it; a replay at speed leaves the clock alone', async () => {
  const folder = home();
  const timeOf = async (url: string): Promise<number> => Number(/"ts":"(\d+)"/.exec(await text(`${url}/api/v5/public/time`))?.[1]);
  const fast = await start(folder, '--speed', '3600');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const ahead = await timeOf(fast.url);
  assert.ok(ahead > Date.now() + 600_000, String(ahead - Date.now()));
  // A deposit is kept in the log with its time.
  await fetch(`${fast.url}/sim/deposits`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"ccy":"USDT","amt":"1"}',
  });
  await kill(fast.child, 'SIGTERM');
  const again = await start(folder);
  assert.ok((await timeOf(again.url)) >= ahead, 'time never goes back');
  await kill(again.child, 'SIGTERM');
  const other = home();
  const candles = join(other, 'candles.csv');
  const rows = Array.from(
    { length: 100 },
    (_, minute) => `m${minute},${40_000 + minute},${40_001 + minute},${40_000 + minute},${40_001 + minute}`,
  );
  writeFileSync(candles, `timestamp,open,high,low,close\n${rows.join('\n')}\n`);
  const { child, url } = await start(other, '--replay', candles, '--replay-speed', '3600');
  const priceOf = (): Promise<string> => text(`${url}/api/v5/public/mark-price?instId=BTC-USDT-SWAP`);
  await eventually('the hundred minutes are over', async () => (await priceOf()).includes('"markPx":"40100"'));
  assert.ok(Math.abs((await timeOf(url)) - Date.now()) < 60_000);
  await kill(child, 'SIGTERM');
  const slower = await run('--home', other, '--port', '0', '--replay', candles);
  assert.match(slower.errors, /another market/);
});

test('a scenario in TOML plays its desk steps, and leaves what its agents do to a drill', async () => {
  const folder = home();
  const scenario = join(folder, 'story.toml');
  const steps = [
    '[[steps]]\nafter = "10ms"\nmarket = { instId = "ETH-USDT", price = "2500" }',
    '[[steps]]\nafter = "20ms"\nagent = { tool = "place_order" }',
    '[[steps]]\nafter = "20ms"\naccount = { frozen = true }',
  ];
  writeFileSync(scenario, `name = "story"\nshows = "a move and a block"\n${steps.join('\n')}\n`);
  const { url } = await start(folder, '--scenario', scenario);
  await eventually('the desk has moved the price', () => isMoved(url));
  writeFileSync(scenario, 'name = "story"\nshows = "x"\n[[steps]]\nafter = "soon"\nheal = true\n');
  const bad = await run('--home', home(), '--port', '0', '--scenario', scenario);
  assert.equal(bad.code, 1);
  assert.match(bad.errors, /story\.toml:4: "after" is the time since the start/);
});

test('bad arguments and bad files are refused with the line and the fix', async () => {
  const folder = home();
  const bad = join(folder, 'bad.csv');
  writeFileSync(bad, 'timestamp,open,high,low,close,volume\n2022-01-01,1,1,x,1,1\n');
  const cases: [string[], number, RegExp][] = [
    [['--port', 'many'], 2, /--port is 'many'/],
    [['--seed', '-1'], 2, /--seed/],
    [['--nonsense'], 2, /nonsense/],
    [['--rate-limits', 'none'], 2, /strict or lenient/],
    [['--speed', '0'], 2, /--speed is '0'; use a whole number from 1 to 3600/],
    [['--replay-speed', 'fast'], 2, /--replay-speed is 'fast'/],
    [['--replay', bad, '--home', folder], 1, /bad\.csv:2: expected four positive prices/],
    [['--replay', join(folder, 'absent.csv'), '--home', folder], 1, /cannot read/],
    [['--scenario', bad, '--home', folder], 1, /expected JSON/],
  ];
  for (const [words, code, errors] of cases) {
    const ended = await run(...words);
    assert.deepEqual([ended.code, errors.test(ended.errors)], [code, true], `${words.join(' ')}: ${ended.errors}`);
  }
});
