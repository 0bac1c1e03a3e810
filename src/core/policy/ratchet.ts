import { err, ok, type Result } from '../lang/result.ts';
import type { Configuration } from './configuration.ts';
import { limitsText, strictest } from './strictest.ts';

/** Which limits hold: those of all these files together, each by the digest of its text; and the file that is to hold alone from a moment on. */
export type Ratchet = { readonly inForce: readonly string[]; readonly pending: PendingLimits | null };
export type PendingLimits = {
  readonly digest: string;
  /** UTC milliseconds. */
  readonly due: number;
};

export type LimitsFile = { readonly digest: string; readonly configuration: Configuration };

/** What holds now, what is to be remembered of it, and what was found. */
export type Settled = {
  readonly configuration: Configuration;
  readonly ratchet: Ratchet;
  readonly finding:
    | 'first'
    | 'same'
    /** Taken as it is, because nobody asks for more: no proof, no wait. */
    | 'taken'
    | 'tightened'
    /** It allows more than what holds, and holds only where it tightens. */
    | 'loosened'
    /** The same, and that is waited for. */
    | 'waiting'
    /** The wait is over. */
    | 'due';
};

/** Whether more than a changed file is needed to loosen. What holds decides that, never the file that would loosen. */
export function isBinding(held: Configuration): boolean {
  return held.exchange.environment === 'live' || held.operator.requireProof || waitOf(held) > 0;
}

/** How long a loosening of these limits waits: the longest of all who have one. */
export function waitOf({ policy, agents }: Configuration): number {
  return Math.max(policy.looseningWaitMilliseconds, ...[...agents.values()].map((agent) => agent.policy.looseningWaitMilliseconds));
}

type Known = (digest: string) => Configuration | undefined;
type Start = { readonly ratchet: Ratchet | null; readonly known: Known; readonly file: LimitsFile };

/**
 * What holds from a start on, whatever the file says by then. Refused, with the digest of what is missing, where it cannot be known any more what held before. A wait does not end here: the
 * exchange's time is not known yet.
 */
export function settledAtStart({ ratchet, known, file }: Start): Result<Settled> {
  const alone: Ratchet = { inForce: [file.digest], pending: null };
  if (ratchet === null) return ok({ configuration: file.configuration, ratchet: alone, finding: 'first' });
  const { inForce } = ratchet;
  const held = heldBy(inForce, known);
  if (!held.ok) return held;
  if (!isBinding(held.value)) {
    const isSame = limitsText(held.value) === limitsText(file.configuration);
    return ok({ configuration: file.configuration, ratchet: isSame ? ratchet : alone, finding: isSame ? 'same' : 'taken' });
  }
  const met = meeting(held.value, file.configuration);
  const added = met.loosens ? [...inForce, file.digest] : alone.inForce;
  // What tightens now is not to be undone by what was waited for before.
  const next: Ratchet = met.tightens ? { inForce: added, pending: null } : ratchet;
  if (met.loosens)
    return ok({ configuration: met.configuration, ratchet: next, finding: file.digest === next.pending?.digest ? 'waiting' : 'loosened' });
  return ok({ configuration: met.configuration, ratchet: next, finding: met.tightens ? 'tightened' : 'same' });
}

/** The limits of these files together. */
export function heldBy(inForce: readonly string[], known: Known): Result<Configuration> {
  let held: Configuration | undefined;
  for (const digest of inForce) {
    const one = known(digest);
    if (one === undefined) return err(digest);
    held = held === undefined ? one : strictest(held, one);
  }
  return held === undefined ? err('') : ok(held);
}

/** What a file would do to limits that hold. */
export function meeting(
  held: Configuration,
  file: Configuration,
): { readonly configuration: Configuration; readonly tightens: boolean; readonly loosens: boolean } {
  const configuration = strictest(held, file);
  const text = limitsText(configuration);
  return { configuration, tightens: text !== limitsText(held), loosens: text !== limitsText(file) };
}

type Application = { readonly held: Configuration; readonly ratchet: Ratchet; readonly file: LimitsFile; readonly now: number };

/**
 * The operator applies a file: what tightens holds at once; what loosens after `loosening_wait` of the limits that hold now, at once where that is zero. A loosening that waited
 * before is given up for it.
 */
export function applied({ held, ratchet, file, now }: Application): Settled & { readonly loosens: boolean } {
  const met = meeting(held, file.configuration);
  const wait = waitOf(held);
  if (!met.loosens || wait === 0) {
    const finding = met.loosens ? 'due' : met.tightens ? 'tightened' : 'same';
    return { configuration: file.configuration, ratchet: { inForce: [file.digest], pending: null }, finding, loosens: met.loosens };
  }
  const inForce = met.tightens ? [...ratchet.inForce, file.digest] : ratchet.inForce;
  const pending = { digest: file.digest, due: now + wait };
  return { configuration: met.configuration, ratchet: { inForce, pending }, finding: 'waiting', loosens: true };
}
