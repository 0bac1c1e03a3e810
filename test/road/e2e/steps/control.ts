import assert from 'node:assert/strict';
import type { Row } from '../amounts.ts';
import { smallUsd } from '../amounts.ts';
import { type Life, SPOT } from '../life.ts';
import type { Step } from '../story.ts';
import { resting } from './orders.ts';
import { assertRefused, rests, settled } from '../wishes.ts';

/** An order waits far below the market, where everybody sees it. @returns its intent id. */
async function restingOne(life: Life): Promise<string> {
  const { intent_id: intentId } = await resting(life);
  await rests(life, intentId);
  return intentId;
}

async function entry(life: Life) {
  const wish = { instrument: SPOT, side: 'buy', type: 'market', quantity: await smallUsd(life), quantity_unit: 'usd', reason: 'the suite' };
  return life.call('place_order', { intent_id: life.name('entry'), ...wish });
}

/** One step milder. It is refused while a comparison differs, and on a busy exchange one may come a moment too early. */
async function resumed(life: Life, to: 'REDUCE_ONLY' | 'ACTIVE'): Promise<void> {
  await life.until(`resume leads to ${to}`, async () => {
    const { document } = await life.run('resume', '--reason', 'the suite looked');
    return document['mode'] === to;
  });
}

export const control: readonly Step[] = [
  {
    name: 'the operator halts: what rests is cancelled, what comes is refused, and resume leads back one step at a time',
    play: async (life) => {
      const intentId = await restingOne(life);
      const halt = await life.run('halt', '--reason', 'the suite');
      assert.ok(halt.code === 0 || halt.code === 4, halt.said);
      assert.equal(halt.document['mode'], 'HALTED', halt.said);
      assert.equal((await settled(life, intentId)).status, 'cancelled');
      assertRefused(await entry(life), 'HALTED');
      await life.until('the exchange is clear', async () => {
        const told = (await life.run('status')).document['halt'] as Row | null;
        return told?.['outcome'] === 'clear';
      });
      await resumed(life, 'REDUCE_ONLY');
      assertRefused(await entry(life), 'REDUCE_ONLY');
      await resumed(life, 'ACTIVE');
    },
  },
  {
    name: 'an agent stops new risk itself, and only the operator resumes',
    play: async (life) => {
      const intentId = await restingOne(life);
      await life.call('halt_trading', { intent_id: life.name('stop'), reason: 'it looks odd' });
      assertRefused(await entry(life), 'REDUCE_ONLY');
      assert.equal((await settled(life, intentId)).status, 'cancelled');
      await resumed(life, 'ACTIVE');
    },
  },
  {
    name: 'books and exchange agree, the journal verifies, and report and why tell what was done',
    play: async (life) => {
      const compared = await life.run('reconcile');
      assert.deepEqual([compared.code, compared.document['clean']], [0, true], compared.said);
      const verified = await life.run('log', 'verify');
      assert.deepEqual([verified.code, verified.document['ok']], [0, true], verified.said);
      const report = await life.run('report');
      assert.equal(report.code, 0, report.said);
      assert.ok(Number(report.document['fills']) > 0, report.said);
      const decisions = (await life.run('log', '--kind', 'decision')).document['entries'] as readonly { readonly body: Row }[];
      const first = decisions.find(({ body }) => body['tool'] === 'place_order')?.body['intent_id'];
      const why = await life.run('why', String(first));
      assert.equal(why.code, 0, why.said);
    },
  },
];
