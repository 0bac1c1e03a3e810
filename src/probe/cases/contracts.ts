import { absolute, compare, multiply, subtract } from '../../core/money/decimal.ts';
import { amount, codeOf, firstRow, pick, rowsOf, text } from '../answer.ts';
import { farPrice, get, needed, post, resting, rounded, stop, taking, tried } from '../asking.ts';
import { type Case, onContracts, reading, waits } from '../case.ts';
import { CaseEnds, instrumentOf } from '../side.ts';
import { openPosition, ordersFreeze } from '../looks.ts';

const isolated = { tdMode: 'isolated' } as const;

/** Contracts besides those that have no end and share one margin. */
export const contractCases: readonly Case[] = [
  reading('price-limit-futures', async (side) => {
    const listed = rowsOf(await get(side, 'public/instruments', { instType: 'FUTURES', instFamily: 'BTC-USD' }));
    const instId = text(listed.find((row) => text(row, 'state') === 'live') ?? {}, 'instId');
    if (instId === '') throw new CaseEnds({ kind: 'lacks', why: 'this exchange lists no dated contract on BTC-USD' });
    const limit = await get(side, 'public/price-limit', { instId });
    const index = amount(firstRow(await get(side, 'market/index-tickers', { instId: 'BTC-USD' })), 'idxPx');
    const share = (name: string) => rounded({ dividend: subtract(amount(firstRow(limit), name), index), divisor: index, digits: 2 });
    side.saw('the limits as a share of the index', { code: codeOf(limit), buy: share('buyLmt'), sell: share('sellLmt') }, limit);
  }),
  reading('position-tiers', async (side) => {
    const query = { instType: 'SWAP', tdMode: 'cross', instFamily: 'BTC-USDT' };
    const answer = await get(side, 'public/position-tiers', query);
    const first = rowsOf(answer).find((row) => text(row, 'tier') === '1') ?? {};
    side.saw('the first tier', { code: codeOf(answer), ...pick(first, 'maxLever', 'mmr', 'imr') }, answer);
  }),
  onContracts('positions-history', async (side) => {
    await needed(side, 'a small position', post(side, 'trade/order', await taking(side, 'swap', 'buy')));
    await side.settled();
    await needed(side, 'its close', post(side, 'trade/close-position', { instId: instrumentOf.swap, mgnMode: 'cross' }));
    await side.settled();
    const query = { instType: 'SWAP', instId: instrumentOf.swap };
    const all = await get(side, 'account/positions-history', query);
    const [posId, changed] = [text(firstRow(all), 'posId'), amount(firstRow(all), 'uTime').coefficient];
    const tells = async (after: bigint): Promise<string> => {
      const page = await get(side, 'account/positions-history', { ...query, after: String(after) });
      return String(rowsOf(page).some((row) => text(row, 'posId') === posId && amount(row, 'uTime').coefficient === changed));
    };
    const facts = { code: codeOf(all), after_its_last_change: await tells(changed), a_moment_later: await tells(changed + 1n) };
    side.saw('whether a page tells the position', facts, all);
  }),
  onContracts('trail-spelling', async (side) => {
    const { slTriggerPx: _trigger, slOrdPx: _order, slTriggerPxType: _type, ...bare } = await stop(side, 'swap', 'buy');
    const trailing = { ...bare, ordType: 'move_order_stop', callBackRatio: '0.05', activePx: await farPrice(side, 'swap', 'below') };
    await tried(side, 'a trailing stop as the official kit spells it', post(side, 'trade/order-algo', trailing));
  }),
  onContracts('isolated-margin', async (side) => {
    await needed(side, 'a small isolated position', post(side, 'trade/order', await taking(side, 'swap', 'buy', isolated)));
    const { answer, row } = await openPosition(side);
    const { contract } = await side.terms('swap');
    const value = multiply(multiply(absolute(amount(row, 'pos')), contract), amount(row, 'avgPx'));
    const times = rounded({ dividend: multiply(amount(row, 'margin'), amount(row, 'lever')), divisor: value, digits: 2 });
    side.saw('margin times leverage, by the value at entry', { ...pick(row, 'mgnMode'), times }, answer);
  }),
  onContracts('isolated-order-margin', async (side) => {
    await needed(side, 'an order to buy', post(side, 'trade/order', await resting(side, 'swap', 'buy', isolated)));
    const one = await ordersFreeze(side);
    await needed(side, 'an order to sell', post(side, 'trade/order', await resting(side, 'swap', 'sell', isolated)));
    const both = await ordersFreeze(side);
    const more = compare(both.frozen, one.frozen) > 0;
    side.saw('the second order freezes more', { more: String(more) }, both.answer);
  }),
  onContracts('isolated-margin-moved', async (side) => {
    await needed(side, 'a small isolated position', post(side, 'trade/order', await taking(side, 'swap', 'buy', isolated)));
    await side.settled();
    const move = (type: string, amt: string) =>
      post(side, 'account/position/margin-balance', { instId: instrumentOf.swap, posSide: 'net', type, amt });
    await tried(side, 'one more is added', move('add', '1'));
    await tried(side, 'two are taken', move('reduce', '2'));
    await tried(side, 'one is taken', move('reduce', '0.9'));
  }),
  onContracts('adl', async (side) => {
    await needed(side, 'a small position', post(side, 'trade/order', await taking(side, 'swap', 'buy')));
    const { answer, row } = await openPosition(side);
    side.saw('a position without a profit', pick(row, 'adl'), answer);
  }),
  waits('fee-levels', 'the exchange grants a level for what was traded, and the probe trades next to nothing'),
  waits('isolated-funding', 'funding falls due every eight hours'),
  waits('isolated-liquidation', 'the market would have to take the whole margin'),
  waits('delivery', 'a contract ends on a Friday, and the probe would have to hold it until then'),
  waits('option-chain', 'the options of the simulator are its own, and an order for one is not among what the probe sends'),
  waits('option-model', 'the market of the simulator is its own'),
  waits('demo-account', 'an account that was used does not show any more what it began with'),
  waits('account-levels', 'the probe does not change the level of an account, which it might not get back'),
];
