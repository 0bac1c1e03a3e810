import { add, type Decimal, decimal, equals, formatDecimal, multiply, zero } from '../../../core/money/decimal.ts';
import { entriesOf, type Ledger, type Recorded, type Wish } from '../facts.ts';

// What all rules count with. None of it is shared with the code that is judged but the exact decimals.

export type Instrument = { readonly id: string; readonly base: string; readonly product: string; readonly contract: Decimal };

/** What the exchange said of an instrument when the gateway started. */
export function instrumentOf(journal: readonly Recorded[], id: string): Instrument | undefined {
  const found = entriesOf(journal, 'instruments')
    .at(-1)
    ?.instruments.find((each) => each.id === id);
  if (found === undefined) return undefined;
  const { base, product, contract_value: contract } = found;
  return { id, base, product, contract: decimal(contract) };
}

export type Priced = { readonly instrument: Instrument; readonly size: Decimal; readonly price: Decimal };

/** US dollars, a tether counted as one. A contract is a fixed quantity of its coin; an inverse one a fixed number of dollars. */
export function worthOf({ instrument: { product, contract }, size, price }: Priced): Decimal {
  return product === 'inverse' ? multiply(size, contract) : multiply(multiply(size, contract), price);
}

/** The last price at which anybody on the account traded this coin, as the exchange has it; `undefined` where nobody has. */
export function marketOf({ ledger, journal }: Traces, { base }: Instrument): Decimal | undefined {
  const last = ledger.fills.findLast(({ instId }) => instrumentOf(journal, instId)?.base === base);
  return last === undefined ? undefined : decimal(last.px);
}

type Traces = { readonly ledger: Ledger; readonly journal: readonly Recorded[] };

/** An argument of a request as it was asked; empty where it is no text. */
export function argumentOf({ arguments: asked }: { readonly arguments: unknown }, name: string): string {
  const value = typeof asked === 'object' && asked !== null ? (asked as Readonly<Record<string, unknown>>)[name] : undefined;
  return typeof value === 'string' ? value : '';
}

/** As a number; zero where there is none. */
export function amountOf(decision: { readonly arguments: unknown }, name: string): Decimal {
  const text = argumentOf(decision, name);
  return decimal(text === '' ? '0' : text);
}

export function isOpen({ state }: { readonly state: string }): boolean {
  return state === 'live' || state === 'partially_filled';
}

export function nameOf({ principal, intentId }: Wish): string {
  return `${principal}/${intentId}`;
}

export function alike(left: string, right: string): boolean {
  return equals(decimal(left), decimal(right));
}

export function plain(text: string): string {
  return formatDecimal(decimal(text));
}

export function sum(values: readonly Decimal[]): Decimal {
  return values.reduce(add, zero);
}

export function twice(names: readonly string[]): readonly string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

/** What of the first list the second lacks, each as often as it lacks it. */
export function missing(names: readonly string[], among: readonly string[]): readonly string[] {
  const left = [...among];
  return names.filter((name) => {
    const index = left.indexOf(name);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
