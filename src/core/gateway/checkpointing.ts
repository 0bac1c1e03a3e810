import type { State } from '../account/state.ts';
import type { SignedCheckpoint } from '../journal/checkpoint.ts';
import type { Step } from './events.ts';
import { down } from './modes.ts';

/** A checkpoint was signed: it stands in the journal, too, where every copy and every export has it. */
export function checkpointed({ seq, hash, state, key, signature }: SignedCheckpoint): Step {
  return { entries: [{ kind: 'checkpoint', entry: seq, entry_hash: hash, state_digest: state, key, signature }], effects: [] };
}

/** A snapshot could not be used, or not be written. Nothing depends on it: a start takes longer, and somebody should know why. */
export function withoutSnapshot(cause: string): Step {
  return { entries: [{ kind: 'alert', severity: 'amber', code: 'NO_SNAPSHOT', message: cause }], effects: [] };
}

/** The journal's older part, or the file itself, is not what it was. What was decided since the start rests on it (DESIGN §4.5). */
export function journalDamaged(state: State, cause: string): Step {
  const halted = down(state, { to: 'HALTED', by: 'twokey', cause });
  // In a halted account it is news all the same.
  return halted.entries.length > 0
    ? halted
    : { entries: [{ kind: 'alert', severity: 'red', code: 'JOURNAL_DAMAGED', message: cause }], effects: [] };
}
