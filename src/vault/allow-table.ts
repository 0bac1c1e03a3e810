import { err, ok, type Result } from '../core/lang/result.ts';
import { parseInstrumentId } from '../core/market/instrument.ts';
import { isPositive, parseDecimal, type Decimal } from '../core/money/decimal.ts';
import type { ClientOrderId } from '../core/order/order.ts';
import type { ExchangeRequest } from '../core/order/request.ts';
import type { WireRequest } from '../venues/okx/request.ts';

/**
 * Everything that may be asked of the vault, and nothing else. What is not in this table cannot be signed, whatever the gateway has
 * become: no withdrawal, no transfer, no change of the account. A public read stands in it to be refused, because it needs no signature.
 */
type Row = { readonly effect: 'write' | 'read' | 'public'; readonly parse: (value: Fields) => Result<ExchangeRequest> };
type Fields = { readonly [key: string]: unknown };

const noSignature: Row = { effect: 'public', parse: () => err('a public read needs no signature') };

const table: { readonly [Kind in ExchangeRequest['kind']]: Row } = {
  place: { effect: 'write', parse: parsePlace },
  cancel: { effect: 'write', parse: (value) => parseNamedOrder(value, 'cancel') },
  order: { effect: 'read', parse: (value) => parseNamedOrder(value, 'order') },
  pending: { effect: 'read', parse: parsePending },
  orders_history: { effect: 'read', parse: parseOrdersHistory },
  fills: { effect: 'read', parse: parseFills },
  positions: { effect: 'read', parse: (value) => parsePlain(value, { kind: 'positions' }) },
  balance: { effect: 'read', parse: (value) => parsePlain(value, { kind: 'balance' }) },
  account_config: { effect: 'read', parse: (value) => parsePlain(value, { kind: 'account_config' }) },
  leverage: { effect: 'read', parse: parseLeverage },
  instruments: noSignature,
  ticker: noSignature,
  book: noSignature,
  candles: noSignature,
  mark_price: noSignature,
  index: noSignature,
  funding_rate: noSignature,
  time: noSignature,
};

/** The same table once more, for the bytes: a fault in the encoder must not widen what can be signed. */
const signable = new Set([
  'POST /api/v5/trade/order',
  'POST /api/v5/trade/cancel-order',
  ...['order', 'orders-pending', 'orders-history', 'fills'].map((name) => `GET /api/v5/trade/${name}`),
  ...['positions', 'balance', 'config', 'leverage-info'].map((name) => `GET /api/v5/account/${name}`),
]);

/** Reads a request that came over the channel. Every field has to be there, and none beside them. */
export function parseRequest(value: unknown): Result<ExchangeRequest> {
  if (!isFields(value)) return err('expected a request');
  const { kind } = value;
  if (typeof kind !== 'string' || !Object.hasOwn(table, kind)) return err('the vault has no such request in its table');
  return table[kind as ExchangeRequest['kind']].parse(value);
}

/** Whether the request changes something; a reader's vault signs only those that do not. */
export function isWrite(request: ExchangeRequest): boolean {
  return table[request.kind].effect === 'write';
}

/** Whether the vault may sign these bytes at all. */
export function isSignable(wire: WireRequest): boolean {
  const query = wire.path.indexOf('?');
  return wire.private && signable.has(`${wire.method} ${query < 0 ? wire.path : wire.path.slice(0, query)}`);
}

function parsePlace(value: Fields): Result<ExchangeRequest> {
  const { terms, expiresAt } = value;
  if (!hasExactly(value, ['kind', 'clientOrderId', 'terms', 'expiresAt']) || !isFields(terms)) return err('expected a placement');
  if (!hasExactly(terms, ['instrument', 'product', 'side', 'type', 'size', 'price', 'reduceOnly', 'purpose']))
    return err('expected the terms of an order');
  const id = parseClientOrderId(value['clientOrderId']);
  const instrument = parseInstrumentId(terms['instrument']);
  const size = parsePositive(terms['size']);
  const price = parsePositive(terms['price']);
  const { product, side, type, reduceOnly, purpose } = terms;
  if (!id.ok) return id;
  if (!instrument.ok) return instrument;
  if (!size.ok) return size;
  if (!price.ok) return price;
  if (product !== 'spot' && product !== 'linear' && product !== 'inverse') return err('expected product to be spot, linear or inverse');
  if (side !== 'buy' && side !== 'sell') return err('expected side to be buy or sell');
  if (type !== 'limit' && type !== 'post_only' && type !== 'ioc') return err('expected type to be limit, post_only or ioc');
  if (purpose !== 'entry' && purpose !== 'exit') return err('expected purpose to be entry or exit');
  if (typeof reduceOnly !== 'boolean') return err('expected reduceOnly to be true or false');
  if ((product === 'spot') === instrument.value.endsWith('-SWAP')) return err('expected the product to be that of the instrument');
  if (product === 'spot' && reduceOnly) return err('expected no reduceOnly on spot');
  if (!isInstant(expiresAt) || expiresAt === 0) return err('expected expiresAt in milliseconds');
  return ok({
    kind: 'place',
    clientOrderId: id.value,
    terms: { instrument: instrument.value, product, side, type, size: size.value, price: price.value, reduceOnly, purpose },
    expiresAt,
  });
}

function parseNamedOrder(value: Fields, kind: 'cancel' | 'order'): Result<ExchangeRequest> {
  if (!hasExactly(value, ['kind', 'instrument', 'clientOrderId'])) return err(`expected instrument and clientOrderId in ${kind}`);
  const instrument = parseInstrumentId(value['instrument']);
  const id = parseClientOrderId(value['clientOrderId']);
  if (!instrument.ok) return instrument;
  if (!id.ok) return id;
  return ok({ kind, instrument: instrument.value, clientOrderId: id.value });
}

function parsePending(value: Fields): Result<ExchangeRequest> {
  const { olderThan } = value;
  if (!hasExactly(value, ['kind', 'olderThan']) || !isExchangeNumber(olderThan)) return err('expected olderThan in pending');
  return ok({ kind: 'pending', olderThan });
}

function parseOrdersHistory(value: Fields): Result<ExchangeRequest> {
  const { product, begin, olderThan } = value;
  const instrument = parseInstrumentId(value['instrument']);
  if (!instrument.ok) return instrument;
  const complete = hasExactly(value, ['kind', 'product', 'instrument', 'begin', 'olderThan']);
  if (!complete || !isProduct(product) || !isInstant(begin) || !isExchangeNumber(olderThan))
    return err('expected product, instrument, begin and olderThan in orders_history');
  return ok({ kind: 'orders_history', product, instrument: instrument.value, begin, olderThan });
}

function parseFills(value: Fields): Result<ExchangeRequest> {
  const { product, begin, olderThan, exchangeOrderId } = value;
  const instrument = parseInstrumentId(value['instrument']);
  if (!instrument.ok) return instrument;
  const complete = hasExactly(value, ['kind', 'product', 'instrument', 'begin', 'olderThan', 'exchangeOrderId']);
  if (!complete || !isProduct(product) || !isInstant(begin) || !isExchangeNumber(olderThan) || !isExchangeNumber(exchangeOrderId))
    return err('expected product, instrument, begin, olderThan and exchangeOrderId in fills');
  return ok({ kind: 'fills', product, instrument: instrument.value, begin, olderThan, exchangeOrderId });
}

function parseLeverage(value: Fields): Result<ExchangeRequest> {
  const instrument = parseInstrumentId(value['instrument']);
  if (!instrument.ok) return instrument;
  return hasExactly(value, ['kind', 'instrument'])
    ? ok({ kind: 'leverage', instrument: instrument.value })
    : err('expected instrument in leverage');
}

function parsePlain(value: Fields, request: ExchangeRequest): Result<ExchangeRequest> {
  return hasExactly(value, ['kind']) ? ok(request) : err(`expected nothing in ${request.kind}`);
}

function parseClientOrderId(value: unknown): Result<ClientOrderId> {
  if (typeof value !== 'string' || !/^[A-Za-z0-9]{1,32}$/.test(value))
    return err('expected a client order id of 1 to 32 letters and digits');
  return ok(value as ClientOrderId);
}

function parsePositive(value: unknown): Result<Decimal> {
  const parsed = parseDecimal(value);
  return !parsed.ok || isPositive(parsed.value) ? parsed : err('expected a decimal above zero');
}

function isProduct(value: unknown): value is 'spot' | 'linear' | 'inverse' {
  return value === 'spot' || value === 'linear' || value === 'inverse';
}

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** The exchange's number of a row or an order; empty for none. */
function isExchangeNumber(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9]{0,30}$/.test(value);
}

/** An object from JSON, not a list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether these are all the keys of the object. */
export function hasExactly(value: Fields, keys: readonly string[]): boolean {
  return Object.keys(value).length === keys.length && keys.every((key) => Object.hasOwn(value, key));
}
