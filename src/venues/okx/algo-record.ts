import type { Json } from '../../core/lang/canonical.ts';
import { err, type Result } from '../../core/lang/result.ts';
import type { AlgoOrderReport } from '../../core/order/report.ts';
import type { AlgoType } from '../../core/order/request.ts';
import { choice, clientOrderId, finished, flag, identity, instrumentId, leg, milliseconds, refuse, rowOf, tag, text } from './fields.ts';

/**
 * One row of trade/orders-algo-pending, of any kind: what its cancellation needs, and no more, so that a kind whose other fields nobody
 * here understands is still found. A row of another kind than was asked for is refused: the list would not be the one that was meant.
 */
export function decodeAlgoOrder(type: AlgoType, value: Json): Result<AlgoOrderReport> {
  const row = rowOf(value);
  const instrument = instrumentId(row, 'instId');
  if (text(row, 'ordType') !== type) refuse(row, `a row of another kind than ${type}`);
  choice(row, 'state', ['live', 'pause', 'partially_effective']);
  const report = {
    type,
    clientOrderId: clientOrderId(row, 'algoClOrdId'),
    exchangeOrderId: identity(row, 'algoId'),
    side: choice(row, 'side', ['buy', 'sell']),
    leg: leg(row, 'posSide'),
    reduceOnly: text(row, 'reduceOnly') !== '' && flag(row, 'reduceOnly'),
    tag: tag(row, 'tag'),
    updatedAt: milliseconds(row, 'uTime'),
  };
  if (instrument === undefined) return err(row.problem);
  return finished(row, { ...report, instrument });
}
