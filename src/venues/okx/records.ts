import type { Json } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { add, compare, type Decimal, isZero } from '../../core/money/decimal.ts';
import type { FillReport, OrderReport, PositionReport } from '../../core/order/report.ts';
import {
  amount,
  choice,
  clientOrderId,
  computedPrice,
  finished,
  flag,
  identity,
  instrumentId,
  milliseconds,
  natural,
  positive,
  refuse,
  type Row,
  rowOf,
  shaped,
  text,
} from './fields.ts';

/** Rows of a list that comes whole. Each may become a difference, and all of them together have to fit into one entry of the journal. */
export const ROWS_MAX = 2000;

const states = {
  live: 'live',
  partially_filled: 'partially_filled',
  filled: 'filled',
  canceled: 'cancelled',
  mmp_canceled: 'cancelled',
} as const;

/** One row of trade/order, orders-pending or orders-history. Orders of others come with their own client order id, or none. */
export function decodeOrder(value: Json): Result<OrderReport> {
  const row = rowOf(value);
  const instrument = instrumentId(row, 'instId');
  const state = states[choice(row, 'state', ['live', 'partially_filled', 'filled', 'canceled', 'mmp_canceled'])];
  const filled = natural(row, 'accFillSz');
  const report = {
    clientOrderId: clientOrderId(row, 'clOrdId'),
    exchangeOrderId: identity(row, 'ordId'),
    algoClientOrderId: clientOrderId(row, 'algoClOrdId'),
    side: choice(row, 'side', ['buy', 'sell']),
    size: orderSize(row, { filled, over: state === 'filled' || state === 'cancelled' }),
    price: text(row, 'px') === '' ? null : amount(row, 'px'),
    filled,
    averagePrice: computedPrice(row, 'avgPx'),
    state,
    reduceOnly: flag(row, 'reduceOnly'),
    updatedAt: milliseconds(row, 'uTime'),
  };
  if (compare(filled, report.size) > 0) refuse(row, 'more was filled than ordered');
  // Believed, it would end an order of which something may still execute.
  if (state === 'filled' && compare(filled, report.size) < 0) refuse(row, 'filled, and not with its whole size');
  if (instrument === undefined) return err(row.problem);
  return finished(row, { ...report, instrument });
}

/**
 * The size in the instrument's trading unit. Somebody else's market buy on spot is counted in quote currency unless it says otherwise
 * (`tgtCcy`, okx-orders.md §1); once it is over, what it filled is its size. While it is not, its size in base is not knowable, and
 * that is a problem.
 */
function orderSize(row: Row, { filled, over }: { readonly filled: Decimal; readonly over: boolean }): Decimal {
  const target = text(row, 'tgtCcy');
  const pair = ['SPOT', 'MARGIN'].includes(text(row, 'instType'));
  const counted = target === 'quote_ccy' || (pair && target !== 'base_ccy' && text(row, 'side') === 'buy');
  if (text(row, 'ordType') !== 'market' || !counted) return positive(row, 'sz');
  if (!over) refuse(row, 'a market order counted in quote currency is still open');
  return filled;
}

/** One row of trade/fills. */
export function decodeFill(value: Json): Result<FillReport> {
  const row = rowOf(value);
  const instrument = instrumentId(row, 'instId');
  const report = {
    // Trades of liquidations have negative numbers (okx-orders.md §2).
    tradeId: shaped(row, 'tradeId', /^-?[0-9]{1,32}$/),
    billId: identity(row, 'billId'),
    clientOrderId: clientOrderId(row, 'clOrdId'),
    exchangeOrderId: identity(row, 'ordId'),
    side: choice(row, 'side', ['buy', 'sell']),
    size: positive(row, 'fillSz'),
    price: positive(row, 'fillPx'),
    fee: amount(row, 'fee'),
    feeCurrency: shaped(row, 'feeCcy', /^[A-Za-z0-9]{1,20}$/),
    at: milliseconds(row, 'ts'),
  };
  if (instrument === undefined) return err(row.problem);
  return finished(row, { ...report, instrument });
}

/**
 * The rows of account/positions, in net mode. A closed position may come with size 0 and is left out. One instrument held both crossed
 * and isolated is two rows and one exposure: their sum is reported, without an average price.
 */
export function decodePositions(data: readonly Json[]): Result<readonly PositionReport[]> {
  if (data.length > ROWS_MAX) return err(`${data.length} positions, of at most ${ROWS_MAX}`);
  const positions = new Map<string, PositionReport>();
  for (const [index, item] of data.entries()) {
    const decoded = decodePosition(item);
    if (!decoded.ok) return err(`row ${index}: ${decoded.error}`);
    const position = decoded.value;
    if (isZero(position.size)) continue;
    const other = positions.get(position.instrument);
    positions.set(
      position.instrument,
      other === undefined ? position : { ...position, size: add(other.size, position.size), averagePrice: null, liquidationPrice: null },
    );
  }
  return ok([...positions.values()]);
}

function decodePosition(value: Json): Result<PositionReport> {
  const row = rowOf(value);
  const instrument = instrumentId(row, 'instId');
  const size = amount(row, 'pos');
  // Long-short mode counts both sides positive; read as net, a short would be a long.
  if (text(row, 'posSide') !== 'net') refuse(row, 'a position that is not in net mode');
  // Margin positions bear the name of the spot pair and count shorts in quote currency: they have no place in our books.
  if (text(row, 'instType') === 'MARGIN' && !isZero(size)) refuse(row, 'a margin position is open, which twokey does not keep books of');
  const report = { size, averagePrice: computedPrice(row, 'avgPx'), liquidationPrice: computedPrice(row, 'liqPx') };
  if (instrument === undefined) return err(row.problem);
  return finished(row, { ...report, instrument });
}
