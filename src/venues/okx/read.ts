import type { Json } from '../../core/lang/canonical.ts';
import { unreachable } from '../../core/lang/assert.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Instrument } from '../../core/market/instrument.ts';
import { compare, type Decimal, isPositive } from '../../core/money/decimal.ts';
import type { AccountConfigReport, BalanceReport, ReadReport } from '../../core/order/report.ts';
import type { Leg } from '../../core/order/leg.ts';
import type { Read } from '../../core/order/request.ts';
import { decodeAlgoOrder } from './algo-record.ts';
import { decodeBill } from './bill-record.ts';
import {
  amount,
  computed,
  finished,
  flag,
  instrumentId,
  isList,
  type JsonObject,
  leg,
  milliseconds,
  natural,
  naturalIfAny,
  parseEnvelope,
  positive,
  refuse,
  type Row,
  rowOf,
  shaped,
  text,
} from './fields.ts';
import { decodeInstrument } from './instruments.ts';
import { decodeProtection } from './protection-record.ts';
import { decodeFill, decodeOrder, decodePositions, ROWS_MAX } from './records.ts';
import { PAGE_SIZE } from './request.ts';
import { type Answer, described } from './write.ts';

/**
 * What an answer to a read says. Whatever is not wholly understood is `failed`, which proves nothing: a page with one row that cannot
 * be read is no page, because a missing row would look like an order that is not there. Only 51603 to the query of one order or stop
 * order is `absent`. Public instruments are the exception: rows of kinds we do not trade are left out and counted.
 */
export function decodeRead(request: Read, answer: Answer): ReadReport {
  const read = parseEnvelope(answer.body);
  if (!read.ok) return failed(`answered ${answer.status}, ${read.error}`);
  const { code, data } = read.value;
  if (answer.status !== 200) return refused(answer.status < 500 ? code : undefined, `answered ${answer.status} with ${described(code)}`);
  if (code === '51603' && isOfOne(request)) return data.length === 0 ? { kind: 'absent' } : failed('code 51603, with rows');
  if (code !== '0') return refused(code, described(code));
  const decoded = decodeData(request, data);
  return decoded.ok ? decoded.value : failed(decoded.error);
}

function isOfOne({ kind }: Read): boolean {
  return kind === 'order' || kind === 'placed_order' || kind === 'protection';
}

function failed(cause: string): ReadReport {
  return { kind: 'failed', cause };
}

/** What stands in front of the exchange may fail with any words; a code counts where the exchange itself said no. */
function refused(code: string | undefined, cause: string): ReadReport {
  return code === undefined ? failed(cause) : { kind: 'failed', cause, code };
}

/** What the rows of an answer say. Pushes of a channel have the rows of the path that it stands for. */
export function decodeData(request: Read, data: readonly Json[]): Result<ReadReport> {
  switch (request.kind) {
    case 'order':
    case 'placed_order':
      return single(data, (value) => ordered(request, value));
    case 'protection':
      return single(data, (value) => protectedBy(request, value));
    case 'protections':
      return mapped(page(data, decodeProtection), (protections) => ({ kind: 'protections', protections }));
    case 'algo_orders':
      return mapped(
        page(data, (value) => decodeAlgoOrder(request.type, value)),
        (orders) => ({ kind: 'algo_orders', orders }),
      );
    case 'pending':
    case 'orders_history':
    case 'recent_orders':
      return mapped(page(data, decodeOrder), (orders) => ({ kind: 'orders', orders }));
    case 'fills':
      return mapped(page(data, decodeFill), (fills) => ({ kind: 'fills', fills }));
    case 'positions':
      return mapped(decodePositions(data), (positions) => ({ kind: 'positions', positions }));
    case 'balance':
      return single(data, (value) => mapped(decodeBalance(value), (balance) => ({ kind: 'balance', balance })));
    case 'funding_balances':
      return mapped(currenciesOf(data, { total: 'bal' }), (currencies) => ({ kind: 'funding_balances', currencies }));
    case 'bills':
      return mapped(page(data, decodeBill), (bills) => ({ kind: 'bills', bills }));
    case 'account_config':
      return single(data, (value) => mapped(decodeAccountConfig(value), (config) => ({ kind: 'account_config', config })));
    case 'leverage':
      return leverage(request.instrument, data);
    case 'instruments':
      return ok(instruments(request.product, data));
    case 'ticker':
      return single(data, (value) => ticker(request.instrument, value));
    case 'book':
      return single(data, (value) => book(request, value));
    case 'candles':
      return data.length > request.count
        ? err('more candles than asked for')
        : mapped(each(data, candle), (candles) => ({ kind: 'candles', candles }));
    case 'mark_price':
      return single(data, (value) => price({ value, name: request.instrument, field: 'markPx' }));
    case 'index':
      return single(data, (value) => price({ value, name: request.pair, field: 'idxPx' }));
    case 'funding_rate':
      return single(data, (value) => fundingRate(request.instrument, value));
    case 'time':
      return single(data, (value) => {
        const row = rowOf(value);
        return finished(row, { kind: 'time', at: milliseconds(row, 'ts') });
      });
    default:
      return unreachable(request);
  }
}

function mapped<From, To>(result: Result<From>, change: (value: From) => To): Result<To> {
  return result.ok ? ok(change(result.value)) : result;
}

function single(data: readonly Json[], decode: (value: Json) => Result<ReadReport>): Result<ReadReport> {
  const [value] = data;
  if (value === undefined || data.length !== 1) return err(`expected 1 row, got ${data.length}`);
  return decode(value);
}

function each<Value>(data: readonly Json[], decode: (value: Json) => Result<Value>): Result<readonly Value[]> {
  const values: Value[] = [];
  for (const [index, item] of data.entries()) {
    const decoded = decode(item);
    if (!decoded.ok) return err(`row ${index}: ${decoded.error}`);
    values.push(decoded.value);
  }
  return ok(values);
}

function page<Value>(data: readonly Json[], decode: (value: Json) => Result<Value>): Result<readonly Value[]> {
  return data.length > PAGE_SIZE ? err(`a page of ${data.length} rows, at most ${PAGE_SIZE} were asked for`) : each(data, decode);
}

function protectedBy(request: Extract<Read, { readonly kind: 'protection' }>, value: Json): Result<ReadReport> {
  const protection = decodeProtection(value);
  if (!protection.ok) return protection;
  if (protection.value.clientOrderId !== request.clientOrderId) return err('the stop order has another client order id');
  return ok({ kind: 'protection', protection: protection.value });
}

function ordered(request: Extract<Read, { readonly kind: 'order' | 'placed_order' }>, value: Json): Result<ReadReport> {
  const order = decodeOrder(value);
  if (!order.ok) return order;
  if (request.kind === 'order' && order.value.clientOrderId !== request.clientOrderId) return err('the order has another client order id');
  if (request.kind === 'placed_order' && order.value.exchangeOrderId !== request.exchangeOrderId)
    return err('the order has another number');
  if (order.value.instrument !== request.instrument) return err('the order is of another instrument');
  return ok({ kind: 'order', order: order.value });
}

/** The row of account/balance. */
export function decodeBalance(value: Json): Result<BalanceReport> {
  const row = rowOf(value);
  const details = row.object.details;
  if (!isList(details)) refuse(row, 'details is not a list');
  const currencies = currenciesOf(isList(details) ? details : [], { total: 'cashBal' });
  if (!currencies.ok) return currencies;
  return finished(row, { equityUsd: computed(row, 'totalEq'), currencies: currencies.value, at: milliseconds(row, 'uTime') });
}

/** Rows of balances, each of another currency; the two accounts of a user name their total differently. */
function currenciesOf(rows: readonly Json[], { total }: { readonly total: 'cashBal' | 'bal' }): Result<BalanceReport['currencies']> {
  if (rows.length > ROWS_MAX) return err(`${rows.length} currencies, of at most ${ROWS_MAX}`);
  const currencies = each(rows, (item) => {
    const row = rowOf(item);
    return finished(row, {
      currency: shaped(row, 'ccy', /^[A-Za-z0-9]{1,20}$/),
      total: amount(row, total),
      available: amount(row, 'availBal'),
    });
  });
  if (!currencies.ok) return currencies;
  const names = new Set(currencies.value.map(({ currency }) => currency));
  return names.size === currencies.value.length ? currencies : err('rows that name a currency twice');
}

function decodeAccountConfig(value: Json): Result<AccountConfigReport> {
  const row = rowOf(value);
  return finished(row, {
    uid: shaped(row, 'uid', /^[0-9]{1,32}$/),
    mainUid: shaped(row, 'mainUid', /^[0-9]{1,32}$/),
    accountLevel: shaped(row, 'acctLv', /^[0-9]{1,2}$/),
    positionMode: shaped(row, 'posMode', /^[a-z_]{1,32}$/),
    permissions: parts(shaped(row, 'perm', /^[a-z_, ]{0,200}$/)),
    addresses: parts(shaped(row, 'ip', /^[0-9A-Fa-f.:/, ]{0,2000}$/)),
    // The operator wrote it when the key was made. Anything but plain text is not shown.
    label: /^[\x20-\x7e]{0,64}$/.test(text(row, 'label')) ? text(row, 'label') : '',
    autoLoan: flag(row, 'autoLoan'),
    spotBorrow: flag(row, 'enableSpotBorrow'),
  });
}

function parts(list: string): readonly string[] {
  return list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function leverage(instrument: string, data: readonly Json[]): Result<ReadReport> {
  const rows = each(data, (value) => leverageOf(instrument, value));
  if (!rows.ok) return rows;
  const [first, second] = rows.value;
  // One row in net mode, one a leg in long/short mode. A single leg would not be the leverage of all that we place.
  const legs = rows.value.map((row) => row.leg).join(' ');
  if (first === undefined || !['net', 'long short', 'short long'].includes(legs))
    return err('rows that are neither of net mode nor of both legs');
  if (second !== undefined && compare(first.leverage, second.leverage) !== 0) return err('legs of different leverage');
  return ok({ kind: 'leverage', leverage: first.leverage });
}

function leverageOf(instrument: string, value: Json): Result<{ readonly leg: Leg; readonly leverage: Decimal }> {
  const row = rowOf(value);
  named(row, instrument);
  return finished(row, { leg: leg(row, 'posSide'), leverage: positive(row, 'lever') });
}

function named(row: Row, name: string): void {
  if (text(row, 'instId') !== name) refuse(row, 'the row is of another instrument');
}

type Listed = Extract<Read, { readonly kind: 'instruments' }>['product'];

function listedAs(instrument: Instrument): Listed {
  if (instrument.kind === 'spot') return 'spot';
  return instrument.expiry === null ? 'swap' : 'futures';
}

function instruments(product: Listed, data: readonly Json[]): ReadReport {
  const known: Instrument[] = [];
  for (const item of data) {
    const decoded = decodeInstrument(item);
    if (decoded.ok && listedAs(decoded.value) === product) known.push(decoded.value);
  }
  // Two rows of one name cannot both be true; neither is believed.
  const counts = new Map<string, number>();
  for (const { id } of known) counts.set(id, (counts.get(id) ?? 0) + 1);
  const unique = known.filter(({ id }) => counts.get(id) === 1);
  return { kind: 'instruments', instruments: unique, refused: data.length - unique.length };
}

function ticker(instrument: string, value: Json): Result<ReadReport> {
  const row = rowOf(value);
  named(row, instrument);
  const id = instrumentId(row, 'instId');
  if (id === undefined) return err(row.problem);
  const report = {
    instrument: id,
    bid: positive(row, 'bidPx'),
    ask: positive(row, 'askPx'),
    last: positive(row, 'last'),
    // Base currency on spot, contracts on derivatives: the unit in which orders are sized. No exit needs it.
    volume: naturalIfAny(row, 'vol24h'),
    at: milliseconds(row, 'ts'),
  };
  return finished(row, { kind: 'ticker', ticker: report });
}

function fundingRate(instrument: string, value: Json): Result<ReadReport> {
  const row = rowOf(value);
  named(row, instrument);
  return finished(row, {
    kind: 'funding_rate',
    rate: computed(row, 'fundingRate'),
    paidAt: milliseconds(row, 'fundingTime'),
    at: milliseconds(row, 'ts'),
  });
}

function book(request: Extract<Read, { readonly kind: 'book' }>, value: Json): Result<ReadReport> {
  const row = rowOf(value);
  const bids = levels(row.object, 'bids', request.depth);
  if (!bids.ok) return bids;
  const asks = levels(row.object, 'asks', request.depth);
  if (!asks.ok) return asks;
  if (!isSorted(bids.value, -1) || !isSorted(asks.value, 1)) return err('levels that are not sorted by price');
  return finished(row, {
    kind: 'book',
    book: { instrument: request.instrument, bids: bids.value, asks: asks.value, at: milliseconds(row, 'ts') },
  });
}

/** Whether each price is worse than the one before it, as whoever walks the book relies on. */
function isSorted(side: readonly Level[], worse: 1 | -1): boolean {
  return side.every(([price], index) => {
    const before = side[index - 1];
    return before === undefined || compare(price, before[0]) === worse;
  });
}

type Level = readonly [ReturnType<typeof positive>, ReturnType<typeof natural>];

/** Levels are lists: price, size, an old field, number of orders. */
function levels(object: JsonObject, field: string, depth: number): Result<readonly Level[]> {
  const list = object[field];
  if (!isList(list)) return err(`${field} is not a list`);
  if (list.length > depth) return err(`${field} has more levels than asked for`);
  return each(list, (item): Result<Level> => {
    const row = listed(item, ['price', 'size']);
    return finished(row, [positive(row, 'price'), natural(row, 'size')]);
  });
}

/** A row that came as a list, under names of our own. */
function listed(value: Json, names: readonly string[]): Row {
  if (!isList(value) || value.length < names.length) return rowOf(undefined);
  return rowOf(Object.fromEntries(names.map((name, index) => [name, value[index] ?? null])));
}

function candle(value: Json): Result<Extract<ReadReport, { readonly kind: 'candles' }>['candles'][number]> {
  const row = listed(value, ['at', 'open', 'high', 'low', 'close', 'volume']);
  return finished(row, {
    at: milliseconds(row, 'at'),
    open: positive(row, 'open'),
    high: positive(row, 'high'),
    low: positive(row, 'low'),
    close: positive(row, 'close'),
    volume: natural(row, 'volume'),
  });
}

type PriceRow = { readonly value: Json; readonly name: string; readonly field: 'markPx' | 'idxPx' };

function price({ value, name, field }: PriceRow): Result<ReadReport> {
  const row = rowOf(value);
  named(row, name);
  const found = computed(row, field);
  if (!isPositive(found)) refuse(row, `${field} is not above zero`);
  return finished(row, { kind: 'price', price: found, at: milliseconds(row, 'ts') });
}
