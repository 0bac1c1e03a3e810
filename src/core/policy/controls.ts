import type { Control } from './control.ts';
import { accountEquity } from './controls/account-equity.ts';
import { approval } from './controls/approval.ts';
import { booting } from './controls/booting.ts';
import { dailyTrades } from './controls/daily-trades.ts';
import { dataAge } from './controls/data-age.ts';
import { duplicates } from './controls/duplicates.ts';
import { expectedNotional } from './controls/expected-notional.ts';
import { frozen } from './controls/frozen.ts';
import { availableFunds } from './controls/funds.ts';
import { halted } from './controls/halted.ts';
import { instruments } from './controls/instruments.ts';
import { leverage } from './controls/leverage.ts';
import { minBalance } from './controls/min-balance.ts';
import { maxOpenOrders } from './controls/open-orders.ts';
import { maxOpenPositions } from './controls/open-positions.ts';
import { maximumSize, minimumSize } from './controls/order-bounds.ts';
import { orderRate } from './controls/order-rate.ts';
import { orderSize } from './controls/order-size.ts';
import { positionSize } from './controls/position-size.ts';
import { precision } from './controls/precision.ts';
import { priceCollar } from './controls/price-collar.ts';
import { protection } from './controls/protection.ts';
import { readOnly } from './controls/read-only.ts';
import { reason } from './controls/reason.ts';
import { reduceOnly } from './controls/reduce-only.ts';
import { reducing } from './controls/reducing.ts';
import { sameSide } from './controls/same-side.ts';
import { selfMatch } from './controls/self-match.ts';
import { totalExposure } from './controls/total-exposure.ts';

/**
 * Every control, in the order in which they are asked; the first that refuses is the answer. What needs no order stands before what does. Among
 * those that do: what is wrong with the order itself, then what it repeats, then what it would add up to, then the account, and
 * read-only last.
 */
export const controls: readonly Control[] = [
  booting,
  halted,
  reason,
  instruments,
  reduceOnly,
  protection,
  precision,
  dataAge,
  expectedNotional,
  minimumSize,
  maximumSize,
  priceCollar,
  reducing,
  orderSize,
  duplicates,
  sameSide,
  orderRate,
  frozen,
  selfMatch,
  positionSize,
  totalExposure,
  leverage,
  maxOpenPositions,
  maxOpenOrders,
  dailyTrades,
  accountEquity,
  minBalance,
  availableFunds,
  approval,
  readOnly,
];
