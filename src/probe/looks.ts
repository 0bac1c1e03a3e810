import { type Decimal, isZero } from '../core/money/decimal.ts';
import { amount, type Answer, firstRow, listOf, type Row, rowsOf, text } from './answer.ts';
import { get } from './asking.ts';
import { instrumentOf, type Side } from './side.ts';

/** The row of the tether in the trading account, once it follows the last order. */
export async function tethers(side: Side): Promise<{ readonly answer: Answer; readonly row: Row }> {
  await side.settled();
  const answer = await get(side, 'account/balance', { ccy: 'USDT' });
  return { answer, row: listOf(firstRow(answer), 'details').find((row) => text(row, 'ccy') === 'USDT') ?? {} };
}

/** What pending orders tie up of the tethers. */
export async function ordersFreeze(side: Side): Promise<{ readonly answer: Answer; readonly frozen: Decimal }> {
  const { answer, row } = await tethers(side);
  return { answer, frozen: amount(row, 'ordFrozen') };
}

/** The open position in contracts; asked for by name, closed ones come too. */
export async function openPosition(side: Side): Promise<{ readonly answer: Answer; readonly row: Row }> {
  await side.settled();
  const answer = await get(side, 'account/positions', { instType: 'SWAP', instId: instrumentOf.swap });
  return { answer, row: rowsOf(answer).find((row) => !isZero(amount(row, 'pos'))) ?? {} };
}
