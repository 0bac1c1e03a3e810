import type { Json } from '../../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../../core/lang/result.ts';
import type { InstrumentId } from '../../../core/market/instrument.ts';
import { isZero } from '../../../core/money/decimal.ts';
import type { PricePart, Push } from '../../../core/order/feed.ts';
import type { AlgoOrderReport, FillReport, OrderReport, PositionReport, ProtectionReport } from '../../../core/order/report.ts';
import type { Read } from '../../../core/order/request.ts';
import { amount, choice, finished, instrumentId, milliseconds, positive, rowOf, shaped, text } from '../fields.ts';
import { decodeAnyAlgo } from '../algo-record.ts';
import { decodeProtection } from '../protection-record.ts';
import { decodeBalance, decodeData } from '../read.ts';
import { decodeOrder, decodePosition, ROWS_MAX } from '../records.ts';
import type { Channel } from './channels.ts';

/**
 * What a push says, in the words in which the same rows are read when they are asked for, and as strictly: one row that is not understood makes the
 * whole of it unreadable, since half of it could mislead. `null` for a channel that nobody subscribed.
 */
export function decodePush({ channel, instId = '' }: Channel, data: readonly Json[]): Result<Push> | null {
  if (data.length > ROWS_MAX) return err(`${data.length} rows, of at most ${ROWS_MAX}`);
  switch (channel) {
    case 'orders':
      return orders(data);
    case 'orders-algo':
      return stops(data);
    case 'positions':
      return positions(data);
    case 'account':
      return balance(data);
    case 'instruments':
      return instruments(data);
    case 'status':
      return maintenance(data);
    default: {
      const source = sources.get(channel);
      if (source === undefined) return null;
      const report = decodeData(source.read(instId as InstrumentId), data);
      return report.ok ? ok({ kind: 'price', part: source.part, name: instId, report: report.value }) : report;
    }
  }
}

type Source = { readonly part: PricePart; readonly read: (name: InstrumentId) => Read };

/** Public channels, each with the question whose answer has the same rows. */
const sources: ReadonlyMap<string, Source> = new Map<string, Source>([
  ['tickers', { part: 'ticker', read: (instrument) => ({ kind: 'ticker', instrument }) }],
  ['mark-price', { part: 'mark', read: (instrument) => ({ kind: 'mark_price', instrument }) }],
  ['index-tickers', { part: 'index', read: (pair) => ({ kind: 'index', pair }) }],
  ['funding-rate', { part: 'funding', read: (instrument) => ({ kind: 'funding_rate', instrument }) }],
]);

function orders(data: readonly Json[]): Result<Push> {
  const told: OrderReport[] = [];
  const fills: FillReport[] = [];
  for (const value of data) {
    const order = decodeOrder(value);
    if (!order.ok) return order;
    const fill = fillIn(value, order.value);
    if (!fill.ok) return fill;
    told.push(order.value);
    if (fill.value !== null) fills.push(fill.value);
  }
  return ok({ kind: 'orders', orders: told, fills });
}

/** The execution that an order's row tells of; `null` where its last change was none. */
function fillIn(value: Json, order: OrderReport): Result<FillReport | null> {
  const row = rowOf(value);
  const named = text(row, 'tradeId');
  // Trades of liquidations have negative numbers, and in this channel none but 0 (okx-orders.md §2).
  if (row.problem !== '' || named === '' || named === '0') return finished(row, null);
  const size = amount(row, 'fillSz');
  if (isZero(size)) return finished(row, null);
  const { clientOrderId: ours, exchangeOrderId, instrument, side } = order;
  return finished(row, {
    tradeId: shaped(row, 'tradeId', /^-?[0-9]{1,32}$/),
    billId: '',
    clientOrderId: ours,
    exchangeOrderId,
    instrument,
    side,
    leg: order.leg,
    liquidity: choice(row, 'execType', ['T', 'M']) === 'T' ? 'taker' : 'maker',
    size: positive(row, 'fillSz'),
    price: positive(row, 'fillPx'),
    fee: amount(row, 'fillFee'),
    feeCurrency: shaped(row, 'fillFeeCcy', /^[A-Za-z0-9]{1,20}$/),
    at: milliseconds(row, 'fillTime'),
  });
}

function stops(data: readonly Json[]): Result<Push> {
  const told: ProtectionReport[] = [];
  const others: Omit<AlgoOrderReport, 'type'>[] = [];
  for (const value of data) {
    const kind = text(rowOf(value), 'ordType');
    if (kind === 'conditional' || kind === 'oco') {
      const stop = decodeProtection(value);
      if (!stop.ok) return stop;
      told.push(stop.value);
      continue;
    }
    // Of kinds whose states nobody here relies on.
    const other = decodeAnyAlgo(rowOf(value));
    if (!other.ok) return other;
    others.push(other.value);
  }
  return ok({ kind: 'stops', stops: told, others });
}

function positions(data: readonly Json[]): Result<Push> {
  const told: PositionReport[] = [];
  for (const value of data) {
    const position = decodePosition(value);
    if (!position.ok) return position;
    told.push(position.value);
  }
  return ok({ kind: 'positions', positions: told });
}

function balance(data: readonly Json[]): Result<Push> {
  const [value] = data;
  if (value === undefined || data.length !== 1) return err(`expected 1 row, got ${data.length}`);
  const decoded = decodeBalance(value);
  return decoded.ok ? ok({ kind: 'balance', balance: decoded.value }) : decoded;
}

/** Which instruments changed; what they became is asked for. Kinds that twokey does not trade are left out. */
function instruments(data: readonly Json[]): Result<Push> {
  const ids = data.flatMap((value) => {
    const id = instrumentId(rowOf(value), 'instId');
    return id === undefined ? [] : [id];
  });
  return ok({ kind: 'instruments', ids });
}

function maintenance(data: readonly Json[]): Result<Push> {
  const row = rowOf(data[0]);
  const state = text(row, 'state');
  const known = state === 'scheduled' || state === 'ongoing' ? state : 'other';
  return finished(row, { kind: 'maintenance', state: known, beginsAt: milliseconds(row, 'begin') });
}
