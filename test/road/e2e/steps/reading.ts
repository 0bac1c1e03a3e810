import assert from 'node:assert/strict';
import { marketOf, priceAt, smallUsd } from '../amounts.ts';
import { type Document, type Life, SPOT, SWAP } from '../life.ts';
import type { Step } from '../story.ts';
import { assertRefused, closed, held, openOrders, rests } from '../wishes.ts';
import { bought, resting } from './orders.ts';

export const reading: readonly Step[] = [
  {
    name: 'a gateway that only reads comes up with the same books, and every look works',
    play: async (life) => {
      await bought(life);
      await rests(life, (await resting(life)).intent_id);
      const before = (await held(life, SPOT))?.['size'];
      await life.down();
      await life.up('--read-only');
      const { code, document, said } = await life.run('status');
      assert.deepEqual([code, document['read_only'], document['mode']], [0, true, 'ACTIVE'], said);
      assert.equal((await held(life, SPOT))?.['size'], before);
      await marketOf(life, SPOT);
      for (const words of [['limits'], ['orders'], ['fills'], ['account', 'balance'], ['reconcile']]) {
        // oxlint-disable-next-line no-await-in-loop
        const looked = await life.run(...words);
        assert.equal(looked.code, 0, looked.said);
      }
    },
  },
  {
    name: 'it refuses every order, close, cancel, stop and rebalance in plain words, as a command and over MCP, and sends nothing',
    play: async (life) => {
      const stop = priceAt(await marketOf(life, SPOT), 0.85);
      const [quantity, base] = [await smallUsd(life), await smallUsd(life)];
      const reason = 'the suite';
      const sent = await lastSent(life);
      const words = [
        ['place', SPOT, 'buy', '--type', 'market', '--quantity', quantity, '--quantity-unit', 'usd'],
        ['close', SPOT],
        ['protect', SPOT, '--stop-loss', stop],
        ['rebalance', '--targets', `${SPOT}=0`, '--base-usd', base],
      ];
      const calls: Readonly<Record<string, Document>> = {
        place_order: { instrument: SPOT, side: 'buy', type: 'market', quantity, quantity_unit: 'usd' },
        close_position: { instrument: SPOT },
        set_protection: { instrument: SPOT, stop_loss: stop },
        rebalance: { targets: [{ instrument: SPOT, weight: '0' }], base_usd: base },
      };
      // oxlint-disable no-await-in-loop
      for (const command of words) {
        const { code, answer, said } = await life.command(...command, '--reason', reason);
        assert.equal(code, 1, said);
        assertRefused(answer, 'READ_ONLY');
      }
      for (const [tool, given] of Object.entries(calls))
        assertRefused(await life.call(tool, { intent_id: life.name('reading'), ...given, reason }), 'READ_ONLY');
      for (const command of [
        ['flatten', SPOT],
        ['account', 'set-leverage', SWAP, '1'],
      ]) {
        const { code, said } = await life.run(...command, '--reason', reason);
        assert.equal(code, 1, said);
        assert.match(said, /read-only and sends nothing/);
      }
      // oxlint-enable no-await-in-loop
      // Of a resting entry the exchange's own timer may have been first, where the gateway was away for long.
      assertRefused((await life.command('cancel', '--reason', reason)).answer, 'READ_ONLY', 'NOT_FOUND');
      assertRefused(await life.call('cancel_orders', { intent_id: life.name('reading'), reason }), 'READ_ONLY', 'NOT_FOUND');
      assert.deepEqual(await lastSent(life), sent);
    },
  },
  {
    name: 'a gateway that acts again finds the same books, closes what is held, and everything adds up',
    play: async (life) => {
      await life.down();
      const { mode } = await life.up();
      assert.equal(mode, 'ACTIVE');
      await life.call('cancel_orders', { intent_id: life.name('cancel'), reason: 'the suite' });
      await life.until('nothing rests', async () => (await openOrders(life)).length === 0);
      await closed(life, SPOT);
      const compared = await life.run('reconcile');
      assert.deepEqual([compared.code, compared.document['clean']], [0, true], compared.said);
      assert.equal((await life.run('log', 'verify')).document['ok'], true);
    },
  },
];

/** What the journal says was sent to the exchange last, of any kind that changes something there. */
async function lastSent(life: Life): Promise<readonly unknown[]> {
  const kinds = ['submitting', 'cancelling', 'protecting', 'moving'];
  const told = await Promise.all(kinds.map((kind) => life.run('log', '--kind', kind)));
  return told.map(({ document }) => (document['entries'] as readonly Document[]).at(-1)?.['seq']);
}
