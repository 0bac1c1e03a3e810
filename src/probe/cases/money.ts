import { absolute, add, compare, type Decimal, decimal, divideDown, multiply, subtract } from '../../core/money/decimal.ts';
import { amount, type Answer, codeOf, codesOf, firstRow, type Row, rowsOf, text } from '../answer.ts';
import { get, isNear, needed, post, resting, rounded, taking, tried } from '../asking.ts';
import { type Case, onContracts, onSpot, reading, waits } from '../case.ts';
import { CaseEnds, type Side } from '../side.ts';
import { openPosition, ordersFreeze, tethers } from '../looks.ts';

const HUNDREDTH = decimal('0.01');
/** Maintenance margin and taker fee, as the simulator reckons them. */
const KEPT_SHARE = decimal('0.0045');

type Held = { readonly answer: Answer; readonly row: Row; readonly value: Decimal };

/** Opens the smallest position and reads it. Its value is told at its own mark price. */
async function position(side: Side, direction: 'buy' | 'sell'): Promise<Held> {
  await needed(side, 'a small position', post(side, 'trade/order', await taking(side, 'swap', direction)));
  const { answer, row } = await openPosition(side);
  const { contract } = await side.terms('swap');
  return { answer, row, value: multiply(multiply(absolute(amount(row, 'pos')), contract), amount(row, 'markPx')) };
}

export const moneyCases: readonly Case[] = [
  onContracts('initial-margin', async (side) => {
    const { answer, row, value } = await position(side, 'buy');
    const times = rounded({ dividend: multiply(amount(row, 'imr'), amount(row, 'lever')), divisor: value, digits: 2 });
    side.saw('initial margin times leverage, by the value at mark', { code: codeOf(answer), times }, answer);
  }),
  onContracts('maintenance-margin', async (side) => {
    const { answer, row, value } = await position(side, 'buy');
    side.saw(
      'maintenance margin as a share of the value at mark',
      { share: rounded({ dividend: amount(row, 'mmr'), divisor: value, digits: 4 }) },
      answer,
    );
  }),
  onContracts('liquidation-price', async (side) => {
    const { answer, row, value } = await position(side, 'sell');
    const { contract } = await side.terms('swap');
    const held = multiply(absolute(amount(row, 'pos')), contract);
    // Where equity meets what is needed: equity − held × (price − mark) = share × held × price.
    const dividend = add(amount((await tethers(side)).row, 'eq'), value);
    const meets = divideDown({ dividend, divisor: multiply(held, add(decimal('1'), KEPT_SHARE)), digits: 4 });
    const facts = { told: String(text(row, 'liqPx') !== ''), as_reckoned: String(isNear(amount(row, 'liqPx'), meets, HUNDREDTH)) };
    side.saw('the liquidation price of a small short', facts, answer);
  }),
  onContracts('order-margin', async (side) => {
    await needed(side, 'an order to buy', post(side, 'trade/order', await resting(side, 'swap', 'buy')));
    const one = await ordersFreeze(side);
    await needed(side, 'an order to sell', post(side, 'trade/order', await resting(side, 'swap', 'sell')));
    const both = await ordersFreeze(side);
    const times = rounded({ dividend: both.frozen, divisor: one.frozen, digits: 0 });
    side.saw('what both freeze, by what one freezes', { times }, both.answer);
  }),
  onContracts('available-funds', async (side) => {
    await needed(side, 'an order of contracts', post(side, 'trade/order', await resting(side, 'swap', 'buy')));
    await needed(side, 'an order on spot', post(side, 'trade/order', await resting(side, 'spot', 'buy')));
    const { answer, row } = await tethers(side);
    const [cash, frozen, available] = [amount(row, 'cashBal'), amount(row, 'frozenBal'), amount(row, 'availBal')];
    const gap = absolute(subtract(subtract(cash, frozen), available));
    const isRest = compare(gap, multiply(frozen, HUNDREDTH)) <= 0;
    side.saw('what is available', { frozen: String(compare(frozen, decimal('0')) > 0), is_cash_less_frozen: String(isRest) }, answer);
  }),
  onSpot('transfer-available', async (side) => {
    await needed(side, 'an order on spot', post(side, 'trade/order', await resting(side, 'spot', 'buy')));
    const { row } = await tethers(side);
    const answer = await get(side, 'account/max-withdrawal', { ccy: 'USDT' });
    const same = isNear(amount(firstRow(answer), 'maxWd'), amount(row, 'availBal'), decimal('0.0001'));
    side.saw('what may leave the trading account', { code: codeOf(answer), is_what_is_available: String(same) }, answer);
  }),
  reading('transfer-unknown', async (side) => {
    await tried(side, 'a transfer that nobody made', get(side, 'asset/transfer-state', { transId: '1' }));
  }),
  reading('leverage-default', async (side) => {
    // Where they are not all the same somebody has set one, and the others say nothing any more.
    const asked = ['BTC-USDT-SWAP', 'ETH-USDT-SWAP', 'BTC-USD-SWAP'];
    const answer = await get(side, 'account/leverage-info', { instId: asked.join(','), mgnMode: 'cross' });
    const levers = new Set(rowsOf(answer).map((row) => text(row, 'lever')));
    if (levers.size > 1) throw new CaseEnds({ kind: 'lacks', why: 'leverage was set on this account' });
    side.saw('the leverage that nobody set', { ...codesOf(answer), lever: [...levers].join(' ') }, answer);
  }),
  waits('liquidation', 'the market would have to take the whole account'),
  waits('liquidation-order', 'the market would have to take the whole account'),
  waits('adl-order', 'somebody else would have to lose more than is his'),
  waits('greeks', 'an option would have to be held, and the probe buys none'),
  waits('liquidation-cover', 'the market would have to take more than the whole account'),
  waits('stops-before-liquidation', 'one step of the market would have to reach both prices'),
  waits('transfer-own-only', 'the probe sends no transfer, so that it cannot ask for one to somebody else'),
  waits('transfer-at-once', 'the probe sends no transfer'),
];
