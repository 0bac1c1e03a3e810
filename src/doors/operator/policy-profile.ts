import type { Json } from '../../core/lang/canonical.ts';
import { err, type Result } from '../../core/lang/result.ts';
import { parseInstrumentId } from '../../core/market/instrument.ts';
import { isPositive, parseDecimal } from '../../core/money/decimal.ts';
import { defaultPolicy, type Policy, policyJson } from '../../core/policy/policy.ts';
import { smallAccountProfile } from '../../core/policy/profile.ts';

const INSTRUMENT = 'BTC-USDT';
/** What OKX's own minimum of its large pairs is worth, rounded up: 0.00001 BTC. */
const MINIMUM_USD = '1';

/** Reads `EQUITY [INSTRUMENT [MINIMUM]]`: amounts in USD as plain decimals. */
export function profileOf([equity, instrument = INSTRUMENT, minimum = MINIMUM_USD]: readonly (string | undefined)[]): Result<Policy> {
  const [equityUsd, minimumUsd, id] = [parseDecimal(equity), parseDecimal(minimum), parseInstrumentId(instrument)];
  if (!equityUsd.ok || !isPositive(equityUsd.value)) return err('expected the equity in USD, such as 300');
  if (!minimumUsd.ok || !isPositive(minimumUsd.value)) return err('expected the worth of the smallest order in USD, such as 5');
  if (!id.ok) return id;
  return smallAccountProfile({ equityUsd: equityUsd.value, instrument: id.value, minimumUsd: minimumUsd.value });
}

/** `[policy]` as twokey.toml writes it: what differs from the defaults of live, since the rest holds anyway. */
export function policySection(policy: Policy): string {
  const byDefault = policyJson(defaultPolicy('live'));
  const own = Object.entries(policyJson(policy)).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(byDefault[key as keyof typeof byDefault]),
  );
  return ['[policy]', ...own.map(([key, value]) => `${key} = ${tomlOf(value)}`)].join('\n');
}

/** Amounts are numbers in the file; percentages, durations and words are texts. */
function tomlOf(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
  if (typeof value === 'string') return /^[0-9.]+$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([key, each]) => `${key} = ${tomlOf(each)}`)
    .join(', ')} }`;
}
