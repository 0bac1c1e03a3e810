import { add, compare, formatDecimal, isPositive, isZero, minimum, negate, roundDownToStep, zero } from '../core/money/decimal.ts';
import { amount, firstRow, type Row, rowsOf, text } from './answer.ts';
import { get, post, TAG } from './asking.ts';
import type { Deeds, OpenSide } from './open-side.ts';
import { instrumentOf } from './side.ts';

const ROUNDS_MAX = 3;
/** Kinds of stop orders that are listed apart from the usual ones, which attached ones are too. */
export const otherStops: readonly string[] = ['trigger', 'move_order_stop'];

export type Sweeping = {
  /** Opened for the sweep: it goes on when the run is stopped. */
  readonly side: OpenSide;
  /** What begins every client id of the run. */
  readonly prefix: string;
  /** The orders that it may have placed, whether or not an answer came. */
  readonly placed: Deeds['placed'];
  /** Which kinds of stop orders it may have left besides the usual ones. */
  readonly otherStops: readonly string[];
  /** Whether what is open in contracts is closed: it can only be the probe's, because nothing was before it. */
  readonly closesPositions: boolean;
};

/** Undoes what a case left: its orders, its stop orders, its position, its coins. @returns what is still there, in words for the operator. */
export async function sweep(sweeping: Sweeping): Promise<readonly string[]> {
  let left: readonly string[] = [];
  for (let round = 1; round <= ROUNDS_MAX; round += 1) {
    // One look after the other: what the first pass cancels may have been filled meanwhile.
    left = await sweepOnce(sweeping);
    if (left.length === 0) return left;
    await sweeping.side.settled();
  }
  return left;
}

/** One pass; what it found may be gone after it, which the next one sees. */
async function sweepOnce(sweeping: Sweeping): Promise<readonly string[]> {
  const found = [...(await sweepStops(sweeping)), ...(await sweepOrders(sweeping))];
  if (sweeping.closesPositions) found.push(...(await sweepPositions(sweeping.side)));
  return [...found, ...(await sweepCoins(sweeping))];
}

function isOurs(row: Row, { prefix }: Sweeping): boolean {
  return ['clOrdId', 'algoClOrdId'].some((name) => text(row, name).startsWith(prefix)) || text(row, 'tag') === TAG;
}

async function sweepOrders(sweeping: Sweeping): Promise<readonly string[]> {
  const { side } = sweeping;
  const found: string[] = [];
  for (const row of rowsOf(await get(side, 'trade/orders-pending')).filter((each) => isOurs(each, sweeping))) {
    const [instId, ordId] = [text(row, 'instId'), text(row, 'ordId')];
    found.push(`order ${ordId} of ${instId}`);
    await post(side, 'trade/cancel-order', { instId, ordId });
  }
  return found;
}

async function sweepStops(sweeping: Sweeping): Promise<readonly string[]> {
  const { side } = sweeping;
  const found: string[] = [];
  for (const ordType of ['conditional,oco', ...sweeping.otherStops]) {
    const listed = rowsOf(await get(side, 'trade/orders-algo-pending', { ordType })).filter((each) => isOurs(each, sweeping));
    const named = listed.map((row) => ({ instId: text(row, 'instId'), algoId: text(row, 'algoId') }));
    found.push(...named.map(({ instId, algoId }) => `stop order ${algoId} of ${instId}`));
    for (const one of named) await post(side, 'trade/cancel-algos', [one]);
  }
  return found;
}

async function sweepPositions(side: OpenSide): Promise<readonly string[]> {
  const found: string[] = [];
  const held = rowsOf(await get(side, 'account/positions', { instType: 'SWAP', instId: instrumentOf.swap }));
  for (const row of held.filter((each) => !isZero(amount(each, 'pos')))) {
    const [instId, posSide, mgnMode] = [text(row, 'instId'), text(row, 'posSide'), text(row, 'mgnMode')];
    found.push(`position ${posSide} of ${instId}`);
    await post(side, 'trade/close-position', { instId, mgnMode, posSide, autoCxl: true });
  }
  return found;
}

/** Sells what the spot orders of the case bought, less what they sold; what is below the smallest size stays. */
async function sweepCoins({ side, placed }: Sweeping): Promise<readonly string[]> {
  const instId = instrumentOf.spot;
  let bought = zero;
  for (const { id } of [...placed, ...side.deeds.placed].filter(({ market }) => market === 'spot')) {
    const row = firstRow(await get(side, 'trade/order', { instId, clOrdId: id }));
    const filled = amount(row, 'accFillSz');
    const fee = text(row, 'feeCcy') === 'BTC' ? amount(row, 'fee') : zero;
    bought = add(bought, add(text(row, 'side') === 'sell' ? negate(filled) : filled, fee));
  }
  if (!isPositive(bought)) return [];
  const { min, lot } = await side.terms('spot');
  // More than one order may sell is sold by the next pass.
  const sz = roundDownToStep({ value: minimum(bought, add(min, min)), step: lot });
  if (compare(sz, min) < 0) return [];
  await side.quote('spot');
  const order = { instId, tdMode: 'cash', tag: TAG, side: 'sell', ordType: 'market', tgtCcy: 'base_ccy', sz: formatDecimal(sz) };
  await post(side, 'trade/order', { ...order, clOrdId: side.newId() });
  return [`${formatDecimal(sz)} BTC`];
}
