import { canonicalJson } from '../lang/canonical.ts';
import { digest } from '../lang/digest.ts';
import type { Alerts, Sink } from '../policy/alerts-section.ts';
import type { Alerting } from './alerting.ts';

/** The pulse among the ways to people; it is owed no alert. */
export const PULSE = 'pulse';

/**
 * The name of a sink in the journal: its kind and six characters of the hash of its section, so that it keeps its name when others are added or
 * moved, and another address is another sink.
 */
export function sinkName(sink: Sink): string {
  return `${sink.kind}-${digest(canonicalJson(sink)).slice(0, 6)}`;
}

/** Every sink by its name. */
export function sinksOf({ sinks }: Pick<Alerts, 'sinks'>): ReadonlyMap<string, Sink> {
  return new Map(sinks.map((sink) => [sinkName(sink), sink]));
}

/** Whether no person is told of anything any more when these are down. A log alone never was a way to a person. */
export function isUnreachable(down: Iterable<string>, alerts: Pick<Alerts, 'sinks'>): boolean {
  const dead = new Set(down);
  const ways = [...sinksOf(alerts)].filter(([, { kind }]) => kind !== 'log');
  return ways.length > 0 && ways.every(([name]) => dead.has(name));
}

/** What a sink does not have yet, the oldest first. */
export function owedTo({ outbox }: Alerting, sink: string): Alerting['outbox'] {
  return outbox.filter(({ sinks }) => sinks.includes(sink));
}
