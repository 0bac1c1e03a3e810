import { err, ok, type Result } from '../core/lang/result.ts';
import { parseInstrumentId } from '../core/market/instrument.ts';
import type { OrderTerms } from '../core/order/order.ts';
import type { AttachedProtection, ExchangeRequest } from '../core/order/request.ts';
import { typeOfInstrument } from '../venues/okx/kind.ts';
import { type Fields, hasExactly, isExchangeNumber, isFields, parseClientOrderId, parsePositive, parseTriggers } from './fields.ts';

/** What travels with an entry: never with an order that only reduces, and on spot with a buy alone. */
export function parseAttached(
  value: unknown,
  terms: Pick<OrderTerms, 'product' | 'side' | 'reduceOnly'>,
): Result<AttachedProtection | null> {
  if (value === null) return ok(null);
  if (!isFields(value) || !hasExactly(value, ['clientOrderId', 'takeProfit', 'stopLoss'])) return err('expected a protection or null');
  if (terms.reduceOnly || (terms.product === 'spot' && terms.side === 'sell')) return err('expected no protection on an exit');
  const id = parseClientOrderId(value['clientOrderId']);
  if (!id.ok) return id;
  const triggers = parseTriggers(value);
  return triggers.ok ? ok({ clientOrderId: id.value, ...triggers.value }) : triggers;
}

export function parseProtect(value: Fields): Result<ExchangeRequest> {
  const { terms } = value;
  if (!hasExactly(value, ['kind', 'clientOrderId', 'terms']) || !isFields(terms)) return err('expected a stop order');
  if (!hasExactly(terms, ['instrument', 'product', 'side', 'leg', 'size', 'takeProfit', 'stopLoss']))
    return err('expected the terms of a stop order');
  const id = parseClientOrderId(value['clientOrderId']);
  const instrument = parseInstrumentId(terms['instrument']);
  const size = parsePositive(terms['size']);
  const triggers = parseTriggers(terms);
  const { product, side, leg } = terms;
  if (!id.ok) return id;
  if (!instrument.ok) return instrument;
  if (!size.ok) return size;
  if (!triggers.ok) return triggers;
  if (product !== 'spot' && product !== 'linear' && product !== 'inverse') return err('expected product to be spot, linear or inverse');
  if (side !== 'buy' && side !== 'sell') return err('expected side to be buy or sell');
  const type = typeOfInstrument(instrument.value);
  if (type === undefined || (product === 'spot') !== (type === 'SPOT')) return err('expected the product to be that of the instrument');
  if (leg !== 'net' && leg !== 'long' && leg !== 'short') return err('expected leg to be net, long or short');
  if (leg !== 'net' && (leg === 'long') !== (side === 'sell')) return err('expected a stop order to close its leg');
  if (product === 'spot' && (side === 'buy' || leg !== 'net')) return err('expected a stop order on spot to sell, and no leg');
  return ok({
    kind: 'protect',
    clientOrderId: id.value,
    terms: { instrument: instrument.value, product, side, leg, size: size.value, ...triggers.value },
  });
}

export function parseAmendProtection(value: Fields): Result<ExchangeRequest> {
  const { triggers } = value;
  if (!hasExactly(value, ['kind', 'instrument', 'clientOrderId', 'triggers']) || !isFields(triggers))
    return err('expected instrument, clientOrderId and triggers in amend_protection');
  if (!hasExactly(triggers, ['takeProfit', 'stopLoss'])) return err('expected two triggers');
  const instrument = parseInstrumentId(value['instrument']);
  const id = parseClientOrderId(value['clientOrderId']);
  const parsed = parseTriggers(triggers);
  if (!instrument.ok) return instrument;
  if (!id.ok) return id;
  if (!parsed.ok) return parsed;
  return ok({ kind: 'amend_protection', instrument: instrument.value, clientOrderId: id.value, triggers: parsed.value });
}

export function parseCancelProtection(value: Fields): Result<ExchangeRequest> {
  const { exchangeOrderId } = value;
  if (!hasExactly(value, ['kind', 'instrument', 'clientOrderId', 'exchangeOrderId']) || !isExchangeNumber(exchangeOrderId))
    return err('expected instrument, clientOrderId and exchangeOrderId in cancel_protection');
  const instrument = parseInstrumentId(value['instrument']);
  const id = parseClientOrderId(value['clientOrderId']);
  if (!instrument.ok) return instrument;
  if (!id.ok) return id;
  return ok({ kind: 'cancel_protection', instrument: instrument.value, clientOrderId: id.value, exchangeOrderId });
}

export function parsePlacedOrder(value: Fields): Result<ExchangeRequest> {
  const { exchangeOrderId } = value;
  const instrument = parseInstrumentId(value['instrument']);
  if (!instrument.ok) return instrument;
  const complete = hasExactly(value, ['kind', 'instrument', 'exchangeOrderId']);
  if (!complete || !isExchangeNumber(exchangeOrderId) || exchangeOrderId === '') return err('expected exchangeOrderId in placed_order');
  return ok({ kind: 'placed_order', instrument: instrument.value, exchangeOrderId });
}

export function parseProtection(value: Fields): Result<ExchangeRequest> {
  const id = parseClientOrderId(value['clientOrderId']);
  if (!id.ok) return id;
  return hasExactly(value, ['kind', 'clientOrderId'])
    ? ok({ kind: 'protection', clientOrderId: id.value })
    : err('expected clientOrderId in protection');
}

export function parseProtections(value: Fields): Result<ExchangeRequest> {
  const { type, olderThan } = value;
  const complete = hasExactly(value, ['kind', 'type', 'olderThan']);
  if (!complete || (type !== 'conditional' && type !== 'oco') || !isExchangeNumber(olderThan))
    return err('expected type and olderThan in protections');
  return ok({ kind: 'protections', type, olderThan });
}
