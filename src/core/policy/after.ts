import { mostCharged } from '../market/fees.ts';
import type { Instrument } from '../market/instrument.ts';
import { amountOf } from '../market/valuation.ts';
import { add, type Decimal, divideDown, divideUp, formatDecimal, maximum, multiply, one, subtract, zero } from '../money/decimal.ts';
import type { Price, Ratio, Size, Usd } from '../money/units.ts';
import type { Side } from '../order/intent.ts';
import { entriesToday } from './activity.ts';
import type { Question } from './control.ts';
import { draft, wishOf } from './draft.ts';
import { costOfOrder } from './losses.ts';

// What a person who is asked about an entry needs to know beside the order: what it loses at its stop, and what it leaves of the limits.

type Stopped = {
  readonly instrument: Instrument;
  readonly side: Side;
  /** In the instrument's trading unit: base currency on spot, contracts on derivatives. */
  readonly size: Size;
  /** The worst price at which the entry may execute. */
  readonly price: Price;
  readonly stopLoss: Price;
  /** How much worse than its trigger the stop is expected to execute at most, as a share of it: the policy's `max_slippage`. */
  readonly slippage: Ratio;
  /** What one of the quote currency counts as in US dollars (`rateOf`). */
  readonly rate: Ratio;
};

const USD_DIGITS = 8;

/**
 * What an entry loses in US dollars when it fills whole at its worst price and its stop is then reached: the way between, `slippage` beyond the stop, and the taker fee of both orders at the
 * exchange's first level. Rounded up; never less than zero. A gap beyond that, funding, and on inverse contracts the fall of the coin that is the collateral, are not in it.
 */
export function lossAtStop({ instrument, side, size, price, stopLoss, slippage, rate }: Stopped): Usd {
  const isLong = side === 'buy';
  const exit = multiply(stopLoss, isLong ? subtract(one, slippage) : add(one, slippage));
  const way = isLong ? subtract(price, exit) : subtract(exit, price);
  const amount = amountOf(instrument, size);
  const fee = multiply(amount, mostCharged(instrument, 'taker'));
  // An inverse contract is a number of dollars, and is paid for in coins: dollars × difference ÷ entry, valued at the price at which it ends.
  const loss =
    instrument.kind === 'inverse'
      ? add(divideUp({ dividend: multiply(amount, way), divisor: price, digits: USD_DIGITS }), add(fee, fee))
      : add(multiply(amount, way), multiply(fee, add(price, exit)));
  return maximum(divideUp({ dividend: multiply(loss, rate), divisor: one, digits: 2 }), zero);
}

/** A limit as it would stand with an order: amounts are decimal texts in `unit`, `after` rounded up and `left` down to cents; `null` where the use is not known, which refuses entries. */
export type LimitAfter = {
  readonly name: string;
  readonly max: string;
  readonly after: string | null;
  readonly left: string | null;
  readonly unit: string;
};

/** What an entry leaves of the limits that a person thinks in, counted as their controls count it; none where the order cannot be drafted for want of a price. */
export function limitsAfter(question: Question): readonly LimitAfter[] {
  const wish = wishOf(question);
  const { instrument, quote, openOrders, book, reference } = wish;
  if (instrument === undefined || quote === undefined || reference === null) return [];
  const { terms, notionalUsd, worstCaseUsd, situation } = draft({ question, instrument, quote, openOrders, book, reference });
  const { books, circumstances, policy } = question;
  const { others, losses } = situation;
  const cost = costOfOrder({ instrument, side: terms.side, size: terms.size, price: terms.price, reference });
  const total = others.kind === 'known' ? add(others.usd, worstCaseUsd.after) : null;
  const lost = losses.kind === 'known' ? add(losses.daily, add(losses.openOrdersCost, cost)) : null;
  const trades = entriesToday(books.activity, circumstances.now) + 1;
  return [
    dollars('max_order_size', policy.maxOrderSize, notionalUsd),
    dollars('max_position_size', policy.maxPositionSize, worstCaseUsd.after),
    dollars('max_total_exposure', policy.maxTotalExposure, total),
    {
      name: 'max_daily_trades',
      max: String(policy.maxDailyTrades),
      after: String(trades),
      left: String(Math.max(policy.maxDailyTrades - trades, 0)),
      unit: 'entries in this UTC day',
    },
    dollars('max_daily_loss', policy.maxDailyLoss, lost),
  ];
}

function dollars(name: string, max: Usd, after: Usd | null): LimitAfter {
  const cents = { divisor: one, digits: 2 };
  const left = (used: Decimal): Usd => maximum(subtract(max, used), zero);
  return {
    name,
    max: formatDecimal(max),
    after: after === null ? null : formatDecimal(divideUp({ dividend: after, ...cents })),
    left: after === null ? null : formatDecimal(divideDown({ dividend: left(after), ...cents })),
    unit: 'USD',
  };
}
