import type { State } from '../account/state.ts';
import { approvalIdOf } from '../account/approvals.ts';
import { type Effect, type Event, nothing, type Step } from '../gateway/events.ts';
import type { AlertBody, Entry } from '../journal/entry.ts';
import type { Alerts } from '../policy/alerts-section.ts';
import type { Alerting } from './alerting.ts';
import { isUnreachable, owedTo, PULSE, sinksOf } from './sinks.ts';

/** After so many failures in a row a sink counts as down. */
export const FAILURES_MAX = 3;
const AGAIN_FIRST_MILLISECONDS = 1000;
const AGAIN_LAST_MILLISECONDS = 30_000;

type Settings = { readonly alerts: Alerts };

/** What became of one delivery. It is tried until the sink has it: at least once, and after a crash in between once more under the same id. */
export function notified(state: State, event: Extract<Event, { kind: 'notified' }>, { alerts }: Settings): Step {
  const { alerting } = state;
  const { sink, alert, failure } = event;
  const owed = owedTo(alerting, sink);
  const left = owed.filter((outgoing) => outgoing.alert.seq !== alert);
  const attempts = event.attempt + 1;
  if (failure === null) {
    // One that newer ones pushed out of a full outbox meanwhile is owed no more; what is left is, and nothing else would send it.
    const delivered: readonly Entry[] =
      left.length === owed.length ? [] : [{ kind: 'delivered', alert, sink, outcome: 'delivered', attempts }];
    const effects: readonly Effect[] = left.length > 0 ? [notify(sink)] : [];
    return { entries: [...delivered, ...worksAgain(alerting, sink, alerts)], effects };
  }
  if (owed.length === 0) return nothing;
  // One that was taken away still gets what it was owed by then, and is not waited for.
  if (attempts >= FAILURES_MAX && !sinksOf(alerts).has(sink)) return { entries: owed.map((each) => givenUp(each, sink)), effects: [] };
  const entries = attempts === FAILURES_MAX ? stopped(alerting, { sink, cause: failure }, alerts) : [];
  return { entries, effects: [{ ...notify(sink), attempt: attempts, afterMilliseconds: againAfter(attempts) }] };
}

/** A pulse left, or did not. Entries do not hang on it: whoever waits for it notices that it does not come. */
export function pulsed(state: State, { attempt, failure }: Extract<Event, { kind: 'pulsed' }>, { alerts }: Settings): Step {
  const { alerting } = state;
  if (failure === null) return { entries: worksAgain(alerting, PULSE, alerts), effects: [] };
  return { entries: attempt + 1 === FAILURES_MAX ? stopped(alerting, { sink: PULSE, cause: failure }, alerts) : [], effects: [] };
}

/** 1, 2, 4 … 30 seconds. */
function againAfter(attempts: number): number {
  return Math.min(AGAIN_FIRST_MILLISECONDS * 2 ** Math.min(attempts - 1, 10), AGAIN_LAST_MILLISECONDS);
}

/** What a sink is owed leaves now, one after the other. */
export function notify(sink: string): Extract<Effect, { kind: 'notify' }> {
  return { kind: 'notify', sink, attempt: 0, afterMilliseconds: 0 };
}

function worksAgain({ down }: Alerting, sink: string, alerts: Alerts): readonly Entry[] {
  if (!down.has(sink)) return [];
  const left = [...down.keys()].filter((name) => name !== sink);
  return [{ kind: 'notifier', sink, state: 'up', cause: '', closes: isUnreachable(left, alerts) }];
}

function stopped({ down }: Alerting, { sink, cause }: { readonly sink: string; readonly cause: string }, alerts: Alerts): readonly Entry[] {
  if (down.has(sink)) return [];
  const closes = isUnreachable([...down.keys(), sink], alerts);
  const told: AlertBody = {
    kind: 'alert',
    severity: closes ? 'red' : 'amber',
    code: 'NOTIFIER_DOWN',
    message: `${sink} failed ${FAILURES_MAX} times: ${cause}`,
    action: closes ? 'entries are closed until somebody can be told again' : 'it is tried again',
  };
  return [{ kind: 'notifier', sink, state: 'down', cause, closes }, told];
}

/** At a start: what is owed leaves, and sinks that are not in force any more are owed nothing. */
export function resumed(state: State, alerts: Alerts): Step {
  const { alerting } = state;
  const known = sinksOf(alerts);
  const gone = alerting.outbox.flatMap((outgoing) =>
    outgoing.sinks.filter((sink) => !known.has(sink)).map((sink) => givenUp(outgoing, sink)),
  );
  const effects = [...known.keys()].filter((sink) => owedTo(alerting, sink).length > 0).map(notify);
  return { entries: [...gone, ...accounted(state, alerts)], effects };
}

function givenUp({ alert }: Alerting['outbox'][number], sink: string): Entry {
  return { kind: 'delivered', alert: alert.seq, sink, outcome: 'given_up', attempts: 0 };
}

/** Ways that are not in force any more do not count as down, and whether entries are closed hangs on those that are; nothing where that is so already. */
export function accounted({ alerting: { down }, unreachable }: State, alerts: Alerts): readonly Entry[] {
  if (down.size === 0) return [];
  const known = sinksOf(alerts);
  const isKnown = (name: string): boolean => known.has(name) || (name === PULSE && alerts.pulseUrl !== '');
  const left = [...down.keys()].filter(isKnown);
  const closes = isUnreachable(left, alerts);
  const cause = 'it is not in twokey.toml any more';
  const forgotten = [...down.keys()]
    .filter((name) => !isKnown(name))
    .map((sink): Entry => ({ kind: 'notifier', sink, state: 'up', cause, closes }));
  const [first] = left;
  if (forgotten.length > 0 || (unreachable !== null) === closes || first === undefined) return forgotten;
  // Another way was added, or the last that worked was taken away: entries hang on what there is from now on.
  return [{ kind: 'notifier', sink: first, state: 'down', cause: down.get(first)?.cause ?? '', closes }];
}

/** A person has seen these alerts. Those that are not known, or that somebody has acknowledged already, are left as they are. */
export function acknowledging(state: State, { alerts, reason }: Extract<Event, { kind: 'acknowledge_asked' }>): Step {
  const open = new Set(unacknowledged(state).map(({ seq }) => seq));
  const entries = alerts.filter((seq) => open.has(seq)).map((alert): Entry => ({ kind: 'acknowledged', alert, by: 'operator', reason }));
  return { entries, effects: [] };
}

/** Every alert that a person may still acknowledge, the oldest first. */
export function unacknowledged({ alerts, alerting }: Pick<State, 'alerts' | 'alerting'>): State['alerts'] {
  const recent = alerts.filter(({ acknowledged }) => acknowledged === null);
  const older = alerting.unanswered.filter(({ seq }) => !recent.some((alert) => alert.seq === seq));
  return [...older, ...recent];
}

/** What a person types for an alert: a number and a letter that checks it, as with approvals. */
export function alertIdOf(seq: number): string {
  return approvalIdOf(seq);
}

/** A message to every sink, to see that it arrives. */
export function tested(): Step {
  const message = 'this is a test; acknowledge it to prove that somebody read it';
  return { entries: [{ kind: 'alert', severity: 'info', code: 'TEST', message }], effects: [] };
}
