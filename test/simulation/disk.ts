import { createMemoryShelf, openMemorySnapshots } from '../../src/adapters/store/memory-snapshots.ts';
import { createMemoryDisk, openMemoryJournal } from '../../src/adapters/store/memory.ts';
import type { Row } from '../../src/core/journal/row.ts';
import type { Part } from '../../src/core/snapshot/tree.ts';
import type { Snapshot, SnapshotStore } from '../../src/ports/snapshots.ts';
import type { Appended, JournalStore } from '../../src/ports/store.ts';
import type { Chance } from './chance.ts';
import type { Schedule } from './schedule.ts';
import { diskFaults, snapshotFaults, type Storm } from './storm.ts';
import type { Tally } from './tally.ts';

/** Rows that fit into the room kept for a halt and for exits. */
const RESERVE_ROWS = 300;

/** Whoever asks for a thing; what it asked for reaches it only while it lives. */
export type Asker = { readonly alive: () => boolean };

/** The journal's disk. It outlives the processes that write to it, and it can do wrong in every way that the store port knows. */
export class Disk {
  readonly #memory = createMemoryDisk();
  readonly #journal = openMemoryJournal(this.#memory);
  readonly #shelf = createMemoryShelf();
  readonly #snapshots = openMemorySnapshots(this.#shelf);
  readonly #parts: Parts;
  /** Whether something of a snapshot was told as kept that is not. */
  #lied = false;
  /** How many entries stood there after each append: a commit is there as a whole, or it is not. */
  #commits: number[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** What is on disk, told or not. */
  get rows(): readonly Row[] {
    return this.#memory.rows;
  }

  get lied(): boolean {
    return this.#lied;
  }

  /** What a start would find of snapshots now, in a copy. */
  copiedSnapshots(): SnapshotStore {
    return openMemorySnapshots({ ...this.#shelf, parts: new Map(this.#shelf.parts) });
  }

  /** The operator replaces a disk that lies: the journal is whole, and snapshots are not needed. */
  replace(): void {
    this.#shelf.kept = [];
    this.#shelf.parts.clear();
    this.#lied = false;
  }

  /**
   * The disk had said that the last appends are written, and they never were. Snapshots lie in the same file, so that one which was kept after that
   * is gone too. What is before `least` stays. Returns the entries that are gone.
   */
  lose(appends: number, least: number): readonly Row[] {
    const { rows } = this.#memory;
    const kept = Math.max(this.#commits.at(-1 - appends) ?? 0, least);
    if (kept >= rows.length) return [];
    this.#memory.rows = rows.slice(0, kept);
    this.#commits = this.#commits.filter((length) => length <= kept);
    if (this.#shelf.kept.some(({ snapshot }) => snapshot.checkpoint.seq > kept)) {
      this.#shelf.kept = [];
      this.#shelf.parts.clear();
    }
    return rows.slice(kept);
  }

  /** The operator makes room. */
  free(): void {
    this.#memory.rowsMax = Number.POSITIVE_INFINITY;
  }

  freeReserve(): void {
    this.#memory.rowsMax += RESERVE_ROWS;
  }

  /** The store as one process sees it. `told` hears what was confirmed, in the tick in which the process does. */
  store(asker: Asker, told: (rows: readonly Row[]) => void): JournalStore {
    const { schedule, chance } = this.#parts;
    const later = <Value>(name: string, produce: () => Promise<Value>): Promise<Value> =>
      new Promise((resolve, reject) => {
        schedule.plan(chance.between(0, 3), name, () => {
          if (asker.alive()) produce().then(resolve, reject);
        });
      });
    return {
      head: () => later('disk read', () => this.#journal.head()),
      read: (from, limit) => later('disk read', () => this.#journal.read(from, limit)),
      append: (expected, rows) =>
        new Promise((resolve, reject) => {
          schedule.plan(chance.between(1, 6), 'append writes', () => {
            if (!asker.alive()) return;
            const answer = (appended: Appended): void => {
              schedule.plan(chance.between(0, 2), 'append told', () => {
                if (!asker.alive()) return;
                if (appended.kind === 'appended') told(rows);
                resolve(appended);
              });
            };
            this.#write(() => this.#appended(expected, rows)).then(answer, reject);
          });
        }),
    };
  }

  async #appended(...[expected, rows]: Parameters<JournalStore['append']>): Promise<Appended> {
    const appended = await this.#journal.append(expected, rows);
    if (appended.kind === 'appended') this.#commits.push(appended.head.seq);
    return appended;
  }

  /** Snapshots as one process sees them. */
  snapshots(asker: Asker): SnapshotStore {
    const { schedule, chance } = this.#parts;
    const later = <Value>(name: string, delay: number, produce: () => Promise<Value>): Promise<Value> =>
      new Promise((resolve, reject) => {
        schedule.plan(delay, name, () => {
          if (asker.alive()) produce().then(resolve, reject);
        });
      });
    const written = async (
      act: () => Promise<string>,
      spoil: (fault: 'snapshot torn' | 'snapshot lost') => Promise<string>,
    ): Promise<string> => {
      const said = await later('snapshot writes', chance.between(0, 3), () => this.#writeSnapshot(act, spoil));
      return later('snapshot told', chance.between(0, 2), () => Promise.resolve(said));
    };
    return {
      snapshots: () => later('disk read', chance.between(0, 3), () => this.#snapshots.snapshots()),
      part: (id) => this.#snapshots.part(id),
      addParts: (parts) =>
        written(
          () => this.#snapshots.addParts(parts),
          (fault) => this.#snapshots.addParts(fault === 'snapshot lost' ? parts.slice(1) : parts.map(torn)),
        ),
      keep: (snapshot, dropped) =>
        written(
          () => this.#snapshots.keep(snapshot, dropped),
          (fault) => (fault === 'snapshot lost' ? Promise.resolve('') : this.#snapshots.keep(tornSnapshot(snapshot), dropped)),
        ),
      sweep: () => later('snapshot writes', chance.between(0, 3), () => this.#snapshots.sweep()),
      forget: (from) => later('snapshot writes', chance.between(0, 3), () => this.#snapshots.forget(from)),
      damage: () => later('disk read', chance.between(0, 3), () => this.#snapshots.damage()),
    };
  }

  async #writeSnapshot(act: () => Promise<string>, spoil: (fault: 'snapshot torn' | 'snapshot lost') => Promise<string>): Promise<string> {
    const { chance, storm, tally } = this.#parts;
    const fault = snapshotFaults.find((name) => chance.happens(storm().snapshots[name]));
    if (fault === undefined) return act();
    tally.add(`fault: ${fault}`);
    switch (fault) {
      case 'snapshot write failed':
        return 'the disk said no';
      case 'snapshot written and not told':
        await act();
        return 'the disk did not answer';
      case 'snapshot torn':
      case 'snapshot lost':
        this.#lied = true;
        return spoil(fault);
    }
  }

  async #write(append: () => Promise<Appended>): Promise<Appended> {
    const { chance, storm, tally } = this.#parts;
    const fault = diskFaults.find((name) => chance.happens(storm().disk[name]));
    if (fault === undefined) return append();
    tally.add(`fault: ${fault}`);
    switch (fault) {
      case 'write failed':
        return { kind: 'not_written', cause: 'the disk said no' };
      case 'disk full':
        this.#memory.rowsMax = this.#memory.rows.length;
        this.#parts.schedule.plan(chance.between(2000, 20_000), 'world', () => this.free());
        return append();
      case 'uncertain and written':
        await append();
        return { kind: 'uncertain', cause: 'the disk did not answer' };
      case 'uncertain and not written':
        return { kind: 'uncertain', cause: 'the disk did not answer' };
    }
  }
}

function torn(part: Part): Part {
  return { ...part, text: part.text.slice(0, part.text.length >> 1) };
}

function tornSnapshot(snapshot: Snapshot): Snapshot {
  return { ...snapshot, text: snapshot.text.slice(0, snapshot.text.length >> 1) };
}

type Parts = { readonly schedule: Schedule; readonly chance: Chance; readonly storm: () => Storm; readonly tally: Tally };
