import type { Json } from '../../core/lang/canonical.ts';
import { formatDecimal } from '../../core/money/decimal.ts';
import type { Heading } from '../journal/pages.ts';
import { basisPoints, shortened } from './cost.ts';
import { type Day, earnedOn, type Sums } from './tally.ts';

type Document = { readonly [key: string]: Json };

/** One day: what was traded, what it cost, what was refused, and what twokey had to tell. */
export function dayDocument(head: Heading, day: Day): Document {
  const { all, instruments, agents, feesByCurrency, denials, alerts, modes, verifications } = day;
  return {
    ...head,
    ...dayRow(day),
    fees_by_currency: Object.fromEntries(sorted(feesByCurrency).map(([currency, paid]) => [currency, formatDecimal(paid)])),
    verified: verifications.matched,
    divergent: verifications.divergent,
    unvalued_fills: all.unvalued,
    instruments: sorted(instruments).map(([instrument, sums]) => ({ instrument, ...sumsDocument(sums) })),
    agents: sorted(agents).map(([agent, sums]) => ({ agent, ...sumsDocument(sums), denials: sums.denials })),
    denials_by_control: [...denials]
      .toSorted(([one, left], [other, right]) => right - left || (one < other ? -1 : 1))
      .map(([code, count]) => ({ code, count })),
    alerts: [...alerts.values()].map(({ code, severity, count, last }) => ({ code, severity, count, last })),
    mode_changes: modes.map(({ at, from, to, by, cause }) => ({ at, from, to, by, cause })),
  };
}

/** Every day of the journal, one row each. */
export function daysDocument(head: Heading, days: readonly Day[]): Document {
  return { ...head, days: days.map(dayRow) };
}

function dayRow(day: Day): Document {
  const earned = earnedOn(day);
  return {
    day: day.day,
    ...sumsDocument(day.all),
    denials: day.all.denials,
    alert_count: [...day.alerts.values()].reduce((count, alert) => count + alert.count, 0),
    earned_usd: earned === null ? null : formatDecimal(earned),
    earned_as_of: day.worth?.at ?? null,
  };
}

function sumsDocument(sums: Sums): Document {
  const points = basisPoints(sums.slippage, sums.compared);
  return {
    orders: sums.orders,
    entries: sums.entries,
    rejected: sums.rejected,
    fills: sums.fills,
    turnover_usd: formatDecimal(shortened(sums.turnover)),
    fees_usd: formatDecimal(shortened(sums.fees)),
    slippage_usd: formatDecimal(shortened(sums.slippage)),
    slippage_bps: points === null ? null : formatDecimal(points),
  };
}

/** In the order of their names, so that one journal has one report. */
function sorted<Value>(map: ReadonlyMap<string, Value>): readonly (readonly [string, Value])[] {
  return [...map].toSorted(([one], [other]) => (one < other ? -1 : 1));
}
