import type { Json } from '../core/lang/canonical.ts';
import { formatDecimal } from '../core/money/decimal.ts';
import { totalUsd, worstUsd } from './exposure.ts';
import { usd } from './judge.ts';
import { lossesOf } from './losses.ts';
import type { Limits } from './settings.ts';
import { accountOf, type Told } from './watch.ts';

/** In one word, the worst of what was found. */
export function verdictOf({ findings }: Told): 'fine' | 'alert' | 'wait' | 'halt' {
  const found = (['halt', 'wait', 'alert'] as const).find((severity) => findings.some((finding) => finding.severity === severity));
  return found ?? 'fine';
}

/** One look as a document. Amounts are decimal texts in US dollars, sizes in the trading unit. */
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

const signs = { halt: '✗', wait: '⚠', alert: '⚠' } as const;

/** One look in plain words, a line for what it saw and one for each thing that is wrong. */
export function lookText(told: Told, limits: Limits): string {
  const { claim, sight, marks, findings, halt } = told;
  const gateway = claim.kind === 'claimed' ? claim.mode : claim.kind === 'not_running' ? 'NO GATEWAY RUNS' : 'gateway does not answer';
  const lines: string[] = [];
  if (sight !== null && marks !== null) {
    const { dayUsd, fromPeakUsd } = lossesOf(marks, sight.watchedEquityUsd);
    const time = new Date(sight.at).toISOString().replace('T', ' ').slice(0, 19);
    lines.push(
      `${time} UTC · ${accountOf(told, sight)} · ${gateway} · worst case ${usd(totalUsd(sight.lines))} of ${formatDecimal(limits.maxTotalExposure)} USD · lost today ${usd(dayUsd)} of ${formatDecimal(limits.maxDailyLoss)} · below the peak ${usd(fromPeakUsd)} of ${formatDecimal(limits.maxDrawdown)}`,
    );
  }
  for (const { severity, message } of findings)
    lines.push(`  ${signs[severity]} ${message}${severity === 'wait' ? ' (looking again)' : ''}`);
  if (halt !== null) lines.push(`  ${halt.kind === 'failed' ? '✗' : '→'} ${halt.message}`);
  return `${lines.join('\n')}\n`;
}
