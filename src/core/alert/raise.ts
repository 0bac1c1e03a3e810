import type { State } from '../account/state.ts';
import { afterwards, type Watched } from '../gateway/breakers.ts';
import type { Effect, Step } from '../gateway/events.ts';
import type { AlertBody, Entry } from '../journal/entry.ts';
import { identityOf, type Severity } from './alerting.ts';
import { digestDue } from './digest.ts';
import { escalated } from './escalation.ts';
import { accounted, notify, resumed } from './outbox.ts';
import { lasting, ofOrders } from './owners.ts';
import { owedTo, sinksOf } from './sinks.ts';

/** The same is not told again within this time, unless somebody has acknowledged it or it became worse. */
export const SAME_MILLISECONDS = 600_000;
/** Each of these tells a change of its own, whatever its words. */
const news: ReadonlySet<string> = new Set([
  'REDUCE_ONLY',
  'HALTED',
  'FROZEN',
  'ORPHAN',
  'NOT_FLAT',
  'FLATTEN_INTERRUPTED',
  'APPROVAL_ASKED',
  'NOTIFIER_DOWN',
  'LEVERAGE',
  'DIGEST',
  'TEST',
  'LOOSENING',
]);

/** A step with the alerts that it sets off besides: each told once, and owed to every sink of the file from the same append on. */
export function withAlerts(state: State, { event, step, context }: Watched): Step {
  const { now } = context.circumstances;
  const { alerts } = context.configuration;
  let { entries, effects } = step;
  if (event.kind === 'tick') {
    const late = escalated(afterwards(state, entries, now), context);
    entries = [...entries, ...late.entries];
    const after = afterwards(state, entries, now);
    entries = [...entries, ...lasting(after, context), ...digestDue(after, context), ...accounted(after, alerts)];
    effects = [...effects, ...late.effects];
  } else if (event.kind === 'started') {
    const owed = resumed(state, alerts);
    entries = [...entries, ...owed.entries];
    effects = [...effects, ...owed.effects];
  }
  entries = [...entries, ...ofOrders(state, entries, context)];
  if (!entries.some(isAlert)) return { entries, effects };
  const sinks = [...sinksOf(alerts).keys()];
  const told = addressed(state, entries, { sinks, now });
  // Where something is owed already, its end sends what follows.
  const woken: readonly Effect[] = told.some(isAlert) ? sinks.filter((sink) => owedTo(state.alerting, sink).length === 0).map(notify) : [];
  return { entries: told, effects: [...effects, ...woken] };
}

type Addressing = { readonly sinks: readonly string[]; readonly now: number };

function addressed(state: State, entries: readonly Entry[], { sinks, now }: Addressing): readonly Entry[] {
  const before: readonly Told[] = state.alerts
    .filter(({ at, acknowledged }) => acknowledged === null && at > now - SAME_MILLISECONDS)
    .map((alert) => ({ identity: identityOf(alert), severity: alert.severity }));
  const told = [...before];
  return entries.flatMap((entry): readonly Entry[] => {
    if (!isAlert(entry)) return [entry];
    const { severity, code, message, key = '' } = entry;
    const identity = identityOf({ key, code, message });
    const isKnown = told.some((each) => each.identity === identity && (each.severity === 'red' || severity !== 'red'));
    if (isKnown && !news.has(code)) return [];
    told.push({ identity, severity });
    return [sinks.length === 0 ? entry : { ...entry, sinks }];
  });
}

type Told = { readonly identity: string; readonly severity: Severity };

function isAlert(entry: Entry): entry is AlertBody {
  return entry.kind === 'alert';
}
