import type { Json } from '../../core/lang/canonical.ts';
import type { Result } from '../../core/lang/result.ts';
import type { BillReport } from '../../core/order/report.ts';
import { amount, amountIfAny, clientOrderId, finished, identity, instrumentId, milliseconds, rowOf, shaped, tag, text } from './fields.ts';

/** OKX numbers its kinds of bills, and adds new ones: one that is not here is `other`, because a page that cannot be read hides all its rows. */
const kinds = new Map<string, BillReport['kind']>([
  ['1', 'movement'],
  ['2', 'trade'],
  ['5', 'liquidation'],
  ['8', 'funding'],
  ['9', 'deleveraging'],
]);

/** One row of account/bills or its archive. */
export function decodeBill(value: Json): Result<BillReport> {
  const row = rowOf(value);
  const type = shaped(row, 'type', /^[0-9]{1,6}$/);
  return finished(row, {
    billId: identity(row, 'billId'),
    kind: kinds.get(type) ?? 'other',
    type,
    subType: shaped(row, 'subType', /^[0-9]{1,6}$/),
    currency: shaped(row, 'ccy', /^[A-Za-z0-9]{1,20}$/),
    change: amount(row, 'balChg'),
    balance: amount(row, 'bal'),
    fee: amountIfAny(row, 'fee'),
    profit: amountIfAny(row, 'pnl'),
    instrument: text(row, 'instId') === '' ? null : (instrumentId(row, 'instId') ?? null),
    exchangeOrderId: shaped(row, 'ordId', /^[0-9]{0,32}$/),
    clientOrderId: clientOrderId(row, 'clOrdId'),
    tag: tag(row, 'tag'),
    // Trades of liquidations have negative numbers (okx-orders.md §2).
    tradeId: shaped(row, 'tradeId', /^(?:-?[0-9]{1,32})?$/),
    at: milliseconds(row, 'ts'),
  });
}
