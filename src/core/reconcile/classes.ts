import type { DifferenceBody, DifferenceClass } from '../journal/entry.ts';

/** What a person can do about a sort of difference. `adoptable`: `twokey reconcile --adopt` accepts it. */
type Meaning = { readonly adoptable: boolean; readonly remedy: string };

/** Said of what no twokey of this home sent. Nothing of the exchange tells which key sent it. */
const ELSEWHERE = 'this key, or another key of this sub-account, is used elsewhere';

const byStranger = `${ELSEWHERE}, or somebody trades by hand: a key made for twokey alone is used nowhere else`;
const ownEnd = 'it is asked about until it is clear; if it stays, compare it with the exchange by hand';
const meanings: Readonly<Record<DifferenceClass, Meaning>> = {
  other_writer: {
    adoptable: false,
    remedy: `two gateways may work on this account (${ELSEWHERE}), or an older copy of this home was restored: stop the other one, or bring back the newest journal; cancel what it left open at the exchange; then twokey reconcile and twokey resume`,
  },
  foreign_order: { adoptable: false, remedy: `cancel it at the exchange, or let it end there; ${byStranger}` },
  foreign_trade: { adoptable: true, remedy: `find out who traded; if it is to stand, twokey reconcile --adopt; ${byStranger}` },
  liquidation: { adoptable: true, remedy: 'the exchange closed it; see margin and leverage first, then twokey reconcile --adopt' },
  changed_order: { adoptable: false, remedy: 'somebody changed an order of ours: cancel it with twokey or at the exchange' },
  missing_order: { adoptable: false, remedy: ownEnd },
  reopened_order: { adoptable: false, remedy: ownEnd },
  missing_fill: { adoptable: false, remedy: ownEnd },
  phantom_position: { adoptable: true, remedy: 'find out who traded; put it right at the exchange, or twokey reconcile --adopt' },
  position_drift: { adoptable: true, remedy: 'find out who traded; put it right at the exchange, or twokey reconcile --adopt' },
  balance_drift: { adoptable: true, remedy: 'no bill explains it; look at the bills at the exchange, then twokey reconcile --adopt' },
  settlement_drift: {
    adoptable: true,
    remedy: 'fills and bills of the same trades moved different sums; compare both at the exchange, then twokey reconcile --adopt',
  },
  movement: { adoptable: true, remedy: 'if it was meant, twokey reconcile --adopt' },
  account_setting: { adoptable: false, remedy: 'set it back at the exchange' },
  unread: { adoptable: false, remedy: 'the exchange did not say; twokey reconcile asks again' },
};

/** What to do about a difference; of one of an earlier version that has no class, what can always be done. */
export function remedyOf({ class: sort }: DifferenceBody): string {
  return sort === undefined ? 'find out who traded and put it right at the exchange' : meanings[sort].remedy;
}

/** Whether somebody beside this twokey made it. */
export function isForeign({ class: sort }: DifferenceBody): boolean {
  return sort === 'other_writer' || sort === 'foreign_order' || sort === 'foreign_trade';
}

/** Whether a person may accept it. */
export function isAdoptable({ class: sort }: DifferenceBody): boolean {
  return sort !== undefined && meanings[sort].adoptable;
}
