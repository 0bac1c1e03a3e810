import type { Json } from '../../core/lang/canonical.ts';
import { add, decimal, divideDown, formatDecimal, one, parseDecimal } from '../../core/money/decimal.ts';

/** A document as it came over the socket: read with care, because another version may have written it. */
export type Fields = { readonly [key: string]: Json };

export function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The rows of a list in a document; nothing where there is none. */
export function rowsOf(document: Fields, key: string): readonly Fields[] {
  const value = document[key];
  return isList(value) ? value.filter(isFields) : [];
}

/** A value as one cell: what is not known is a dash, and what could forge a line or be there unseen is a question mark. */
export function cell(value: Json | undefined): string {
  if (value === undefined || value === null || value === '') return '–';
  if (isList(value)) return value.length === 0 ? '–' : value.map((each) => cell(each)).join(', ');
  if (isFields(value)) {
    const pairs = Object.entries(value).map(([key, each]) => `${key} ${cell(each)}`);
    return pairs.length === 0 ? '–' : pairs.join(', ');
  }
  return String(value).replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
}

const HALF_A_CENT = decimal('0.005');

/** US dollars as people read them: to the nearest cent. The exact amount stands in the journal and in `--json`. */
export function cents(value: Json | undefined): string {
  const amount = parseDecimal(value);
  if (!amount.ok) return cell(value);
  return formatDecimal(divideDown({ dividend: add(amount.value, HALF_A_CENT), divisor: one, digits: 2 }));
}

/** A time as people read it: to the second, and with its zone. */
export function moment(value: Json | undefined): string {
  const text = cell(value);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) ? `${text.slice(0, 10)} ${text.slice(11, 19)} UTC` : text;
}

/** What stands over everything that a person reads: where, whose, how much it may do. */
export function heading(document: Fields): string {
  const gateway = document['gateway'] === 'not running' ? ' · NO GATEWAY RUNS' : '';
  return `${cell(document['environment'])} · ${cell(document['account'])} · ${cell(document['mode'])}${gateway} · ${moment(document['as_of'])}`;
}

export type Column = { readonly title: string; readonly of: (row: Fields) => string; readonly align?: 'right' };

/** Rows under their titles, aligned; amounts to the right, so that their digits stand under each other. */
export function table(columns: readonly Column[], rows: readonly Fields[]): string {
  const lines = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ of }) => of(row)))];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)));
  return lines
    .map((line) =>
      line
        .map((text, index) => {
          const rest = ' '.repeat((widths[index] ?? 0) - text.length);
          return columns[index]?.align === 'right' ? rest + text : text + rest;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names with their values, one a line. */
export function pairs(lines: readonly (readonly [string, string])[]): string {
  const longest = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name}${' '.repeat(longest - name.length)}  ${value}`).join('\n');
}

const BOX_COLUMNS = 72;
/** Above this, characters of some scripts take two columns. */
const NARROW_MAX = 0x1100;

/**
 * Words of somebody else in a box with a title. Every line of it is broken before a terminal of 80 columns would break it, so that no part of it can
 * stand outside and pass for ours.
 */
export function boxed(title: string, lines: readonly string[]): string {
  return [`┌─ ${title}`, ...lines.flatMap(broken).map((line) => `│ ${line}`), '└─'].join('\n');
}

function broken(line: string): readonly string[] {
  const pieces: string[] = [];
  let piece = '';
  let columns = 0;
  for (const character of line) {
    const width = (character.codePointAt(0) ?? 0) < NARROW_MAX ? 1 : 2;
    if (columns + width > BOX_COLUMNS) {
      pieces.push(piece);
      piece = '';
      columns = 0;
    }
    piece += character;
    columns += width;
  }
  return [...pieces, piece];
}
