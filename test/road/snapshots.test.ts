import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../src/adapters/clock/system.ts';
import { openJournal } from '../../src/adapters/store/sqlite.ts';
import type { Event } from '../../src/core/gateway/events.ts';
import { Checkpoints } from '../../src/engine/checkpoints.ts';
import { recover } from '../../src/engine/recovery.ts';
import { CheckpointKey } from '../../src/vault/checkpoint-key.ts';
import { Secret } from '../../src/vault/secret.ts';
import { booksEqualLedger } from './harness/books.ts';
import { eventually } from './harness/eventually.ts';
import { bootedMode, journalOf } from './harness/journal.ts';
import { root } from './harness/program.ts';
import { test } from './harness/test.ts';
import { World } from './harness/world.ts';

const account = 'okx:sim:1001';
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly version: string };

/** Keeps the snapshot that a gateway of this home would have kept by now, were its journal longer. Returns the entry that it names. */
async function keepSnapshot(home: string): Promise<number> {
  const opened = openJournal(join(home, 'state', 'journal.db'));
  assert.ok(opened.ok, opened.ok ? '' : opened.error);
  using journal = opened.value;
  const found = await recover({ account, version, store: journal, checkpoints: null });
  assert.ok(found.ok, found.ok ? '' : found.error);
  const key = new CheckpointKey({ secretKey: new Secret('sim-secret'), environment: 'sim' });
  const told = Promise.withResolvers<Event>();
  const checkpoints = new Checkpoints(
    {
      wiring: {
        store: journal.snapshots,
        signer: {
          key: key.name,
          sign: async (checkpoint) => {
            const signed = key.sign(checkpoint);
            return signed.ok ? { kind: 'signed', signature: signed.value } : { kind: 'refused', cause: signed.error };
          },
        },
        everyEntries: 1,
      },
      store: journal,
      clock: systemClock,
      account,
      program: version,
      post: told.resolve,
      hasRoom: () => true,
    },
    null,
  );
  checkpoints.consider(found.value.state, found.value.head);
  const event = await told.promise;
  assert.equal(event.kind, 'checkpointed', JSON.stringify(event));
  return found.value.head.seq;
}

/** The body of one entry becomes another, behind the gateway's back. */
function rewrite(home: string, seq: number): void {
  const database = new DatabaseSync(join(home, 'state', 'journal.db'));
  database.prepare("UPDATE entry SET body = replace(body, '}', ' }') WHERE seq = ?").run(seq);
  database.close();
}

/** A home whose gateway has traded, was killed, and left a snapshot. */
async function traded(world: World): Promise<void> {
  await world.startExchange();
  const first = await world.up();
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'spot', quantity: '41' })).status, 'filled');
  assert.equal((await agent.place({ intent_id: 'swap', instrument: 'BTC-USDT-SWAP', side: 'sell', quantity: '42' })).status, 'filled');
  await first.kill();
  await keepSnapshot(world.home);
}

test('a gateway that begins with a snapshot knows what was asked, holds what it held, and goes on trading', async () => {
  await using world = await World.create();
  await traded(world);
  const before = await world.exchange.ledger();
  const second = await world.up();
  assert.equal(bootedMode(world.home), 'ACTIVE');
  const agent = await world.agent();
  assert.equal((await agent.place({ intent_id: 'spot', quantity: '41' })).status, 'filled', 'the answer of before');
  assert.deepEqual((await world.exchange.ledger()).orders, before.orders, 'the same wish sends nothing');
  assert.equal((await agent.place({ intent_id: 'more', quantity: '43' })).status, 'filled');
  await booksEqualLedger(world);
  await second.kill();
  await world.up();
  assert.equal(bootedMode(world.home), 'ACTIVE');
  await booksEqualLedger(world);
  const told = journalOf(world.home).filter(({ kind, body }) => kind === 'alert' && body['code'] === 'NO_SNAPSHOT');
  assert.deepEqual(told, []);
});

test('a journal that is wrong before the snapshot halts the gateway that began with it, and refuses the next start', async () => {
  await using world = await World.create();
  await traded(world);
  rewrite(world.home, 5);
  const second = await world.up();
  await eventually('the account is halted', async () => (await world.read('status'))['mode'] === 'HALTED');
  const mode = journalOf(world.home).findLast(({ kind }) => kind === 'mode');
  assert.match(String(mode?.body['cause']), /entry 5 .* of the journal is wrong/);
  await second.stop();
  const third = await world.run(['up']);
  assert.notEqual(third.code, 0);
  assert.match(third.stderr, /entry 5 .* of the journal is wrong/);
});

test('a journal that ends before the entry that its snapshot names does not start', async () => {
  await using world = await World.create();
  await traded(world);
  const last = journalOf(world.home).length;
  const database = new DatabaseSync(join(world.home, 'state', 'journal.db'));
  database.prepare('DELETE FROM entry WHERE seq > ?').run(last - 2);
  database.close();
  const second = await world.run(['up']);
  assert.notEqual(second.code, 0);
  assert.match(second.stderr, /the end is missing, or it was restored from an older copy/);
});
