import { type Decimal, parseDecimal, zero } from '../core/money/decimal.ts';

/** What an exchange answered, with its body read as JSON; a body that is none is its text. */
export type Answer = { readonly status: number; readonly body: unknown };

/** What is compared of an answer, by name. Whatever two exchanges may differ in without one of them being wrong is left out. */
export type Facts = Readonly<Record<string, string>>;

export type Row = Readonly<Record<string, unknown>>;

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The rows under `data`; none where the answer has none. */
export function rowsOf({ body }: Answer): readonly Row[] {
  const data = isRow(body) ? body['data'] : undefined;
  return Array.isArray(data) ? data.filter(isRow) : [];
}

export function firstRow(answer: Answer): Row {
  return rowsOf(answer)[0] ?? {};
}

/** Objects in a list that a row holds under a name. */
export function listOf(row: Row, name: string): readonly Row[] {
  const list = row[name];
  return Array.isArray(list) ? list.filter(isRow) : [];
}

/** A field as the text that it spells, empty where there is none. */
export function text(row: Row, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}

/** A field as an amount; zero where there is none. */
export function amount(row: Row, name: string): Decimal {
  const parsed = parseDecimal(text(row, name));
  return parsed.ok ? parsed.value : zero;
}

export function codeOf({ body }: Answer): string {
  return isRow(body) ? text(body, 'code') : '';
}

/** The code of the request and that of its first item: what a refusal means. */
export function codesOf(answer: Answer): Facts {
  return { code: codeOf(answer), sCode: text(firstRow(answer), 'sCode') };
}

export function isAccepted(answer: Answer): boolean {
  const { code, sCode } = codesOf(answer);
  return code === '0' && (sCode === '0' || sCode === '');
}

/** Some fields of a row. */
export function pick(row: Row, ...names: readonly string[]): Facts {
  return Object.fromEntries(names.map((name) => [name, text(row, name)]));
}
