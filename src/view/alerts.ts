import type { Alert } from '../core/alert/alerting.ts';
import { alertIdOf, unacknowledged } from '../core/alert/outbox.ts';
import { sinksOf } from '../core/alert/sinks.ts';
import type { Seen } from './documents.ts';
import { type Document, headOf, isoTime } from './head.ts';

/** Every alert that is remembered, the newest last, what of it has not arrived, and the ways by which people are told. */
export function alertsView({ state, circumstances, configuration }: Seen): Document {
  const { alerting, unreachable } = state;
  const open = unacknowledged(state);
  const older = open.filter(({ seq }) => !state.alerts.some((alert) => alert.seq === seq));
  const owed = new Map(alerting.outbox.map(({ alert, sinks }) => [alert.seq, sinks]));
  const red = alerting.unanswered.length;
  const next = red === 0 ? [] : [`${red} red alerts wait for you: twokey ack ID, or twokey ack all, says that you have seen them`];
  return {
    ...headOf(state, circumstances.now),
    alerts: [...older, ...state.alerts].map((alert) => rowOf(alert, owed.get(alert.seq) ?? [])),
    red_not_acknowledged: red,
    sinks: [...sinksOf(configuration.alerts).keys()].map((name) => {
      const down = alerting.down.get(name);
      const waiting = alerting.outbox.filter(({ sinks }) => sinks.includes(name)).length;
      return {
        name,
        state: down === undefined ? 'up' : 'down',
        cause: down?.cause ?? '',
        since: down === undefined ? null : isoTime(down.since),
        waiting,
      };
    }),
    entries_closed: unreachable === null ? null : { since: isoTime(unreachable.since), cause: unreachable.cause },
    next,
  };
}

function rowOf(alert: Alert, owed: readonly string[]): Document {
  const { seq, at, severity, code, message, limit, value, action, details, acknowledged } = alert;
  return {
    id: alertIdOf(seq),
    log_seq: seq,
    at: isoTime(at),
    severity,
    code,
    message,
    limit,
    value,
    action,
    details,
    acknowledged: acknowledged === null ? null : { at: isoTime(acknowledged.at), by: acknowledged.by },
    not_delivered_to: owed,
  };
}
