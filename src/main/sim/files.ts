import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { type Decimal, isPositive, parseDecimal } from '../../core/money/decimal.ts';
import type { Candle } from '../../sim/exchange.ts';

export type Candles = { readonly candles: readonly Candle[]; readonly hash: string };

/** Reads one-minute candles: a header line, then timestamp,open,high,low,close and whatever follows. */
export function readCandles(path: string): Result<Candles> {
  const text = readText(path);
  if (!text.ok) return text;
  const [header = '', ...lines] = text.value.split(/\r?\n/);
  if (!header.startsWith('timestamp,open,high,low,close'))
    return err(`${path}:1: expected the columns timestamp,open,high,low,close,volume`);
  const candles: Candle[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === '') continue;
    const [open, high, low, close] = line.split(',').slice(1, 5).map(price);
    if (open === undefined || high === undefined || low === undefined || close === undefined) {
      return err(`${path}:${index + 2}: expected four positive prices after the timestamp`);
    }
    candles.push({ open, high, low, close });
  }
  if (candles.length === 0) return err(`${path} holds no candle`);
  return ok({ candles, hash: createHash('sha256').update(text.value).digest('hex') });
}

function price(text: string): Decimal | undefined {
  const parsed = parseDecimal(text);
  return parsed.ok && isPositive(parsed.value) ? parsed.value : undefined;
}

function readText(path: string): Result<string> {
  try {
    return ok(readFileSync(path, 'utf8'));
  } catch (error) {
    return err(`cannot read ${path}: ${error instanceof Error ? error.message : 'unknown failure'}`);
  }
}
