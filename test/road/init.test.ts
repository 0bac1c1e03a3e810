import { doesNotMatch, match, ok, strictEqual } from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

test('an empty home: init writes it, doctor passes, the gateway starts on it, an order goes through, and init leaves it alone afterwards', async () => {
  await using world = await World.create();
  rmSync(join(world.home, 'twokey.toml'));
  const begun = await world.run(['init', '--env', 'sim', '--equity', '10000', '--agent', 'alpha', '--yes']);
  strictEqual(begun.code, 0, begun.stderr);
  match(begun.stdout, /written: .*twokey\.toml\n.*ceiling\.toml\n.*credentials\.toml\n[^]*doctor[^]*twokey up[^]*mcp --agent alpha/);
  // Another test may use the address that is everybody's.
  const exchange = new URL(world.exchange.url).host;
  const file = join(world.home, 'twokey.toml');
  // What init writes is for a machine that does little else.
  const patient = readFileSync(file, 'utf8').replace('[policy]', '[policy]\nmax_data_age = "30s"\nanswer_wait = "10s"');
  writeFileSync(file, `${patient}\n[sim]\nlisten = "${exchange}"\nrate_limits = "lenient"\n`);
  const doctor = await world.run(['doctor']);
  strictEqual(doctor.code, 0, doctor.stdout);
  match(doctor.stdout, /✓ credentials +from .*credentials\.toml/);
  await world.up();
  const agent = await world.agent('alpha');
  const placed = await agent.place({ intent_id: 'first', quantity: '50' });
  strictEqual(placed.status, 'filled', JSON.stringify(placed));
  const above = await agent.place({ intent_id: 'above', quantity: '501' });
  strictEqual(above.limit?.name, 'max_order_size');
  const again = await world.run(['init', '--yes']);
  strictEqual(again.code, 1);
  match(again.stderr, /are there already, and nothing was written/);
});

test('a key in the environment, or none on standard input: init for demo takes the one and refuses without the other', async () => {
  await using world = await World.create();
  rmSync(join(world.home, 'twokey.toml'));
  const argv = ['init', '--env', 'demo', '--equity', '300', '--prices', 'BTC-USDT=60000', '--yes'];
  const without = await world.run(argv);
  strictEqual(without.code, 1);
  match(without.stderr, /key, secret and passphrase on standard input/);
  const secret = 'p"\\$canary';
  const taken = await world.run(argv, { OKX_API_KEY: 'abc', OKX_API_SECRET: 'canary-secret', OKX_PASSPHRASE: secret });
  strictEqual(taken.code, 0, taken.stderr);
  doesNotMatch(taken.stdout + taken.stderr, /canary/);
  const checked = await world.run(['policy', 'check']);
  ok(checked.code === 0, checked.stderr);
});
