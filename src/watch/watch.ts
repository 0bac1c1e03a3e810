import type { Clock } from '../ports/clock.ts';
import type { Claim, Gateway } from './gateway.ts';
import { type Finding, judge, type Memory, type Observed, SEEN_TWICE_MILLISECONDS } from './judge.ts';
import { look, type Looking, type Sight } from './look.ts';
import { type Marks, marksAfter } from './losses.ts';
import { refusedRights } from './reading-key.ts';
import type { Settings } from './settings.ts';

export type Watching = {
  readonly environment: string;
  readonly settings: Settings;
  readonly looking: Looking;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly marks: Marks | null;
  readonly saveMarks: (marks: Marks) => void;
  readonly tell: (told: Told) => void;
  /** Fulfilled when the monitor is told to end. */
  readonly ended: Promise<void>;
};

/** What one look came to. `halt` is what became of stopping the gateway, where that was tried. */
export type Told = {
  readonly environment: string;
  readonly claim: Claim;
  readonly sight: Sight | null;
  readonly marks: Marks | null;
  readonly findings: readonly Finding[];
  readonly halt: Awaited<ReturnType<Gateway['halt']>> | null;
};

/** `refused`: this key or this account is not for a monitor, and the sentence says why. */
export type Ending = { readonly kind: 'ended'; readonly last: Told | null } | { readonly kind: 'refused'; readonly message: string };

/** Looks until it is told to end. */
export function watch(watching: Watching): Promise<Ending> {
  return lookAgainAndAgain(watching, () => false);
}

/** Looks as often as it takes to know: a second time at what could be a moment's work, and for the time of grace at what should pass. */
export function watchOnce(watching: Watching): Promise<Ending> {
  return lookAgainAndAgain(watching, ({ findings, sight }) => {
    const met = findings.map(({ severity }) => severity);
    return sight === null || met.includes('halt') || !met.includes('wait');
  });
}

async function lookAgainAndAgain(watching: Watching, isEnough: (told: Told) => boolean): Promise<Ending> {
  let memory: Memory = new Map();
  let { marks } = watching;
  let isEnding = false;
  void watching.ended.then(() => (isEnding = true));
  for (let last: Told | null = null; ;) {
    // One look follows the other.
    // oxlint-disable-next-line no-await-in-loop
    const [sight, claim] = await Promise.all([look(watching.looking, watching.clock.now), watching.gateway.claim()]);
    const refusal = sight.ok ? refused(watching, sight.value, claim) : '';
    if (refusal !== '') return { kind: 'refused', message: refusal };
    if (sight.ok) {
      const account = accountOf(watching, sight.value);
      marks = marksAfter(marks, { account, equityUsd: sight.value.watchedEquityUsd, now: sight.value.at });
      watching.saveMarks(marks);
    }
    const observed: Observed = { sight, claim, marks, now: watching.clock.monotonic() };
    const judged = judge(memory, observed, watching.settings);
    ({ memory } = judged);
    // oxlint-disable-next-line no-await-in-loop
    const halt = await halted(watching.gateway, claim, judged.findings);
    last = { environment: watching.environment, claim, sight: sight.ok ? sight.value : null, marks, findings: judged.findings, halt };
    watching.tell(last);
    if (isEnough(last)) return { kind: 'ended', last };
    const isSoon = judged.findings.some(({ severity }) => severity === 'wait');
    const { clock, ended } = watching;
    // oxlint-disable-next-line no-await-in-loop
    await Promise.race([ended, pause(clock, isSoon ? SEEN_TWICE_MILLISECONDS * 2 : watching.settings.everyMilliseconds)]);
    if (isEnding) return { kind: 'ended', last };
  }
}

export function accountOf({ environment }: { readonly environment: string }, { uid }: Sight): string {
  return `okx:${environment}:${uid}`;
}

function refused(watching: Watching, sight: Sight, claim: Claim): string {
  const rights = refusedRights(sight.permissions);
  if (rights !== '') return rights;
  const account = accountOf(watching, sight);
  const isOther = claim.kind === 'claimed' && claim.account !== account;
  return isOther ? `the monitor's key opens ${account}, and the gateway on this home trades on ${claim.account}` : '';
}

/** Stops a gateway that is not stopped yet. Where none runs, none may start before a person has looked. */
async function halted(gateway: Gateway, claim: Claim, findings: readonly Finding[]): Promise<Told['halt']> {
  const reasons = findings.filter(({ severity }) => severity === 'halt').map(({ message }) => message);
  if (reasons.length === 0 || (claim.kind === 'claimed' && claim.mode === 'HALTED')) return null;
  return gateway.halt(`the independent monitor: ${reasons.join('; ')}`.slice(0, REASON_CHARACTERS_MAX));
}

const REASON_CHARACTERS_MAX = 500;

function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => void clock.alarm(milliseconds, resolve));
}
