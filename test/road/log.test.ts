import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

/** A home with one order from wish to proof and one denial in its journal. */
async function storied(world: World): Promise<void> {
  const gateway = await world.up();
  const agent = await world.agent();
  const filled = await agent.place({
    intent_id: 'good',
    type: 'market',
    quantity: '40',
    quantity_unit: 'usd',
    reason: 'a “good” \\ reason',
  });
  assert.equal(filled.status, 'filled', JSON.stringify(filled));
  const denied = await agent.place({ intent_id: 'large', type: 'market', quantity: '4000', quantity_unit: 'usd' });
  assert.equal(denied.status, 'denied');
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop
    if ((await agent.intent('good')).verification === 'matched') break;
  }
  assert.match((await world.run(['log', 'verify'])).stdout, /✓ .*entries/, 'while the gateway runs');
  await gateway.stop();
}

test('the journal of a home tells its stories, verifies, and travels, with no gateway', async () => {
  await using world = await World.create();
  await storied(world);

  const why = await world.run(['why', 'good']);
  assert.equal(why.code, 0, why.stderr);
  assert.match(why.stdout, /^sim · okx:sim:1001 · ACTIVE · /);
  for (const part of [
    /asked +place_order/,
    /reason +“a “good” \\\\ reason”/,
    /decided +allowed/,
    /sending +t/,
    /filled +t/,
    /verified +BTC-USDT matched/,
  ])
    assert.match(why.stdout, part);
  assert.match(why.stdout, /outcome +t\w+ filled: .* BTC bought at .* USDT on average, fees .* paid; verification matched/);
  assert.match((await world.run(['why', 'large'])).stdout, /decided +denied MAX_ORDER_SIZE: .*4000 USD of at most 1000 USD/);
  assert.equal((await world.run(['why', 'nobody'])).code, 1);
  assert.equal((await world.run(['why'])).code, 2);
  assert.equal((await world.run(['why', 'a b'])).code, 2);

  const shown = await world.read('log', '--kind', 'decision');
  assert.deepEqual(
    (shown['entries'] as readonly { body: { intent_id: string } }[]).map(({ body }) => body.intent_id),
    ['good', 'large'],
  );
  assert.equal((await world.run(['log', 'show', '--last', 'x'])).code, 2);
  assert.equal((await world.run(['log', 'explode'])).code, 2);
  assert.equal((await world.run(['log', 'show', '--out', 'x'])).code, 2);

  const file = join(world.home, 'export.jsonl');
  assert.equal((await world.run(['log', 'export', '--out', file])).code, 0);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal((await world.run(['log', 'export', '--out', file])).code, 1, 'an export never writes over a file');
  assert.equal((await world.run(['log', 'export'])).stdout, readFileSync(file, 'utf8'));
  const verified = await world.read('log', 'verify', file);
  assert.equal(verified['ok'], true);
  const { hash } = verified['head'] as { hash: string };
  assert.equal((await world.run(['log', 'verify', '--expect', hash])).code, 0);
  assert.equal((await world.run(['log', 'verify', '--expect', 'a'.repeat(64)])).code, 1);
});

test('a journal with one byte changed, removed or swapped is named by log verify and no gateway starts on it', async () => {
  await using world = await World.create();
  await storied(world);
  const path = join(world.home, 'state', 'journal.db');
  const good = join(world.home, 'good.db');
  copyFileSync(path, good);
  const damages: readonly (readonly [sql: string, entry: number])[] = [
    [`UPDATE entry SET body = replace(body, '"price":"6', '"price":"5') WHERE kind = 'submitting'`, 0],
    ['UPDATE entry SET at = at + 1 WHERE seq = 3', 3],
    ['DELETE FROM entry WHERE seq = 4', 5],
    ['UPDATE entry SET seq = 1000 WHERE seq = 4; UPDATE entry SET seq = 4 WHERE seq = 5; UPDATE entry SET seq = 5 WHERE seq = 1000', 4],
  ];
  for (const [sql, entry] of damages) {
    copyFileSync(good, path);
    const database = new DatabaseSync(path);
    database.exec(sql);
    database.close();
    const verify = await world.read('log', 'verify');
    assert.equal(verify['ok'], false, sql);
    const named = verify['entry'] as { seq: number; kind: string };
    if (entry > 0) assert.equal(named.seq, entry, sql);
    else assert.equal(named.kind, 'submitting');
    const copy = await world.run(['log', 'verify', path]);
    assert.equal(copy.code, 1);
    assert.match(copy.stdout, new RegExp(`✗ .*entry ${named.seq} \\(\\w+\\) is wrong: `));
    const up = await world.run(['up']);
    assert.notEqual(up.code, 0);
    assert.match(up.stderr, new RegExp(`entry ${named.seq} `));
    assert.match(up.stderr, /log verify/);
  }
});

test('a home without a journal says so', async () => {
  await using world = await World.create();
  const verify = await world.run(['log', 'verify', '--json']);
  assert.equal(verify.code, 1);
  assert.equal((JSON.parse(verify.stdout) as { code: string }).code, 'NOT_FOUND');
  assert.match((await world.run(['log'])).stderr, /no journal at/);
});
