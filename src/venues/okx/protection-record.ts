import type { Json } from '../../core/lang/canonical.ts';
import { err, type Result } from '../../core/lang/result.ts';
import type { Decimal } from '../../core/money/decimal.ts';
import type { ProtectionReport } from '../../core/order/report.ts';
import {
  choice,
  clientOrderId,
  finished,
  flag,
  identity,
  instrumentId,
  isList,
  leg,
  milliseconds,
  positive,
  refuse,
  type Row,
  rowOf,
  text,
} from './fields.ts';

/** More orders than one stop order of two legs ever sends. */
const CHILDREN_MAX = 20;

const states = { live: 'live', pause: 'paused', effective: 'effective', canceled: 'cancelled', order_failed: 'failed' } as const;

/** One row of trade/order-algo or orders-algo-pending, of the kinds `conditional` and `oco`; any other kind is refused. */
export function decodeProtection(value: Json): Result<ProtectionReport> {
  const row = rowOf(value);
  const instrument = instrumentId(row, 'instId');
  choice(row, 'ordType', ['conditional', 'oco']);
  const report = {
    clientOrderId: clientOrderId(row, 'algoClOrdId'),
    exchangeOrderId: identity(row, 'algoId'),
    side: choice(row, 'side', ['buy', 'sell']),
    leg: leg(row, 'posSide'),
    size: protectedSize(row),
    takeProfit: triggerOf(row, 'tpTriggerPx'),
    stopLoss: triggerOf(row, 'slTriggerPx'),
    reduceOnly: flag(row, 'reduceOnly'),
    // A state that nobody documented for these kinds could mean that half of it is gone: it is no report.
    state: states[choice(row, 'state', ['live', 'pause', 'effective', 'canceled', 'order_failed'])],
    childOrderIds: children(row),
    updatedAt: milliseconds(row, 'uTime'),
  };
  if (instrument === undefined) return err(row.problem);
  return finished(row, { ...report, instrument });
}

function triggerOf(row: Row, field: 'tpTriggerPx' | 'slTriggerPx'): Decimal | null {
  return text(row, field) === '' ? null : positive(row, field);
}

/** Empty where the whole position is meant (closeFraction). A buy on spot is counted in quote currency unless it says otherwise. */
function protectedSize(row: Row): Decimal | null {
  if (text(row, 'sz') === '') return null;
  const size = positive(row, 'sz');
  const target = text(row, 'tgtCcy');
  const pair = ['SPOT', 'MARGIN'].includes(text(row, 'instType'));
  return target === 'quote_ccy' || (pair && target !== 'base_ccy' && text(row, 'side') === 'buy') ? null : size;
}

function children(row: Row): readonly string[] {
  const list = row.object.ordIdList;
  if (!isList(list) || list.length > CHILDREN_MAX) {
    refuse(row, 'ordIdList is not a list of orders');
    return [];
  }
  const named = text(row, 'ordId') === '' ? [] : [identity(row, 'ordId')];
  const listed = list.map((item) => {
    const one = rowOf({ ordId: item });
    const ordId = identity(one, 'ordId');
    if (one.problem !== '') refuse(row, 'ordIdList holds something that is not an order');
    return ordId;
  });
  return [...new Set([...listed, ...named])];
}
