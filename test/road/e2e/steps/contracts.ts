import assert from 'node:assert/strict';
import { limitOf, marketOf, priceAt, smallContracts } from '../amounts.ts';
import { type Life, SWAP } from '../life.ts';
import type { Step } from '../story.ts';
import { assertRefused, closed, executed, held, settled, stopOf } from '../wishes.ts';
import { protectedAt } from './orders.ts';

const buy = { instrument: SWAP, side: 'buy', type: 'market', quantity_unit: 'contracts', reason: 'the suite' } as const;

/** A step that an account without contracts leaves out, with the reason. */
function onContracts(name: string, play: (life: Life) => Promise<void>): Step {
  return {
    name,
    play: async (life) => {
      if (life.withoutContracts === undefined) await play(life);
      return life.withoutContracts;
    },
  };
}

export const contracts: readonly Step[] = [
  onContracts('the operator sets the leverage to what the policy allows, and not above', async (life) => {
    const most = await limitOf(life, 'max_leverage');
    const set = await life.run('account', 'set-leverage', SWAP, String(most), '--reason', 'the suite');
    assert.equal(set.code, 0, set.said);
    assert.equal(Number(set.document['leverage']), most, set.said);
    assert.equal((await life.run('account', 'set-leverage', SWAP, String(most + 1))).code, 1);
  }),
  onContracts(
    'an entry on contracts without a stop is refused; with one it is executed and the stop waits at the exchange',
    async (life) => {
      const stop = priceAt(await marketOf(life, SWAP), 0.85);
      const { count, usd } = await smallContracts(life, stop);
      const wish = { ...buy, quantity: count, expected_notional_usd: usd };
      assertRefused(await life.call('place_order', { intent_id: life.name('naked'), ...wish }), 'NOT_ALLOWED');
      const intentId = life.name('open');
      const placed = await life.call('place_order', { intent_id: intentId, ...wish, stop_loss: stop });
      assert.equal(placed.sent_to_exchange, 'yes', JSON.stringify(placed));
      const ended = await settled(life, intentId);
      assert.ok(executed(ended) > 0, JSON.stringify(ended));
      assert.equal((await held(life, SWAP))?.['side'], 'long');
      await life.until('the stop waits', async () => Number(await stopOf(life, SWAP)) === Number(stop));
    },
  ),
  onContracts('its stop is moved nearer to the market', async (life) => {
    await protectedAt(life, SWAP, priceAt(await marketOf(life, SWAP), 0.9));
  }),
  onContracts('the contracts are closed to nothing, and the stop is gone', async (life) => {
    await closed(life, SWAP);
  }),
];
