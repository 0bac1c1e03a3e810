import { add, type Decimal, equals, isPositive, roundDownToStep } from '../../core/money/decimal.ts';
import { amount, type Answer, codeOf, firstRow, pick, rowsOf, type Row, text } from '../answer.ts';
import { type Body, farPrice, get, leastSize, needed, post, resting, stop, taking, tried } from '../asking.ts';
import { type Case, onContracts, onSpot, waits } from '../case.ts';
import { instrumentOf, type Market, type Side } from '../side.ts';

function placeStop(side: Side, order: Body): Promise<Answer> {
  return post(side, 'trade/order-algo', order);
}

/** The leg of a stop below even an order that rests far below the market, to hang on one that buys. */
async function attachment(side: Side, market: Market): Promise<Body> {
  const slTriggerPx = await farPrice(side, market, 'far below');
  return { attachAlgoClOrdId: side.newId(), slTriggerPx, slOrdPx: '-1', slTriggerPxType: 'last' };
}

/** Buys with a stop attached, and reads the order and the stop that has begun. */
async function boughtWithStop(side: Side, market: Market): Promise<{ readonly order: Row; readonly answer: Answer }> {
  const leg = await attachment(side, market);
  const order = await taking(side, market, 'buy', { attachAlgoOrds: [leg] });
  await needed(side, 'an order with a stop attached', post(side, 'trade/order', order));
  await side.settled();
  const placed = await get(side, 'trade/order', { instId: instrumentOf[market], clOrdId: text(order, 'clOrdId') });
  const answer = await get(side, 'trade/order-algo', { algoClOrdId: text(leg, 'attachAlgoClOrdId') });
  return { order: firstRow(placed), answer };
}

/** What a stop sells: all that was bought, or what of it arrived. */
function soldPart(order: Row, { sold, lot }: { readonly sold: Decimal; readonly lot: Decimal }): string {
  const filled = amount(order, 'accFillSz');
  if (!isPositive(filled)) return 'nothing was bought';
  if (equals(sold, filled)) return 'all that was bought';
  return equals(sold, roundDownToStep({ value: add(filled, amount(order, 'fee')), step: lot })) ? 'what arrived' : 'something else';
}

export const stopCases: readonly Case[] = [
  onSpot('algo-kinds', async (side) => {
    const [above, below] = [await farPrice(side, 'spot', 'above'), await farPrice(side, 'spot', 'below')];
    const { slTriggerPx: _trigger, slOrdPx: _order, slTriggerPxType: _type, ...bare } = await stop(side, 'spot', 'buy');
    await tried(
      side,
      'a trigger',
      placeStop(side, { ...bare, algoClOrdId: side.newId(), ordType: 'trigger', triggerPx: above, orderPx: '-1' }),
    );
    const trailing = { ...bare, algoClOrdId: side.newId(), ordType: 'move_order_stop', callbackRatio: '0.05', activePx: below };
    await tried(side, 'a trailing stop', placeStop(side, trailing));
  }),
  onSpot('algo-reduce-only-on-contracts', async (side) => {
    await tried(side, 'a reduce-only stop on spot', placeStop(side, await stop(side, 'spot', 'sell', { reduceOnly: true })));
  }),
  onContracts('algo-needs-position', async (side) => {
    await tried(side, 'a reduce-only stop without a position', placeStop(side, await stop(side, 'swap', 'sell', { reduceOnly: true })));
    await needed(side, 'a small position', post(side, 'trade/order', await taking(side, 'swap', 'buy')));
    await side.settled();
    const larger = await stop(side, 'swap', 'sell', { reduceOnly: true, sz: await leastSize(side, 'swap', '2') });
    await tried(side, 'one of twice the position', placeStop(side, larger));
  }),
  onSpot('algo-amend-keeps-a-leg', async (side) => {
    const order = await stop(side, 'spot', 'buy');
    await needed(side, 'a stop order', placeStop(side, order));
    const named = { instId: instrumentOf.spot, algoClOrdId: text(order, 'algoClOrdId') };
    await tried(side, 'its only leg is taken away', post(side, 'trade/amend-algos', { ...named, newSlTriggerPx: '0' }));
  }),
  onSpot('algo-amend-adds-no-leg', async (side) => {
    const order = await stop(side, 'spot', 'buy');
    await needed(side, 'a stop order', placeStop(side, order));
    const named = { instId: instrumentOf.spot, algoClOrdId: text(order, 'algoClOrdId') };
    const leg = { newTpTriggerPx: await farPrice(side, 'spot', 'below'), newTpOrdPx: '-1' };
    await tried(side, 'a leg is added', post(side, 'trade/amend-algos', { ...named, ...leg }));
  }),
  onContracts('split-take-profits', async (side) => {
    const legs = [await attachment(side, 'swap'), await attachment(side, 'swap')];
    await tried(side, 'two stops attached', post(side, 'trade/order', await resting(side, 'swap', 'buy', { attachAlgoOrds: legs })));
  }),
  onSpot('attached-size-of-spot', async (side) => {
    const { order, answer } = await boughtWithStop(side, 'spot');
    const { lot } = await side.terms('spot');
    const sells = soldPart(order, { sold: amount(firstRow(answer), 'sz'), lot });
    side.saw('the stop that has begun', { code: codeOf(answer), ...pick(firstRow(answer), 'state', 'side'), sells }, answer);
  }),
  onContracts('attached-closes-only', async (side) => {
    const { answer } = await boughtWithStop(side, 'swap');
    side.saw('the stop that has begun', { code: codeOf(answer), ...pick(firstRow(answer), 'state', 'reduceOnly') }, answer);
    const algoId = text(firstRow(answer), 'algoId');
    await tried(side, 'the position is closed', post(side, 'trade/close-position', { instId: instrumentOf.swap, mgnMode: 'cross' }));
    await side.settled();
    const after = await get(side, 'trade/order-algo', { algoId });
    side.saw(
      'the stop without its position',
      { code: codeOf(after), rows: String(rowsOf(after).length), ...pick(firstRow(after), 'state') },
      after,
    );
  }),
  onSpot('attached-not-amended', async (side) => {
    const leg = await attachment(side, 'spot');
    const order = await resting(side, 'spot', 'buy', { attachAlgoOrds: [leg] });
    await needed(side, 'a resting order with a stop attached', post(side, 'trade/order', order));
    const attachAlgoOrds = [{ attachAlgoClOrdId: text(leg, 'attachAlgoClOrdId'), newSlTriggerPx: await farPrice(side, 'spot', 'below') }];
    const amendment = { instId: instrumentOf.spot, clOrdId: text(order, 'clOrdId'), attachAlgoOrds };
    await tried(side, 'its trigger is moved', post(side, 'trade/amend-order', amendment));
  }),
  waits('algo-reached', 'the market would have to come to the trigger and stop there'),
  waits('algo-watched', 'the market would have to spike to the trigger and back between two looks'),
  waits('limit-take-profit', 'the order would have to be filled, and the stop beside it reached'),
  waits('stop-beside-take-profits', 'the order would have to be filled in part and wait'),
  waits('attached-begins-with-whole-fill', 'the order would have to be filled in part and wait'),
];
