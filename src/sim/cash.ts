import { add, type Decimal, subtract } from '../core/money/decimal.ts';
import { type Account, addBill, balanceOf, type Bill, putBalance, type State } from './state.ts';

/** Why a balance of the trading account changes, as its bill tells it. */
export type Cause = Omit<Bill, 'account' | 'ccy' | 'change' | 'balance'>;

/** Moves a balance and writes the bill of it: there is no other way that cash comes or goes. `freed` leaves what is frozen. */
export function bookCash({ state, account, ccy, change, freed, cause }: Booking): void {
  const before = balanceOf(account, ccy);
  const balance = add(before.cash, change);
  putBalance({ state, account, ccy, balance: { cash: balance, frozen: subtract(before.frozen, freed), uTime: cause.at } });
  addBill({ state, account, bill: { ...cause, account: account.uid, ccy, change, balance } });
}

type Booking = {
  readonly state: State;
  readonly account: Account;
  readonly ccy: string;
  readonly change: Decimal;
  readonly freed: Decimal;
  readonly cause: Cause;
};
