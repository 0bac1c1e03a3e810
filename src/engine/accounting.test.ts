import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EngineWorld } from '../../test/support/engine-world.ts';
import { compare, type Decimal, decimal, formatDecimal, negate, isNegative, subtract } from '../core/money/decimal.ts';
import { managedEquityOf } from '../core/policy/losses.ts';

// What the account has become worth at the exchange is what the books say was earned: nothing comes from nowhere, and nothing is lost (I-A5).

const limits = `[policy]
max_order_size = 3000
max_position_size = 4000
max_total_exposure = 8000
max_price_move = "50%"
max_daily_loss = 900
max_drawdown = 900
max_spread = "100%"
exit_collar = "10%"
`;
const SWAP = 'BTC-USDT-SWAP';

/** What the exchange says that the account is worth, in dollars. */
function worthAtExchange(world: EngineWorld): Decimal {
  const { circumstances } = world.engine.context();
  assert.ok(circumstances.funds !== null, 'the balance is known');
  return circumstances.funds.equityUsd;
}

function earned(world: EngineWorld): Decimal {
  const { engine } = world;
  const equity = managedEquityOf({ books: engine.state, circumstances: engine.context().circumstances, ageMaxMilliseconds: 10_000 });
  assert.ok(equity.kind === 'known');
  return equity.usd;
}

function apart(left: Decimal, right: Decimal): Decimal {
  const difference = subtract(left, right);
  return isNegative(difference) ? negate(difference) : difference;
}

async function move(world: EngineWorld, price: string): Promise<void> {
  for (const instId of [SWAP, 'BTC-USDT']) world.desk('POST', '/sim/market', { instId, price });
  await world.pass(4000);
}

test('realised and unrealised gains, losses and fees are what the account gained at the exchange, at every moment of a life', async () => {
  const world = await EngineWorld.running(limits);
  await move(world, '60000');
  const before = worthAtExchange(world);
  const check = (when: string): void => {
    const [real, books] = [subtract(worthAtExchange(world), before), earned(world)];
    const text = `${when}: the exchange says ${formatDecimal(real)}, the books ${formatDecimal(books)}`;
    assert.ok(compare(apart(real, books), decimal('0.01')) <= 0, text);
  };
  check('nothing was traded');
  const terms = { instrument: SWAP, quantity: '3', quantity_unit: 'contracts', expected_notional_usd: '1800' };
  await world.until(world.place(terms));
  await world.pass(3000);
  check('a swap is held');
  await move(world, '58800');
  check('it has lost on paper');
  assert.ok(compare(earned(world), decimal('-30')) < 0, 'the loss is one that would be seen');
  await world.until(world.ask('close_position', { instrument: SWAP, quantity: '1' }));
  await world.pass(3000);
  check('a part of the loss is realised');
  await move(world, '60600');
  check('the rest has gained');
  await world.until(world.ask('close_position', { instrument: SWAP }));
  await world.pass(3000);
  check('all of it is realised');
  assert.ok([...world.engine.state.positions.values()].every(({ size }) => size.coefficient === 0n));
});
