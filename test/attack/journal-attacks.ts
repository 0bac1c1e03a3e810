import type * as Chains from '../../src/core/journal/chain.ts';
import type { Row } from '../../src/core/journal/row.ts';
import type * as Digests from '../../src/core/lang/digest.ts';
import type * as Verifying from '../../src/doors/journal/verify.ts';
import type * as EngineWorlds from '../support/engine-world.ts';
import type { Attack, Target } from './attack.ts';
import { limits, succeeded } from './grounds.ts';
import { load } from './load.ts';

const writing = {
  adversary: 'whoever edits the journal',
  asset: 'the record',
  modes: 'one user',
  isInProcess: true,
} as const;
const chain = 'src/core/journal/chain.ts';
const MUCH = '5000';

type World = EngineWorlds.EngineWorld;

/** A gateway of one process whose journal can be touched while it is down. It has traded, and denied two wishes. */
async function storied(target: Target, checkpointEntries = 10_000): Promise<World> {
  const { EngineWorld } = await load<typeof EngineWorlds>(target, 'test/support/engine-world.ts');
  const world = new EngineWorld(limits());
  world.checkpointEntries = checkpointEntries;
  await world.open();
  await world.until(world.engine.start());
  await world.until(world.place({}));
  await world.pass(3000);
  for (const reason of ['the first', 'the second'])
    // oxlint-disable-next-line no-await-in-loop
    await world.until(world.place({ quantity: MUCH, reason }));
  await world.pass(1000);
  return world;
}

/** The gateway goes down, its journal is changed, and it starts. @returns why it does not start; empty where it does. */
async function startedOn(world: World, rows: readonly Row[]): Promise<string> {
  world.crash();
  world.disk.rows = rows;
  try {
    await world.open();
    await world.until(world.engine.start());
    await world.pass(3000);
    return '';
  } catch (error) {
    return error instanceof Error ? error.message : 'it does not start';
  }
}

function told(refused: string): string {
  return refused === '' ? 'the gateway starts on it' : `the gateway does not start: ${refused}`;
}

/** Writing history anew. */
export const journalAttacks: readonly Attack[] = [
  {
    ...writing,
    name: 'changes what an entry of the journal says',
    isQuick: true,
    control: 'every entry has the hash of its content',
    plant: { file: chain, from: 'if (rowHash(row) !== row.hash)', to: "if (row.hash === '')" },
    attempt: async (target) => {
      const world = await storied(target);
      const rows = world.disk.rows.map((row) =>
        row.body.includes('the first') ? { ...row, body: row.body.replace('the first', 'not mine') } : row,
      );
      const refused = await startedOn(world, rows);
      return succeeded(refused === '', told(refused));
    },
  },
  {
    ...writing,
    name: 'has two entries of the journal change places, each sealed anew',
    control: 'every entry has the hash of the one before it',
    plant: { file: chain, from: 'if (row.prev !== head.hash) {', to: "if (row.prev === '') {" },
    attempt: async (target) => {
      const { rowHash } = await load<typeof Chains>(target, chain);
      const world = await storied(target);
      const rows = [...world.disk.rows];
      const place = rows.findIndex(({ body }) => body.includes('the first'));
      const [first, second] = [rows[place], rows[place + 1]];
      if (first === undefined || second?.body.includes('the second') !== true) throw new Error('the two do not stand beside each other');
      for (const [at, row] of [
        [first, second],
        [second, first],
      ] as const) {
        const moved = { ...row, seq: at.seq, prev: at.prev };
        rows[at.seq - 1] = { ...moved, hash: rowHash(moved) };
      }
      const refused = await startedOn(world, rows);
      return succeeded(refused === '', told(refused));
    },
  },
  {
    ...writing,
    name: 'cuts the end off the journal of a gateway whose vault has signed a later entry',
    control: 'the vault signs heads, and a start looks for them',
    plant: {
      file: 'src/engine/recovery.ts',
      from: 'for (const snapshot of kept.value) {',
      to: 'for (const snapshot of kept.value.slice(9)) {',
    },
    attempt: async (target) => {
      const world = await storied(target, 10);
      const signed = world.shelf.kept.at(-1)?.snapshot.checkpoint.seq;
      if (signed === undefined) throw new Error('the vault has signed nothing');
      const refused = await startedOn(world, world.disk.rows.slice(0, signed - 2));
      return succeeded(refused === '', told(refused));
    },
  },
  {
    ...writing,
    name: 'cuts the end off the journal, and has it verified against the hash that was noted elsewhere',
    control: 'twokey log verify --expect looks for that hash',
    plant: { file: 'src/doors/journal/verify.ts', from: 'met ||= row.hash === expected;', to: "met ||= row.hash !== '';" },
    attempt: async (target) => {
      const { verifyJournal } = await load<typeof Verifying>(target, 'src/doors/journal/verify.ts');
      const { rows } = (await storied(target)).disk;
      async function* pages() {
        await Promise.resolve();
        yield { ok: true, value: rows.slice(0, -3) } as const;
      }
      const report = await verifyJournal(pages(), { file: 'journal.db', expected: rows.at(-1)?.hash ?? '', key: '' });
      const lines = report.text.trim().split('\n');
      return succeeded(report.ok, `it says: ${lines.find((line) => /[✓✗]/.test(line)) ?? ''}`);
    },
  },
  {
    ...writing,
    name: 'brings back an older copy of the home, in which an order was never sent',
    control: 'an order at the exchange under an id that the journal has not given is a second writer',
    plant: {
      file: 'src/core/reconcile/writers.ts',
      from: '  if (order === undefined) {\n    const beyond',
      to: "  if (order === undefined) return null;\n  if (clientOrderId === '') {\n    const beyond",
    },
    attempt: async (target) => {
      const world = await storied(target);
      const { rows } = world.disk;
      await world.until(world.place({ type: 'limit', price: '50000', quantity: '41' }));
      await world.pass(3000);
      await world.until(world.ask('cancel_orders', {}));
      await world.pass(3000);
      const refused = await startedOn(world, rows);
      const { mode, modeCause } = world.engine.state;
      return succeeded(refused === '' && mode === 'ACTIVE', `${told(refused)}, ${mode} ${modeCause}`);
    },
  },
  {
    ...writing,
    name: 'puts a snapshot of its own beside the journal, in which nothing was ever halted',
    asset: 'the limits and the mode',
    control: 'a snapshot counts only with a signature of the vault',
    plant: {
      file: 'src/core/journal/checkpoint.ts',
      from: "return misshapen(checkpoint) === '' && isSignatureOf(",
      to: "return misshapen(checkpoint) === '' || isSignatureOf(",
    },
    attempt: async (target) => {
      const { digest } = await load<typeof Digests>(target, 'src/core/lang/digest.ts');
      const world = await storied(target);
      await world.until(world.engine.operate({ verb: 'halt', reason: 'enough' }));
      world.crash();
      // A start with short intervals, so that there is a snapshot of what is halted.
      world.checkpointEntries = 4;
      await world.open();
      await world.until(world.engine.start());
      await world.pass(3000);
      const kept = world.shelf.kept.at(-1);
      if (kept === undefined) throw new Error('there is no snapshot');
      const { snapshot } = kept;
      const text = snapshot.text.replaceAll('"HALTED"', '"ACTIVE"');
      if (text === snapshot.text) throw new Error('the snapshot does not say that it is halted');
      const forged = { ...snapshot, text, checkpoint: { ...snapshot.checkpoint, state: digest(text) } };
      world.shelf.kept = [{ snapshot: forged, dropped: [] }];
      world.checkpointEntries = 10_000;
      const rows = world.disk.rows.slice(0, snapshot.checkpoint.seq);
      const refused = await startedOn(world, rows);
      const { mode } = world.engine.state;
      return succeeded(refused === '' && mode === 'ACTIVE', `${told(refused)}; it was HALTED and is ${mode}`);
    },
  },
];
