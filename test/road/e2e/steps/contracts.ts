import assert from 'node:assert/strict';
import { limitOf, marketOf, priceAt, smallContracts } from '../amounts.ts';
import { type Life, SWAP } from '../life.ts';
import type { Step } from '../story.ts';
import { assertRefused, closed, held, stopOf, traded } from '../wishes.ts';
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
      const naked = { intent_id: life.name('naked'), ...buy, ...(await smallContracts(life, stop)) };
      assertRefused(await life.call('place_order', naked), 'NOT_ALLOWED');
      await traded(life, 'open', async () => ({ ...buy, ...(await smallContracts(life, stop)), stop_loss: stop }));
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
