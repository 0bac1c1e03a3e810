import type { Result } from '../core/lang/result.ts';
import {
  absolute,
  compare,
  type Decimal,
  decimal,
  divideUp,
  formatDecimal,
  maximum,
  multiply,
  one,
  subtract,
} from '../core/money/decimal.ts';
import { totalUsd, worstUsd } from './exposure.ts';
import { type Claim, differencesOf } from './gateway.ts';
import type { Sight } from './look.ts';
import { lossesOf, type Marks } from './losses.ts';
import type { Settings } from './settings.ts';

/** `halt`: the gateway has to stop. `wait`: it will have to, if this lasts. `alert`: a person should look. */
export type Finding = { readonly code: Code; readonly severity: 'halt' | 'wait' | 'alert'; readonly message: string };

export type Code =
  | 'MAX_TOTAL_EXPOSURE'
  | 'MAX_POSITION_SIZE'
  | 'MAX_DAILY_LOSS'
  | 'MAX_DRAWDOWN'
  | 'BOOKS_DIFFER'
  | 'EQUITY_DIFFERS'
  | 'GATEWAY_SILENT'
  | 'GATEWAY_REFUSES'
  | 'GATEWAY_NOT_RUNNING'
  | 'EXCHANGE_UNSEEN';

/** Since when what is wrong has been wrong, in the milliseconds of a monotonic clock. */
export type Memory = ReadonlyMap<string, number>;

export type Observed = {
  readonly sight: Result<Sight>;
  readonly claim: Claim;
  /** After this sight; `null` while there was none. */
  readonly marks: Marks | null;
  /** Monotonic milliseconds. */
  readonly now: number;
};

/** One look may fall between the two halves of a trade: what passes a limit has to pass it in a second look too. */
export const SEEN_TWICE_MILLISECONDS = 500;
/** Equity moves between two questions. */
const EQUITY_TOLERANCE = decimal('0.02');

type Suspicion = { readonly key: string; readonly code: Code; readonly message: string; readonly patience: number };

/** What is wrong, and how long it has been. Whatever is not wrong any more is forgotten. */
export function judge(
  memory: Memory,
  observed: Observed,
  settings: Settings,
): { readonly memory: Memory; readonly findings: readonly Finding[] } {
  const { sight, claim, now } = observed;
  const suspicions = [...aboutGateway(claim, settings), ...aboutLimits(observed, settings), ...aboutBooks(observed, settings)];
  if (!sight.ok && claim.kind !== 'not_running')
    suspicions.push({
      key: 'unseen',
      code: 'EXCHANGE_UNSEEN',
      message: `the exchange cannot be seen: ${sight.error}`,
      patience: settings.blindMilliseconds,
    });
  const next = new Map(suspicions.map(({ key }) => [key, memory.get(key) ?? now]));
  // What could not be looked at is not over because of that.
  if (!sight.ok) for (const [key, since] of memory) if (!next.has(key) && !key.startsWith('gateway')) next.set(key, since);
  const findings = suspicions.map(({ key, code, message, patience }): Finding => {
    const lasted = now - (next.get(key) ?? now);
    return { code, severity: lasted >= patience ? 'halt' : 'wait', message };
  });
  return { memory: next, findings: [...findings, ...alerts(observed)] };
}

function alerts({ sight, claim }: Observed): readonly Finding[] {
  if (claim.kind === 'refused')
    return [{ code: 'GATEWAY_REFUSES', severity: 'alert', message: `the gateway does not say how it is: ${claim.message}` }];
  if (claim.kind !== 'not_running') return [];
  const unseen = sight.ok ? '' : `, and the exchange cannot be seen: ${sight.error}`;
  return [{ code: 'GATEWAY_NOT_RUNNING', severity: 'alert', message: claim.message + unseen }];
}

function aboutGateway(claim: Claim, { graceMilliseconds }: Settings): Suspicion[] {
  if (claim.kind !== 'silent') return [];
  return [{ key: 'gateway silent', code: 'GATEWAY_SILENT', message: claim.message, patience: graceMilliseconds }];
}

function aboutLimits({ sight, marks }: Observed, { limits }: Settings): readonly Suspicion[] {
  if (!sight.ok || marks === null) return [];
  const { lines, watchedEquityUsd } = sight.value;
  const { dayUsd, fromPeakUsd } = lossesOf(marks, watchedEquityUsd);
  const found: Suspicion[] = [];
  const check = (
    code: Code,
    key: string,
    { amount, most, what }: { readonly amount: Decimal; readonly most: Decimal; readonly what: string },
  ): void => {
    if (compare(amount, most) <= 0) return;
    const message = `${what} ${usd(amount)} USD of at most ${formatDecimal(most)} (${code.toLowerCase()})`;
    found.push({ key, code, message, patience: SEEN_TWICE_MILLISECONDS });
  };
  for (const line of lines) {
    const what = `${line.name} can come to`;
    check('MAX_POSITION_SIZE', `size ${line.name}`, { amount: worstUsd(line), most: limits.maxPositionSize, what });
  }
  check('MAX_TOTAL_EXPOSURE', 'exposure', {
    amount: totalUsd(lines),
    most: limits.maxTotalExposure,
    what: 'everything together can come to',
  });
  check('MAX_DAILY_LOSS', 'loss', { amount: dayUsd, most: limits.maxDailyLoss, what: 'the account lost today' });
  check('MAX_DRAWDOWN', 'drawdown', { amount: fromPeakUsd, most: limits.maxDrawdown, what: 'the account is below its highest equity by' });
  return found;
}

function aboutBooks({ sight, claim }: Observed, { graceMilliseconds }: Settings): readonly Suspicion[] {
  // Before its first comparison a gateway opens nothing, and what it says is what it found when it last ran.
  if (!sight.ok || claim.kind !== 'claimed' || claim.mode === 'BOOT') return [];
  const found: Suspicion[] = differencesOf(claim, sight.value).map(({ key, message }) => ({
    key,
    code: 'BOOKS_DIFFER',
    message,
    patience: graceMilliseconds,
  }));
  const { equityUsd } = sight.value;
  if (claim.equityUsd === null) return found;
  const apart = absolute(subtract(equityUsd, claim.equityUsd));
  if (compare(apart, multiply(maximum(absolute(equityUsd), one), EQUITY_TOLERANCE)) <= 0) return found;
  const message = `the exchange says that the account is worth ${usd(equityUsd)} USD, and the gateway ${usd(claim.equityUsd)}`;
  return [...found, { key: 'equity', code: 'EQUITY_DIFFERS', message, patience: graceMilliseconds }];
}

/** To the next cent above: never less than it is. */
export function usd(amount: Decimal): string {
  return formatDecimal(divideUp({ dividend: amount, divisor: one, digits: 2 }));
}
