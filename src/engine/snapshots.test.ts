import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../../test/support/engine-world.ts';
import { signedBy } from '../../test/support/other-vault.ts';
import { laidOpen } from '../../test/support/snapshot-shelf.ts';
import { apply } from '../core/account/apply.ts';
import { emptyState, type State } from '../core/account/state.ts';
import { genesisHead, seal } from '../core/journal/chain.ts';
import { isSigned } from '../core/journal/checkpoint.ts';
import { readEntry } from '../core/journal/read-entry.ts';
import type { Draft, Row } from '../core/journal/row.ts';
import { digest } from '../core/lang/digest.ts';
import type { Snapshot } from '../ports/snapshots.ts';

const EVERY = 25;
const policy = `[policy]
max_order_rate = { per_second = 1000, per_minute = 1000 }
max_same_side = { per_10_minutes = 10000, per_hour = 10000 }
max_daily_trades = 10000
max_order_size = 1000
max_position_size = 50000
max_total_exposure = 50000
max_account_equity = 20000
[agents.default]
`;

async function orders(world: EngineWorld, count: number): Promise<void> {
  for (let order = 0; order < count; order += 1) {
    // oxlint-disable-next-line no-await-in-loop
    await world.until(world.place({ quantity: String(20 + order) }));
    // oxlint-disable-next-line no-await-in-loop
    await world.pass(2000);
  }
}

/** A gateway that has traded, kept two snapshots, written more since, and died. */
async function traded(): Promise<EngineWorld> {
  const world = new EngineWorld(policy);
  world.checkpointEntries = EVERY;
  await world.open();
  await world.until(world.engine.start());
  await orders(world, 8);
  assert.equal(world.shelf.kept.length, 2);
  assert.ok(world.disk.rows.length > newest(world).checkpoint.seq);
  world.crash();
  return world;
}

function newest(world: EngineWorld): Snapshot {
  const snapshot = world.shelf.kept.at(-1)?.snapshot;
  assert.ok(snapshot !== undefined);
  return snapshot;
}

/** Puts others in the place of the snapshots that are kept. */
function exchanged(world: EngineWorld, other: (snapshot: Snapshot) => Snapshot): void {
  world.shelf.kept = world.shelf.kept.map(({ snapshot }) => ({ snapshot: other(snapshot), dropped: [] }));
}

function bodyOf(text: string): Draft['body'] {
  return JSON.parse(text) as Draft['body'];
}

/** What the journal alone says. */
function foldOf(rows: readonly Row[]): State {
  return rows.reduce((state, { seq, at, kind, body }) => {
    const entry = readEntry(kind, bodyOf(body));
    assert.ok(entry.ok, entry.ok ? '' : entry.error);
    return apply(state, { seq, at, entry: entry.value });
  }, emptyState('okx:sim:1001'));
}

/** Starts again; returns from which entry on the journal was read. */
async function startAgain(world: EngineWorld): Promise<number> {
  const { store } = world;
  const read: number[] = [];
  const listening = {
    ...store,
    read: (from: number, limit: number) => {
      read.push(from);
      return store.read(from, limit);
    },
  };
  const engine = await world.open({ store: listening });
  assert.deepEqual(laidOpen(engine.state), laidOpen(foldOf(world.disk.rows)), 'the state is what the journal says');
  const first = Math.min(...read);
  await world.until(engine.start());
  return first;
}

function alerts(world: EngineWorld, code: string): readonly string[] {
  return world.engine.state.alerts.filter((alert) => alert.code === code).map(({ message }) => message);
}

async function refusedStart(world: EngineWorld): Promise<string> {
  return world.open().then(
    () => assert.fail('it started'),
    (error: unknown) => (error instanceof Error ? error.message : ''),
  );
}

/** The same content signed by the right vault, whatever it says. */
const signedAnew = (snapshot: Snapshot): Snapshot => signedBy('sim-secret', snapshot);

test('a start begins with the newest snapshot, reads the entries after it, and comes to what the whole journal says', async () => {
  const world = await traded();
  const { checkpoint } = newest(world);
  assert.equal(await startAgain(world), checkpoint.seq);
  await orders(world, 3);
  assert.deepEqual(laidOpen(world.engine.state), laidOpen(foldOf(world.disk.rows)));
  assert.deepEqual(alerts(world, 'NO_SNAPSHOT'), []);
});

test('start after start from snapshot after snapshot, the state stays what the whole journal says, and no part is kept that none names', async () => {
  const world = await traded();
  for (let start = 0; start < 4; start += 1) {
    // oxlint-disable-next-line no-await-in-loop
    assert.ok((await startAgain(world)) > 1);
    // oxlint-disable-next-line no-await-in-loop
    await orders(world, 4);
    world.crash();
  }
  const named = (ids: readonly number[]): readonly number[] => ids.flatMap((id) => [id, ...named(world.shelf.parts.get(id)?.parts ?? [])]);
  const kept = new Set(world.shelf.kept.flatMap(({ snapshot, dropped }) => [...named(snapshot.parts), ...dropped]));
  assert.deepEqual(new Set(world.shelf.parts.keys()), kept);
});

test('every checkpoint stands in the journal, signed by the vault, and names an entry by its hash', async () => {
  const world = await traded();
  const checkpoints = world.disk.rows.filter(({ kind }) => kind === 'checkpoint');
  assert.ok(checkpoints.length >= 2);
  for (const row of checkpoints) {
    const entry = readEntry(row.kind, bodyOf(row.body));
    assert.ok(entry.ok && entry.value.kind === 'checkpoint');
    const { entry: seq, entry_hash: hash, state_digest: state, key, signature } = entry.value;
    assert.ok(seq < row.seq);
    assert.equal(world.disk.rows[seq - 1]?.hash, hash);
    const checkpoint = { account: row.account, seq, hash, state, key, signature };
    assert.ok(isSigned(checkpoint));
    assert.ok(!isSigned({ ...checkpoint, seq: seq + 1 }));
    assert.ok(!isSigned({ ...checkpoint, account: 'okx:sim:1002' }));
    assert.ok(!isSigned({ ...checkpoint, state: hash }));
  }
});

test('an hour after the last one there is another checkpoint, however few entries there were', async () => {
  const world = await EngineWorld.running(policy);
  world.stall(3_500_000);
  await world.pass(5000);
  assert.equal(world.shelf.kept.length, 0);
  world.stall(3_600_000);
  await world.pass(5000);
  assert.equal(world.shelf.kept.length, 1);
});

test('without snapshots a start reads the whole journal, as it does with a journal of an older version', async () => {
  const world = await traded();
  world.shelf.kept = [];
  assert.equal(await startAgain(world), 1);
  assert.deepEqual(alerts(world, 'NO_SNAPSHOT'), []);
});

const refused: readonly (readonly [why: string, said: RegExp, other: (snapshot: Snapshot) => Snapshot])[] = [
  ['signed by another key', /another key signed it/, (snapshot) => signedBy('another secret', snapshot)],
  [
    'whose signature is of something else',
    /its signature does not fit/,
    (snapshot) => ({ ...snapshot, checkpoint: { ...snapshot.checkpoint, signature: '0'.repeat(128) } }),
  ],
  [
    'of another account',
    /it is of account okx:sim:1002/,
    (snapshot) => signedAnew({ ...snapshot, checkpoint: { ...snapshot.checkpoint, account: 'okx:sim:1002' } }),
  ],
  [
    'of another state than was signed',
    /its content does not give its digest/,
    (snapshot) => ({ ...snapshot, text: snapshot.text.replace('"mode":"ACTIVE"', '"mode":"HALTED"') }),
  ],
  [
    'of another version of twokey',
    /another version of twokey than 0 wrote it/,
    (snapshot) => {
      const text = snapshot.text.replace('"program":"0"', '"program":"1"');
      return signedAnew({ ...snapshot, text, checkpoint: { ...snapshot.checkpoint, state: digest(text) } });
    },
  ],
  [
    'that says it is the state after another entry',
    /it is the state after entry/,
    (snapshot) => {
      const text = snapshot.text.replace(/"seq":\d+,"sequence"/, '"seq":1,"sequence"');
      return signedAnew({ ...snapshot, text, checkpoint: { ...snapshot.checkpoint, state: digest(text) } });
    },
  ],
];

for (const [why, said, other] of refused) {
  test(`a snapshot ${why} is not used: the whole journal is read, and the alert says why`, async () => {
    const world = await traded();
    exchanged(world, other);
    assert.equal(await startAgain(world), 1);
    const told = alerts(world, 'NO_SNAPSHOT');
    assert.equal(told.length, 2);
    for (const message of told) assert.match(message, said);
    await orders(world, 8);
    assert.ok(newest(world).checkpoint.seq > 0, 'there are new ones');
    assert.deepEqual(laidOpen(world.engine.state), laidOpen(foldOf(world.disk.rows)));
  });
}

test('where the newest cannot be used, the one before it is', async () => {
  const world = await traded();
  const [before, last] = world.shelf.kept;
  assert.ok(before !== undefined && last !== undefined);
  world.shelf.kept = [before, { ...last, snapshot: { ...last.snapshot, text: `${last.snapshot.text} ` } }];
  assert.equal(await startAgain(world), before.snapshot.checkpoint.seq);
  assert.equal(alerts(world, 'NO_SNAPSHOT').length, 1);
  await orders(world, 8);
  world.crash();
  assert.ok((await startAgain(world)) > before.snapshot.checkpoint.seq);
});

test('a journal that ends before an entry that its vault signed does not start, and the refusal says what to do', async () => {
  const world = await traded();
  const { seq } = newest(world).checkpoint;
  world.disk.rows = world.disk.rows.slice(0, seq - 1);
  assert.match(
    await refusedStart(world),
    new RegExp(`ends at entry ${seq - 1}, and its vault signed entry ${seq}: .*restore the newest copy`),
  );
});

test('a journal whose signed entry is another one does not start', async () => {
  const world = await traded();
  const { seq } = newest(world).checkpoint;
  const drafts = world.disk.rows.map(({ at, account, kind, body }) => ({ at: at + 1, account, kind, body: bodyOf(body) }));
  world.disk.rows = seal(genesisHead, drafts);
  assert.match(await refusedStart(world), new RegExp(`entry ${seq} is another one than its vault signed`));
});

test('an entry after the snapshot that is wrong refuses the start', async () => {
  const world = await traded();
  const { seq } = newest(world).checkpoint;
  world.disk.rows = world.disk.rows.map((row) => (row.seq === seq + 1 ? { ...row, at: row.at + 1 } : row));
  assert.match(await refusedStart(world), new RegExp(`entry ${seq + 1} .* of the journal is wrong`));
});

test('an entry before the snapshot that is wrong halts the account soon after the start, and refuses the next one', async () => {
  const world = await traded();
  world.disk.rows = world.disk.rows.map((row) => (row.seq === 9 ? { ...row, at: row.at + 1 } : row));
  const engine = await world.open();
  await world.until(engine.start());
  await world.pass(5000);
  assert.equal(engine.state.mode, 'HALTED');
  assert.match(engine.state.modeCause, /entry 9 .* of the journal is wrong: .*run twokey log verify, and restore a copy/);
  world.crash();
  assert.match(await refusedStart(world), /entry 9 .* of the journal is wrong/);
});

test('the older chain is verified to the very head that was signed, and entries that are gone are found', async () => {
  const world = await traded();
  const { store } = world;
  const gone = { ...store, read: async (from: number, limit: number) => (from === 1 && limit > 1 ? [] : store.read(from, limit)) };
  const engine = await world.open({ store: gone });
  await world.until(engine.start());
  await world.pass(5000);
  assert.match(engine.state.modeCause, /entry 1 of the journal is missing/);
});

test('a file that SQLite finds damaged halts a gateway that began with a snapshot, and refuses the start of one that could not', async () => {
  const world = await traded();
  world.shelf.damage = 'row 7 missing from index';
  const engine = await world.open();
  await world.until(engine.start());
  await world.pass(5000);
  assert.equal(engine.state.mode, 'HALTED');
  assert.match(engine.state.modeCause, /damaged \(row 7 missing from index\)/);
  const other = await traded();
  other.shelf.damage = 'row 7 missing from index';
  exchanged(other, (snapshot) => ({ ...snapshot, text: '' }));
  assert.match(await refusedStart(other), /damaged \(row 7/);
});

test('the file is looked at before the older chain is: damage there may hide the last entries, which takes a second to find and not a minute', async () => {
  const world = await traded();
  const { store, snapshots } = world;
  const looked: string[] = [];
  world.snapshots = {
    ...snapshots,
    damage: () => {
      looked.push('file');
      return snapshots.damage();
    },
  };
  const listening = {
    ...store,
    read: (from: number, limit: number) => {
      if (from === 1) looked.push('chain');
      return store.read(from, limit);
    },
  };
  await world.until((await world.open({ store: listening })).start());
  await world.pass(5000);
  assert.deepEqual(looked, ['file', 'chain']);
});

test('a part that cannot be read ends the gateway that looks into it, and the next start does without snapshots', async () => {
  const world = await traded();
  const engine = await world.open();
  await world.until(engine.start());
  for (const id of world.shelf.parts.keys()) world.shelf.parts.set(id, { parts: [], text: '{}' });
  await Promise.race([world.place({ intent_id: 'i1', quantity: '20' }).catch(() => null), world.pass(5000)]);
  assert.match(world.fatal, /part \d+ of the snapshot was changed.*the next start reads the journal from its first entry/);
  assert.equal(world.foundBug, false);
  world.crash();
  assert.equal(await startAgain(world), 1);
});

test('a broken part ends the gateway once, however many who wait would have to look into it for their answer', async () => {
  const world = await traded();
  const { snapshots } = world;
  let forgotten = 0;
  world.snapshots = {
    ...snapshots,
    forget: (from) => {
      forgotten += 1;
      return snapshots.forget(from);
    },
  };
  const engine = await world.open();
  await world.until(engine.start());
  for (const id of world.shelf.parts.keys()) world.shelf.parts.set(id, { parts: [], text: '{}' });
  const asked = ['i1', 'i2', 'i3'].map((intent) => world.place({ intent_id: intent, quantity: '20' }));
  const outcomes = await Promise.race([Promise.all(asked), world.pass(5000).then(() => [])]);
  assert.equal(outcomes.length, 3, 'everybody is answered');
  assert.ok(outcomes.some(({ kind }) => kind === 'uncertain'));
  assert.ok(
    outcomes.every(({ kind }) => kind !== 'refused'),
    'that nothing was sent would be a lie',
  );
  assert.equal(forgotten, 1);
});

test('a part that the file has no answer for is as one that is broken', async () => {
  const world = await traded();
  const { snapshots } = world;
  let malformed = false;
  world.snapshots = {
    ...snapshots,
    part: (id) => {
      if (malformed) throw new Error('database disk image is malformed');
      return snapshots.part(id);
    },
  };
  await world.until((await world.open()).start());
  malformed = true;
  await Promise.race([world.place({ intent_id: 'i1', quantity: '20' }).catch(() => null), world.pass(5000)]);
  assert.match(world.fatal, /part \d+ .*database disk image is malformed.*the next start reads the journal from its first entry/);
  world.crash();
  world.snapshots = snapshots;
  assert.equal(await startAgain(world), 1);
});

test('an older part of the journal that cannot be read halts the account as one that is wrong does', async () => {
  const world = await traded();
  const { store } = world;
  const unreadable = {
    ...store,
    read: (from: number, limit: number) =>
      from === 1 && limit > 1 ? Promise.reject(new Error('database disk image is malformed')) : store.read(from, limit),
  };
  const engine = await world.open({ store: unreadable });
  await world.until(engine.start());
  await world.pass(5000);
  assert.equal(engine.state.mode, 'HALTED');
  assert.match(engine.state.modeCause, /database disk image is malformed.*run twokey log verify/);
  assert.deepEqual(world.shelf.kept, []);
});

test('where the list of snapshots itself cannot be read, the file is damaged and the start is refused', async () => {
  const world = await traded();
  world.snapshots = { ...world.snapshots, snapshots: () => Promise.reject(new Error('database disk image is malformed')) };
  assert.match(await refusedStart(world), /file of the journal is damaged \(database disk image is malformed\)/);
});

test('a snapshot that the entries after it contradict is not used: its program was wrong, and the journal is not', async () => {
  const world = await traded();
  exchanged(world, (snapshot) => {
    const text = snapshot.text.replace(/("instruments":\{"#map":)\[.*?\]\](?=\},"intents")/, '$1[]');
    assert.notEqual(text, snapshot.text);
    return signedAnew({ ...snapshot, text, checkpoint: { ...snapshot.checkpoint, state: digest(text) } });
  });
  assert.equal(await startAgain(world), 1);
  for (const message of alerts(world, 'NO_SNAPSHOT')) assert.match(message, /is not used: .*an order names a known instrument/);
});

test('a snapshot that was kept without an answer is taken back, and the next one is kept in its place', async () => {
  const world = await EngineWorld.running(policy);
  world.crash();
  world.checkpointEntries = EVERY;
  const { snapshots } = world;
  let unanswered = 0;
  world.snapshots = {
    ...snapshots,
    keep: async (snapshot, dropped) => {
      const said = await snapshots.keep(snapshot, dropped);
      unanswered += 1;
      return unanswered === 1 ? 'the disk did not answer' : said;
    },
  };
  await world.until((await world.open()).start());
  await orders(world, 12);
  assert.ok(unanswered > 1);
  assert.equal(alerts(world, 'NO_SNAPSHOT').length, 1);
  world.crash();
  assert.ok((await startAgain(world)) > 1);
});

test('what room there is on a full disk belongs to the halt and to cancels, and no snapshot takes of it', async () => {
  const world = await EngineWorld.running(policy);
  world.crash();
  world.checkpointEntries = 5;
  const { snapshots } = world;
  let writes = 0;
  world.snapshots = {
    ...snapshots,
    addParts: (added) => {
      writes += 1;
      return snapshots.addParts(added);
    },
    keep: (snapshot, dropped) => {
      writes += 1;
      return snapshots.keep(snapshot, dropped);
    },
  };
  const freeReserve = (): void => {
    world.disk.rowsMax += 100;
  };
  const engine = await world.open({ freeReserve });
  await world.until(engine.start());
  await orders(world, 2);
  world.disk.rowsMax = world.disk.rows.length;
  await world.pass(10_000);
  await world.until(world.place({ quantity: '20' }));
  await world.pass(5000);
  assert.equal(engine.state.mode, 'HALTED');
  const [before, entries] = [writes, world.disk.rows.length];
  assert.ok(before > 0);
  await world.pass(100_000);
  for (let count = 0; count < 3; count += 1) engine.post({ kind: 'noticed', code: `NEWS_${count}`, message: 'news' });
  for (let count = 0; count < 3; count += 1) engine.post({ kind: 'freeze_asked', verb: 'freeze', subject: `agent:a${count}`, reason: '' });
  await world.pass(10_000);
  assert.ok(world.disk.rows.length > entries + 5, 'enough for another one');
  assert.equal(writes, before);
});

test('a full disk or a dead vault costs the snapshot and nothing else', async () => {
  for (const trouble of ['disk', 'vault', 'keep'] as const) {
    const world = await EngineWorld.running(policy);
    world.crash();
    world.checkpointEntries = EVERY;
    const { snapshots } = world;
    if (trouble === 'keep') world.snapshots = { ...snapshots, keep: () => Promise.resolve('no room') };
    if (trouble === 'disk') world.snapshots = { ...snapshots, addParts: () => Promise.resolve('no room') };
    // oxlint-disable-next-line no-await-in-loop
    const engine = await world.open(trouble === 'vault' ? { checkpoints: deadSigner(world) } : {});
    // oxlint-disable-next-line no-await-in-loop
    await world.until(engine.start());
    // oxlint-disable-next-line no-await-in-loop
    await orders(world, 8);
    assert.match(alerts(world, 'NO_SNAPSHOT')[0] ?? '', trouble === 'vault' ? /the vault is dead/ : /no room/);
    assert.equal(world.shelf.kept.length, 0);
    assert.equal(engine.state.mode, 'ACTIVE');
    world.crash();
    world.snapshots = snapshots;
    // oxlint-disable-next-line no-await-in-loop
    assert.equal(await startAgain(world), 1);
    // oxlint-disable-next-line no-await-in-loop
    await orders(world, 8);
    assert.ok(world.shelf.kept.length > 0, 'once there is room, there are snapshots');
  }
});

function deadSigner(world: EngineWorld) {
  const sign = () => Promise.resolve({ kind: 'dead' } as const);
  return { store: world.snapshots, signer: { key: '', sign }, everyEntries: EVERY };
}

test('a gateway that dies while it writes a snapshot leaves the one before, and the next start goes on from that', async () => {
  for (let death = 1; death <= 12; death += 1) {
    // oxlint-disable-next-line no-await-in-loop
    const world = await traded();
    const { snapshots } = world;
    let calls = 0;
    const dying = <Args extends readonly unknown[], Told>(act: (...args: Args) => Promise<Told>) => {
      return (...args: Args): Promise<Told> => {
        calls += 1;
        // What a dead process asked for may have happened or not, and is never told.
        if (calls >= death)
          return calls === death && death % 2 === 0 ? act(...args).then(() => new Promise<Told>(() => {})) : new Promise(() => {});
        return act(...args);
      };
    };
    world.snapshots = { ...snapshots, addParts: dying(snapshots.addParts), keep: dying(snapshots.keep), sweep: dying(snapshots.sweep) };
    // oxlint-disable-next-line no-await-in-loop
    const engine = await world.open();
    // oxlint-disable-next-line no-await-in-loop
    await world.until(engine.start());
    // oxlint-disable-next-line no-await-in-loop
    await orders(world, 6);
    world.crash();
    world.snapshots = snapshots;
    // oxlint-disable-next-line no-await-in-loop
    assert.ok((await startAgain(world)) > 1, `death ${death}`);
    // oxlint-disable-next-line no-await-in-loop
    await orders(world, 8);
    assert.deepEqual(laidOpen(world.engine.state), laidOpen(foldOf(world.disk.rows)));
    assert.deepEqual(alerts(world, 'NO_SNAPSHOT'), []);
  }
});
