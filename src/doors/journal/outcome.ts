import type { Entry, FillBody, SubmittingBody } from '../../core/journal/entry.ts';
import { add, type Decimal, divideDown, formatDecimal, isZero, multiply, parseDecimal, zero } from '../../core/money/decimal.ts';
import { priceUnit, sizeUnit } from './tell.ts';

/** What became of one order, as far as the journal tells. Amounts are decimal texts. */
export type OrderOutcome = {
  readonly client_order_id: string;
  readonly exchange_order_id: string;
  readonly instrument: string;
  readonly side: string;
  readonly size: string;
  readonly filled: string;
  readonly size_unit: string;
  /** Empty while nothing is filled, and on inverse contracts, whose average is not that of their prices. */
  readonly average_price: string;
  readonly price_unit: string;
  readonly fees: readonly { readonly amount: string; readonly currency: string }[];
  readonly state: string;
  readonly verification: string;
};

const AVERAGE_DIGITS = 8;

/** The outcome of an order out of the entries of its story. */
export function outcomeOf(submitting: SubmittingBody, entries: readonly Entry[]): OrderOutcome {
  const own = entries.filter((entry) => 'client_order_id' in entry && entry.client_order_id === submitting.client_order_id);
  const fills = own.filter((entry) => entry.kind === 'fill');
  const filled = fills.reduce((sum, fill) => add(sum, amount(fill.size)), zero);
  return {
    client_order_id: submitting.client_order_id,
    exchange_order_id: own.findLast((entry) => entry.kind === 'accepted' || entry.kind === 'fill')?.exchange_order_id ?? '',
    instrument: submitting.instrument,
    side: submitting.side,
    size: submitting.size,
    filled: formatDecimal(filled),
    size_unit: sizeUnit(submitting.instrument),
    average_price: submitting.product === 'inverse' || isZero(filled) ? '' : average(fills, filled),
    price_unit: priceUnit(submitting.instrument),
    fees: feesOf(fills),
    state: own.reduce(stateAfter, 'submitting'),
    verification: verificationOf(submitting.client_order_id, entries),
  };
}

function average(fills: readonly FillBody[], filled: Decimal): string {
  const paid = fills.reduce((sum, fill) => add(sum, multiply(amount(fill.size), amount(fill.price))), zero);
  return formatDecimal(divideDown({ dividend: paid, divisor: filled, digits: AVERAGE_DIGITS }));
}

function feesOf(fills: readonly FillBody[]): OrderOutcome['fees'] {
  const sums = new Map<string, Decimal>();
  for (const { fee, fee_currency: currency } of fills) sums.set(currency, add(sums.get(currency) ?? zero, amount(fee)));
  return [...sums].map(([currency, sum]) => ({ amount: formatDecimal(sum), currency }));
}

function stateAfter(state: string, entry: Entry): string {
  switch (entry.kind) {
    case 'accepted':
      return state === 'submitting' || state === 'unknown' ? 'working' : state;
    case 'rejected':
    case 'not_sent':
    case 'unknown':
    case 'absent':
      return entry.kind;
    case 'reported':
      return entry.state === 'live' ? 'working' : entry.state;
    case 'fill':
      return state === 'submitting' || state === 'unknown' || state === 'working' ? 'partially_filled' : state;
    default:
      return state;
  }
}

function verificationOf(order: string, entries: readonly Entry[]): string {
  const last = entries.findLast((entry) => entry.kind === 'verified' && entry.orders.includes(order));
  return last?.kind === 'verified' ? last.outcome : 'pending';
}

/** What cannot be read counts as nothing: this is for reading along, and log verify is what proves. */
function amount(text: string): Decimal {
  const parsed = parseDecimal(text);
  return parsed.ok ? parsed.value : zero;
}
