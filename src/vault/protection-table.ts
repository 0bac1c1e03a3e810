import { err, ok, type Result } from '../core/lang/result.ts';
import { parseInstrumentId } from '../core/market/instrument.ts';
import type { OrderTerms, Triggers } from '../core/order/order.ts';
import type { AttachedProtection, ExchangeRequest } from '../core/order/request.ts';
import {
  exactly,
  oneOf,
  orNull,
  parseClientOrderId,
  parseExchangeNumber,
  parseLeg,
  type Parser,
  parsePositive,
  parseProduct,
  parseSide,
} from './fields.ts';
import { fits } from './fits.ts';

const triggers = { takeProfit: orNull(parsePositive), stopLoss: orNull(parsePositive) };
const noTrigger = 'expected at least one trigger';

function hasTrigger({ takeProfit, stopLoss }: Triggers): boolean {
  return takeProfit !== null || stopLoss !== null;
}

export const parseAttached: Parser<AttachedProtection | null> = orNull((value) => {
  const read = exactly({ clientOrderId: parseClientOrderId, ...triggers })(value);
  return read.ok && !hasTrigger(read.value) ? err(noTrigger) : read;
});

/** Nothing travels with an order that only reduces; on spot a buy alone has something to protect. */
export function mayCarry({ product, side, reduceOnly }: Pick<OrderTerms, 'product' | 'side' | 'reduceOnly'>): boolean {
  return !reduceOnly && (product !== 'spot' || side === 'buy');
}

const protectShape = exactly({
  kind: oneOf('protect'),
  clientOrderId: parseClientOrderId,
  terms: exactly({
    instrument: parseInstrumentId,
    product: parseProduct,
    side: parseSide,
    leg: parseLeg,
    size: parsePositive,
    ...triggers,
  }),
});

export function parseProtect(value: unknown): Result<ExchangeRequest> {
  const read = protectShape(value);
  if (!read.ok) return read;
  const { instrument, product, side, leg, ...rest } = read.value.terms;
  if (!fits(product, instrument)) return err('expected the product to be that of the instrument');
  if (leg !== 'net' && (leg === 'long') !== (side === 'sell')) return err('expected a stop order to close its leg');
  if (product === 'spot' && (side === 'buy' || leg !== 'net')) return err('expected a stop order on spot to sell, and no leg');
  return hasTrigger(rest) ? ok(read.value) : err(noTrigger);
}

const amendShape = exactly({
  kind: oneOf('amend_protection'),
  instrument: parseInstrumentId,
  clientOrderId: parseClientOrderId,
  triggers: exactly(triggers),
});

export function parseAmendProtection(value: unknown): Result<ExchangeRequest> {
  const read = amendShape(value);
  return read.ok && !hasTrigger(read.value.triggers) ? err(noTrigger) : read;
}

export const parseCancelProtection: Parser<ExchangeRequest> = exactly({
  kind: oneOf('cancel_protection'),
  instrument: parseInstrumentId,
  clientOrderId: parseClientOrderId,
  exchangeOrderId: parseExchangeNumber,
});
