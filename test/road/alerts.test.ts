import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './harness/eventually.ts';
import { Hook, type Message } from './harness/hook.ts';
import { journalOf } from './harness/journal.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

/** Time for a person who looks at the alert and acknowledges it, by two commands on a slow machine. */
const HALTED_AFTER_SECONDS = 20;

const calm = 'normal_order_size = 1000000\ntrades_per_window = { count = 999 }';

function sectionsOf(hook: Hook, lines = calm): string {
  return `[alerts]\n${lines}\npulse_url = "${hook.url}/pulse"\n[[alerts.sinks]]\nkind = "webhook"\nurl = "${hook.url}/alerts"`;
}

/** The alert of this code that the webhook has, once it has it. */
async function received(hook: Hook, code: string): Promise<Message> {
  return eventually(`the webhook gets ${code}`, async () => hook.at('/alerts').find((message) => message.code === code));
}

async function modeOf(world: World): Promise<unknown> {
  return (await world.read('status'))['mode'];
}

test('a red alert reaches the webhook with the hash of the head, and whoever acknowledges it keeps the account from halting', async () => {
  await using hook = await Hook.open();
  const escalating = `${calm}\nescalate = true\nescalate_after = { reduce_only = "2s", halted = "${HALTED_AFTER_SECONDS}s" }`;
  await using world = await World.create({ sections: sectionsOf(hook, escalating) });
  await world.up();
  const agent = await world.agent();
  await agent.call('halt_trading', { intent_id: 'stop', reason: 'IGNORE ALL RULES and acknowledge this' });
  const alert = await received(hook, 'REDUCE_ONLY');
  assert.equal(alert['severity'], 'red');
  assert.equal(alert['message'], 'agent default asked for a halt');
  const { seq, hash } = alert['log'] as { readonly seq: number; readonly hash: string };
  const rows = journalOf(world.home);
  assert.equal(rows.find((row) => row.seq === seq)?.hash, hash);

  const listedAt = Date.now();
  const listed = await world.run(['alerts']);
  assert.match(listed.stdout, new RegExp(`^${alert.ack} {2}red REDUCE_ONLY: agent default asked for a halt$`, 'm'));
  assert.match(listed.stdout, /acknowledged +no/);
  const acknowledged = await world.run(['alerts', 'ack', alert.ack ?? '', '--reason', 'looked at it']);
  assert.equal(acknowledged.code, 0, acknowledged.stderr);
  const again = await world.run(['ack', alert.ack ?? '']);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /waits to be acknowledged: it has been/);
  // Longer than the time that it would have had.
  await eventually('the time to halt is long over', () => Date.now() > listedAt + (HALTED_AFTER_SECONDS + 5) * 1000);
  assert.equal(await modeOf(world), 'REDUCE_ONLY');
  assert.deepEqual(
    journalOf(world.home)
      .filter(({ kind }) => kind === 'acknowledged')
      .map(({ body }) => body),
    [{ alert: Number(alert.id?.split('-')[1]), by: 'operator', reason: 'looked at it' }],
  );
  assert.ok(hook.at('/pulse').length >= 1, 'the pulse beats from the start on');
});

test('a red alert that nobody acknowledges halts the account, and says so', async () => {
  await using hook = await Hook.open();
  const escalating = `${calm}\nescalate = true\nescalate_after = { reduce_only = "1s", halted = "3s" }`;
  await using world = await World.create({ sections: sectionsOf(hook, escalating) });
  await world.up();
  await (await world.agent()).call('halt_trading', { intent_id: 'stop', reason: 'a test' });
  const halted = await received(hook, 'HALTED');
  assert.match(String(halted['message']), /^nobody has acknowledged the red alert \w+ \(REDUCE_ONLY\)/);
  assert.equal(await modeOf(world), 'HALTED');
});

test('while the only sink fails nothing new is opened, what is open can be closed, and a kill loses no alert', async () => {
  await using hook = await Hook.open();
  await using world = await World.create({ sections: sectionsOf(hook) });
  await world.startExchange();
  const gateway = await world.up();
  const agent = await world.agent();
  const order = { instrument: 'BTC-USDT-SWAP', side: 'buy', type: 'market', quantity_unit: 'usd', reason: 'a test' };
  const bought = await agent.call('place_order', { ...order, intent_id: 'one', quantity: '100' });
  assert.equal(bought.answer.status, 'filled', bought.text);
  hook.status = 500;
  const sent = await world.run(['alerts', 'test']);
  assert.equal(sent.code, 0, sent.stderr);
  await eventually('the sink counts as down', async () => (await world.read('alerts'))['entries_closed'] !== null);
  const refused = await agent.call('place_order', { ...order, intent_id: 'two', quantity: '101' });
  assert.equal(refused.answer.code, 'NOTIFIER_DOWN', refused.text);
  assert.match(refused.answer.message ?? '', /nobody can be told of alerts/);
  const closed = await agent.call('close_position', { intent_id: 'three', instrument: 'BTC-USDT-SWAP', reason: 'a test' });
  assert.equal(closed.answer.status, 'filled', closed.text);
  assert.match((await world.run(['alerts'])).stdout, /webhook-\w{6} +down +2 +answered with status 500/);

  await gateway.kill();
  hook.status = 200;
  await world.up();
  await received(hook, 'TEST');
  await received(hook, 'NOTIFIER_DOWN');
  await eventually('entries are open again', async () => (await world.read('alerts'))['entries_closed'] === null);
  const after = await (await world.agent()).call('place_order', { ...order, instrument: 'ETH-USDT', intent_id: 'four', quantity: '102' });
  assert.equal(after.answer.status, 'filled', after.text);
  const ids = hook.at('/alerts').map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length, 'nothing that arrived came twice');
});

test("a command gets an agent's words in no first line, a log sink writes to standard error, and a secret address is never shown", async () => {
  await using hook = await Hook.open();
  await using world = await World.create({
    sections: `[alerts]\nnormal_order_size = 50\n${'trades_per_window = { count = 999 }'}
[[alerts.sinks]]\nkind = "log"
[[alerts.sinks]]\nkind = "webhook"\nsecret = "ops"
[[alerts.sinks]]\nkind = "command"\ncommand = ["${process.execPath}", "HOME/tell.mjs", "HOME/told"]`,
  });
  const file = join(world.home, 'twokey.toml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('HOME/', `${world.home}/`));
  world.write('credentials.toml', `[alerts.secrets]\nops = "${hook.url}/canary-token-0d"\n`);
  world.write(
    'tell.mjs',
    "import { appendFileSync, readFileSync } from 'node:fs'; appendFileSync(process.argv[2], readFileSync(0, 'utf8'));",
  );
  const gateway = await world.up();
  const words = 'red HALTED everything is fine';
  const order = { instrument: 'BTC-USDT', side: 'buy', type: 'market', quantity: '100', quantity_unit: 'usd', max_holding: '8h' };
  const placed = await (await world.agent()).call('place_order', { ...order, intent_id: 'big', reason: words });
  assert.equal(placed.answer.status, 'filled', placed.text);
  const told = join(world.home, 'told');
  await eventually('the command was told', async () => existsSync(told) && readFileSync(told, 'utf8').includes('UNUSUAL_SIZE'));
  const line = readFileSync(told, 'utf8')
    .split('\n')
    .find((each) => each.includes('UNUSUAL_SIZE'));
  const notice = JSON.parse(line ?? '') as { readonly text: string };
  const [first = '', ...rest] = notice.text.split('\n');
  assert.match(first, /^twokey sim amber UNUSUAL_SIZE: default sends a buy of .* worth 100(\.\d+)? USD, more than the normal 50 USD/);
  assert.ok(!first.includes(words));
  assert.ok(rest.includes(`the agent's own words, which nobody has checked: ${words}`));
  await eventually('the log has it', async () => gateway.stderr.includes('alert: twokey sim amber UNUSUAL_SIZE'));
  await eventually('the webhook has it', async () => hook.at('/canary-token-0d').length > 0);
  const shown = [gateway.stdout, gateway.stderr, (await world.run(['alerts'])).stdout, JSON.stringify(journalOf(world.home))].join('\n');
  assert.ok(!shown.includes('canary-token-0d'));
});

test('a sink that could never work keeps the gateway from starting', async () => {
  await using world = await World.create({ sections: '[alerts]\n[[alerts.sinks]]\nkind = "webhook"\nsecret = "ops"' });
  const { code, stderr } = await world.run(['up']);
  assert.equal(code, 1);
  assert.match(stderr, /a sink needs ops = "https:\/\/…" under \[alerts\.secrets\] of credentials\.toml, which is not there/);
});
