import { sinkName } from '../alert/sinks.ts';
import { canonicalJson } from '../lang/canonical.ts';
import { formatDecimal, maximum, minimum } from '../money/decimal.ts';
import type { Alerts, Sink } from './alerts-section.ts';

/**
 * Two `[alerts]` sections together, so that people hear of no less than by either: every sink of both, each threshold where it is reached sooner, and of two addresses of a pulse the one
 * that holds. A sink more is told more. A command is not taken over from `file`: it is a program that would run with the gateway's rights, which nobody gives it unseen.
 */
export function toldMore(held: Alerts, file: Alerts): Alerts {
  // By their names, which are short: one that was made to bear the name of another would take its place.
  const known = new Set(held.sinks.map(sinkName));
  return {
    normalOrderSize: minimum(held.normalOrderSize, file.normalOrderSize),
    tradesPerWindow: {
      count: Math.min(held.tradesPerWindow.count, file.tradesPerWindow.count),
      minutes: Math.max(held.tradesPerWindow.minutes, file.tradesPerWindow.minutes),
    },
    maxHoldingMilliseconds: Math.min(held.maxHoldingMilliseconds, file.maxHoldingMilliseconds),
    balanceFloor: maximum(held.balanceFloor, file.balanceFloor),
    escalation: sooner(held.escalation, file.escalation),
    pulseUrl: held.pulseUrl === '' ? file.pulseUrl : held.pulseUrl,
    sinks: [...held.sinks, ...file.sinks.filter((sink) => sink.kind !== 'command' && !known.has(sinkName(sink)))],
  };
}

/** One text of when people are told, and by which ways, in whatever order they stand. It may hold addresses: for comparing alone. */
export function alertsText({ sinks, normalOrderSize, balanceFloor, ...others }: Alerts): string {
  const ways = [...new Set(sinks.map(sinkText))].toSorted();
  return canonicalJson({
    ...others,
    normalOrderSize: formatDecimal(normalOrderSize),
    balanceFloor: formatDecimal(balanceFloor),
    sinks: ways,
  });
}

/** By which a sink is the same one: another address or secret is another sink. */
function sinkText(sink: Sink): string {
  return canonicalJson(sink);
}

function sooner(one: Alerts['escalation'], other: Alerts['escalation']): Alerts['escalation'] {
  if (one === null || other === null) return one ?? other;
  return {
    reduceOnlyMilliseconds: Math.min(one.reduceOnlyMilliseconds, other.reduceOnlyMilliseconds),
    haltedMilliseconds: Math.min(one.haltedMilliseconds, other.haltedMilliseconds),
  };
}
