import { add, compare, type Decimal, decimal, isZero, multiply, parseDecimal, subtract } from '../core/money/decimal.ts';
import type { Json } from '../core/lang/canonical.ts';
import { instrumentOf, type Market, type Question, type Terms } from './side.ts';

/** What one order may be worth at most, in US dollars: the smallest sizes of both instruments are far below it. */
const ORDER_VALUE_MAX = decimal('100');
/** Orders and stop orders of one run. A run of every case sends about fifty. */
export const ORDERS_MAX = 200;
/** How far a resting order or a trigger has to be from the market, as a share of the price. */
const DISTANCE_MIN = decimal('0.05');
/** By how much an order that is to be filled may go through the other side, as a share of the price. */
const CROSSING_MAX = decimal('0.02');
const triggers = ['triggerPx', 'slTriggerPx', 'tpTriggerPx', 'activePx', 'newSlTriggerPx', 'newTpTriggerPx'];
/** What may be added to the margin of a position of the probe's own, or taken off it, in the settle currency. */
const marginMoves: readonly string[] = ['0.9', '1', '2'];
const stopTypes: readonly string[] = ['conditional', 'oco', 'trigger', 'move_order_stop'];
const LEAST_MULTIPLE = decimal('2');

/** All that is ever sent, by method and path. There is no transfer among it and nothing of withdrawals, sub-accounts, or keys. */
const paths: ReadonlySet<string> = new Set(
  [
    'GET public/time',
    'GET public/instruments',
    'GET public/price-limit',
    'GET public/mark-price',
    'GET public/funding-rate',
    'GET market/ticker',
    'GET market/index-tickers',
    'GET public/position-tiers',
    'GET account/config',
    'GET account/positions-history',
    'GET account/balance',
    'GET account/positions',
    'GET account/leverage-info',
    'GET account/max-withdrawal',
    'GET asset/transfer-state',
    'GET trade/order',
    'GET trade/orders-pending',
    'GET trade/order-algo',
    'GET trade/orders-algo-pending',
    'GET finance/savings/balance',
    'GET twokey-probe',
    'POST account/set-position-mode',
    'POST account/position/margin-balance',
    'POST trade/order',
    'POST trade/amend-order',
    'POST trade/cancel-order',
    'POST trade/close-position',
    'POST trade/cancel-all-after',
    'POST trade/order-algo',
    'POST trade/amend-algos',
    'POST trade/cancel-algos',
  ].map((line) => line.replace(' ', ' /api/v5/')),
);

type Fields = { readonly [key: string]: Json };
type Price = { readonly bid: Decimal; readonly ask: Decimal };
/** What the bounds are measured by; undefined where the exchange has not been asked for it yet. */
export type Measures = { readonly [Each in Market]: { readonly terms: Terms; readonly price: Price } | undefined };

/** Why a question is not sent; undefined when it may be. What it refuses is our own mistake: a case was written that goes too far. */
export function beyondBounds({ method, path, body }: Question, measures: Measures): string | undefined {
  if (!paths.has(`${method} ${path}`)) return `${method} ${path} is not among what the probe sends`;
  if (method === 'GET') return body === undefined ? undefined : 'a GET with a body';
  const fields: Fields = isFields(body) ? body : {};
  switch (path) {
    case '/api/v5/trade/order':
      return beyondOrder(fields, measures);
    case '/api/v5/trade/order-algo':
      return beyondStop(fields, measures);
    case '/api/v5/trade/amend-order':
      return ['newSz', 'newPx'].some((name) => Object.hasOwn(fields, name)) ? 'a new size or price' : undefined;
    case '/api/v5/trade/amend-algos':
      return Object.hasOwn(fields, 'newSz') ? 'a new size' : nearTrigger(fields, measures.spot?.price);
    case '/api/v5/trade/close-position':
      return marketOf(fields) === 'swap' ? undefined : 'a position of another instrument';
    case '/api/v5/account/position/margin-balance':
      return marketOf(fields) === 'swap' && marginMoves.includes(told(fields, 'amt')) ? undefined : 'more margin than a case moves';
    case '/api/v5/trade/cancel-all-after':
      return told(fields, 'tag') === '' ? 'a timer of the whole account, which would cancel what is not the probe’s' : undefined;
    default:
      return undefined;
  }
}

function beyondOrder(fields: Fields, measures: Measures): string | undefined {
  const market = marketOf(fields);
  const measure = market === undefined ? undefined : measures[market];
  if (market === undefined || measure === undefined) return 'an order of an instrument whose price nobody asked for';
  const tooLarge = beyondSize(told(fields, 'sz'), measure);
  if (tooLarge !== undefined) return tooLarge;
  const [side, type] = [told(fields, 'side'), told(fields, 'ordType')];
  const px = told(fields, 'px');
  if (type === 'ioc') return isNear(px, { side, price: measure.price }) ? undefined : `a price of ${px} that is too far through the market`;
  if (type === 'limit') return isFar(px, measure.price) ? undefined : `an order that shall rest, at ${px}, which is near the market`;
  // One that would take is cancelled by the exchange.
  if (type === 'post_only') return undefined;
  return type === 'market' && closes(fields, market) ? undefined : `an order of type ${type} that does not close`;
}

function beyondStop(fields: Fields, measures: Measures): string | undefined {
  const market = marketOf(fields);
  const measure = market === undefined ? undefined : measures[market];
  if (measure === undefined) return 'a stop order of an instrument whose price nobody asked for';
  const type = told(fields, 'ordType');
  if (!stopTypes.includes(type)) return `a stop order of type ${type}`;
  return nearTrigger(fields, measure.price) ?? beyondSize(told(fields, 'sz'), measure);
}

/** A trigger of 0 takes a leg away. */
function nearTrigger(fields: Fields, price: Price | undefined): string | undefined {
  const near = triggers.find((name) => {
    const trigger = told(fields, name);
    return trigger !== '' && trigger !== '0' && (price === undefined || !isFar(trigger, price));
  });
  return near === undefined ? undefined : `${near} near the market`;
}

function beyondSize(sz: string, { terms, price }: NonNullable<Measures[Market]>): string | undefined {
  const size = parseDecimal(sz);
  if (!size.ok) return 'a size that is no amount';
  if (compare(size.value, multiply(terms.min, LEAST_MULTIPLE)) > 0) return `a size of ${sz}, of at most twice the least`;
  return beyondValue(size.value, { terms, price }) ? 'an order worth more than 100 USD' : undefined;
}

/** Whether so much is worth more than an order may be. */
export function beyondValue(size: Decimal, { terms, price }: NonNullable<Measures[Market]>): boolean {
  return compare(multiply(multiply(size, terms.contract), price.ask), ORDER_VALUE_MAX) > 0;
}

function closes(fields: Fields, market: Market): boolean {
  const [side, posSide] = [told(fields, 'side'), told(fields, 'posSide')];
  if (market === 'spot') return side === 'sell';
  return fields['reduceOnly'] === true || (posSide === 'long' && side === 'sell') || (posSide === 'short' && side === 'buy');
}

function isFar(px: string, { bid, ask }: Price): boolean {
  const price = parseDecimal(px);
  if (!price.ok) return false;
  const [below, above] = [subtract(bid, multiply(bid, DISTANCE_MIN)), add(ask, multiply(ask, DISTANCE_MIN))];
  return compare(price.value, below) <= 0 || compare(price.value, above) >= 0;
}

function isNear(px: string, { side, price: { bid, ask } }: { readonly side: string; readonly price: Price }): boolean {
  const price = parseDecimal(px);
  if (!price.ok || isZero(price.value)) return false;
  return side === 'buy'
    ? compare(price.value, add(ask, multiply(ask, CROSSING_MAX))) <= 0
    : compare(price.value, subtract(bid, multiply(bid, CROSSING_MAX))) >= 0;
}

function marketOf(fields: Fields): Market | undefined {
  const instId = told(fields, 'instId');
  return instId === instrumentOf.spot ? 'spot' : instId === instrumentOf.swap ? 'swap' : undefined;
}

export function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function told(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}
