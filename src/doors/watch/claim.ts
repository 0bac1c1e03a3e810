import type { Json } from '../../core/lang/canonical.ts';
import { add, type Decimal, negate, parseDecimal, zero } from '../../core/money/decimal.ts';
import type { Gateway } from '../operator/gateway.ts';
import { cell, type Fields, isFields, rowsOf } from '../operator/text.ts';

/** What a gateway says of itself, in the form in which the monitor compares it. */
export type Claim =
  | {
      readonly kind: 'claimed';
      readonly account: string;
      readonly mode: string;
      readonly equityUsd: Decimal | null;
      /** Contracts by instrument and balances by currency: what twokey holds and what was there before it. */
      readonly held: ReadonlyMap<string, Decimal>;
      /** Ids of what it holds for open, and whether the exchange has certainly got it. */
      readonly orders: ReadonlyMap<string, 'working' | 'other'>;
    }
  | { readonly kind: 'not_running' | 'silent' | 'refused'; readonly message: string };

const ANSWER_MILLISECONDS_MAX = 5000;

/** Asks a gateway for all that it can be compared in. Whoever does not answer the first question is not asked the next. */
export async function askForClaim(gateway: Gateway): Promise<Claim> {
  const documents: Fields[] = [];
  for (const verb of ['status', 'positions', 'orders'] as const) {
    // oxlint-disable-next-line no-await-in-loop
    const answer = await gateway({ verb }, ANSWER_MILLISECONDS_MAX);
    if (!answer.ok) {
      const { kind, message } = answer.error;
      return { kind: kind === 'unanswered' ? 'silent' : kind, message };
    }
    if (!isFields(answer.value)) return { kind: 'silent', message: `the gateway's ${verb} cannot be read` };
    documents.push(answer.value);
  }
  const [status = {}, positions = {}, orders = {}] = documents;
  const equity = parseDecimal(status['equity_usd']);
  return {
    kind: 'claimed',
    account: cell(status['account']),
    mode: cell(status['mode']),
    equityUsd: equity.ok ? equity.value : null,
    held: heldOf(positions),
    orders: new Map(
      rowsOf(orders, 'orders').map((row) => [cell(row['client_order_id']), row['state'] === 'working' ? 'working' : 'other'] as const),
    ),
  };
}

function heldOf(document: Fields): ReadonlyMap<string, Decimal> {
  const held = new Map<string, Decimal>();
  const count = (name: string, amount: Decimal): unknown => held.set(name, add(held.get(name) ?? zero, amount));
  for (const row of rowsOf(document, 'positions')) {
    const [base = '', ...rest] = cell(row['instrument']).split('-');
    const size = amountOf(row['size']);
    // What is bought on spot lies in the wallet under its currency, whichever pair it was bought on.
    count(rest.length === 1 ? base : cell(row['instrument']), row['side'] === 'short' ? negate(size) : size);
  }
  for (const row of rowsOf(document, 'baseline')) count(cell(row['currency'] ?? row['instrument']), amountOf(row['amount']));
  return held;
}

function amountOf(value: Json | undefined): Decimal {
  const parsed = parseDecimal(value);
  return parsed.ok ? parsed.value : zero;
}
