import { DRAWDOWN } from '../account/course.ts';
import { DRAWDOWNS_MILLISECONDS } from '../account/standing.ts';
import type { State } from '../account/state.ts';
import type { Entry, StageBody } from '../journal/entry.ts';
import { isStageSigned, type SignedStage } from '../stage/artefact.ts';
import { isLiveStage, opensEntries, parseStage, type Stage, stageAbove, stageBelow } from '../stage/ladder.ts';
import { type Event, nothing, type Step } from './events.ts';
import { cancelling, notComparedLately, killedLately } from './modes.ts';

// The roll-out (reference/risk.md §6.5, docs/decisions/0037): a person leads up, one rung at a time and after what each asks for; anything leads down.

const DAY_MILLISECONDS = 86_400_000;
/** How long a stage that was lost is not given back, by what took it. A change of what runs was tried out before, and waits a day. */
const waits: { readonly [Each in StageBody['ground']]: number } = {
  promoted: 0,
  asked: 0,
  drawdown: 14 * DAY_MILLISECONDS,
  incident: 7 * DAY_MILLISECONDS,
  change: DAY_MILLISECONDS,
};

/** To which stage a promotion would lead: straight back to one that a change took away, else to the next; `null` at the top. */
export function stageNext({ environment, standing }: Pick<State, 'environment' | 'standing'>): Stage | null {
  return standing.formerly ?? stageAbove(environment, standing.stage);
}

/** Why the account is not promoted now, as far as its own books say, with the fix; `null` where they are no reason. */
export function mayNotPromote(state: State, now: number): string | null {
  const { environment, standing } = state;
  if (stageNext(state) === null)
    return environment === 'live'
      ? `${standing.stage} is the last stage`
      : `${standing.stage} is as far as ${environment} goes: the next stage is another account (docs/operate/stages.md)`;
  if (state.booting) return 'the first comparison with the exchange has not ended yet; see twokey status';
  if (state.mode === 'HALTED') return 'the account is HALTED; twokey resume comes first';
  if (killedLately(state, now)) return 'what the halt cancels may still wait at the exchange; see twokey status';
  const unknown = [...state.openOrders.values()].find(({ life }) => life.kind === 'unknown');
  if (unknown !== undefined) return `the outcome of order ${unknown.clientOrderId} is not known; see twokey orders`;
  const uncompared = notComparedLately(state, now);
  if (uncompared !== null) return uncompared;
  const left = standing.waitUntil - now;
  return left <= 0 ? null : `${standing.stage} is to be kept for another ${daysText(left)} after what took the stage above`;
}

/** The operator leads one rung up: everything that the rung asks for was proven before, and in live it is signed. */
export function promoted(state: State, { to, reason, signed }: Extract<Event, { kind: 'promote_asked' }>, now: number): Step {
  const stage = parseStage(to);
  if (stage === undefined || stage !== stageNext(state) || mayNotPromote(state, now) !== null) return nothing;
  if (isLiveStage(stage) && !isFor(state, stage, signed)) return nothing;
  const cause = reason === '' ? 'the operator promoted it' : reason;
  const body = signed === null ? {} : { signed: bodyOf(signed) };
  const entry: Entry = { kind: 'stage', from: state.standing.stage, to, by: 'operator', ground: 'promoted', cause, wait_until: 0, ...body };
  const message = `the operator promoted the account from ${state.standing.stage} to ${to}`;
  return { entries: [entry, { kind: 'alert', severity: 'info', code: 'STAGE', message, by: 'operator' }], effects: [] };
}

function isFor({ account }: State, stage: Stage, signed: SignedStage | null): boolean {
  return signed !== null && signed.account === account && signed.stage === stage && isStageSigned(signed);
}

function bodyOf({ equityUsd, version, positionMode, issuedAt, key, signature }: SignedStage): NonNullable<StageBody['signed']> {
  return { equity_usd: equityUsd, version, position_mode: positionMode, issued_at: issuedAt, key, signature };
}

/** The operator leads one rung down; at the foot nothing happens. */
export function demoted(state: State, { reason }: Extract<Event, { kind: 'demote_asked' }>): Step {
  const to = stageBelow(state.environment, state.standing.stage);
  if (to === null) return nothing;
  return fallen(state, { to, by: 'operator', ground: 'asked', cause: reason === '' ? 'the operator wanted less' : reason, now: 0 });
}

/** What was signed for is not what runs: another version, another way to count positions, or a signature that the vault does not know. */
export function changedUnder(state: State, cause: string, now: number): Step {
  if (!isLiveStage(state.standing.stage)) return nothing;
  return fallen(state, { to: 'SHADOW', by: 'twokey', ground: 'change', cause, now });
}

/** What a start finds changed since the stage was signed, in words; `null` where nothing was. */
export function changeSince(
  { standing: { stage, signed } }: State,
  { version, positionMode = 'net' }: Extract<Event, { kind: 'started' }>,
): string | null {
  if (!isLiveStage(stage)) return null;
  if (signed === null) return 'nothing that the operator signed stands behind it';
  if (signed.version !== version) return `version ${version} runs, and the stage was signed for ${signed.version}`;
  if (signed.positionMode !== positionMode)
    return `the account counts positions as ${positionMode}, and the stage was signed for ${signed.positionMode}`;
  return null;
}

/** A step with what it costs the account in stages: a drawdown one rung, and at the first live stage every halt that twokey had to make. */
export function withStages(state: State, step: Step, now: number): Step {
  const { standing, environment } = state;
  const ground = groundIn(state, step.entries);
  if (ground === null) return step;
  const again = standing.drawdowns.some((at) => now - at < DRAWDOWNS_MILLISECONDS);
  const isGrown = isLiveStage(standing.stage) && standing.stage !== 'LIVE-0';
  // Two in 90 days lead to the first live stage. One while nothing but exits passes takes no stage, but the way back to one.
  const to = isGrown && again ? 'LIVE-0' : (stageBelow(environment, standing.stage) ?? (environment === 'live' ? standing.stage : null));
  if (to === null) return step;
  const causes = {
    drawdown: `the drawdown reached its limit${again ? ' for the second time in 90 days' : ''}`,
    incident: 'twokey had to halt the account',
  };
  const fall = fallen(state, { to, by: 'twokey', ground, cause: causes[ground], now });
  return { entries: [...step.entries, ...fall.entries], effects: [...step.effects, ...fall.effects] };
}

function groundIn({ standing, earnings }: State, entries: readonly Entry[]): 'drawdown' | 'incident' | null {
  const isFresh = entries.some(
    (entry) => entry.kind === 'marked' && entry.halting.includes(DRAWDOWN) && !earnings.course.halting.includes(DRAWDOWN),
  );
  if (isFresh) return 'drawdown';
  const isHalted = entries.some((entry) => entry.kind === 'mode' && entry.to === 'HALTED' && entry.by === 'twokey');
  return isHalted && standing.stage === 'LIVE-0' ? 'incident' : null;
}

type Fall = {
  readonly to: Stage;
  readonly by: 'operator' | 'twokey';
  readonly ground: Exclude<StageBody['ground'], 'promoted'>;
  readonly cause: string;
  readonly now: number;
};

function fallen(state: State, { to, by, ground, cause, now }: Fall): Step {
  const { stage: from, waitUntil } = state.standing;
  const wait = waits[ground];
  const entry: Entry = { kind: 'stage', from, to, by, ground, cause, wait_until: Math.max(waitUntil, wait === 0 ? 0 : now + wait) };
  const closes = !opensEntries(state.environment, to);
  const action = closes ? 'entries are closed; what reduces passes' : `the limits of ${to} hold`;
  const message = from === to ? `the account stays at ${to}: ${cause}` : `the account falls from ${from} to ${to}: ${cause}`;
  const alert: Entry =
    by === 'operator'
      ? { kind: 'alert', severity: 'info', code: 'STAGE', message, action, by }
      : { kind: 'alert', severity: 'red', code: 'STAGE', message, action };
  const entrants = closes ? [...state.openOrders.values()].filter(({ purpose, cancel }) => purpose === 'entry' && cancel === 'none') : [];
  const cancels = cancelling(entrants, { principal: 'twokey', intentId: '', reason: message });
  return { entries: [entry, alert, ...cancels.entries], effects: cancels.effects };
}

function daysText(milliseconds: number): string {
  const hours = Math.ceil(milliseconds / 3_600_000);
  return hours <= 48 ? `${hours} hours` : `${Math.ceil(hours / 24)} days`;
}
