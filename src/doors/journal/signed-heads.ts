import { isSigned } from '../../core/journal/checkpoint.ts';
import { readEntry } from '../../core/journal/read-entry.ts';
import type { Row } from '../../core/journal/row.ts';
import { bodyValue } from './pages.ts';

const HASH_BYTES = 32;

/** What the checkpoints of a journal say, read with the rows: each has to name an earlier row by its hash and to be signed. */
export class SignedHeads {
  /** Hashes of all rows so far, 32 bytes each: a checkpoint may be of any of them, and a journal has millions. */
  #hashes = Buffer.alloc(HASH_BYTES * 1024);
  #rows = 0;
  /** How many there are by the key that signed them, the key of the last one last. */
  readonly keys = new Map<string, number>();
  /** The last entry that one names; 0 for none. */
  last = 0;

  get count(): number {
    return [...this.keys.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Takes the next verified row. Says what is wrong with it, or nothing. */
  take(row: Row): string {
    const wrong = row.kind === 'checkpoint' ? this.#check(row) : '';
    if (this.#hashes.length < (this.#rows + 1) * HASH_BYTES)
      this.#hashes = Buffer.concat([this.#hashes, Buffer.alloc(this.#hashes.length)]);
    this.#hashes.write(row.hash, this.#rows * HASH_BYTES, 'hex');
    this.#rows += 1;
    return wrong;
  }

  #check(row: Row): string {
    const read = readEntry(row.kind, bodyValue(row));
    if (!read.ok || read.value.kind !== 'checkpoint') return 'it is no checkpoint that can be read';
    const { entry: seq, entry_hash: hash, state_digest: state, key, signature } = read.value;
    if (!isSigned({ account: row.account, seq, hash, state, key, signature })) return 'its signature does not fit what it says';
    const named = this.#hashes.toString('hex', (seq - 1) * HASH_BYTES, seq * HASH_BYTES);
    if (seq > this.#rows || named !== hash)
      return `it names entry ${seq} by another hash than that entry has: the journal was written anew`;
    const before = this.keys.get(key) ?? 0;
    this.keys.delete(key);
    this.keys.set(key, before + 1);
    this.last = seq;
    return '';
  }
}
