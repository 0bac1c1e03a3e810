import type { Json } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { AlgoOrderReport } from '../../core/order/report.ts';
import type { AlgoType } from '../../core/order/request.ts';
import {
  choice,
  clientOrderId,
  finished,
  flag,
  identity,
  instrumentId,
  leg,
  milliseconds,
  refuse,
  type Row,
  rowOf,
  tag,
  text,
} from './fields.ts';

/**
 * One row of trade/orders-algo-pending, of any kind: what its cancellation needs, and no more, so that a kind whose other fields nobody
 * here understands is still found. A row of another kind than was asked for is refused: the list would not be the one that was meant.
 */
export function decodeAlgoOrder(type: AlgoType, value: Json): Result<AlgoOrderReport> {
  const row = rowOf(value);
  if (text(row, 'ordType') !== type) refuse(row, `a row of another kind than ${type}`);
  choice(row, 'state', ['live', 'pause', 'partially_effective']);
  const report = decodeAnyAlgo(row);
  return report.ok ? ok({ type, ...report.value }) : report;
}

/** What the rows of every kind have, and no more: that there is one, and what it is about. */
export function decodeAnyAlgo(row: Row): Result<Omit<AlgoOrderReport, 'type'>> {
  const instrument = instrumentId(row, 'instId');
  const report = {
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
