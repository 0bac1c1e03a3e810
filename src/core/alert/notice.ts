import type { State } from '../account/state.ts';
import type { Head } from '../journal/row.ts';
import type { Json } from '../lang/canonical.ts';
import { visible } from '../lang/visible.ts';
import type { Alert } from './alerting.ts';
import { alertIdOf } from './outbox.ts';

/** One alert as it leaves for a sink: the same bytes each time but for the head, under an id by which a second delivery is recognised. */
export type Notice = { readonly [key: string]: Json } & { readonly text: string };

/** What a dead-man monitor is told: that the gateway lives, and where its journal stands. */
export type Pulse = { readonly [key: string]: Json };

/** `at` is UTC milliseconds; the head hash travels outward with every alert, so that a journal that is cut back afterwards is found out. */
export function noticeOf({ account, environment, mode, journal }: State, alert: Alert, head: Head): Notice {
  const { seq, at, severity, code, message, limit, value, action, details } = alert;
  return {
    id: `${journal}-${seq}`,
    ack: alertIdOf(seq),
    at,
    account,
    environment,
    mode,
    severity,
    code,
    message,
    limit,
    value,
    action,
    details,
    log: { seq: head.seq, hash: head.hash },
    text: textOf(alert, environment),
  };
}

/** What a person reads. Only the gateway's own words stand in the first line; no line can be forged by a text inside another. */
function textOf({ severity, code, message, limit, value, action, details, seq }: Alert, environment: string): string {
  const lines = [
    `twokey ${environment} ${severity} ${code}: ${message}`,
    limit === '' ? '' : `limit: ${limit}; value: ${value}`,
    action === '' ? '' : `done: ${action}`,
    ...details,
    severity === 'red' ? `acknowledge: twokey ack ${alertIdOf(seq)}` : '',
  ];
  return lines
    .filter((line) => line !== '')
    .map((line) => visible(line))
    .join('\n');
}

export function pulseOf({ account, environment, mode, booting, alerting }: State, head: Head, at: number): Pulse {
  return {
    at,
    account,
    environment,
    mode: booting ? 'BOOT' : mode,
    unacknowledged: alerting.unanswered.length,
    log: { seq: head.seq, hash: head.hash },
  };
}
