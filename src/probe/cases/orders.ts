import { amount, codeOf, firstRow, pick, text } from '../answer.ts';
import { type Body, get, needed, post, resting, stop, TAG, taking, tried } from '../asking.ts';
import { type Case, onContracts, onSpot, waits } from '../case.ts';
import { instrumentOf, type Side } from '../side.ts';

const TIMER_SECONDS = '10';
const LOOKS_MAX = 30;
const LOOK_PAUSE_MILLISECONDS = 500;

function place(side: Side, order: Body) {
  return post(side, 'trade/order', order);
}

/** The other mode is asked for; what comes of it is undone by the end of the case. */
async function otherMode(side: Side, what: string): Promise<void> {
  const config = await get(side, 'account/config');
  const posMode = text(firstRow(config), 'posMode') === 'net_mode' ? 'long_short_mode' : 'net_mode';
  await tried(side, what, post(side, 'account/set-position-mode', { posMode }));
}

export const orderCases: readonly Case[] = [
  onContracts('trade-modes', async (side) => {
    await tried(side, 'contracts, isolated', place(side, await resting(side, 'swap', 'buy', { tdMode: 'isolated' })));
    await tried(side, 'contracts, as cash', place(side, await resting(side, 'swap', 'buy', { tdMode: 'cash' })));
    await tried(side, 'spot, on margin', place(side, await resting(side, 'spot', 'buy', { tdMode: 'cross' })));
    await tried(side, 'spot, isolated', place(side, await resting(side, 'spot', 'buy', { tdMode: 'isolated' })));
  }),
  onSpot('cancel-all-after-time', async (side) => {
    const armed = await post(side, 'trade/cancel-all-after', { timeOut: TIMER_SECONDS, tag: TAG });
    const row = firstRow(armed);
    const ahead = amount(row, 'triggerTime').coefficient - amount(row, 'ts').coefficient;
    const facts = { code: codeOf(armed), digits: String(text(row, 'triggerTime').length), ahead: String(ahead) };
    side.saw('armed for ten seconds', facts, armed);
    const disarmed = await post(side, 'trade/cancel-all-after', { timeOut: '0', tag: TAG });
    side.saw('disarmed', { code: codeOf(disarmed), ...pick(firstRow(disarmed), 'triggerTime') }, disarmed);
  }),
  onSpot('cancel-all-after-spares-stops', async (side) => {
    const order = await resting(side, 'spot', 'buy');
    await needed(side, 'an order to be cancelled', place(side, order));
    const algo = await stop(side, 'spot', 'buy');
    await needed(side, 'a stop order to be spared', post(side, 'trade/order-algo', algo));
    await needed(side, 'the timer', post(side, 'trade/cancel-all-after', { timeOut: TIMER_SECONDS, tag: TAG }));
    const query = { instId: instrumentOf.spot, clOrdId: text(order, 'clOrdId') };
    let seen = await get(side, 'trade/order', query);
    for (let look = 0; look < LOOKS_MAX && text(firstRow(seen), 'state') === 'live'; look += 1) {
      await side.pause(LOOK_PAUSE_MILLISECONDS);
      seen = await get(side, 'trade/order', query);
    }
    side.saw('the order', { code: codeOf(seen), ...pick(firstRow(seen), 'state', 'cancelSource') }, seen);
    const spared = await get(side, 'trade/order-algo', { algoClOrdId: text(algo, 'algoClOrdId') });
    side.saw('the stop order', { code: codeOf(spared), ...pick(firstRow(spared), 'state') }, spared);
  }),
  onContracts('position-mode', async (side) => {
    await needed(side, 'a resting order on spot', place(side, await resting(side, 'spot', 'buy')));
    await otherMode(side, 'with an order on spot');
  }),
  onSpot('slippage', async (side) => {
    for (const slippagePct of ['0.06', '0.00001']) {
      const { px: _px, ...order } = await taking(side, 'spot', 'sell', { ordType: 'market', slippagePct });
      await tried(side, `a sell at market with a slippage of ${slippagePct}`, place(side, order));
    }
  }),
  waits('amend-priority', 'the place of an order in its queue is not told to anybody'),
];
