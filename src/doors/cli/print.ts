import type { Json } from '../../core/lang/canonical.ts';
import { cell, type Column, type Fields, heading, isFields, isList, table } from '../operator/text.ts';

/** What the heading has said already. */
const headKeys: ReadonlySet<string> = new Set(['environment', 'account', 'mode', 'as_of']);

/** An answer as a person reads it: where, whose and how much it may do; then everything that was answered. */
export function printed(answer: Json): string {
  if (!isFields(answer)) return `${cell(answer)}\n`;
  const rest = Object.entries(answer).filter(([key]) => !headKeys.has(key));
  return `${[heading(answer), ...rest.map(([key, value]) => part(key, value, ''))].join('\n')}\n`;
}

function part(key: string, value: Json, indent: string): string {
  const name = `${indent}${words(key)}`;
  if (isList(value) && value.length > 0 && value.every(isFields)) return `${name}\n${indented(rows(value), `${indent}  `)}`;
  if (isFields(value) && Object.keys(value).length > 0) {
    return `${name}\n${Object.entries(value)
      .map(([inner, each]) => part(inner, each, `${indent}  `))
      .join('\n')}`;
  }
  return `${name}: ${cell(value)}`;
}

function rows(list: readonly Fields[]): string {
  const keys = [...new Set(list.flatMap((row) => Object.keys(row)))];
  const columns: readonly Column[] = keys.map((key) => ({ title: words(key), of: (row) => cell(row[key]) }));
  return table(columns, list);
}

function indented(text: string, indent: string): string {
  return text.replaceAll(/^/gm, indent);
}

function words(key: string): string {
  return cell(key).replaceAll('_', ' ');
}
