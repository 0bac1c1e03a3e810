import type { Checkpoint, SignedCheckpoint } from '../core/journal/checkpoint.ts';
import type { StateText } from '../core/snapshot/snapshot.ts';
import type { Part } from '../core/snapshot/tree.ts';

/** A checkpoint with the state that it names. */
export type Snapshot = {
  readonly checkpoint: SignedCheckpoint;
  readonly text: StateText['text'];
  readonly parts: StateText['parts'];
  /** No part of it has a higher id. */
  readonly lastPart: number;
};

/**
 * Snapshots beside the journal. Nothing in it is believed that the signed digest does not cover, and nothing of it is needed: a start without one
 * reads the journal from its first entry. A write that fails leaves what was there.
 */
export type SnapshotStore = {
  /** The newest first, at most two. */
  readonly snapshots: () => Promise<readonly Snapshot[]>;
  /** At once, because a decision may look into a part; `null` where there is none. */
  readonly part: (id: number) => Pick<Part, 'parts' | 'text'> | null;
  /** An error says why nothing was written. */
  readonly addParts: (parts: readonly Part[]) => Promise<string>;
  /** Keeps this one and the one before, all of it or nothing. `dropped` are parts of the one before that this one does not name. */
  readonly keep: (snapshot: Snapshot, dropped: readonly number[]) => Promise<string>;
  /** Throws away some of the parts that no kept snapshot names, dropped ones and those added since the newest. True: there may be more. */
  readonly sweep: () => Promise<boolean>;
  /** Forgets every snapshot of this entry or a later one. Their parts stay until they are swept. */
  readonly forget: (from: number) => Promise<void>;
  /** What is wrong with the file itself, or an empty text. Takes a second or more for a long journal, and holds nothing up. */
  readonly damage: () => Promise<string>;
};

export type CheckpointSigned =
  | { readonly kind: 'signed'; readonly signature: string }
  | { readonly kind: 'refused'; readonly cause: string }
  /** The vault is gone. */
  | { readonly kind: 'dead' };

/** Signs checkpoints. `key` is the public half of the key that it signs with. */
export type CheckpointSigner = { readonly key: string; readonly sign: (checkpoint: Checkpoint) => Promise<CheckpointSigned> };
