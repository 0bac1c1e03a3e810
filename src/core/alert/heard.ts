import { type Mode, modes } from '../account/mode.ts';
import type { Position } from '../account/books.ts';
import type { AlertBody, Entry } from '../journal/entry.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { type PositionKey, positionKey } from '../order/leg.ts';
import { type Alert, type Alerting, dayOf, ENTRIES_MAX, lastingCodes, OUTBOX_MAX, type Unreachable } from './alerting.ts';
import { statedHolding } from './stated.ts';

/** What of a state alerts are kept in. */
export type Ears = { readonly alerts: readonly Alert[]; readonly alerting: Alerting; readonly unreachable: Unreachable | null };
type Before = Ears & { readonly positions: ReadonlyMap<PositionKey, Position> };
type Fact<Of extends Entry = Entry> = { readonly entry: Of; readonly seq: number; readonly at: number };
type Kind<Of extends Entry['kind']> = Fact<Extract<Entry, { kind: Of }>>;

const ALERTS_MAX = 100;
const HOLDING_MAX = 200;

/** What an entry means for alerts; part of `apply`. */
export function heard(before: Before, { entry, seq, at }: Fact): Ears {
  const { alerts, alerting, unreachable } = before;
  const unchanged: Ears = { alerts, alerting, unreachable };
  const as = (changes: Partial<Alerting>): Ears => ({ ...unchanged, alerting: { ...alerting, ...changes } });
  switch (entry.kind) {
    case 'alert':
      return raised(before, { entry, seq, at });
    case 'alert_ended': {
      const lasting = new Map(alerting.lasting);
      lasting.delete(entry.key);
      return as({ lasting });
    }
    case 'delivered':
      return as({
        outbox: alerting.outbox.flatMap((outgoing) => (outgoing.alert.seq === entry.alert ? without(outgoing, entry.sink) : [outgoing])),
      });
    case 'acknowledged':
      return acknowledged(before, { at, by: entry.by }, (alert) => alert.seq === entry.alert);
    case 'mode':
      // Whoever opens the account again has looked at what stopped it.
      return entry.by === 'operator' && modes.indexOf(entry.to as Mode) < modes.indexOf(entry.from as Mode)
        ? acknowledged(before, { at, by: entry.by }, ({ severity }) => severity === 'red')
        : unchanged;
    case 'notifier':
      return notifier(before, { entry, seq, at });
    case 'started':
      return alerting.digestDay === null ? as({ digestDay: dayOf(at) }) : unchanged;
    case 'decision': {
      const stated = statedHolding(entry.arguments);
      return stated === alerting.stated ? unchanged : as({ stated });
    }
    case 'submitting':
      return as(submitted(alerting, { entry, seq, at }));
    case 'fill':
      return filled(before, { entry, seq, at });
    default:
      return unchanged;
  }
}

function raised({ alerts, alerting, unreachable }: Before, { entry, seq, at }: Kind<'alert'>): Ears {
  const alert = alertOf(entry, { seq, at });
  const { sinks = [], key = '' } = entry;
  return {
    alerts: [...alerts, alert].slice(-ALERTS_MAX),
    unreachable,
    alerting: {
      ...alerting,
      outbox: sinks.length === 0 ? alerting.outbox : [...alerting.outbox, { alert, sinks }].slice(-OUTBOX_MAX),
      unanswered: isUnanswered(alert) ? [...alerting.unanswered, alert].slice(0, OUTBOX_MAX) : alerting.unanswered,
      lasting: lastingCodes.has(entry.code) ? new Map(alerting.lasting).set(key, at) : alerting.lasting,
      digestDay: entry.code === DIGEST ? dayOf(at) : alerting.digestDay,
    },
  };
}

/** The code of the daily digest. */
export const DIGEST = 'DIGEST';

function alertOf(entry: AlertBody, { seq, at }: { readonly seq: number; readonly at: number }): Alert {
  const { severity, code, message, limit = '', value = '', action = '', details = [], key = '', by } = entry;
  return { seq, at, severity, code, message, limit, value, action, details, key, acknowledged: by === undefined ? null : { at, by } };
}

function isUnanswered({ severity, acknowledged: answer }: Alert): boolean {
  return severity === 'red' && answer === null;
}

function without({ alert, sinks }: Alerting['outbox'][number], sink: string): Alerting['outbox'] {
  const left = sinks.filter((each) => each !== sink);
  return left.length === 0 ? [] : [{ alert, sinks: left }];
}

type Answer = NonNullable<Alert['acknowledged']>;

function acknowledged({ alerts, alerting, unreachable }: Before, answer: Answer, isMeant: (alert: Alert) => boolean): Ears {
  return {
    alerts: alerts.map((alert) => (alert.acknowledged === null && isMeant(alert) ? { ...alert, acknowledged: answer } : alert)),
    unreachable,
    alerting: { ...alerting, unanswered: alerting.unanswered.filter((alert) => !isMeant(alert)) },
  };
}

function notifier({ alerts, alerting, unreachable }: Before, { entry, at }: Kind<'notifier'>): Ears {
  const down = new Map(alerting.down);
  if (entry.state === 'up') down.delete(entry.sink);
  else down.set(entry.sink, { since: at, cause: entry.cause });
  const cause = `${entry.sink} takes no alert: ${entry.cause}`;
  return { alerts, alerting: { ...alerting, down }, unreachable: entry.closes ? (unreachable ?? { since: at, cause }) : null };
}

function submitted(alerting: Alerting, { entry, at }: Kind<'submitting'>): Partial<Alerting> {
  if (entry.purpose !== 'entry') return {};
  const entries = [...alerting.entries, at].slice(-ENTRIES_MAX);
  if (alerting.stated === null) return { entries };
  const stated = { position: positionKey(entry.instrument as InstrumentId, entry.leg ?? 'net'), milliseconds: alerting.stated };
  return { entries, holding: new Map([...alerting.holding, [entry.client_order_id, stated] as const].slice(-HOLDING_MAX)) };
}

/** What an agent said of an order counts from its fill on; what was said of a position that is gone counts no more. */
function filled({ alerts, alerting, unreachable, positions }: Before, { entry, at }: Kind<'fill'>): Ears {
  const due = new Map([...alerting.due].filter(([position]) => positions.has(position)));
  const stated = alerting.holding.get(entry.client_order_id);
  if (stated !== undefined)
    due.set(stated.position, Math.min(due.get(stated.position) ?? Number.POSITIVE_INFINITY, at + stated.milliseconds));
  return { alerts, unreachable, alerting: { ...alerting, due } };
}
