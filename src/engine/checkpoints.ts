import type { State } from '../core/account/state.ts';
import type { Event } from '../core/gateway/events.ts';
import { nothingVerified, verifyRows } from '../core/journal/chain.ts';
import type { Head } from '../core/journal/row.ts';
import { stateToParts } from '../core/snapshot/snapshot.ts';
import type { Part, Place, Writing } from '../core/snapshot/tree.ts';
import type { Clock } from '../ports/clock.ts';
import type { JournalStore } from '../ports/store.ts';
import { causeOf, type CheckpointWiring, type Recovered } from './recovery.ts';

/** However little happens, there is one each hour in which anything did. */
const PERIOD_MILLISECONDS = 3_600_000;
/** What is done at once before orders have their turn: so long, and no more parts than these. */
const SLICE_MILLISECONDS = 2;
const SLICE_PARTS = 16;
/** Between two slices. */
const PAUSE_MILLISECONDS = 2;
/** Entries of the older chain that are verified at once. */
const SLICE_ROWS = 32;

type Surroundings = {
  readonly wiring: CheckpointWiring;
  readonly store: JournalStore;
  readonly clock: Clock;
  readonly account: string;
  /** The version of twokey that reads again what it writes. */
  readonly program: string;
  readonly post: (event: Event) => void;
  /** Whether there is room on the disk for what is not needed. */
  readonly hasRoom: () => boolean;
};

/**
 * Has checkpoints signed and keeps the states that they name, in slices, while the gateway works: the state of a moment is a value that no later
 * entry changes. After a start from one it verifies what that start did not read.
 */
export class Checkpoints {
  readonly #around: Surroundings;
  readonly #known = new WeakMap<object, Place>();
  readonly #from: Recovered['from'];
  #before: State | undefined;
  #lastPart: number;
  #last: { readonly seq: number; readonly at: number };
  #busy = false;
  #closed = false;

  constructor(around: Surroundings, from: Recovered['from']) {
    this.#around = around;
    this.#from = from;
    this.#before = from?.state;
    this.#lastPart = from?.snapshot.lastPart ?? 0;
    this.#last = { seq: from?.snapshot.checkpoint.seq ?? 0, at: around.clock.monotonic() };
  }

  close(): void {
    this.#closed = true;
  }

  /** Called with every state that was written and published. */
  consider(state: State, head: Head): void {
    const at = this.#around.clock.monotonic();
    const entries = head.seq - this.#last.seq;
    // The entry of the last checkpoint alone is nothing new.
    const due = entries >= this.#around.wiring.everyEntries || (entries > 1 && at - this.#last.at >= PERIOD_MILLISECONDS);
    if (!due || this.#busy || this.#closed || !this.#around.hasRoom()) return;
    this.#busy = true;
    this.#last = { seq: head.seq, at };
    void this.#take(state, head)
      .catch(causeOf)
      .then((problem) => {
        this.#busy = false;
        if (problem !== '') this.#tell({ kind: 'no_snapshot', cause: `no snapshot of entry ${head.seq} was kept: ${problem}` });
      });
  }

  /** Verifies the file, and the chain up to the snapshot that the start began with. Damage in the file may hide the last entries, so that it comes first. */
  async verifyOlder(): Promise<void> {
    if (this.#from === null) return;
    const { checkpoint } = this.#from.snapshot;
    const defect = (await this.#damage().catch(unread)) || (await this.#defectBefore(checkpoint).catch(unread));
    if (defect === '' || this.#closed) return;
    this.#closed = true;
    // The next start reads every entry, and is refused by the one that is wrong.
    await this.#around.wiring.store.forget(0);
    this.#around.post({
      kind: 'journal_defect',
      cause: `${defect}; stop twokey, run twokey log verify, and restore a copy that it accepts`,
    });
  }

  async #damage(): Promise<string> {
    const damage = await this.#around.wiring.store.damage();
    return damage === '' ? '' : `the file of the journal is damaged (${damage})`;
  }

  async #defectBefore(end: Head): Promise<string> {
    let verified = nothingVerified;
    while (verified.head.seq < end.seq && !this.#closed) {
      const next = verified.head.seq + 1;
      const rows = await this.#around.store.read(next, Math.min(SLICE_ROWS, end.seq - next + 1));
      const checked = verifyRows(rows, verified);
      if (!checked.ok) return `entry ${checked.error.seq} (${checked.error.kind}) of the journal is wrong: ${checked.error.what}`;
      if (rows.length === 0) return `entry ${next} of the journal is missing`;
      verified = checked.value;
      await this.#pause();
    }
    const whole = this.#closed || verified.head.hash === end.hash;
    return whole ? '' : `entry ${end.seq} of the journal does not follow from those before it`;
  }

  /** Why there is no snapshot; empty when there is. */
  async #take(state: State, { seq, hash }: Head): Promise<string> {
    const { account, program, wiring } = this.#around;
    const { store, signer } = wiring;
    await this.#sweep();
    const writing: Writing = {
      known: this.#known,
      fresh: new Map(),
      moved: { out: new Set(), in: new Set() },
      next: this.#lastPart + 1,
    };
    const parts = stateToParts(state, { program, before: this.#before, writing });
    for (;;) {
      const slice = this.#slice(parts);
      const problem = slice.parts.length === 0 ? '' : await store.addParts(slice.parts);
      if (problem !== '') return problem;
      // On a full disk people know already what is wrong with it.
      if (this.#closed || !this.#around.hasRoom()) return '';
      if (slice.end === null) {
        await this.#pause();
        continue;
      }
      const { text, digest, parts: ids, dropped } = slice.end;
      const checkpoint = { account, seq, hash, state: digest };
      const signed = await signer.sign(checkpoint);
      if (signed.kind !== 'signed') return signed.kind === 'dead' ? 'the vault is dead' : `the vault refused: ${signed.cause}`;
      const snapshot = {
        checkpoint: { ...checkpoint, key: signer.key, signature: signed.signature },
        text,
        parts: ids,
        lastPart: writing.next - 1,
      };
      const unkept = await store.keep(snapshot, dropped);
      if (unkept !== '') {
        // It may have been kept all the same. What is not known to be there must not be, or its parts would stand where the next ones go.
        await store.forget(seq);
        return unkept;
      }
      for (const [branch, place] of writing.fresh) this.#known.set(branch, place);
      this.#before = state;
      this.#lastPart = snapshot.lastPart;
      this.#tell({ kind: 'checkpointed', checkpoint: snapshot.checkpoint });
      await this.#sweep();
      return '';
    }
  }

  #slice<End>(parts: Generator<Part, End>): { readonly parts: readonly Part[]; readonly end: End | null } {
    const { clock } = this.#around;
    const until = clock.monotonic() + SLICE_MILLISECONDS;
    const slice: Part[] = [];
    while (slice.length < SLICE_PARTS && clock.monotonic() < until) {
      const next = parts.next();
      if (next.done === true) return { parts: slice, end: next.value };
      slice.push(next.value);
    }
    return { parts: slice, end: null };
  }

  async #sweep(): Promise<void> {
    while (!this.#closed && (await this.#around.wiring.store.sweep())) await this.#pause();
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#around.clock.alarm(PAUSE_MILLISECONDS, resolve);
    });
  }

  #tell(event: Event): void {
    if (!this.#closed) this.#around.post(event);
  }
}

function unread(error: unknown): string {
  return `the journal cannot be read (${causeOf(error)})`;
}
