import { err, ok, type Result } from '../core/lang/result.ts';
import { parseInstrumentId } from '../core/market/instrument.ts';
import { algoTypes, type Clearing, clearingMost, type ExchangeRequest } from '../core/order/request.ts';
import { LOGIN_PATH, type WireRequest } from '../venues/okx/request.ts';
import {
  exactly,
  isFields,
  oneOf,
  parseClientOrderId,
  parseExchangeNumber,
  parseFlag,
  parseInstant,
  parseLeg,
  type Parser,
  parsePositive,
  parseProduct,
  parseSide,
  parseTag,
  parseTimer,
} from './fields.ts';
import { fits } from './fits.ts';
import { mayCarry, parseAmendProtection, parseAttached, parseCancelProtection, parseProtect } from './protection-table.ts';

/**
 * Everything that may be asked of the vault, and nothing else. What is not in this table cannot be signed, whatever the gateway has
 * become: no withdrawal, no transfer, no change of the account but the leverage within the policy. A public read stands in it to be refused, because it needs no signature.
 */
type Row = { readonly effect: 'write' | 'read' | 'public'; readonly parse: Parser<ExchangeRequest> };

const noSignature: Row = { effect: 'public', parse: () => err('a public read needs no signature') };

function write(parse: Parser<ExchangeRequest>): Row {
  return { effect: 'write', parse };
}

function read(parse: Parser<ExchangeRequest>): Row {
  return { effect: 'read', parse };
}

const [instrument, clientOrderId, olderThan] = [parseInstrumentId, parseClientOrderId, parseExchangeNumber];
const listed = { product: parseProduct, instrument, begin: parseInstant, olderThan };

const table: { readonly [Kind in ExchangeRequest['kind']]: Row } = {
  place: write(parsePlace),
  cancel: write(exactly({ kind: oneOf('cancel'), instrument, clientOrderId })),
  protect: write(parseProtect),
  amend_protection: write(parseAmendProtection),
  cancel_protection: write(parseCancelProtection),
  cancel_all_after: write(exactly({ kind: oneOf('cancel_all_after'), seconds: parseTimer, tag: parseTag })),
  clear_orders: write(clearing('clear_orders')),
  clear_algos: write(clearing('clear_algos')),
  set_leverage: write(exactly({ kind: oneOf('set_leverage'), instrument, leverage: parsePositive })),
  order: read(exactly({ kind: oneOf('order'), instrument, clientOrderId })),
  placed_order: read(exactly({ kind: oneOf('placed_order'), instrument, exchangeOrderId: parseNumbered })),
  protection: read(exactly({ kind: oneOf('protection'), clientOrderId })),
  protections: read(exactly({ kind: oneOf('protections'), type: oneOf('conditional', 'oco'), olderThan })),
  algo_orders: read(exactly({ kind: oneOf('algo_orders'), type: oneOf(...algoTypes), olderThan })),
  pending: read(exactly({ kind: oneOf('pending'), olderThan })),
  orders_history: read(exactly({ kind: oneOf('orders_history'), ...listed })),
  recent_orders: read(exactly({ kind: oneOf('recent_orders'), product: oneOf('spot', 'swap', 'futures'), begin: parseInstant, olderThan })),
  fills: read(exactly({ kind: oneOf('fills'), ...listed, exchangeOrderId: parseExchangeNumber })),
  positions: read(exactly({ kind: oneOf('positions') })),
  balance: read(exactly({ kind: oneOf('balance') })),
  funding_balances: read(exactly({ kind: oneOf('funding_balances') })),
  bills: read(exactly({ kind: oneOf('bills'), span: oneOf('recent', 'archive'), begin: parseInstant, olderThan })),
  account_config: read(exactly({ kind: oneOf('account_config') })),
  leverage: read(exactly({ kind: oneOf('leverage'), instrument })),
  login: read(exactly({ kind: oneOf('login') })),
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
  'POST /api/v5/trade/cancel-batch-orders',
  'POST /api/v5/trade/order-algo',
  'POST /api/v5/trade/amend-algos',
  'POST /api/v5/trade/cancel-algos',
  'POST /api/v5/trade/cancel-all-after',
  'POST /api/v5/account/set-leverage',
  ...['order', 'orders-pending', 'orders-history', 'fills', 'order-algo', 'orders-algo-pending'].map((name) => `GET /api/v5/trade/${name}`),
  ...['positions', 'balance', 'config', 'leverage-info', 'bills', 'bills-archive'].map((name) => `GET /api/v5/account/${name}`),
  'GET /api/v5/asset/balances',
  `GET ${LOGIN_PATH}`,
]);

/** Reads a request that came over the channel. Every field has to be there, and none beside them. */
export function parseRequest(value: unknown): Result<ExchangeRequest> {
  if (!isFields(value)) return err('expected a request');
  const { kind } = value;
  if (typeof kind !== 'string' || !Object.hasOwn(table, kind)) return err('the vault has no such request in its table');
  return table[kind as ExchangeRequest['kind']].parse(value);
}

/** Whether the request can only take orders away: such a one is never too old. */
export function isCancel({ kind }: ExchangeRequest): boolean {
  return (
    kind === 'cancel' || kind === 'cancel_protection' || kind === 'cancel_all_after' || kind === 'clear_orders' || kind === 'clear_algos'
  );
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

const placeShape = exactly({
  kind: oneOf('place'),
  clientOrderId: parseClientOrderId,
  terms: exactly({
    instrument: parseInstrumentId,
    product: parseProduct,
    side: parseSide,
    leg: parseLeg,
    type: oneOf('limit', 'post_only', 'ioc'),
    size: parsePositive,
    price: parsePositive,
    reduceOnly: parseFlag,
    purpose: oneOf('entry', 'exit'),
  }),
  protection: parseAttached,
  expiresAt: parseInstant,
});

function parsePlace(value: unknown): Result<ExchangeRequest> {
  const read = placeShape(value);
  if (!read.ok) return read;
  const { terms, protection, expiresAt } = read.value;
  if (!fits(terms.product, terms.instrument)) return err('expected the product to be that of the instrument');
  if (terms.product === 'spot' && (terms.reduceOnly || terms.leg !== 'net')) return err('expected no reduceOnly and no leg on spot');
  if (protection !== null && !mayCarry(terms)) return err('expected no protection on an exit');
  return expiresAt === 0 ? err('expected a time after which the order is void') : read;
}

function clearing(kind: Clearing['kind']): Parser<ExchangeRequest> {
  const exchangeOrderIds: Parser<readonly string[]> = (value) => {
    if (!Array.isArray(value) || value.length === 0 || value.length > clearingMost[kind] || new Set(value).size !== value.length)
      return err(`expected 1 to ${clearingMost[kind]} different numbers of orders`);
    return value.every((id) => parseNumbered(id).ok) ? ok(value as readonly string[]) : err("expected the exchange's numbers of orders");
  };
  return exactly({ kind: oneOf(kind), instrument: parseInstrumentId, exchangeOrderIds });
}

function parseNumbered(value: unknown): Result<string> {
  return value === '' ? err("expected the exchange's number of an order") : parseExchangeNumber(value);
}
