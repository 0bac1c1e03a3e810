import type { StageBody } from '../journal/entry.ts';
import { assert } from '../lang/assert.ts';
import type { SignedStage } from '../stage/artefact.ts';
import { firstStage, isLiveStage, opensEntries, parseStage, type Stage } from '../stage/ladder.ts';

/** Where the account stands on the ladder of the roll-out, and how it came there. */
export type Standing = {
  readonly stage: Stage;
  /** UTC milliseconds. */
  readonly since: number;
  /** Whether entries pass at this stage. */
  readonly opens: boolean;
  /** Before this nobody promotes it; UTC milliseconds, 0 where nothing is waited for. */
  readonly waitUntil: number;
  /** What the operator signed last in live; the stage may have fallen below what it names. */
  readonly signed: SignedStage | null;
  /** The stage that a change of what runs took away, and to which the operator may lead straight back; `null`: rung by rung. */
  readonly formerly: Stage | null;
  /** When drawdowns took a stage away, of the last 90 days. */
  readonly drawdowns: readonly number[];
  /** Orders sent to open something since the stage began, as far as anybody counts them. */
  readonly entries: number;
};

/** Two drawdowns within this time lead down to the first live stage (reference/risk.md §6.5). */
export const DRAWDOWNS_MILLISECONDS = 90 * 86_400_000;
/** Of the first orders of a stage each may want a person; more are not counted. */
export const ENTRIES_COUNTED = 10;

/** Before the first entry. */
export const noStanding: Standing = {
  stage: 'SIM',
  since: 0,
  opens: false,
  waitUntil: 0,
  signed: null,
  formerly: null,
  drawdowns: [],
  entries: 0,
};

/** A new account of an environment. */
export function standingIn(environment: string, at: number): Standing {
  const stage = firstStage(environment);
  return { ...noStanding, stage, since: at, opens: opensEntries(environment, stage) };
}

/** What a change of stage means; part of `apply`. */
export function stood(before: Standing, entry: StageBody, { environment, account, at }: Place): Standing {
  const stage = parseStage(entry.to);
  assert(stage !== undefined, 'a stage entry names a stage');
  const { signed: body } = entry;
  const isDrawdown = entry.ground === 'drawdown';
  const signed = body === undefined ? before.signed : signedOf(body, { account, stage });
  return {
    stage,
    since: at,
    // A live stage that nobody signed has no limits of its own, and opens nothing.
    opens: opensEntries(environment, stage) && (!isLiveStage(stage) || signed !== null),
    waitUntil: entry.wait_until,
    signed,
    formerly: entry.ground === 'change' ? before.stage : null,
    drawdowns: isDrawdown ? [...before.drawdowns.filter((each) => at - each < DRAWDOWNS_MILLISECONDS), at] : before.drawdowns,
    entries: 0,
  };
}

type Place = { readonly environment: string; readonly account: string; readonly at: number };

function signedOf(
  body: NonNullable<StageBody['signed']>,
  { account, stage }: { readonly account: string; readonly stage: Stage },
): SignedStage {
  const { equity_usd: equityUsd, version, position_mode: positionMode, issued_at: issuedAt, key, signature } = body;
  return { account, stage, equityUsd, version, positionMode, issuedAt, key, signature };
}

/** One more order that opens something. */
export function withEntry(standing: Standing): Standing {
  return standing.entries >= ENTRIES_COUNTED ? standing : { ...standing, entries: standing.entries + 1 };
}
