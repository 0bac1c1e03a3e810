import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstrumentId } from '../market/instrument.ts';
import { decimal } from '../money/decimal.ts';
import { defaultPolicy, loosened, policyJson } from './policy.ts';
import { smallAccountProfile } from './profile.ts';

const pair = 'BTC-USDT' as InstrumentId;
const asked = (equity: string, minimum = '1') =>
  smallAccountProfile({ equityUsd: decimal(equity), instrument: pair, minimumUsd: decimal(minimum) });

test('an account of 300 USD trades one pair in orders of 15, a position of 40 and six entries a day, and loses 6 a day and 25 in all at most', () => {
  const profile = asked('300');
  assert.ok(profile.ok);
  const limits = policyJson(profile.value);
  assert.deepEqual(
    {
      instruments: limits.instruments,
      max_order_size: limits.max_order_size,
      max_position_size: limits.max_position_size,
      max_total_exposure: limits.max_total_exposure,
      max_daily_trades: limits.max_daily_trades,
      max_daily_loss: limits.max_daily_loss,
      max_drawdown: limits.max_drawdown,
      min_balance: limits.min_balance,
      max_leverage: limits.max_leverage,
      require_stop: limits.require_stop,
    },
    {
      instruments: ['BTC-USDT'],
      max_order_size: '15',
      max_position_size: '40',
      max_total_exposure: '90',
      max_daily_trades: 6,
      max_daily_loss: '6',
      max_drawdown: '25',
      min_balance: '250',
      max_leverage: '2',
      require_stop: 'derivatives',
    },
  );
});

test('no limit of a small account is looser than the default of live', () => {
  for (const equity of ['150', '300', '373']) {
    const profile = asked(equity);
    assert.ok(profile.ok, equity);
    for (const key of Object.keys(policyJson(profile.value)))
      assert.equal(loosened({ key, policy: profile.value, limit: defaultPolicy('live') }), null, `${key} at ${equity}`);
  }
});

test('an order is worth more than the smallest that the exchange takes, and an account that cannot trade in steps is refused', () => {
  const profile = asked('150', '6.5');
  assert.ok(profile.ok);
  assert.equal(policyJson(profile.value).max_order_size, '8');
  const poor = asked('100', '5');
  assert.deepEqual(poor, {
    ok: false,
    error: 'an account of 100 USD is too small for BTC-USDT: an order has to be worth 6 USD, and a position at most 13 USD',
  });
});
