import { canonicalJson } from '../lang/canonical.ts';
import { err, ok, type Result } from '../lang/result.ts';
import { parseToml, type TomlTable } from '../lang/toml.ts';
import { type InstrumentId, parseInstrumentId } from '../market/instrument.ts';
import { type Decimal, formatDecimal, isPositive, parseDecimal } from '../money/decimal.ts';
import type { Size } from '../money/units.ts';
import { type ConfigurationError, count, type Field, readTable } from './fields.ts';

/**
 * What the vault signs at most, whatever the gateway asks (`ceiling.toml`): per order, in contracts on derivatives and in base
 * currency on spot, and orders a minute over all instruments. An instrument without a line is never signed.
 */
export type Ceiling = { readonly instruments: ReadonlyMap<InstrumentId, Size>; readonly perMinute: number };

/** Reads `ceiling.toml`. Nothing has a default: a ceiling that is not there holds nothing back. */
export function parseCeiling(fileText: string): Result<Ceiling, ConfigurationError> {
  const root = parseToml(fileText);
  if (!root.ok) return err({ line: root.error.line, key: root.error.key ?? '', message: root.error.message });
  const sections = readTable(root.value, { name: '', shape: { instruments: table, rate: table } });
  if (!sections.ok) return sections;
  const { instruments: lines, rate } = sections.value;
  if (lines === undefined || rate === undefined)
    return err({ line: 1, key: '', message: 'expected [rate] and one [instruments."NAME"] each' });
  const read = readTable(rate, { name: 'rate', shape: { per_minute: count({ least: 1, most: 1_000_000 }) } });
  if (!read.ok) return read;
  if (read.value.per_minute === undefined)
    return err({ line: rate.line, key: 'rate', message: 'expected per_minute = a whole number, such as 240' });
  const instruments = new Map<InstrumentId, Size>();
  for (const [name, entry] of lines.entries) {
    const id = parseInstrumentId(name);
    if (!id.ok || entry.value.kind !== 'table')
      return err({ line: entry.line, key: name, message: 'expected [instruments."BTC-USDT"] with max_size' });
    const values = readTable(entry.value, { name: `instruments."${name}"`, shape: { max_size: size } });
    if (!values.ok) return values;
    if (values.value.max_size === undefined)
      return err({ line: entry.line, key: name, message: 'expected max_size = a number in quotes, such as "0.002"' });
    instruments.set(id.value, values.value.max_size);
  }
  return ok({ instruments, perMinute: read.value.per_minute });
}

/** The file that reads back as `ceiling`. */
export function formatCeiling(ceiling: Ceiling): string {
  const sections = [...ceiling.instruments].map(
    ([id, most]) => `[instruments.${canonicalJson(id)}]\nmax_size = "${formatDecimal(most)}"\n`,
  );
  return [...sections, `[rate]\nper_minute = ${ceiling.perMinute}\n`].join('\n');
}

const table: Field<TomlTable> = (value, key) =>
  value.kind === 'table' ? ok(value) : err({ line: value.line, key, message: `expected a section [${key}]` });

const size: Field<Decimal> = (value, key) => {
  const parsed = parseDecimal(value.kind === 'text' ? value.value : undefined);
  if (parsed.ok && isPositive(parsed.value)) return parsed;
  return err({
    line: value.line,
    key,
    message: 'expected a size above zero in quotes, such as "0.002", in contracts on derivatives and base currency on spot',
  });
};
