import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { mostCharged } from '../market/fees.ts';
import type { Instrument } from '../market/instrument.ts';
import { absolute, compare, type Decimal, decimal, divideUp, formatDecimal, isNegative, multiply } from '../money/decimal.ts';
import type { Order } from '../order/order.ts';
import type { FillReport } from '../order/report.ts';

/**
 * What is wrong with a fill by itself (reference/risk.md T2): the side and the price that were asked for, which is the collar, and the fee. How much
 * of the order it is, is judged with the others of it; what it did to the position, by asking the exchange for that. `before` is what was written of
 * fills before it.
 */
export function unmeant(state: State, order: Order, fill: FillReport, before: readonly Entry[]): readonly Entry[] {
  return [...notAsked(order, fill), ...overcharged(state, fill, before)];
}

function notAsked(order: Order, fill: FillReport): readonly Entry[] {
  // A stop goes at market: it has no price that it could miss.
  const beyond =
    order.type === 'stop' ? false : order.side === 'buy' ? compare(fill.price, order.price) > 0 : compare(fill.price, order.price) < 0;
  if (fill.side === order.side && !beyond) return [];
  const message = `order ${order.clientOrderId} asked to ${order.side} at ${formatDecimal(order.price)} or better and the exchange reports a ${fill.side} at ${formatDecimal(fill.price)}`;
  return [{ kind: 'alert', severity: 'red', code: 'FILL_NOT_MEANT', message }];
}

/** Fees are cut to the last digit of their currency, and small fills are mostly that. */
const TOLERANCE = decimal('1.01');
const PERCENT_DIGITS = 4;

/**
 * A fee above the exchange's regular rates, or in a currency in which none is taken. It costs, and endangers nothing: it is told and stops nothing,
 * and of one instrument it is told once, as long as that stands among the alerts.
 */
function overcharged(state: State, fill: FillReport, before: readonly Entry[]): readonly Entry[] {
  const instrument = state.instruments.get(fill.instrument);
  if (instrument === undefined || !isNegative(fill.fee)) return [];
  const worth = worthIn(fill.feeCurrency, instrument, fill);
  const most = mostCharged(instrument, fill.liquidity);
  if (worth !== null && compare(absolute(fill.fee), multiply(multiply(worth, most), TOLERANCE)) <= 0) return [];
  const alerts = [...state.alerts, ...before.filter((entry) => entry.kind === 'alert')];
  if (alerts.some(({ code, message }) => code === 'FEE_NOT_MEANT' && message.startsWith(`${fill.instrument}: `))) return [];
  const paid = `${formatDecimal(absolute(fill.fee))} ${fill.feeCurrency}`;
  const share =
    worth === null ? '' : ` is ${percent(divideUp({ dividend: absolute(fill.fee), divisor: worth, digits: PERCENT_DIGITS + 2 }))}`;
  const message = `${fill.instrument}: a fee of ${paid} of order ${fill.clientOrderId}${share}, and at most ${percent(most)} in the currency of the trade is regular for a ${fill.liquidity}`;
  return [{ kind: 'alert', severity: 'amber', code: 'FEE_NOT_MEANT', message }];
}

const DIGITS = 18;

/** What a fill was worth in the currency of its fee; `null` where no fee of it is taken in that currency (okx-orders.md, fees). */
function worthIn(currency: string, instrument: Instrument, { size, price }: FillReport): Decimal | null {
  switch (instrument.kind) {
    case 'spot':
      return currency === instrument.base ? size : currency === instrument.quote ? multiply(size, price) : null;
    case 'linear':
      return currency === instrument.settle ? multiply(multiply(size, instrument.contractValue), price) : null;
    case 'inverse':
      return currency === instrument.settle
        ? divideUp({ dividend: multiply(size, instrument.contractValue), divisor: price, digits: DIGITS })
        : null;
  }
}

function percent(share: Decimal): string {
  return `${formatDecimal(multiply(share, decimal('100')))} %`;
}
