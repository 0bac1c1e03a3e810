import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase32 } from '../../src/vault/base32.ts';
import { codeAt, STEP_MILLISECONDS } from '../../src/vault/operator-proof.ts';
import { eventually } from './harness/eventually.ts';
import { Hook } from './harness/hook.ts';
import { journalOf } from './harness/journal.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

const PASSPHRASE = 'seventeen small boats';

/** The limit of an order as an agent is told it. */
async function limitOf(world: World): Promise<string> {
  const agent = await world.agent();
  const { limits } = (await agent.call('get_limits', {})).answer as unknown as {
    readonly limits: readonly { readonly name: string; readonly max: string }[];
  };
  return limits.find(({ name }) => name === 'max_order_size')?.max ?? '';
}

/** Edits the file of the home, as a person or an agent with a shell would. */
function edit(world: World, from: string, to: string): void {
  const path = join(world.home, 'twokey.toml');
  const text = readFileSync(path, 'utf8');
  assert.ok(text.includes(from));
  writeFileSync(path, text.replace(from, to));
}

test('a tightening holds at once without a start, a loosening waits where all can see it and can be withdrawn, and the file alone loosens nothing', async () => {
  await using world = await World.create({ policy: { max_order_size: '100', loosening_wait: '"1h"' } });
  await world.startExchange();
  const gateway = await world.up();
  assert.equal(await limitOf(world), '100');

  edit(world, 'max_order_size = 100', 'max_order_size = 80');
  const tightened = await world.run(['policy', 'apply']);
  assert.equal(tightened.code, 0, tightened.stderr);
  assert.match(tightened.stdout, /max_order_size +100 +80 +tightens\ntwokey.toml holds/);
  assert.equal(await limitOf(world), '80');

  edit(world, 'max_order_size = 80', 'max_order_size = 500');
  edit(world, 'max_daily_trades = 1000', 'max_daily_trades = 7');
  const loosened = await world.run(['policy', 'apply', '--reason', 'more']);
  assert.equal(loosened.code, 0, loosened.stderr);
  assert.match(loosened.stdout, /max_order_size +80 +500 +loosens/);
  assert.match(loosened.stdout, /what tightens holds now\nwhat loosens waits until /);
  assert.equal(await limitOf(world), '80');
  assert.match((await world.run(['status'])).stdout, /^limits +a loosening waits until /m);
  assert.ok(typeof (await world.read('status'))['limits_pending'] === 'object');

  // A start changes nothing of it, and nobody is told of a file that is known.
  await gateway.kill();
  const second = await world.up();
  assert.equal(await limitOf(world), '80');
  assert.notEqual((await world.read('status'))['limits_pending'], null);
  assert.doesNotMatch((await world.run(['alerts'])).stdout, /POLICY_LOOSENED/);
  assert.equal((await world.run(['policy', 'withdraw'])).code, 0);
  assert.equal((await world.read('status'))['limits_pending'], null);
  assert.equal((await world.run(['policy', 'withdraw'])).code, 1, 'there is no other');

  // The file says more than holds, and nobody applied that.
  edit(world, 'loosening_wait = "1h"', 'loosening_wait = "0s"');
  await second.stop();
  const third = await world.up();
  assert.equal(await limitOf(world), '80');
  const alerts = await world.run(['alerts']);
  assert.match(alerts.stdout, /POLICY_LOOSENED/);
  assert.match(alerts.stdout, /max_order_size +80 +500 +loosens/);
  assert.match(alerts.stdout, /loosening_wait +1h +0s +loosens/);
  const kinds = journalOf(world.home).filter(({ kind }) => kind === 'policy');
  assert.deepEqual(
    kinds.map(({ body }) => [body['by'], body['pending'] === null]),
    [
      ['twokey', true],
      ['operator', true],
      ['operator', false],
      ['operator', true],
      ['twokey', true],
    ],
  );
  assert.match((await world.run(['log', 'show', '--kind', 'policy'])).stdout, /hold, by operator: more; .* waits until /);
  await third.stop();

  // Who takes away what held before has stopped the gateway, and loosened nothing.
  const folder = join(world.home, 'state', 'policy');
  for (const name of readdirSync(folder)) writeFileSync(join(folder, name), '[policy]\nmax_order_size = 100000\n');
  const refused = await world.run(['up']);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /the limits that held before are not known any more: state\/policy\/[0-9a-f]{64}\.toml is missing or was changed/,
  );
});

test('when the wait is over what was waited for holds by itself', async () => {
  await using world = await World.create({ policy: { max_order_size: '100', loosening_wait: '"1s"' } });
  await world.up();
  edit(world, 'max_order_size = 100', 'max_order_size = 500');
  assert.match((await world.run(['policy', 'apply'])).stdout, /what loosens waits until /);
  await eventually('it holds', async () => (await world.read('status'))['limits_pending'] === null);
  assert.equal(await limitOf(world), '500');
  assert.equal((await world.run(['policy', 'apply'])).code, 0);
});

test('where a proof is asked for, loosening takes one, tightening takes none, and a file that no longer asks for it changes neither', async () => {
  await using world = await World.create({ policy: { max_order_size: '100' }, sections: '[operator]\nrequire_proof = true' });
  const enrolling = world.talk(['operator', 'enroll']);
  enrolling.answer(PASSPHRASE);
  enrolling.answer(PASSPHRASE);
  await eventually('the secret is shown', () => /otpauth/.test(enrolling.stderr) || !enrolling.running);
  const secret = fromBase32(/secret {2}([A-Z2-7]{32})$/m.exec(enrolling.stderr)?.[1] ?? '');
  enrolling.answer(codeAt(secret, Math.floor(Date.now() / STEP_MILLISECONDS)));
  assert.equal((await enrolling.exited).code, 0);
  await world.up();
  edit(world, 'max_order_size = 100', 'max_order_size = 90');
  assert.equal((await world.run(['policy', 'apply'])).code, 0);
  edit(world, 'max_order_size = 90', 'max_order_size = 500');
  edit(world, 'require_proof = true', 'require_proof = false');
  const silent = await world.run(['policy', 'apply']);
  assert.equal(silent.code, 1);
  assert.match(silent.stdout, /max_order_size +90 +500 +loosens/, 'who is asked for a proof sees what for');
  assert.match(silent.stderr, /policy_loosen needs your passphrase/);
  assert.equal(await limitOf(world), '90');
  const applying = world.talk(['policy', 'apply']);
  applying.answer(PASSPHRASE);
  applying.answer(codeAt(secret, Math.floor(Date.now() / STEP_MILLISECONDS)));
  assert.equal((await applying.exited).code, 0, applying.stderr);
  assert.equal(await limitOf(world), '500');
});

test('a sink that the file takes away is told until that holds, also by its secret and over a start, and the one in its place from the first moment', async () => {
  await using hook = await Hook.open();
  await using world = await World.create({
    policy: { loosening_wait: '"1h"' },
    sections: '[alerts]\ntrades_per_window = { count = 999 }\n[[alerts.sinks]]\nkind = "webhook"\nsecret = "ops"',
  });
  world.write('credentials.toml', `[alerts.secrets]\nops = "${hook.url}/old-0d"\n`);
  await world.startExchange();
  const gateway = await world.up();
  const had = (path: string, code: string): number => hook.at(path).filter((message) => message.code === code).length;
  edit(world, 'secret = "ops"', `url = "${hook.url}/new"`);
  const applied = await world.run(['policy', 'apply']);
  assert.equal(applied.code, 0, applied.stderr);
  assert.match(applied.stdout, /alerts\.sinks +webhook-\w{6} +– +loosens/);
  assert.match(applied.stdout, /alerts\.sinks +– +webhook-\w{6} +tightens/);
  assert.match(applied.stdout, /what loosens waits until /);
  for (const path of ['/old-0d', '/new'])
    // oxlint-disable-next-line no-await-in-loop
    await eventually(`${path} hears of it`, async () => had(path, 'LOOSENING') === 1);
  await world.run(['alerts', 'test']);
  await eventually('both are told', async () => had('/old-0d', 'TEST') === 1 && had('/new', 'TEST') === 1);

  // Nobody waits for it any more, and the file still says it: that is told to the place that it would take away.
  assert.equal((await world.run(['policy', 'withdraw'])).code, 0);
  await gateway.stop();
  await world.up();
  await eventually('the old place hears of the file', async () => had('/old-0d', 'POLICY_LOOSENED') === 1);
  const listed = (await world.run(['alerts'])).stdout;
  assert.match(listed, /POLICY_LOOSENED/);
  assert.ok(![listed, applied.stdout, JSON.stringify(journalOf(world.home))].join('\n').includes('old-0d'));
});

test('a sink that is taken away where nobody has to wait hears of that last', async () => {
  await using hook = await Hook.open();
  await using world = await World.create({
    sections: `[[alerts.sinks]]\nkind = "webhook"\nurl = "${hook.url}/old"\n[[alerts.sinks]]\nkind = "log"`,
  });
  await world.up();
  edit(world, `kind = "webhook"\nurl = "${hook.url}/old"\n[[alerts.sinks]]\n`, '');
  assert.match((await world.run(['policy', 'apply'])).stdout, /loosens\ntwokey\.toml holds/);
  await eventually('the old place hears of it', async () => hook.at('/old').some(({ code }) => code === 'LOOSENING'));
  const before = hook.at('/old').length;
  await world.run(['alerts', 'test']);
  await eventually('the other one is told', async () => ((await world.read('alerts'))['sinks'] as readonly unknown[]).length === 1);
  assert.equal(hook.at('/old').length, before);
});
