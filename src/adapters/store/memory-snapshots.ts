import type { Part } from '../../core/snapshot/tree.ts';
import type { Snapshot, SnapshotStore } from '../../ports/snapshots.ts';

type Kept = { readonly snapshot: Snapshot; readonly dropped: readonly number[] };

/** What outlives the store that writes to it, as a disk outlives a process. `partsMax` is its size: past it, it is full. */
export type MemoryShelf = {
  kept: readonly Kept[];
  readonly parts: Map<number, Pick<Part, 'parts' | 'text'>>;
  partsMax: number;
  damage: string;
};

export function createMemoryShelf(): MemoryShelf {
  return { kept: [], parts: new Map(), partsMax: Number.POSITIVE_INFINITY, damage: '' };
}

/** Snapshots in memory, for simulated worlds and tests. */
export function openMemorySnapshots(shelf: MemoryShelf): SnapshotStore {
  return {
    snapshots: () => Promise.resolve(shelf.kept.map(({ snapshot }) => snapshot).toReversed()),
    part: (id) => shelf.parts.get(id) ?? null,
    addParts: (parts) => {
      if (shelf.parts.size + parts.length > shelf.partsMax) return Promise.resolve(`the disk is full at ${shelf.partsMax} parts`);
      // As with a primary key: an id is given once.
      const taken = parts.find(({ id }) => shelf.parts.has(id));
      if (taken !== undefined) return Promise.resolve(`there is a part ${taken.id} already`);
      for (const { id, parts: ids, text } of parts) shelf.parts.set(id, { parts: ids, text });
      return Promise.resolve('');
    },
    keep: (snapshot, dropped) => {
      shelf.kept = [...shelf.kept.slice(-1), { snapshot, dropped }];
      return Promise.resolve('');
    },
    sweep: () => {
      const [oldest, ...rest] = shelf.kept;
      for (const id of oldest?.dropped ?? []) shelf.parts.delete(id);
      if (oldest !== undefined) shelf.kept = [{ ...oldest, dropped: [] }, ...rest];
      const last = Math.max(0, ...shelf.kept.map(({ snapshot }) => snapshot.lastPart));
      for (const id of shelf.parts.keys()) if (id > last) shelf.parts.delete(id);
      return Promise.resolve(false);
    },
    forget: (from) => {
      shelf.kept = shelf.kept.filter(({ snapshot }) => snapshot.checkpoint.seq < from);
      return Promise.resolve();
    },
    damage: () => Promise.resolve(shelf.damage),
  };
}
