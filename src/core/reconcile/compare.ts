import type { State } from '../account/state.ts';
import { orderOf } from '../account/apply.ts';
import type { DifferenceBody } from '../journal/entry.ts';
import type { ClientOrderId } from '../order/identity.ts';
import type { AccountConfigReport, AlgoOrderReport, BalanceReport, BillReport, OrderReport, PositionReport } from '../order/report.ts';
import { balanceDifferences, positionDifferences } from './holdings.ts';
import { orderDifferences, isOurs } from './orders.ts';

/** Everything the exchange says of the account, asked while nothing of ours was in flight. */
export type Snapshot = {
  readonly positions: readonly PositionReport[];
  readonly balance: BalanceReport;
  readonly pending: readonly OrderReport[];
  /** Stop and algo orders of every kind that waited a few seconds ago. */
  readonly algos: readonly AlgoOrderReport[];
  /** Orders that ended lately, whoever placed them; `null` where the exchange would not say, empty where this look did not ask. */
  readonly recent: readonly OrderReport[] | null;
  /** Asked after the balance: those newer than the last statement, oldest first, or the newest alone before the first; `null` where they could not be read. */
  readonly bills: readonly BillReport[] | null;
  readonly config: AccountConfigReport;
  /** SHA-256 over the hashes of the answers. */
  readonly evidence: string;
  readonly askedAtSeq: number;
};

export type Comparison = {
  readonly differences: readonly DifferenceBody[];
  /** Open orders of ours that the exchange does not list: ask about each. */
  readonly missing: readonly ClientOrderId[];
  /** Orders of ours that the exchange lists and the books do not hold open. */
  readonly reopened: readonly ClientOrderId[];
};

/** Compares the union of both books: nothing that only one side knows is left out (DESIGN §3.9). */
export function compare(state: State, snapshot: Snapshot): Comparison {
  return {
    differences: [
      ...positionDifferences(state, snapshot.positions),
      ...balanceDifferences(state, snapshot.balance),
      ...orderDifferences(state, snapshot),
      ...accountDifferences(state, snapshot.config),
    ],
    missing: missingOrders(state, snapshot),
    reopened: [...snapshot.pending, ...snapshot.algos].flatMap((report) => {
      const order = isOurs(state, report) ? orderOf(state, report.clientOrderId) : undefined;
      return order?.life.kind === 'done' ? [order.clientOrderId] : [];
    }),
  };
}

function missingOrders(state: State, snapshot: Snapshot): readonly ClientOrderId[] {
  const listed = new Set(snapshot.pending.map((report) => report.clientOrderId));
  // Stop orders stand on lists of their own, and each that may be there is asked about by itself.
  return [...state.openOrders.values()].flatMap(({ clientOrderId, stop }) =>
    stop === null && !listed.has(clientOrderId) ? [clientOrderId] : [],
  );
}

/** The subject of a difference about what the key may do. */
export const KEY_RIGHTS = 'key rights';
const PORTFOLIO_MARGIN = '4';
const modeNames = { net: 'net_mode', long_short: 'long_short_mode' } as const;

/** What the design relies on and somebody may change behind its back: the position mode, and a key that cannot withdraw. */
function accountDifferences({ positionMode }: State, config: AccountConfigReport): readonly DifferenceBody[] {
  const differences: DifferenceBody[] = [];
  const differs = (subject: string, books: string, exchange: string): void => {
    differences.push({ kind: 'account', class: 'account_setting', subject, books, exchange });
  };
  const expected = modeNames[positionMode];
  if (config.positionMode !== expected) differs('position mode', expected, config.positionMode);
  if (config.permissions.includes('withdraw')) differs(KEY_RIGHTS, 'read and trade', 'may withdraw');
  // Elsewhere the exchange enforces reduce-only; in portfolio margin an exit could turn a position over (reference/risk.md §4.2).
  if (config.accountLevel === PORTFOLIO_MARGIN) differs('account mode', 'spot, futures or multi-currency', 'portfolio margin');
  if (config.autoLoan || config.spotBorrow) differs('borrowing', 'off', 'on');
  return differences;
}
