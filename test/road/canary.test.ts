import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Agent } from './harness/agent.ts';
import { descendants, procFile } from './harness/program.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

/** Values that stand for secrets. What the simulator's own key needs is known to everybody, and is watched like any other. */
const canaries = {
  environment: { OKX_API_KEY: 'canary-key-of-env-1a', OKX_API_SECRET: 'canary-secret-of-env-2b', OKX_PASSPHRASE: 'canary-pass-of-env-3c' },
  file: { key: 'canary-key-of-file-4d', secret: 'canary-secret-of-file-5e', passphrase: 'canary-pass-of-file-6f' },
  kit: { key: 'canary-key-of-kit-7a', secret: 'canary-secret-of-kit-8b', passphrase: 'canary-pass-of-kit-9c' },
  alerts: 'canary-token-of-sink-0d',
} as const;

const watched = [/canary/i, /sim-secret/, /sim-pass\b/];

function profile(name: string, of: { readonly key: string; readonly secret: string; readonly passphrase: string }): string {
  return `[profiles.${name}]\ndemo = true\napi_key = "${of.key}"\nsecret_key = "${of.secret}"\npassphrase = "${of.passphrase}"\n`;
}

/** Everything that the road has told to anybody, by who told it. */
class Told {
  readonly #texts: { readonly where: string; readonly text: string }[] = [];

  add(where: string, text: string): void {
    this.#texts.push({ where, text });
  }

  /** Nobody told a secret; and somebody told something, so that the search is not of nothing. */
  check(): void {
    assert.ok(this.#texts.some(({ text }) => text.length > 100));
    for (const { where, text } of this.#texts) for (const secret of watched) assert.doesNotMatch(text, secret, `found in ${where}`);
  }
}

/** What anybody of the same user sees of processes and of their children, once the gateway is ready. */
function lookAt(told: Told, ...programs: readonly number[]): void {
  const pids = programs.flatMap((pid) => [pid, ...descendants(pid)]);
  assert.ok(pids.length >= programs.length + 2, 'a vault and doors are among them');
  for (const pid of pids) {
    const name = procFile(pid, 'cmdline').replaceAll('\0', ' ');
    assert.ok(name !== '', 'the process can be looked at');
    told.add(`the environment of ${name}`, procFile(pid, 'environ'));
    told.add(`the command line of ${name}`, name);
  }
  // With `e` it shows the environment of every process whose environment we may read.
  told.add('ps', spawnSync('ps', ['eww', '-o', 'args=', '-p', pids.join(',')], { encoding: 'utf8' }).stdout);
}

async function trade(told: Told, agent: Agent, price: string): Promise<void> {
  const order = { instrument: 'BTC-USDT', side: 'buy', type: 'market', quantity: '41', quantity_unit: 'usd', reason: 'a hunt' };
  const calls: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['get_limits', {}],
    ['get_portfolio', {}],
    ['get_market', { instrument: 'BTC-USDT' }],
    ['place_order', { ...order, intent_id: 'filled' }],
    ['place_order', { ...order, intent_id: 'rests', type: 'limit', price }],
    ['place_order', { ...order, intent_id: 'denied', quantity: '40000' }],
    ['place_order', { ...order, intent_id: 'malformed', quantity: 7 }],
    ['cancel_orders', { intent_id: 'cancel', reason: 'r' }],
    ['close_position', { intent_id: 'close', instrument: 'BTC-USDT', reason: 'r' }],
    ['get_intent', { intent_id: 'filled' }],
    ['halt_trading', { reason: 'r' }],
  ];
  for (const [tool, given] of calls) {
    // oxlint-disable-next-line no-await-in-loop
    const { answer, text } = await agent.call(tool, given);
    told.add(`the answer of ${tool}`, JSON.stringify(answer) + text);
  }
}

const commands = [
  'status',
  'limits',
  'positions',
  'orders',
  'fills',
  'account config',
  'account balance',
  'log show',
  'log verify',
  'why filled',
  'doctor',
  'checklist',
  'reconcile',
];

async function command(told: Told, world: World, words: string): Promise<void> {
  const { stdout, stderr } = await world.run([...words.split(' '), '--json'], canaries.environment);
  told.add(`twokey ${words}`, stdout + stderr);
}

/** Every file of a home but those in which a person put the secret. */
function lookInto(told: Told, home: string, except: readonly string[]): void {
  const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
  const names = files.map((item) => join(item.parentPath, item.name)).filter((path) => !except.includes(path));
  assert.ok(names.some((name) => name.endsWith('journal.db')));
  for (const name of names) told.add(name, readFileSync(name, 'latin1'));
}

test('no secret of file, environment or kit stands in the journal, an answer, a log, a command line or an environment', async () => {
  await using world = await World.create();
  const told = new Told();
  const files = { credentials: join(world.home, 'credentials.toml'), kit: join(world.home, '.okx', 'config.toml') };
  // The profile that is used holds the simulator's key; beside it stand others, and the token of a sink.
  world.write(
    'credentials.toml',
    [
      profile('demo', { key: 'sim-key', secret: 'sim-secret', passphrase: 'sim-pass' }),
      profile('live', canaries.file),
      `[alerts.secrets]\nsink = "${canaries.alerts}"\n`,
    ].join('\n'),
  );
  world.write('.okx/config.toml', profile('demo', canaries.kit));
  // One shell gives its environment to all that it starts, to those too that have no use for keys.
  const exchange = await world.startExchange(canaries.environment);
  const gateway = await world.up([], canaries.environment);
  const agent = await world.agent('default', canaries.environment);
  lookAt(told, gateway.pid, exchange.pid, agent.pid);
  await trade(told, agent, String(Math.floor((await world.exchange.lastPrice('BTC-USDT')) * 0.9)));
  // oxlint-disable-next-line no-await-in-loop
  for (const words of commands) await command(told, world, words);
  lookAt(told, gateway.pid, exchange.pid, agent.pid);
  await gateway.stop();
  // Without a gateway a reader of its own is forked, with a vault of its own.
  for (const words of ['status', 'account balance', 'doctor', 'checklist']) {
    // oxlint-disable-next-line no-await-in-loop
    await command(told, world, words);
  }
  told.add('what the gateway printed', gateway.stdout + gateway.stderr);
  told.add('what the exchange printed', exchange.stdout + exchange.stderr);
  lookInto(told, world.home, Object.values(files));
  told.check();
});

test('in a simulation keys that are not the simulator’s are skipped and named, wherever they stand, and never told', async () => {
  await using world = await World.create();
  const told = new Told();
  const files = { credentials: join(world.home, 'credentials.toml'), kit: join(world.home, '.okx', 'config.toml') };
  world.write('credentials.toml', profile('demo', canaries.file));
  world.write('.okx/config.toml', profile('demo', canaries.kit));
  const gateway = await world.up([], canaries.environment);
  lookAt(told, gateway.pid);
  for (const source of [files.credentials, 'the environment', files.kit]) {
    assert.ok(gateway.stderr.includes(`credentials skipped: ${source}`), `${source} is named\n${gateway.stderr}`);
  }
  const agent = await world.agent();
  await trade(told, agent, String(Math.floor((await world.exchange.lastPrice('BTC-USDT')) * 0.9)));
  await gateway.stop();
  told.add('what the gateway printed', gateway.stdout + gateway.stderr);
  lookInto(told, world.home, Object.values(files));
  told.check();
});

test('a broken credentials file is named with its line and never shown', async () => {
  await using world = await World.create();
  const told = new Told();
  for (const text of [
    `[profiles.demo]\napi_key = "${canaries.file.key}\nsecret_key = "${canaries.file.secret}"\n`,
    `${canaries.file.secret}\n`,
    `[profiles.demo]\napi_key = "sim-key"\n${canaries.file.secret} = "x"\n`,
  ]) {
    world.write('credentials.toml', text);
    // oxlint-disable-next-line no-await-in-loop
    const { code, stdout, stderr } = await world.run(['up']);
    assert.equal(code, 1);
    assert.match(stderr, /credentials\.toml.* line \d+/);
    told.add('what a start printed', stdout + stderr.padEnd(101));
  }
  told.check();
});
