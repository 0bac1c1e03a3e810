import { waitLeft } from '../account/proofs.ts';
import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import type { Event, Step } from './events.ts';

/** A person mistypes once or twice; from here on it may be somebody else, and every further so many. */
const FAILURES_TOLD = 3;

/** One try to prove that it is the operator: written down before the vault is asked, and once it has answered. */
export function proofTried(state: State, { kind: _kind, ...told }: Extract<Event, { kind: 'proof_tried' }>): Step {
  const entry: Entry = { kind: 'proof', ...told };
  const { failures } = state.proofs;
  if (told.outcome !== 'refused' || failures === 0 || failures % FAILURES_TOLD !== 0) return { entries: [entry], effects: [] };
  const alert: Entry = {
    kind: 'alert',
    severity: 'red',
    code: 'OPERATOR_PROOF',
    message: `${failures} times in a row somebody could not prove to be the operator, the last time for: ${told.purpose}`,
    value: String(failures),
    action: 'refused each time; whoever tries has the token of the operator: if it was not you, halt, and see who can reach this home',
    key: 'OPERATOR_PROOF',
  };
  return { entries: [entry, alert], effects: [] };
}

/** Why nobody may try now, in words; `null` when one may. It is not a try, and is not written down: a flood of these leaves no trace in the journal. */
export function mayNotProve(state: State, now: number): string | null {
  const left = waitLeft(state.proofs, now);
  if (left === 0) return null;
  return `after ${state.proofs.failures} tries that failed the next one may come in ${Math.ceil(left / 1000)} s; halt, reduce-only, freeze and deny need no proof`;
}
