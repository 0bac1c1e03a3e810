import { apply } from '../core/account/apply.ts';
import { emptyState, type State } from '../core/account/state.ts';
import { type Verified, verifyRows } from '../core/journal/chain.ts';
import { isSigned } from '../core/journal/checkpoint.ts';
import type { Head } from '../core/journal/row.ts';
import { AssertionFailure } from '../core/lang/assert.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { stateFromText } from '../core/snapshot/snapshot.ts';
import type { PartSource } from '../core/snapshot/tree.ts';
import type { CheckpointSigner, Snapshot, SnapshotStore } from '../ports/snapshots.ts';
import type { JournalStore } from '../ports/store.ts';
import { replay, replayFrom } from './replay.ts';

/** Where snapshots are kept, and who signs them. */
export type CheckpointWiring = {
  readonly store: SnapshotStore;
  readonly signer: CheckpointSigner;
  /** After how many entries there is another one. */
  readonly everyEntries: number;
};

export type Around = {
  readonly account: string;
  readonly version: string;
  readonly store: JournalStore;
  readonly checkpoints: CheckpointWiring | null;
};

/** What a start found. */
export type Recovered = {
  readonly state: State;
  readonly head: Head;
  /** The snapshot that it began with, and the state in it; `null` when every entry was read. */
  readonly from: { readonly snapshot: Snapshot; readonly state: State } | null;
  /** Why snapshots that were there are not used. */
  readonly remarks: readonly string[];
  readonly parts: Parts;
};

/** Thrown where a part of a snapshot is not what it was: nothing may go on that has looked for something in it. */
class BrokenPart extends Error {}

/** The parts of snapshots, read when a decision looks into them. Whoever runs by then is told of one that is broken, and ends. */
export class Parts implements PartSource {
  readonly #store: Pick<SnapshotStore, 'part'> | null;
  onBroken: (cause: string) => void = () => {};

  constructor(store: Pick<SnapshotStore, 'part'> | null) {
    this.#store = store;
  }

  read(id: number): ReturnType<SnapshotStore['part']> {
    try {
      return this.#store?.part(id) ?? null;
    } catch (error) {
      return this.broken(`part ${id} of the snapshot cannot be read: ${causeOf(error)}`);
    }
  }

  readonly broken = (cause: string): never => {
    this.onBroken(cause);
    throw new BrokenPart(cause);
  };
}

/**
 * From what is on disk to the state. A snapshot is only a shorter way: whatever speaks against it makes the start read the journal from its first
 * entry instead, and whatever speaks against the journal refuses the start.
 */
export async function recover(around: Around): Promise<Result<Recovered>> {
  const { account, store, checkpoints } = around;
  const parts = new Parts(checkpoints?.store ?? null);
  const remarks: string[] = [];
  const kept = await snapshotsOf(checkpoints);
  if (!kept.ok) return kept;
  for (const snapshot of kept.value) {
    if (checkpoints === null) break;
    // The newest that can be used.
    const found = await fromSnapshot(around, { snapshot, key: checkpoints.signer.key, parts });
    if (found.kind === 'wrong_journal') return err(found.cause);
    if (found.kind === 'state') return ok({ state: found.state, head: found.head, from: { snapshot, state: found.base }, remarks, parts });
    remarks.push(`the snapshot of entry ${snapshot.checkpoint.seq} is not used: ${found.cause}`);
    await checkpoints.store.forget(snapshot.checkpoint.seq);
  }
  // The file was not looked at when it was opened, since a snapshot was there.
  const damage = checkpoints === null || remarks.length === 0 ? '' : await checkpoints.store.damage();
  if (damage !== '') return err(`the file of the journal is damaged (${damage})`);
  let state = emptyState(account);
  const replayed = await replay(store, (fact) => {
    state = apply(state, fact);
  });
  if (!replayed.ok) return replayed;
  const { account: owner, head } = replayed.value;
  if (owner !== '' && owner !== account) return err(`the journal belongs to ${owner}, and the credentials to ${account}`);
  return ok({ state, head, from: null, remarks, parts });
}

/** What is there to begin with. Where the file has no answer to that it is not whole, and the journal lies in it too. */
async function snapshotsOf(checkpoints: CheckpointWiring | null): Promise<Result<readonly Snapshot[]>> {
  try {
    return ok((await checkpoints?.store.snapshots()) ?? []);
  } catch (error) {
    return err(`the file of the journal is damaged (${causeOf(error)})`);
  }
}

type Found =
  | { readonly kind: 'state'; readonly state: State; readonly base: State; readonly head: Head }
  | { readonly kind: 'unusable'; readonly cause: string }
  | { readonly kind: 'wrong_journal'; readonly cause: string };

type Asked = { readonly snapshot: Snapshot; readonly key: string; readonly parts: Parts };

async function fromSnapshot({ account, version, store }: Around, { snapshot, key, parts }: Asked): Promise<Found> {
  const { checkpoint } = snapshot;
  const { seq, hash } = checkpoint;
  if (checkpoint.account !== account) return { kind: 'unusable', cause: `it is of account ${checkpoint.account}` };
  if (checkpoint.key !== key) return { kind: 'unusable', cause: 'another key signed it, as after the keys of the exchange were changed' };
  if (!isSigned(checkpoint)) return { kind: 'unusable', cause: 'its signature does not fit' };
  // From here on it is certain that this journal once had this entry.
  const { seq: last } = await store.head();
  if (seq > last)
    return wrong(
      `it ends at entry ${last}, and its vault signed entry ${seq}: the end is missing, or it was restored from an older copy; restore the newest copy there is`,
    );
  const rows = await store.read(seq, 1);
  const row = verifyRows(rows, { head: { seq: seq - 1, hash: rows[0]?.prev ?? '' }, account });
  if (!row.ok || row.value.head.hash !== hash)
    return wrong(`its entry ${seq} is another one than its vault signed: it was rewritten, or replaced by another journal`);
  const read = stateFromText(
    { text: snapshot.text, digest: checkpoint.state, parts: snapshot.parts },
    { account, program: version, seq, source: parts },
  );
  if (!read.ok) return { kind: 'unusable', cause: read.error };
  return await followed(store, { base: read.value, head: { seq, hash }, account });
}

function wrong(cause: string): Found {
  return { kind: 'wrong_journal', cause: `the journal cannot be trusted: ${cause}` };
}

/** The entries after a snapshot, each verified and applied. */
async function followed(store: JournalStore, { base, ...verified }: Verified & { readonly base: State }): Promise<Found> {
  let state = base;
  try {
    const replayed = await replayFrom(store, verified, (fact) => {
      state = apply(state, fact);
    });
    return replayed.ok ? { kind: 'state', state, base, head: replayed.value.head } : { kind: 'wrong_journal', cause: replayed.error };
  } catch (error) {
    // A state that the verified entries do not fit is one that a wrong program wrote: what the whole journal comes to is asked instead.
    if (error instanceof BrokenPart || error instanceof AssertionFailure) return { kind: 'unusable', cause: error.message };
    throw error;
  }
}

export function causeOf(error: unknown): string {
  return error instanceof Error ? error.message : 'an unknown failure';
}
