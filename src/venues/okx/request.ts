import { assert, unreachable } from '../../core/lang/assert.ts';
import type { InstrumentId } from '../../core/market/instrument.ts';
import { formatDecimal, isPositive } from '../../core/money/decimal.ts';
import type { ClientOrderId, OrderTerms } from '../../core/order/order.ts';
import { type AttachedProtection, type Clearing, clearingMost, type ExchangeRequest, type Read } from '../../core/order/request.ts';
import { type InstrumentType, typeOfInstrument } from './kind.ts';
import { leverageBody } from './leverage.ts';
import { amendBody, attachedBody, cancelBody, checkedAlgoId, protectBody, tagOf } from './protection.ts';

/** A request as OKX reads it. `path` carries its query percent-encoded exactly as sent and signed; `body` is empty for GET. */
export type WireRequest = {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: string;
  /** UTC milliseconds after which OKX discards the request (header expTime, not part of the signature); empty where OKX knows none. */
  readonly expTime: string;
  /** Whether it is signed. Public reads carry no key. */
  readonly private: boolean;
  /** Whether it carries `x-simulated-trading: 1`. */
  readonly simulated: boolean;
};

/** What a login over a socket signs, with the method GET and a time in seconds (okx-ws.md §3). */
export const LOGIN_PATH = '/users/self/verify';
/** OKX's largest page (okx-endpoints, pagination). */
export const PAGE_SIZE = 100;
/** Levels a side that OKX gives at most (market/books). */
export const BOOK_DEPTH_MAX = 400;
/** Rows of one candle request at most (market/candles). */
export const CANDLES_MAX = 300;

const bars: ReadonlySet<string> = new Set(
  '1m 3m 5m 15m 30m 1H 2H 4H 6H 12H 1D 2D 3D 1W 1M 3M 6Hutc 12Hutc 1Dutc 2Dutc 3Dutc 1Wutc 1Mutc 3Mutc'.split(' '),
);

/** Whether OKX has candles of this length (`bar` of market/candles). */
export function isBar(text: string): boolean {
  return bars.has(text);
}

/**
 * The bytes of a request (okx-endpoints.md). Gateway and vault both call this, each on its own copy of the structured request, and
 * compare hashes. The request was parsed before: a value that OKX would misread is our own bug and an assertion.
 */
export function encode(request: ExchangeRequest, options: { readonly simulated: boolean }): WireRequest {
  const { simulated } = options;
  switch (request.kind) {
    case 'place':
      assert(Number.isSafeInteger(request.expiresAt) && request.expiresAt > 0, 'a placement carries the time after which it is void');
      return {
        ...written('/api/v5/trade/order', placement(request), simulated),
        expTime: String(request.expiresAt),
      };
    case 'cancel':
      return written('/api/v5/trade/cancel-order', { instId: request.instrument, clOrdId: checkedId(request.clientOrderId) }, simulated);
    case 'cancel_all_after':
      return written('/api/v5/trade/cancel-all-after', armingBody(request), simulated);
    case 'clear_orders':
      return written('/api/v5/trade/cancel-batch-orders', clearingBody(request, 'ordId'), simulated);
    case 'clear_algos':
      return written('/api/v5/trade/cancel-algos', clearingBody(request, 'algoId'), simulated);
    case 'set_leverage':
      return written('/api/v5/account/set-leverage', leverageBody(request), simulated);
    case 'protect':
      return written('/api/v5/trade/order-algo', protectBody(request), simulated);
    case 'amend_protection':
      return written('/api/v5/trade/amend-algos', amendBody(request), simulated);
    case 'cancel_protection':
      return written('/api/v5/trade/cancel-algos', cancelBody(request), simulated);
    case 'login':
      // No path of REST: what is signed for a socket is refused everywhere else (okx-ws.md §3).
      return { method: 'GET', body: '', expTime: '', simulated, path: LOGIN_PATH, private: true };
    default:
      return { method: 'GET', body: '', expTime: '', simulated, ...reading(request) };
  }
}

function reading(request: Read): { readonly path: string; readonly private: boolean } {
  switch (request.kind) {
    case 'order':
      return signed('/api/v5/trade/order', [
        ['instId', request.instrument],
        ['clOrdId', checkedId(request.clientOrderId)],
      ]);
    case 'placed_order':
      assert(request.exchangeOrderId !== '', 'the order that is asked for has a number');
      return signed('/api/v5/trade/order', [
        ['instId', request.instrument],
        ['ordId', identity(request.exchangeOrderId)],
      ]);
    case 'protection':
      return signed('/api/v5/trade/order-algo', [['algoClOrdId', checkedAlgoId(request.clientOrderId)]]);
    case 'protections':
      return signed('/api/v5/trade/orders-algo-pending', [
        ['ordType', request.type],
        ['after', identity(request.olderThan)],
        ['limit', String(PAGE_SIZE)],
      ]);
    case 'algo_orders':
      return signed('/api/v5/trade/orders-algo-pending', [
        ['ordType', request.type],
        ['after', identity(request.olderThan)],
        ['limit', String(PAGE_SIZE)],
      ]);
    case 'pending':
      return signed('/api/v5/trade/orders-pending', [
        ['after', identity(request.olderThan)],
        ['limit', String(PAGE_SIZE)],
      ]);
    case 'orders_history':
      return signed('/api/v5/trade/orders-history', [
        ['instType', typeOf(request.instrument)],
        ['instId', request.instrument],
        ['after', identity(request.olderThan)],
        ['begin', since(request.begin)],
        ['limit', String(PAGE_SIZE)],
      ]);
    case 'recent_orders':
      return signed('/api/v5/trade/orders-history', [
        ['instType', typeOfProduct[request.product]],
        ['after', identity(request.olderThan)],
        ['begin', since(request.begin)],
        ['limit', String(PAGE_SIZE)],
      ]);
    case 'fills':
      return signed('/api/v5/trade/fills', [
        ['instType', typeOf(request.instrument)],
        ['instId', request.instrument],
        ['ordId', identity(request.exchangeOrderId)],
        ['after', identity(request.olderThan)],
        ['begin', since(request.begin)],
        ['limit', String(PAGE_SIZE)],
      ]);
    case 'positions':
      return signed('/api/v5/account/positions', []);
    case 'balance':
      return signed('/api/v5/account/balance', []);
    case 'funding_balances':
      return signed('/api/v5/asset/balances', []);
    case 'bills':
      return signed(request.span === 'recent' ? '/api/v5/account/bills' : '/api/v5/account/bills-archive', [
        ['after', identity(request.olderThan)],
        ['begin', since(request.begin)],
        ['limit', String(PAGE_SIZE)],
      ]);
    case 'account_config':
      return signed('/api/v5/account/config', []);
    case 'leverage':
      return signed('/api/v5/account/leverage-info', [
        ['instId', request.instrument],
        ['mgnMode', 'cross'],
      ]);
    case 'instruments':
      return open('/api/v5/public/instruments', [['instType', typeOfProduct[request.product]]]);
    case 'ticker':
      return open('/api/v5/market/ticker', [['instId', request.instrument]]);
    case 'book':
      assert(Number.isSafeInteger(request.depth) && request.depth >= 1, 'a book has at least one level');
      assert(request.depth <= BOOK_DEPTH_MAX, `a book has at most ${BOOK_DEPTH_MAX} levels a side`);
      return open('/api/v5/market/books', [
        ['instId', request.instrument],
        ['sz', String(request.depth)],
      ]);
    case 'candles':
      assert(isBar(request.bar), 'the length of a candle is one that OKX knows');
      assert(Number.isSafeInteger(request.count) && request.count >= 1, 'at least one candle is asked for');
      assert(request.count <= CANDLES_MAX, `at most ${CANDLES_MAX} candles are asked for`);
      return open('/api/v5/market/candles', [
        ['instId', request.instrument],
        ['bar', request.bar],
        ['limit', String(request.count)],
      ]);
    case 'mark_price':
      return open('/api/v5/public/mark-price', [
        ['instType', markTypeOf(request.instrument)],
        ['instId', request.instrument],
      ]);
    case 'index':
      return open('/api/v5/market/index-tickers', [['instId', request.pair]]);
    case 'funding_rate':
      return open('/api/v5/public/funding-rate', [['instId', request.instrument]]);
    case 'time':
      return open('/api/v5/public/time', []);
    default:
      return unreachable(request);
  }
}

/**
 * The body of a placement (okx-orders.md §1). Spot is `cash`, derivatives `cross`, with `posSide` in long/short mode. `tgtCcy` and `banAmend`
 * are rules of spot market orders, which twokey never sends: a limit order's size is base currency on spot, contracts otherwise.
 * An entry dies rather than remove our own resting order, an exit never dies because of one (reference/risk.md P13).
 */
function placement({ clientOrderId, terms, protection }: Placing): object {
  const spot = terms.product === 'spot';
  assert(isPositive(terms.size), 'an order has a size above zero');
  assert(isPositive(terms.price), 'an order has a price above zero');
  assert(!spot || !terms.reduceOnly, 'spot has no reduce-only flag');
  assert(spot === (typeOf(terms.instrument) === 'SPOT'), 'the product is that of the instrument');
  return {
    instId: terms.instrument,
    tdMode: spot ? 'cash' : 'cross',
    clOrdId: checkedId(clientOrderId),
    tag: tagOf(clientOrderId),
    side: terms.side,
    ...(terms.leg === 'net' ? {} : { posSide: terms.leg }),
    ordType: terms.type,
    px: formatDecimal(terms.price),
    sz: formatDecimal(terms.size),
    // In long/short mode the leg says it: the exchange lets a closing order do no more than close (okx-orders.md §1).
    ...(terms.reduceOnly && terms.leg === 'net' ? { reduceOnly: true } : {}),
    stpMode: terms.purpose === 'entry' ? 'cancel_taker' : 'cancel_maker',
    // An exit beyond the exchange's price limit would be refused (51006); clipped to the limit it still closes (docs/decisions/0011).
    ...(terms.purpose === 'exit' ? { pxAmendType: '1' } : {}),
    ...(protection === null ? {} : { attachAlgoOrds: [attachedBody(protection, terms)] }),
  };
}

/** The exchange's timer takes whole seconds, and fires for the whole account where no tag is named (okx-endpoints, cancel-all-after). */
function armingBody({ seconds, tag }: Extract<ExchangeRequest, { readonly kind: 'cancel_all_after' }>): object {
  assert(seconds === 0 || (Number.isSafeInteger(seconds) && seconds >= 10 && seconds <= 120), 'a timer is of 10 to 120 seconds, or 0');
  assert(/^[A-Za-z0-9]{0,16}$/.test(tag), 'a tag is at most 16 letters and digits');
  return { timeOut: String(seconds), ...(tag === '' ? {} : { tag }) };
}

function clearingBody({ kind, instrument, exchangeOrderIds }: Clearing, name: 'ordId' | 'algoId'): readonly object[] {
  assert(exchangeOrderIds.length >= 1, 'a list of cancels names at least one order');
  assert(exchangeOrderIds.length <= clearingMost[kind], `a list of cancels names at most ${clearingMost[kind]} orders`);
  assert(new Set(exchangeOrderIds).size === exchangeOrderIds.length, 'a list of cancels names each order once');
  assert(
    exchangeOrderIds.every((id) => id !== ''),
    'what is cancelled has a number',
  );
  return exchangeOrderIds.map((id) => ({ instId: instrument, [name]: identity(id) }));
}

type Placing = {
  readonly clientOrderId: ClientOrderId;
  readonly terms: OrderTerms;
  readonly protection: AttachedProtection | null;
};

function written(path: string, body: object, simulated: boolean): WireRequest {
  return { method: 'POST', path, body: JSON.stringify(body), expTime: '', private: true, simulated };
}

type Query = readonly (readonly [name: string, value: string])[];

function signed(path: string, query: Query): { readonly path: string; readonly private: boolean } {
  return { path: path + queryText(query), private: true };
}

function open(path: string, query: Query): { readonly path: string; readonly private: boolean } {
  return { path: path + queryText(query), private: false };
}

/** Empty values are left out; a comma becomes `%2C`, and that is what is signed (okx-errors.md §1). */
function queryText(query: Query): string {
  const pairs = query.filter(([, value]) => value !== '').map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

const typeOfProduct = { spot: 'SPOT', swap: 'SWAP', futures: 'FUTURES' } as const;

function typeOf(instrument: InstrumentId): InstrumentType {
  const type = typeOfInstrument(instrument);
  assert(type !== undefined, 'an instrument is a spot pair, a swap or a dated future');
  return type;
}

/** Spot pairs have a mark price under the type MARGIN. */
function markTypeOf(instrument: InstrumentId): InstrumentType | 'MARGIN' {
  const type = typeOf(instrument);
  return type === 'SPOT' ? 'MARGIN' : type;
}

function since(milliseconds: number): string {
  assert(Number.isSafeInteger(milliseconds) && milliseconds >= 0, 'a begin is a whole number of milliseconds');
  return milliseconds === 0 ? '' : String(milliseconds);
}

/** OKX's own numbers of orders and bills; empty where none is meant. */
function identity(text: string): string {
  assert(/^[0-9]{0,32}$/.test(text), 'what OKX numbers itself is digits');
  return text;
}

/** OKX takes 1 to 32 of `A-Z a-z 0-9` (okx-orders.md §1). */
function checkedId(clientOrderId: string): string {
  assert(/^[A-Za-z0-9]{1,32}$/.test(clientOrderId), 'a client order id is 1 to 32 letters and digits');
  return clientOrderId;
}
