import type { Json } from '../core/lang/canonical.ts';
import { formatDecimal } from '../core/money/decimal.ts';
import { totalUsd, worstUsd } from './exposure.ts';
import { lossesOf } from './losses.ts';
import type { Limits } from './settings.ts';
import { accountOf, type Told } from './watch.ts';

/** In one word, the worst of what was found. */
export function verdictOf({ findings }: Told): 'fine' | 'alert' | 'wait' | 'halt' {
  const found = (['halt', 'wait', 'alert'] as const).find((severity) => findings.some((finding) => finding.severity === severity));
  return found ?? 'fine';
}

/** One look as a document. Amounts are decimal texts in US dollars, sizes in the trading unit; what was not seen is null. */
export function lookDocument(told: Told, limits: Limits): { readonly [key: string]: Json } {
  const { claim, sight, marks, findings, halt, environment } = told;
  const losses = sight === null || marks === null ? null : lossesOf(marks, sight.watchedEquityUsd);
  return {
    environment,
    account: sight === null ? null : accountOf(told, sight),
    as_of: sight === null ? null : new Date(sight.at).toISOString(),
    verdict: verdictOf(told),
    gateway: claim.kind === 'claimed' ? { state: 'running', mode: claim.mode } : { state: claim.kind, message: claim.message },
    equity_usd: sight === null ? null : formatDecimal(sight.watchedEquityUsd),
    loss_today_usd: losses === null ? null : formatDecimal(losses.dayUsd),
    below_peak_usd: losses === null ? null : formatDecimal(losses.fromPeakUsd),
    worst_case_usd: sight === null ? null : formatDecimal(totalUsd(sight.lines)),
    lines: (sight?.lines ?? []).map((line) => ({
      name: line.name,
      position: formatDecimal(line.position),
      open_orders: line.orders.length,
      worst_case_usd: formatDecimal(worstUsd(line)),
    })),
    limits: {
      max_total_exposure: formatDecimal(limits.maxTotalExposure),
      max_position_size: formatDecimal(limits.maxPositionSize),
      max_daily_loss: formatDecimal(limits.maxDailyLoss),
      max_drawdown: formatDecimal(limits.maxDrawdown),
    },
    findings: findings.map(({ code, severity, message }) => ({ code, severity, message })),
    halt: halt === null ? null : { outcome: halt.kind, message: halt.message },
  };
}
