import { unreachable } from '../lang/assert.ts';
import { err, ok } from '../lang/result.ts';
import { decimal } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import type { Environment } from './policy.ts';
import {
  choice,
  count,
  duration,
  type Field,
  flag,
  list,
  readTable,
  type Shape,
  tableOf,
  text,
  usdAboveZero,
  usdOrZero,
  type Values,
} from './fields.ts';

/** `[alerts]` of `twokey.toml`: when people are told, and by which ways. */
export type Alerts = {
  /** An order above this is told. */
  readonly normalOrderSize: Usd;
  readonly tradesPerWindow: { readonly count: number; readonly minutes: number };
  readonly maxHoldingMilliseconds: number;
  /** A balance below this is told. */
  readonly balanceFloor: Usd;
  /** What a red alert does that nobody acknowledges; `null`: nothing. */
  readonly escalation: { readonly reduceOnlyMilliseconds: number; readonly haltedMilliseconds: number } | null;
  /** The dead-man monitor; empty where there is none. */
  readonly pulseUrl: string;
  readonly sinks: readonly Sink[];
};

/** Where messages go. `secret` is a name in `[alerts.secrets]` of `credentials.toml`, never the secret itself. */
export type Sink =
  | { readonly kind: 'webhook' | 'slack' | 'discord'; readonly address: Address }
  | { readonly kind: 'telegram'; readonly chat: string; readonly secret: string }
  | { readonly kind: 'ntfy'; readonly url: string; readonly secret: string | null }
  | {
      readonly kind: 'email';
      readonly server: string;
      readonly from: string;
      readonly to: string;
      readonly user: string | null;
      readonly secret: string | null;
    }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'log' };

/** The address of some sinks is itself a secret. */
export type Address = { readonly kind: 'url'; readonly url: string } | { readonly kind: 'secret'; readonly secret: string };

const address = /^(https:\/\/[^\s/?#@]+([/?#]\S*)?|http:\/\/(127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?([/?]\S*)?)$/;
const url = text({ expected: 'expected an address that starts with https:// (http:// for 127.0.0.1 only)', fits: address });

/** Whether a message may be sent there: HTTPS, or plain HTTP to this machine. */
export function isAddress(given: string): boolean {
  return address.test(given);
}

const pulseUrl: Field<string> = (value, key) => (value.kind === 'text' && value.value === '' ? ok('') : url(value, key));
const secretName = text({ expected: 'expected the name of a key under [alerts.secrets] of credentials.toml', fits: /^[a-z0-9_-]{1,32}$/ });
const anyText = text({ expected: 'expected a text in quotes', fits: /\S/ });
const words = list('expected a list of texts, the program first, such as ["/usr/bin/notify-send", "twokey"]', anyText);
const command: Field<readonly string[]> = (value, key) => {
  const read = words(value, key);
  // No shell and no search path: which program runs is said here and nowhere else.
  if (!read.ok || read.value[0]?.startsWith('/') === true) return read;
  return err({ line: value.line, key, message: 'expected the whole path of the program, such as ["/usr/bin/notify-send", "twokey"]' });
};
const kind = choice(['webhook', 'slack', 'discord', 'telegram', 'ntfy', 'email', 'command', 'log']);

const anySink = { kind };
const addressed = { kind, url, secret: secretName };
const sinkShapes = {
  webhook: addressed,
  slack: addressed,
  discord: addressed,
  telegram: { kind, chat: anyText, secret: secretName },
  ntfy: { kind, url, secret: secretName },
  email: { kind, server: anyText, from: anyText, to: anyText, user: anyText, secret: secretName },
  command: { kind, command },
  log: anySink,
};

const sink: Field<Sink> = (value, key) => {
  if (value.kind !== 'table') return err({ line: value.line, key, message: 'expected [[alerts.sinks]] with kind = "…"' });
  const entry = value.entries.get('kind');
  if (entry === undefined) return err({ line: value.line, key, message: 'expected each sink to have kind = "…"' });
  const chosen = kind(entry.value, 'kind');
  if (!chosen.ok) return chosen;
  const missing = (what: string): ReturnType<Field<Sink>> =>
    err({ line: value.line, key, message: `expected a sink of kind "${chosen.value}" to have ${what}` });
  const readAs = <Keys extends Shape>(shape: Keys) => readTable(value, { name: 'alerts.sinks', shape });
  switch (chosen.value) {
    case 'webhook':
    case 'slack':
    case 'discord': {
      const read = readAs(sinkShapes[chosen.value]);
      if (!read.ok) return read;
      const { url: open, secret } = read.value;
      if (open !== undefined && secret === undefined) return ok({ kind: chosen.value, address: { kind: 'url', url: open } });
      if (open === undefined && secret !== undefined) return ok({ kind: chosen.value, address: { kind: 'secret', secret } });
      return missing('either url or secret, the name of the key under [alerts.secrets] that holds the address');
    }
    case 'telegram': {
      const read = readAs(sinkShapes.telegram);
      if (!read.ok) return read;
      const { chat, secret } = read.value;
      return chat === undefined || secret === undefined
        ? missing('chat, and secret for the token')
        : ok({ kind: 'telegram', chat, secret });
    }
    case 'ntfy': {
      const read = readAs(sinkShapes.ntfy);
      if (!read.ok) return read;
      return read.value.url === undefined ? missing('url') : ok({ kind: 'ntfy', url: read.value.url, secret: read.value.secret ?? null });
    }
    case 'email': {
      const read = readAs(sinkShapes.email);
      if (!read.ok) return read;
      const { server, from, to, user, secret } = read.value;
      if (server === undefined || from === undefined || to === undefined) return missing('server, from and to');
      return ok({ kind: 'email', server, from, to, user: user ?? null, secret: secret ?? null });
    }
    case 'command': {
      const read = readAs(sinkShapes.command);
      if (!read.ok) return read;
      return read.value.command === undefined ? missing('command') : ok({ kind: 'command', command: read.value.command });
    }
    case 'log': {
      const read = readAs(anySink);
      return read.ok ? ok({ kind: 'log' }) : read;
    }
    default:
      return unreachable(chosen.value);
  }
};

/** Five minutes and fifteen (reference/risk.md §6.3). */
const escalationDefault = { reduceOnlyMilliseconds: 300_000, haltedMilliseconds: 900_000 };

const escalationShape = { reduce_only: duration({ least: '1s', most: '1d' }), halted: duration({ least: '1s', most: '1d' }) };

const escalation: Field<NonNullable<Alerts['escalation']>> = (value, key) => {
  const read = tableOf(escalationShape)(value, key);
  if (!read.ok) return read;
  const { reduce_only: reduceOnlyMilliseconds = 300_000, halted: haltedMilliseconds = 900_000 } = read.value;
  return reduceOnlyMilliseconds <= haltedMilliseconds
    ? ok({ reduceOnlyMilliseconds, haltedMilliseconds })
    : err({
        line: value.line,
        key,
        message: 'expected halted to be no sooner than reduce_only, such as { reduce_only = "5m", halted = "15m" }',
      });
};

export const alertsShape = {
  normal_order_size: usdAboveZero,
  // As many as are remembered.
  trades_per_window: tableOf({ count: count({ least: 1, most: 999 }), minutes: count({ least: 1, most: 1440 }) }),
  max_holding: duration({ least: '1m', most: '365d' }),
  balance_floor: usdOrZero,
  escalate: flag,
  escalate_after: escalation,
  pulse_url: pulseUrl,
  sinks: list('expected one or more [[alerts.sinks]]', sink),
};

/** The section with the default of every key that the file leaves out. */
export function alertsOf(values: Values<typeof alertsShape>, environment: Environment): Alerts {
  return {
    normalOrderSize: values.normal_order_size ?? decimal('30'),
    tradesPerWindow: { count: values.trades_per_window?.count ?? 5, minutes: values.trades_per_window?.minutes ?? 10 },
    maxHoldingMilliseconds: values.max_holding ?? 28_800_000,
    balanceFloor: values.balance_floor ?? decimal('100'),
    escalation: (values.escalate ?? environment === 'live') ? (values.escalate_after ?? escalationDefault) : null,
    pulseUrl: values.pulse_url ?? '',
    sinks: values.sinks ?? [],
  };
}
