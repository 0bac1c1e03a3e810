import { sinkName } from '../../core/alert/sinks.ts';
import type { Json } from '../../core/lang/canonical.ts';
import { canonicalJson } from '../../core/lang/canonical.ts';
import { digest } from '../../core/lang/digest.ts';
import { formatDecimal } from '../../core/money/decimal.ts';
import type { Alerts } from '../../core/policy/alerts-section.ts';
import { formatDuration } from '../../core/policy/fields.ts';
import { toldMore } from '../../core/policy/told-more.ts';

/** One of `[alerts]` that the other says otherwise, as among the changes of a policy; it is always of the account. */
type AlertChange = {
  readonly agent: null;
  readonly name: string;
  readonly before: Json;
  readonly after: Json;
  readonly change: 'tightening' | 'loosening' | 'both';
};

type Key = { readonly name: string; readonly of: (alerts: Alerts) => string };

/** Every key but the sinks. An address may itself be a secret, and stands here as a few characters of its hash. */
const keys: readonly Key[] = [
  { name: 'normal_order_size', of: ({ normalOrderSize }) => formatDecimal(normalOrderSize) },
  { name: 'trades_per_window', of: ({ tradesPerWindow: { count, minutes } }) => `${count} in ${minutes}m` },
  { name: 'max_holding', of: ({ maxHoldingMilliseconds }) => formatDuration(maxHoldingMilliseconds) },
  { name: 'balance_floor', of: ({ balanceFloor }) => formatDecimal(balanceFloor) },
  {
    name: 'escalate',
    of: ({ escalation }) =>
      escalation === null
        ? 'never'
        : `${formatDuration(escalation.reduceOnlyMilliseconds)}, ${formatDuration(escalation.haltedMilliseconds)}`,
  },
  { name: 'pulse_url', of: ({ pulseUrl }) => (pulseUrl === '' ? 'none' : `pulse-${digest(pulseUrl).slice(0, 12)}`) },
];

/** In what `[alerts]` differs, and which way each goes: people hear of more, or of less. */
export function alertChanges({ before, after }: { readonly before: Alerts; readonly after: Alerts }): readonly AlertChange[] {
  const met = toldMore(before, after);
  const change = (name: string, was: Json, is: Json, held: Json): readonly AlertChange[] => {
    if (was === is) return [];
    const [tighter, looser] = [held !== was, held !== is];
    const direction = tighter ? (looser ? 'both' : 'tightening') : 'loosening';
    return [{ agent: null, name: `alerts.${name}`, before: was, after: is, change: direction }];
  };
  const [was, is, held] = [before, after, met].map((alerts) => new Map(alerts.sinks.map((sink) => [canonicalJson(sink), sinkName(sink)])));
  const sinks = [...new Set([...(was?.keys() ?? []), ...(is?.keys() ?? [])])];
  return [
    ...keys.flatMap(({ name, of }) => change(name, of(before), of(after), of(met))),
    ...sinks.flatMap((text) => change('sinks', was?.get(text) ?? null, is?.get(text) ?? null, held?.get(text) ?? null)),
  ];
}
