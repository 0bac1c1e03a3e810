import { deepStrictEqual, doesNotMatch, match, ok, rejects, strictEqual } from 'node:assert/strict';
import { chmodSync, existsSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { booksEqualLedger } from './harness/books.ts';
import { test } from './harness/test.ts';
import { modesChanged } from './harness/stops.ts';
import { type Ran, World } from './harness/world.ts';

type Document = Readonly<Record<string, unknown>>;
type Check = { readonly name: string; readonly status: string; readonly detail: string; readonly fix: string };

const heading = /^sim · okx:sim:1001 · (ACTIVE|REDUCE_ONLY|HALTED)( · NO GATEWAY RUNS)? · \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n\n/;

test('everything that a person reads starts with where, whose and how much it may do, and --json is one document with the same', async () => {
  await using world = await World.create({ agents: ['alpha'] });
  await world.up();
  const agent = await world.agent('alpha');
  strictEqual((await agent.place({ intent_id: 'one', quantity: '30' })).status, 'filled');
  const resting = { type: 'limit', quantity: '0.0004', quantity_unit: 'base', price: '60000', expected_notional_usd: '24' };
  const last = await world.exchange.lastPrice('BTC-USDT');
  const price = (last * 0.97).toFixed(0);
  const rested = await agent.place({ intent_id: 'two', ...resting, price, expected_notional_usd: (0.0004 * last).toFixed(2) });
  const restsOrNot = rested.status === 'working' ? 1 : 0;
  const commands = [
    ['status'],
    ['limits'],
    ['positions'],
    ['orders'],
    ['fills'],
    ['account', 'config'],
    ['account', 'balance'],
    ['reconcile'],
  ];
  for (const words of commands) {
    const [text, document] = await Promise.all([world.run(words), world.read(...words)]);
    strictEqual(text.code, 0, `${words.join(' ')}: ${text.stderr}`);
    match(text.stdout, heading, words.join(' '));
    strictEqual(text.stderr, '');
    deepStrictEqual([document['environment'], document['account'], document['mode']], ['sim', 'okx:sim:1001', 'ACTIVE'], words.join(' '));
    match(String(document['as_of']), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  const [position] = (await world.read('positions'))['positions'] as readonly Document[];
  deepStrictEqual(
    [position?.['instrument'], position?.['side'], position?.['size_unit'], position?.['dust']],
    ['BTC-USDT', 'long', 'BTC', false],
  );
  const fills = (await world.read('fills'))['fills'] as readonly Document[];
  ok(fills.length >= 1 && fills.every((fill) => fill['side'] === 'buy' && fill['size_unit'] === 'BTC' && fill['price_unit'] === 'USDT'));
  strictEqual(((await world.read('orders'))['orders'] as readonly Document[]).length, restsOrNot);
  strictEqual((await world.read('reconcile'))['clean'], true);
  deepStrictEqual(modesChanged(world.home), []);
});

test('a gateway is stopped, slowed and resumed one step at a time, and says so', async () => {
  await using world = await World.create();
  await world.up();
  const modeAfter = async (...argv: readonly string[]) => (await world.read(...argv))['mode'];
  strictEqual(await modeAfter('reduce-only', '--reason', 'looks odd'), 'REDUCE_ONLY');
  strictEqual(await modeAfter('halt', '--reason', 'looks worse'), 'HALTED');
  await world.haltEnded();
  const status = await world.read('status');
  strictEqual(status['mode_cause'], 'looks worse');
  ok((status['next'] as readonly string[]).some((step) => step.includes('resume')));
  const agent = await world.agent();
  const denied = await agent.place({ intent_id: 'while-halted' });
  deepStrictEqual([denied.code, denied.sent_to_exchange, denied.mode], ['HALTED', 'no', 'HALTED'], JSON.stringify(denied));
  strictEqual(await modeAfter('resume'), 'REDUCE_ONLY');
  strictEqual(await modeAfter('resume'), 'ACTIVE');
  const again = await world.run(['resume']);
  strictEqual(again.code, 1);
  match(again.stderr, /ACTIVE already/);
});

test('reconcile finds what somebody else did on the account, ends with 1, and resume is refused', async () => {
  await using world = await World.create();
  await world.up();
  await world.exchange.orderOfOthers({ instId: 'BTC-USDT-SWAP', side: 'buy', ordType: 'market', sz: '1' });
  const first = await world.run(['reconcile', '--json']);
  strictEqual(first.code, 1);
  const differences = (JSON.parse(first.stdout) as Document)['differences'] as readonly Document[];
  ok(differences.some(({ kind, subject, books }) => kind === 'position' && subject === 'BTC-USDT-SWAP' && books === '0'));
  await world.run(['halt']);
  const resumed = await world.run(['resume']);
  strictEqual(resumed.code, 1);
  match(resumed.stderr, /differences?/);
});

test('the operator accepts a trade of a person and a top-up with a reason, and then opens the account again', async () => {
  await using world = await World.create();
  await world.up();
  await world.exchange.orderOfOthers({ instId: 'ETH-USDT', side: 'buy', sz: '0.01', tgtCcy: 'base_ccy' });
  await world.exchange.topUp('USDT', '500');
  const found = await world.run(['reconcile']);
  strictEqual(found.code, 1);
  match(found.stdout, /movement +USDT/);
  match(found.stdout, /phantom_position +ETH/);
  match(found.stdout, /→ movement: if it was meant, twokey reconcile --adopt/);
  strictEqual((await world.run(['reconcile', '--adopt'])).code, 2, 'not without a reason');
  const adopted = await world.run(['reconcile', '--adopt', '--reason', 'bought by hand']);
  strictEqual(adopted.code, 0, adopted.stderr);
  match(adopted.stdout, /accepted as the exchange says[^]*books and exchange agree/);
  const again = await world.run(['reconcile', '--adopt', '--reason', 'once more']);
  strictEqual(again.code, 1);
  match(again.stderr, /nothing to adopt/);
  while ((await world.read('status'))['mode'] !== 'ACTIVE')
    strictEqual((await world.run(['resume', '--reason', 'bought by hand'])).code, 0);
  const agent = await world.agent();
  strictEqual((await agent.place({ intent_id: 'after', quantity: '40' })).status, 'filled');
  match(JSON.stringify(await world.read('positions')), /"currency":"ETH","amount":"0.00999/);
});

test('without a gateway halt writes the file HALT, looking still works, and what needs a gateway says that none can be reached', async () => {
  await using world = await World.create();
  const running = await world.up();
  const agent = await world.agent();
  await agent.place({ intent_id: 'one', quantity: '30' });
  await booksEqualLedger(world);
  await running.stop();
  await world.startExchange();

  const status = await world.read('status');
  deepStrictEqual([status['account'], status['gateway'], status['positions']], ['okx:sim:1001', 'not running', 1]);
  for (const words of [['status'], ['limits'], ['positions'], ['orders'], ['fills'], ['account', 'config'], ['account', 'balance']]) {
    const { code, stdout, stderr } = await world.run(words);
    strictEqual(code, 0, `${words.join(' ')}: ${stderr}`);
    match(stdout, heading);
    if (words[0] !== 'fills') match(stdout, /NO GATEWAY RUNS/);
  }
  for (const word of ['resume', 'reduce-only', 'reconcile']) strictEqual((await world.run([word])).code, 3, word);

  const halted = await world.run(['halt', '--reason', 'before the weekend']);
  strictEqual(halted.code, 0);
  match(halted.stdout, /HALT was written/);
  strictEqual(statSync(join(world.home, 'HALT')).mode & 0o777, 0o600);
  strictEqual((await world.read('status'))['mode'], 'HALTED');

  const next = await world.up();
  match(next.stdout, /^ready okx:sim:1001 HALTED /m);
  const refused = await world.run(['resume']);
  strictEqual(refused.code, 1);
  match(refused.stderr, /HALT/);
  rmSync(join(world.home, 'HALT'));
  await world.haltEnded();
  strictEqual((await world.run(['resume'])).code, 0);
});

test('wrong usage ends with 2 and touches nothing', async () => {
  await using world = await World.create();
  const wrong = [
    ['status', 'now'],
    ['status', '--verbose'],
    ['account'],
    ['account', 'withdraw'],
    ['status', '--env', 'live'],
    ['status', '--demo', '--env', 'sim'],
    ['fills', '--count', '0'],
    ['resume', 'because'],
    ['approvals', 'mine'],
    ['approve'],
    ['deny', 'ab3k', 'because'],
    ['stage', 'now'],
    ['setup'],
    ['nonsense'],
  ];
  for (const words of wrong) {
    const { code, stdout, stderr } = await world.run(words);
    strictEqual(code, 2, words.join(' '));
    strictEqual(stdout, '');
    ok(stderr.length > 0);
  }
  match((await world.run(['setup'])).stderr, /not part of this version/);
  const document = await world.run(['resume', '--json']);
  deepStrictEqual([document.code, (JSON.parse(document.stdout) as Document)['ok']], [3, false]);
  strictEqual(existsSync(join(world.home, 'run')), false);
});

test('doctor passes where all is well, with and without a gateway', async () => {
  await using world = await World.create();
  const cold = checked(await world.run(['doctor', '--json']));
  strictEqual(cold.code, 0);
  strictEqual(cold.of('network').status, 'warning');
  const running = await world.up();
  const warm = checked(await world.run(['diagnose', '--json']));
  strictEqual(warm.code, 0);
  for (const name of [
    'node',
    'configuration',
    'gateway',
    'journal',
    'network',
    'environment truth',
    'key rights',
    'sub-account',
    'position mode',
  ])
    strictEqual(warm.of(name).status, 'ok', name);
  // It is read over the network, which a busy machine makes slow.
  match(warm.of('clock').status, /^(ok|warning)$/);
  const text = (await world.run(['doctor'])).stdout;
  match(text, /^✓ node/m);
  await running.stop();
  await world.startExchange();
  strictEqual(checked(await world.run(['doctor', '--json'])).of('key rights').status, 'ok');
});

test('doctor refuses keys that may too much or too little, and says what to do', async () => {
  await using world = await World.create();
  await world.startExchange();
  const cases = [
    ['sim-key-withdraw', 'key rights', 'failed'],
    ['sim-key-main', 'sub-account', 'failed'],
    ['sim-key-readonly', 'key rights', 'failed'],
    ['sim-key-noip', 'key address', 'warning'],
  ] as const;
  for (const [key, name, status] of cases) {
    world.write(
      'credentials.toml',
      `[profiles.demo]\napi_key = "${key}"\nsecret_key = "sim-secret"\npassphrase = "sim-pass"\ndemo = true\n`,
    );
    const run = await world.run(['doctor', '--json']);
    const found = checked(run);
    strictEqual(found.of(name).status, status, `${key}: ${run.stdout}`);
    ok(found.of(name).fix.length > 0);
    strictEqual(found.code, status === 'failed' ? 1 : 0);
    doesNotMatch(run.stdout, /sim-secret|sim-pass/);
  }
});

test('doctor names what is wrong with files: a line of the configuration, a mode, a path, a byte of the journal', async () => {
  await using world = await World.create();
  const running = await world.up();
  await running.stop();
  world.write(
    'credentials.toml',
    '[profiles.demo]\napi_key = "sim-key"\nsecret_key = "canary-4711"\npassphrase = "sim-pass"\ndemo = true\n',
  );
  chmodSync(join(world.home, 'credentials.toml'), 0o644);
  chmodSync(join(world.home, 'run'), 0o755);
  const modes = checked(await world.run(['doctor', '--json']));
  strictEqual(modes.code, 1);
  match(modes.of('credentials.toml').fix, /^chmod 600 /);
  match(modes.of('run').fix, /^chmod 700 /);
  doesNotMatch(JSON.stringify(modes), /canary/);

  const journal = new DatabaseSync(join(world.home, 'state', 'journal.db'));
  journal.exec("UPDATE entry SET body = replace(body, 'sim', 'sem') WHERE seq = 1");
  journal.close();
  const changed = checked(await world.run(['doctor', '--json']));
  strictEqual(changed.of('journal').status, 'failed');
  match(changed.of('journal').detail, /entry 1 \(genesis\)/);
  const status = await world.run(['status']);
  strictEqual(status.code, 1);
  match(status.stderr, /entry 1 \(genesis\)/);

  writeFileSync(join(world.home, 'twokey.toml'), '[policy]\nmax_order_size = 50\nmax_ordre_size = 4711\n');
  const configuration = checked(await world.run(['doctor', '--json']));
  strictEqual(configuration.code, 1);
  match(configuration.of('configuration').detail, /line 3: max_ordre_size/);
  doesNotMatch(configuration.of('configuration').detail, /4711/);
});

function checked(run: Ran) {
  const document = JSON.parse(run.stdout) as { readonly ok: boolean; readonly checks: readonly Check[] };
  strictEqual(document.ok, run.code === 0);
  const of = (name: string): Check => {
    const found = document.checks.find((check) => check.name === name);
    if (found === undefined) throw new Error(`no check ${name} in ${run.stdout}`);
    return found;
  };
  return { code: run.code, checks: document.checks, of };
}

test('the operator sets a leverage within the policy; above it nothing is sent, and no word of an agent does', async () => {
  await using world = await World.create({ policy: { max_leverage: '3' } });
  await world.up();
  const set = await world.run(['account', 'set-leverage', 'BTC-USDT-SWAP', '2', '--reason', 'less']);
  strictEqual(set.code, 0, set.stderr);
  match(set.stdout, /answer +accepted\nleverage now +2/);
  const above = await world.run(['account', 'set-leverage', 'BTC-USDT-SWAP', '3.5']);
  strictEqual(above.code, 1);
  match(above.stderr, /3\.5 is above the 3 of max_leverage/);
  strictEqual((await world.run(['account', 'set-leverage', 'BTC-USDT-SWAP'])).code, 2);
  strictEqual((await world.run(['account', 'set-leverage', 'BTC-USDT-SWAP', '1', '--read-only'])).code, 1);
  match((await world.run(['log', 'show'])).stdout, /the operator asks for leverage 2 of BTC-USDT-SWAP \(less\)/);
  const agent = await world.agent();
  await rejects(agent.call('set_leverage', { instrument: 'BTC-USDT-SWAP', leverage: '1' }), /unknown tool/);
});
