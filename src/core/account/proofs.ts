import type { Entry } from '../journal/entry.ts';

/** Tries to prove that it is the operator who asks. Every try counts as failed until the vault has said otherwise. */
export type Proofs = {
  /** In a row. */
  readonly failures: number;
  /** UTC milliseconds of the last try. */
  readonly triedAt: number;
  /** The 30-second step of the newest code that was accepted: no code of it or of an earlier one is taken again. */
  readonly usedStep: number;
};

export const noProofs: Proofs = { failures: 0, triedAt: 0, usedStep: 0 };

const WAIT_FIRST_MILLISECONDS = 1000;
const WAIT_LAST_MILLISECONDS = 900_000;

/** How long after so many failures in a row nobody may try again: 1, 2, 4 seconds … 15 minutes. */
export function waitAfter(failures: number): number {
  return failures === 0 ? 0 : Math.min(WAIT_FIRST_MILLISECONDS * 2 ** Math.min(failures - 1, 20), WAIT_LAST_MILLISECONDS);
}

/** What is left of that wait at `now`. A clock that was set back does not make it longer. */
export function waitLeft({ failures, triedAt }: Proofs, now: number): number {
  const whole = waitAfter(failures);
  return Math.min(Math.max(triedAt + whole - now, 0), whole);
}

/** What one try means; part of `apply`. */
export function withTry(proofs: Proofs, { outcome, step }: Extract<Entry, { kind: 'proof' }>, at: number): Proofs {
  if (outcome === 'begun') return { ...proofs, failures: proofs.failures + 1, triedAt: at };
  if (outcome === 'refused') return { ...proofs, triedAt: at };
  return { failures: 0, triedAt: at, usedStep: Math.max(proofs.usedStep, step) };
}
