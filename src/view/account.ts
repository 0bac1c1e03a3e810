import type { DifferenceBody } from '../core/journal/entry.ts';
import { remedyOf } from '../core/reconcile/classes.ts';
import { formatDecimal } from '../core/money/decimal.ts';
import type { AccountConfigReport, BalanceReport } from '../core/order/report.ts';
import { type Document, isoTime } from './head.ts';

/** What the exchange says of the account and of the key. The key's label is text of the exchange and is left out. */
export function accountConfigView(head: Document, config: AccountConfigReport): Document {
  return {
    ...head,
    uid: config.uid,
    main_uid: config.mainUid,
    sub_account: config.uid !== config.mainUid,
    account_level: config.accountLevel,
    position_mode: config.positionMode,
    key_rights: config.permissions,
    key_bound_to: config.addresses,
    auto_loan: config.autoLoan,
    spot_borrow: config.spotBorrow,
  };
}

/** What the exchange says is in the account, baseline included. */
export function accountBalanceView(head: Document, balance: BalanceReport): Document {
  return {
    ...head,
    equity_usd: formatDecimal(balance.equityUsd),
    exchange_time: isoTime(balance.at),
    balances: balance.currencies.map(({ currency, total, available }) => ({
      currency,
      total: formatDecimal(total),
      available: formatDecimal(available),
      unit: currency,
    })),
  };
}

type Compared = { readonly clean: boolean; readonly differences: readonly DifferenceBody[] };

/** A comparison of books and exchange, difference by difference, with what to do about each; an empty text is a side that has nothing. */
export function comparisonView(head: Document, { clean, differences }: Compared): Document {
  const remedies = [...new Set(differences.map((difference) => `${difference.class ?? difference.kind}: ${remedyOf(difference)}`))];
  const last = 'nothing is adopted by itself; when a comparison is clean, twokey resume opens the account again';
  return { ...head, clean, differences, next: clean ? [] : [...remedies, last] };
}

/** What a person accepted, and what a comparison found after that. */
export function adoptionView(
  head: Document,
  { adopted, ...compared }: Compared & { readonly adopted: readonly DifferenceBody[] },
): Document {
  return { ...comparisonView(head, compared), adopted };
}
