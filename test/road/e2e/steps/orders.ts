import assert from 'node:assert/strict';
import type { Document } from '../life.ts';
import { limitOf, marketOf, priceAt, smallUsd } from '../amounts.ts';
import { type Life, SPOT } from '../life.ts';
import type { Step } from '../story.ts';
import { assertRefused, closed, executed, held, openOrders, type Placed, placed, rests, settled, stopOf, traded } from '../wishes.ts';

const usd = { quantity_unit: 'usd', reason: 'the suite' } as const;
const buy = { instrument: SPOT, side: 'buy', ...usd } as const;

/** Where nothing is bought, and the exchange takes the order all the same. */
const FAR = 0.9;
const ABOVE = 1.002;

export const orders: readonly Step[] = [
  {
    name: 'a preview says what would be sent and what it would come to, and sends nothing',
    play: async (life) => {
      const given = { intent_id: life.name('look'), ...buy, type: 'market', quantity: await smallUsd(life) };
      const preview = (await life.call('preview_order', given)) as Document;
      assert.deepEqual([preview['status'], preview['sent_to_exchange']], ['allowed', 'no'], JSON.stringify(preview));
      assert.ok(Number(preview['notional_usd']) > 0, JSON.stringify(preview));
      assert.deepEqual(await openOrders(life), []);
    },
  },
  {
    name: 'a limit order far from the market rests; the same wish again is the same order, and another one under its name is refused',
    play: async (life) => {
      const wish = await resting(life);
      const row = await rests(life, wish.intent_id);
      const again = await life.call('place_order', wish);
      assert.equal(again.order?.client_order_id, row['client_order_id'], JSON.stringify(again));
      assertRefused(await life.call('place_order', { ...wish, quantity: await smallUsd(life) }), 'INTENT_CONFLICT');
      assert.equal((await openOrders(life)).length, 1);
      const { document } = await life.run('orders');
      assert.equal((document['orders'] as readonly Document[])[0]?.['client_order_id'], row['client_order_id']);
    },
  },
  {
    name: 'an order is cancelled by its id, and has executed nothing',
    play: async (life) => {
      const [row] = await openOrders(life);
      const cancel = await life.command('cancel', '--client-order-id', String(row?.['client_order_id']), '--reason', 'the suite');
      assert.notEqual(cancel.answer.status, 'denied', cancel.said);
      const ended = await settled(life, String(row?.['intent_id']));
      assert.deepEqual([ended.status, executed(ended)], ['cancelled', 0], JSON.stringify(ended));
    },
  },
  {
    name: 'a post-only order rests, and goes when all are cancelled; one that would trade at once executes nothing',
    play: async (life) => {
      const market = await marketOf(life, SPOT);
      const [resting, crossing] = [life.name('post'), life.name('cross')];
      const words = ['place', SPOT, 'buy', '--type', 'post_only', '--quantity-unit', 'usd', '--reason', 'the suite'];
      const post = await life.command(
        ...words,
        '--price',
        priceAt(market, FAR),
        '--quantity',
        await smallUsd(life),
        '--intent-id',
        resting,
      );
      assert.notEqual(post.answer.status, 'denied', post.said);
      await rests(life, resting);
      await life.call('cancel_orders', { intent_id: life.name('cancel'), reason: 'the suite' });
      assert.equal((await settled(life, resting)).status, 'cancelled');
      const price = priceAt(market, ABOVE);
      const crossed = await life.call('place_order', {
        intent_id: crossing,
        ...buy,
        type: 'post_only',
        price,
        quantity: await smallUsd(life),
      });
      assert.notEqual(crossed.status, 'denied', JSON.stringify(crossed));
      const ended = await settled(life, crossing);
      assert.match(ended.status ?? '', /^(cancelled|rejected)$/, JSON.stringify(ended));
      assert.equal(executed(ended), 0, JSON.stringify(ended));
      assert.deepEqual(await openOrders(life), []);
    },
  },
  {
    name: 'a small order at the market is executed, booked and proven',
    play: async (life) => {
      await bought(life);
      const { document, said } = await life.run('positions');
      const row = (document['positions'] as readonly Document[]).find(({ instrument }) => instrument === SPOT);
      assert.ok(Number(row?.['size']) > 0 && row?.['side'] === 'long', said);
      const fills = (await life.run('fills')).document['fills'] as readonly Document[];
      assert.ok(fills.length > 0 && fills.every(({ instrument, side }) => instrument === SPOT && side === 'buy'), JSON.stringify(fills));
    },
  },
  {
    name: 'an order above a limit is refused with the limit, and nothing is sent',
    play: async (life) => {
      const most = await limitOf(life, 'max_order_size');
      const words = [
        'place',
        SPOT,
        'buy',
        '--type',
        'market',
        '--quantity',
        String(most * 2),
        '--quantity-unit',
        'usd',
        '--reason',
        'too much',
      ];
      const { code, answer, said } = await life.command(...words);
      assert.equal(code, 1, said);
      assertRefused(answer, 'MAX_ORDER_SIZE');
      assert.deepEqual([answer.limit?.name, Number(answer.limit?.max)], ['max_order_size', most], said);
    },
  },
  {
    name: 'what is held gets a stop, which comes nearer and never goes away from the market, and goes with the position',
    play: async (life) => {
      const market = await marketOf(life, SPOT);
      await protectedAt(life, SPOT, priceAt(market, 0.85));
      await protectedAt(life, SPOT, priceAt(market, 0.9));
      const wider = { intent_id: life.name('wider'), instrument: SPOT, stop_loss: priceAt(market, 0.8), reason: 'the suite' };
      assertRefused(await life.call('set_protection', wider), 'NOT_ALLOWED');
      assert.equal(Number(await stopOf(life, SPOT)), Number(priceAt(market, 0.9)));
      await closed(life, SPOT);
    },
  },
];

/** An order waits far below the market. */
export async function resting(life: Life): Promise<Placed> {
  return placed(life, 'rest', async () => {
    const price = priceAt(await marketOf(life, SPOT), FAR);
    return { ...buy, type: 'limit', price, quantity: await smallUsd(life) };
  });
}

/** Something of the first pair is held. */
export async function bought(life: Life): Promise<void> {
  await traded(life, 'buy', async () => ({ ...buy, type: 'market', quantity: await smallUsd(life) }));
  assert.ok((await held(life, SPOT)) !== undefined);
}

/** A stop waits there, set or moved by the command. The exchange has to have said where the last one is before it may move. */
export async function protectedAt(life: Life, instrument: string, trigger: string): Promise<void> {
  const { code, said } = await life.command('protect', instrument, '--stop-loss', trigger, '--reason', 'the suite');
  assert.equal(code, 0, said);
  await life.until(`the stop of ${instrument} is at ${trigger}`, async () => Number(await stopOf(life, instrument)) === Number(trigger));
}
