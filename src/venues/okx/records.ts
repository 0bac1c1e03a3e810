import type { Json } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { add, compare, type Decimal, isNegative, isZero, negate } from '../../core/money/decimal.ts';
import { type PositionKey, positionKey } from '../../core/order/leg.ts';
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
  leg,
  milliseconds,
  natural,
  positive,
  refuse,
  type Row,
  rowOf,
  shaped,
  tag,
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

/** Categories of orders that OKX places itself; any but these and `normal` belongs to one of its services. */
const categories = new Map<string, OrderReport['category']>([
  ['normal', 'normal'],
  ['adl', 'liquidation'],
  ['full_liquidation', 'liquidation'],
  ['partial_liquidation', 'liquidation'],
]);

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
    leg: leg(row, 'posSide'),
    size: orderSize(row, { filled, over: state === 'filled' || state === 'cancelled' }),
    price: text(row, 'px') === '' ? null : amount(row, 'px'),
    filled,
    averagePrice: computedPrice(row, 'avgPx'),
    state,
    reduceOnly: flag(row, 'reduceOnly'),
    tag: tag(row, 'tag'),
    category: categories.get(shaped(row, 'category', /^[a-z_]{1,32}$/)) ?? 'other',
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

const liquidities = { T: 'taker', M: 'maker' } as const;

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
    leg: leg(row, 'posSide'),
    liquidity: liquidities[choice(row, 'execType', ['T', 'M'])],
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
 * The rows of account/positions. A closed position may come with size 0 and is left out. One instrument held both crossed and isolated
 * is two rows and one exposure: their sum is reported, without an average price. Legs are kept apart.
 */
export function decodePositions(data: readonly Json[]): Result<readonly PositionReport[]> {
  if (data.length > ROWS_MAX) return err(`${data.length} positions, of at most ${ROWS_MAX}`);
  const positions = new Map<PositionKey, PositionReport>();
  for (const [index, item] of data.entries()) {
    const decoded = decodePosition(item);
    if (!decoded.ok) return err(`row ${index}: ${decoded.error}`);
    const position = decoded.value;
    if (isZero(position.size)) continue;
    const key = positionKey(position.instrument, position.leg);
    const other = positions.get(key);
    positions.set(
      key,
      other === undefined ? position : { ...position, size: add(other.size, position.size), averagePrice: null, liquidationPrice: null },
    );
  }
  return ok([...positions.values()]);
}

/** One row of account/positions, also of a position that was closed. */
export function decodePosition(value: Json): Result<PositionReport> {
  const row = rowOf(value);
  const instrument = instrumentId(row, 'instId');
  const named = choice(row, 'posSide', ['net', 'long', 'short']);
  const size = amount(row, 'pos');
  // A leg is counted positive whichever way it lies; a negative one would be counted twice over.
  if (named !== 'net' && isNegative(size)) refuse(row, 'a leg of a size below zero');
  // Margin positions bear the name of the spot pair and count shorts in quote currency: they have no place in our books.
  if (text(row, 'instType') === 'MARGIN' && !isZero(size)) refuse(row, 'a margin position is open, which twokey does not keep books of');
  const prices = { averagePrice: computedPrice(row, 'avgPx'), liquidationPrice: computedPrice(row, 'liqPx') };
  if (instrument === undefined) return err(row.problem);
  return finished(row, { instrument, leg: named, size: named === 'short' ? negate(size) : size, ...prices });
}
