import { equals } from '../../core/money/decimal.ts';
import { amount, codeOf, rowsOf, text } from '../answer.ts';
import { type Body, get, leastSize, needed, post, resting, rounded, taking, tried } from '../asking.ts';
import { type Case, onLegs } from '../case.ts';
import { instrumentOf, type Side } from '../side.ts';
import { ordersFreeze } from '../looks.ts';

/** An order at market that closes the long leg, or more than there is of it. */
async function closing(side: Side, sz: string): Promise<Body> {
  const { px: _none, ...order } = await taking(side, 'swap', 'sell', { posSide: 'long', ordType: 'market', sz });
  return order;
}

export const legCases: readonly Case[] = [
  onLegs('close-beyond-leg', async (side) => {
    const least = await leastSize(side, 'swap');
    await tried(side, 'a close of a leg that is empty', post(side, 'trade/order', await closing(side, least)));
    await needed(side, 'a long leg', post(side, 'trade/order', await taking(side, 'swap', 'buy', { posSide: 'long' })));
    await side.settled();
    const twice = await leastSize(side, 'swap', '2');
    await tried(side, 'a close of twice the leg', post(side, 'trade/order', await closing(side, twice)));
  }),
  onLegs('leverage-of-legs', async (side) => {
    const answer = await get(side, 'account/leverage-info', { instId: instrumentOf.swap, mgnMode: 'cross' });
    const rows = rowsOf(answer);
    const [first, ...others] = rows.map((row) => amount(row, 'lever'));
    const same = first !== undefined && others.every((lever) => equals(lever, first));
    const legs = rows.map((row) => text(row, 'posSide')).sort();
    side.saw('the legs', { code: codeOf(answer), legs: legs.join(' '), same: String(same) }, answer);
  }),
  onLegs('order-margin-of-legs', async (side) => {
    await needed(side, 'an order that opens long', post(side, 'trade/order', await resting(side, 'swap', 'buy', { posSide: 'long' })));
    const one = await ordersFreeze(side);
    await needed(side, 'an order that opens short', post(side, 'trade/order', await resting(side, 'swap', 'sell', { posSide: 'short' })));
    const both = await ordersFreeze(side);
    const times = rounded({ dividend: both.frozen, divisor: one.frozen, digits: 0 });
    side.saw('what both freeze, by what one freezes', { times }, both.answer);
  }),
];
