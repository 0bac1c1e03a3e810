import assert from 'node:assert/strict';
import { type Row, smallUsd } from '../amounts.ts';
import { type Life, OTHER_SPOT, SPOT } from '../life.ts';
import type { Step } from '../story.ts';
import { closed, executed, held, settled } from '../wishes.ts';

type Plan = { readonly status?: string; readonly sent_to_exchange?: string; readonly orders?: readonly Row[] };

const PART = 4;

/** A sum of which a quarter is worth trading in each of the pairs. */
async function baseOf(life: Life): Promise<string> {
  const parts = await Promise.all([SPOT, OTHER_SPOT].map(async (pair) => Number(await smallUsd(life, pair))));
  return (Math.max(...parts) * PART).toFixed(2);
}

export const baskets: readonly Step[] = [
  {
    name: 'a rebalance is planned without a trace, then traded as one wish, booked and proven, and sold again by another',
    play: async (life) => {
      const base = await baseOf(life);
      const weights = [SPOT, OTHER_SPOT].flatMap((pair) => ['--targets', `${pair}=${1 / PART}`]);
      const intentId = life.name('basket');
      const words = [
        'rebalance',
        ...weights,
        '--base-usd',
        base,
        '--min-trade-usd',
        '0.01',
        '--reason',
        'the suite',
        '--intent-id',
        intentId,
      ];
      const planned = await life.command(...words, '--dry-run');
      const plan = planned.document as Plan;
      assert.deepEqual([plan.status, plan.sent_to_exchange, plan.orders?.length], ['allowed', 'no', 2], planned.said);
      const traded = await life.command(...words);
      assert.notEqual(traded.answer.status, 'denied', traded.said);
      const ended = await settled(life, intentId);
      assert.ok(executed(ended) > 0, JSON.stringify(ended));
      for (const pair of [SPOT, OTHER_SPOT]) {
        // oxlint-disable-next-line no-await-in-loop
        assert.ok((await held(life, pair)) !== undefined, `${pair}: ${JSON.stringify(ended)}`);
      }
      const back = { intent_id: life.name('basket'), base_usd: base, min_trade_usd: '0.01', reason: 'the suite' };
      const targets = [SPOT, OTHER_SPOT].map((instrument) => ({ instrument, weight: '0' }));
      const sold = await life.call('rebalance', { ...back, targets });
      assert.notEqual(sold.status, 'denied', JSON.stringify(sold));
      await settled(life, back.intent_id);
      // What a thin book has left of them.
      await closed(life, SPOT);
      await closed(life, OTHER_SPOT);
    },
  },
];
