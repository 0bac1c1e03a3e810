import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './harness/eventually.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

type Mistake = { readonly lines: readonly string[]; readonly line: number; readonly key: string; readonly fix: RegExp };

/** Stands on the other lines of the file; must never be printed. */
const PRIVATE = 'private-4711';

const mistakes: readonly Mistake[] = [
  { lines: ['[policy]', 'max_ordre_size = 50'], line: 3, key: 'max_ordre_size', fix: /did you mean max_order_size/ },
  { lines: ['[policy]', 'max_order_size = "fifty"'], line: 3, key: 'max_order_size', fix: /expected / },
  { lines: ['[policy]', 'max_order_size = -50'], line: 3, key: 'max_order_size', fix: /expected / },
  { lines: ['[policy]', 'max_order_size = nan'], line: 3, key: 'max_order_size', fix: /expected / },
  { lines: ['[policy]', 'max_order_size = inf'], line: 3, key: 'max_order_size', fix: /expected / },
  { lines: ['[policy]', 'max_order_size = 1e5'], line: 3, key: 'max_order_size', fix: /expected / },
  { lines: ['[policy]', 'max_open_orders = 0'], line: 3, key: 'max_open_orders', fix: /expected / },
  { lines: ['[policy]', 'max_open_orders = 1.5'], line: 3, key: 'max_open_orders', fix: /expected / },
  { lines: ['[policy]', 'price_collar = "51%"'], line: 3, key: 'price_collar', fix: /expected / },
  { lines: ['[policy]', 'max_order_size = 50', 'max_order_size = 60'], line: 4, key: 'max_order_size', fix: /twice|once|already/ },
  { lines: ['[exchange]', 'environment = "production"'], line: 3, key: 'environment', fix: /sim.*demo.*live/ },
  { lines: ['[agents.a]', 'max_order_size = 5000'], line: 3, key: 'max_order_size', fix: /at most 50/ },
];

test('a twokey.toml with a mistake refuses to start, names file, line, key and fix, and prints no other line', async () => {
  await using world = await World.create();
  for (const { lines, line, key, fix } of mistakes) {
    world.write('twokey.toml', [`# ${PRIVATE}`, ...lines, `# ${PRIVATE}`, ''].join('\n'));
    // Each with the file of the one before overwritten.
    // oxlint-disable-next-line no-await-in-loop
    const { code, stdout, stderr } = await world.run(['up']);
    const shown = `${lines.join(' / ')} → ${stderr}`;
    assert.equal(code, 1, shown);
    assert.equal(stdout, '', shown);
    assert.match(stderr, new RegExp(`twokey\\.toml.*line ${line}\\b.*${key}`), shown);
    assert.match(stderr, fix, shown);
    assert.doesNotMatch(stderr, new RegExp(PRIVATE), shown);
    assert.doesNotMatch(stderr, /\n\s+at /, 'no stack of ours');
  }
  assert.ok(!existsSync(join(world.home, 'state', 'journal.db')), 'nothing was begun');
});

test('credentials that others can read are refused with the chmod to run, and nothing of them is printed', async () => {
  await using world = await World.create();
  const path = join(world.home, 'credentials.toml');
  world.write(
    'credentials.toml',
    `[profiles.demo]\napi_key = "sim-key"\nsecret_key = "${PRIVATE}"\npassphrase = "sim-pass"\ndemo = true\n`,
  );
  chmodSync(path, 0o644);
  const refused = await world.run(['up']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, new RegExp(`chmod 600 ${path}`));
  assert.doesNotMatch(refused.stderr + refused.stdout, new RegExp(PRIVATE));
});

test('a key that may withdraw, one of the main account and one that may not trade are refused', async () => {
  await using world = await World.create();
  for (const [key, why] of [
    ['sim-key-withdraw', /withdraw/],
    ['sim-key-main', /sub-account/],
    ['sim-key-readonly', /may not trade/],
  ] as const) {
    world.write(
      'credentials.toml',
      `[profiles.demo]\napi_key = "${key}"\nsecret_key = "sim-secret"\npassphrase = "sim-pass"\ndemo = true\n`,
    );
    // oxlint-disable-next-line no-await-in-loop
    const { code, stderr } = await world.run(['up']);
    assert.equal(code, 1, key);
    assert.match(stderr, why);
  }
});

test('a key that the exchange does not take ends the start at once, in plain words, and doctor says the same', async () => {
  await using world = await World.create();
  const wrong: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ passphrase: 'sim-other' }, /passphrase is wrong .*50105.*single quotes/],
    [{ secret_key: 'sim-other' }, /secret_key is not that of this key .*50113.*single quotes/],
    [{ api_key: 'sim-nobody' }, /does not know this key .*50111/],
  ];
  for (const [changes, why] of wrong) {
    const fields = { api_key: 'sim-key', secret_key: 'sim-secret', passphrase: 'sim-pass', ...changes };
    const lines = Object.entries(fields).map(([key, value]) => `${key} = "${value}"`);
    world.write('credentials.toml', ['[profiles.demo]', ...lines, 'demo = true', ''].join('\n'));
    // oxlint-disable-next-line no-await-in-loop
    const { code, stderr } = await world.run(['up']);
    assert.equal(code, 1);
    assert.match(stderr, why);
    assert.doesNotMatch(stderr, /sim-other|sim-nobody/, 'nothing of what was typed is printed');
  }
  await world.startExchange();
  const doctor = await world.run(['doctor']);
  assert.equal(doctor.code, 1);
  assert.match(doctor.stdout, /✗ environment truth +.*does not know this key .*50111/);
});

test('a second gateway on the same home refuses, and the first goes on', async () => {
  await using world = await World.create();
  const first = await world.up();
  const second = await world.run(['up']);
  assert.equal(second.code, 1);
  assert.match(second.stderr, new RegExp(`\\b${first.pid}\\b`), 'it says who runs');
  assert.ok(first.running);
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'still' })).status, 'filled');
});

test('of three gateways that start on one home at once exactly one runs', async () => {
  await using world = await World.create();
  const starts = Array.from({ length: 3 }, () => world.start(['up']));
  await eventually('one is ready and the others have ended', () => {
    const ready = starts.filter(({ stdout }) => stdout.startsWith('ready '));
    return ready.length === 1 && starts.filter(({ running }) => running).length === 1;
  });
  const refused = starts.filter(({ running }) => !running);
  for (const { exited } of refused) assert.equal((await exited).code, 1);
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'one' })).status, 'filled');
});

test('a port on which a stranger listens is refused: it could be another home’s exchange', async () => {
  await using stranger = await World.create();
  await stranger.startExchange();
  await using world = await World.create();
  const port = new URL(stranger.exchange.url).port;
  const file = join(world.home, 'twokey.toml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(new URL(world.exchange.url).host, `127.0.0.1:${port}`));
  const { code, stderr } = await world.run(['up']);
  assert.equal(code, 1);
  assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}.*\\[sim\\]`));
  assert.deepEqual((await stranger.exchange.ledger()).refused, []);
});

test('a call that is not well formed gets SCHEMA with the path of what is wrong, and nothing is sent', async () => {
  await using world = await World.create();
  await world.up();
  const agent = await world.agent();
  const good = { instrument: 'BTC-USDT', side: 'buy', type: 'market', quantity: '20', quantity_unit: 'usd', reason: 'r' };
  const cases: readonly (readonly [tool: string, given: Readonly<Record<string, unknown>>, path: RegExp])[] = [
    ['place_order', { ...good, intent_id: 's1', quantity: 20 }, /^quantity\b/],
    ['place_order', { ...good, intent_id: 's2', quantity: '1e3' }, /^quantity\b/],
    ['place_order', { ...good, intent_id: 's3', quantity: '-5' }, /^quantity\b/],
    ['place_order', { ...good, intent_id: 's4', quantity: 'NaN' }, /^quantity\b/],
    ['place_order', { ...good, intent_id: 's5', side: 'BUY' }, /^side\b/],
    ['place_order', { ...good, intent_id: 's6', type: 'stop' }, /^type\b/],
    ['place_order', { ...good, intent_id: 's7', leverage: '100' }, /leverage/],
    ['place_order', { ...good, intent_id: 's8', instrument: '../etc' }, /^instrument\b/],
    ['place_order', { ...good, intent_id: 's9', reduce_only: 'yes' }, /^reduce_only\b/],
    ['place_order', { ...good }, /^intent_id\b/],
    ['place_order', { ...good, intent_id: 'x'.repeat(500) }, /^intent_id\b/],
    ['place_order', { ...good, intent_id: 's10', type: 'limit' }, /^price\b/],
    ['place_order', { ...good, intent_id: 's11', evidence: ['ok', 7] }, /^evidence/],
    ['cancel_orders', { intent_id: 's12', reason: 'r', instrument: 5 }, /^instrument\b/],
    ['get_intent', { intent_id: 's13', wait_s: -1 }, /^wait_s\b/],
    ['get_market', { instrument: 'BTC-USDT', view: 'everything' }, /^view\b/],
  ];
  for (const [tool, given, path] of cases) {
    // oxlint-disable-next-line no-await-in-loop
    const { answer, isError } = await agent.call(tool, given);
    assert.equal(answer.code, 'SCHEMA', JSON.stringify([given, answer]));
    assert.match(answer.message ?? '', path);
    assert.equal(answer.sent_to_exchange, 'no');
    assert.ok(isError);
  }
  assert.deepEqual((await world.exchange.ledger()).orders, []);
  assert.equal((await agent.place({ intent_id: 's1' })).status, 'filled', 'a malformed call uses up no intent_id');
});
