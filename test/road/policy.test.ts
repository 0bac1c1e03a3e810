import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

type Change = { readonly agent: string | null; readonly name: string; readonly change: string };

test('the hash that policy show tells is the one that stands in the decisions, and a file that was changed since is told apart', async () => {
  await using world = await World.create({ agents: ['alpha'] });
  const cold = await world.read('policy', 'show');
  strictEqual(cold['running'], null);
  await world.up();
  const agent = await world.agent('alpha');
  await agent.place({ intent_id: 'one', quantity: '30' });
  const why = await world.run(['why', 'one']);
  const hash = String(cold['policy_hash']);
  match(why.stdout, new RegExp(`policy ${hash.slice(0, 8)}`));
  deepStrictEqual((await world.read('policy', 'show'))['running'], { policy_hash: hash, same: true });

  world.write('twokey.toml', '[policy]\nmax_order_size = 40\n[agents.alpha]\n');
  const changed = await world.read('policy', 'show');
  deepStrictEqual(changed['running'], { policy_hash: hash, same: false });
  match((await world.run(['policy', 'show'])).stdout, /⚠ the gateway that runs decides by another policy/);
});

test('policy check says ok, or the line, the key and the fix, and reads nothing but the file', async () => {
  await using world = await World.create();
  const before = readdirSync(world.home);
  const fine = await world.run(['policy', 'check']);
  deepStrictEqual([fine.code, fine.stderr], [0, '']);
  match(fine.stdout, /^sim · .*twokey\.toml: ok\nhash [0-9a-f]{64}\n$/);
  const file = join(world.home, 'other.toml');
  world.write('other.toml', '[exchange]\nenvironment = "sim"\n[policy]\nmax_order_size = "5%"\n');
  const wrong = await world.run(['policy', 'check', file]);
  deepStrictEqual([wrong.code, wrong.stdout], [1, '']);
  match(wrong.stderr, /other\.toml line 4: max_order_size: expected a number of USD above zero, such as 50; this key takes no percentage/);
  const document = await world.read('policy', 'check', file);
  const message = 'expected a number of USD above zero, such as 50; this key takes no percentage';
  deepStrictEqual([document['ok'], document['problems']], [false, [{ line: 4, key: 'max_order_size', message }]]);
  world.write('other.toml', '[exchange]\nenvironment = "live"\n');
  const live = await world.run(['policy', 'check', file]);
  strictEqual(live.code, 1, 'no gateway would start with it');
  match(live.stderr, /live needs a decision about approvals/);
  strictEqual((await world.run(['policy', 'check', join(world.home, 'none.toml')])).code, 1);
  deepStrictEqual(
    readdirSync(world.home).filter((name) => name !== 'other.toml'),
    before,
  );
});

test('policy diff classifies every change, and changes nothing', async () => {
  await using world = await World.create({ policy: { max_order_size: '50' }, agents: ['alpha', 'beta'] });
  const declared = await world.read('policy', 'show');
  world.write('next.toml', '[policy]\nmax_order_size = 40\nmax_leverage = 20\n[agents.alpha]\nmax_order_size = 30\n[agents.beta]\n');
  const file = join(world.home, 'next.toml');
  const document = await world.read('policy', 'diff', file);
  const of = (wanted: string | null, name: string) =>
    (document['changes'] as readonly Change[]).find((change) => change.agent === wanted && change.name === name)?.change;
  deepStrictEqual(
    [of(null, 'max_order_size'), of(null, 'max_leverage'), of('alpha', 'max_order_size'), of('beta', 'max_order_size')],
    ['tightening', 'loosening', 'tightening', undefined],
  );
  strictEqual(document['loosens'], true);
  const text = await world.run(['policy', 'diff', file]);
  strictEqual(text.code, 0);
  match(text.stdout, /^sim · .*twokey\.toml → .*next\.toml\n/);
  match(text.stdout, /⚠ this loosens/);
  strictEqual((await world.read('policy', 'show'))['policy_hash'], declared['policy_hash']);
  strictEqual(existsSync(join(world.home, 'run')), false);
  const same = await world.read('policy', 'diff', join(world.home, 'twokey.toml'));
  deepStrictEqual([same['changes'], same['loosens']], [[], false]);
});

test('wrong words of policy end with 2', async () => {
  await using world = await World.create();
  for (const words of [[], ['apply', 'x'], ['withdraw', 'x'], ['show', 'x'], ['diff'], ['check', 'a', 'b']]) {
    const { code, stderr } = await world.run(['policy', ...words]);
    strictEqual(code, 2, words.join(' '));
    ok(stderr.includes('policy show'));
  }
});
