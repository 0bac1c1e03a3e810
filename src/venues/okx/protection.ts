import { assert } from '../../core/lang/assert.ts';
import { formatDecimal, isPositive } from '../../core/money/decimal.ts';
import { markOf } from '../../core/order/identity.ts';
import type { ClientOrderId, OrderTerms, ProtectionTerms, Triggers } from '../../core/order/order.ts';
import type { AttachedProtection, Write } from '../../core/order/request.ts';
import { typeOfInstrument } from './kind.ts';

type Body = { readonly [key: string]: string | boolean };

/** What OKX takes for "at market" where an order price is asked for (okx-endpoints, order-algo). */
const AT_MARKET = '-1';

/**
 * Spot knows the last price only (51415). On contracts the mark price triggers: a single trade far off the market does not move it.
 */
export function triggerPriceOf(instrument: string): 'last' | 'mark' {
  return typeOfInstrument(instrument) === 'SPOT' ? 'last' : 'mark';
}

function legs({ takeProfit, stopLoss }: Triggers, instrument: string): Body {
  assert(takeProfit !== null || stopLoss !== null, 'a protection has at least one trigger');
  const type = triggerPriceOf(instrument);
  return {
    ...(takeProfit === null ? {} : { tpTriggerPx: trigger(takeProfit), tpTriggerPxType: type, tpOrdPx: AT_MARKET }),
    ...(stopLoss === null ? {} : { slTriggerPx: trigger(stopLoss), slTriggerPxType: type, slOrdPx: AT_MARKET }),
  };
}

function trigger(price: NonNullable<Triggers['stopLoss']>): string {
  assert(isPositive(price), 'a trigger is a price above zero');
  return formatDecimal(price);
}

/** The only element of `attachAlgoOrds`. OKX refuses it on reduce-only orders; on spot a sale has nothing left to protect. */
export function attachedBody(protection: AttachedProtection, terms: OrderTerms): Body {
  assert(!terms.reduceOnly, 'nothing is attached to a reduce-only order');
  assert(terms.product !== 'spot' || terms.side === 'buy', 'on spot only a buy is protected');
  return { attachAlgoClOrdId: checkedAlgoId(protection.clientOrderId), ...legs(protection, terms.instrument) };
}

/**
 * A stop order of its own. Contracts are closed reduce-only, and the stop order ends with the position, so that it never meets the next
 * one; spot has neither, and is sold.
 */
export function protectBody({ clientOrderId, terms }: Extract<Write, { readonly kind: 'protect' }>): Body {
  const spot = terms.product === 'spot';
  assert(isPositive(terms.size), 'a protection has a size above zero');
  assert(spot === (typeOfInstrument(terms.instrument) === 'SPOT'), 'the product is that of the instrument');
  assert(!spot || (terms.side === 'sell' && terms.leg === 'net'), 'on spot a protection sells');
  assert(terms.leg === 'net' || (terms.leg === 'long') === (terms.side === 'sell'), 'a protection closes its leg');
  return {
    instId: terms.instrument,
    tdMode: spot ? 'cash' : 'cross',
    algoClOrdId: checkedAlgoId(clientOrderId),
    tag: tagOf(clientOrderId),
    side: terms.side,
    ...(terms.leg === 'net' ? {} : { posSide: terms.leg }),
    ordType: kindOf(terms),
    sz: formatDecimal(terms.size),
    ...(spot ? {} : { reduceOnly: true, cxlOnClosePos: true }),
    ...legs(terms, terms.instrument),
  };
}

function kindOf({ takeProfit, stopLoss }: ProtectionTerms): 'conditional' | 'oco' {
  return takeProfit !== null && stopLoss !== null ? 'oco' : 'conditional';
}

export function amendBody({ instrument, clientOrderId, triggers }: Extract<Write, { readonly kind: 'amend_protection' }>): Body {
  const { takeProfit, stopLoss } = triggers;
  assert(takeProfit !== null || stopLoss !== null, 'an amendment moves at least one trigger');
  return {
    instId: instrument,
    algoClOrdId: checkedAlgoId(clientOrderId),
    ...(takeProfit === null ? {} : { newTpTriggerPx: trigger(takeProfit) }),
    ...(stopLoss === null ? {} : { newSlTriggerPx: trigger(stopLoss) }),
  };
}

/** A list of one. Where OKX's own number is known it is named: OKX itself goes by it when both are given. */
export function cancelBody(request: Extract<Write, { readonly kind: 'cancel_protection' }>): readonly [Body] {
  const { instrument, clientOrderId, exchangeOrderId } = request;
  assert(/^[0-9]{0,32}$/.test(exchangeOrderId), 'what OKX numbers itself is digits');
  const named = exchangeOrderId === '' ? { algoClOrdId: checkedAlgoId(clientOrderId) } : { algoId: exchangeOrderId };
  return [{ instId: instrument, ...named }];
}

/** OKX takes 1 to 32 of `A-Z a-z 0-9` (okx-endpoints, order-algo). */
export function checkedAlgoId(clientOrderId: string): string {
  assert(/^[A-Za-z0-9]{1,32}$/.test(clientOrderId), 'a client order id is 1 to 32 letters and digits');
  return clientOrderId;
}

/** Every order carries the mark of the instance that placed it; OKX takes 1 to 16 of `A-Z a-z 0-9` (okx-orders.md §1). */
export function tagOf(clientOrderId: ClientOrderId): string {
  const mark = markOf(clientOrderId);
  assert(/^[A-Za-z0-9]{1,16}$/.test(mark), 'a tag is 1 to 16 letters and digits');
  return mark;
}
