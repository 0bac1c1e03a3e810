import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from '../decision.ts';
import { decide } from '../decide.ts';
import {
  asking,
  calmMarket,
  circumstances,
  closing,
  d,
  ether,
  held,
  inverse,
  NOW,
  openOrder,
  quoteOf,
  spot,
  swap,
  wish,
} from '../../../../test/support/policy-samples.ts';

function told(decision: Decision): string {
  return decision.kind === 'deny' ? `${decision.code} ${decision.message}` : 'allow';
}

test('an entry of a type or on a side that the policy does not name is refused, and a close is not', () => {
  const policy = { orderTypes: ['limit'], sides: ['buy'] } as const;
  assert.equal(told(decide(asking(wish(spot, 'buy', '0.001'), { policy }))), 'allow');
  assert.match(
    told(decide(asking(wish(spot, 'buy', '0.001', { type: 'ioc' }), { policy }))),
    /^NOT_ALLOWED .*entries of type limit.*order_types/,
  );
  assert.match(told(decide(asking(wish(swap, 'sell', '1'), { policy }))), /^NOT_ALLOWED .*entries that buy.*\(sides\)/);
  assert.equal(told(decide(asking(closing({ instrument: swap.id }), { policy, positions: [[swap, held('1')]] }))), 'allow');
  assert.equal(
    told(decide(asking(wish(swap, 'sell', '1', { reduceOnly: true, type: 'ioc' }), { policy, positions: [[swap, held('1')]] }))),
    'allow',
  );
});

test('in quiet hours no entry passes and a close does, also over midnight and at both ends', () => {
  const at = (clock: string, quietHours: readonly string[]): string => {
    const [hours = 0, minutes = 0] = clock.split(':').map(Number);
    const now = Date.UTC(2026, 10, 23, hours, minutes);
    const quotes = new Map([[spot.id, quoteOf(spot, '60000', { at: now, receivedAt: now })]]);
    const world = { ...circumstances, ...calmMarket(now), now, quotes };
    const funds = circumstances.funds === null ? null : { ...circumstances.funds, at: now };
    const changes = { policy: { quietHours }, circumstances: { ...world, funds } };
    const close = decide(asking(closing(), { ...changes, positions: [[spot, held('1')]] }));
    assert.equal(close.kind, 'allow', clock);
    return told(decide(asking(wish(spot, 'buy', '0.001'), changes)));
  };
  for (const clock of ['22:00', '23:59', '00:00', '05:59'])
    assert.match(at(clock, ['22:00-06:00']), /^NOT_ALLOWED .*from 22:00 to 06:00 UTC/, clock);
  for (const clock of ['21:59', '06:00', '12:00']) assert.equal(at(clock, ['22:00-06:00']), 'allow', clock);
  assert.match(at('12:00', ['22:00-06:00', '12:00-12:01']), /from 12:00 to 12:01/);
  assert.equal(at('12:01', ['12:00-12:01']), 'allow');
  assert.match(at('23:59', ['20:00-24:00']), /from 20:00 to 24:00/);
  assert.equal(at('00:00', ['20:00-24:00']), 'allow');
});

test('spot and swap of one coin are one risk, a long of one is not set off against a short of the other, and other coins stay out of it', () => {
  const policy = { maxUnderlyingExposure: d('1000') };
  const long = { policy, positions: [[spot, held('0.01')]] } as const;
  // 603 USD are held long; a swap contract is 603 more on its side.
  assert.match(
    told(decide(asking(wish(swap, 'buy', '1'), long))),
    /^MAX_UNDERLYING_EXPOSURE refused: everything in BTC together would reach 1206(\.\d+)? USD of at most 1000/,
  );
  assert.equal(told(decide(asking(wish(swap, 'sell', '1'), long))), 'allow');
  assert.match(told(decide(asking(wish(swap, 'sell', '1.7'), long))), /^MAX_UNDERLYING_EXPOSURE/);
  assert.equal(told(decide(asking(wish(ether, 'buy', '0.3'), long))), 'allow');
  const partly = decide(asking(wish(swap, 'buy', '1'), long));
  assert.ok(partly.kind === 'deny' && partly.wouldBeAllowed !== null);
  assert.equal(told(decide(asking({ ...wish(swap, 'buy', '0.65'), expectedNotionalUsd: d('390') }, long))), 'allow');
});

test('an entry is refused while the price of another instrument of the coin is old, which a close is not', () => {
  const quotes = new Map(circumstances.quotes).set(spot.id, quoteOf(spot, '60000', { at: NOW - 11_000 }));
  const old = {
    circumstances: { quotes },
    positions: [
      [spot, held('0.01')],
      [swap, held('1')],
    ],
  } as const;
  assert.match(told(decide(asking(wish(swap, 'buy', '1'), old))), /^STALE_DATA .*BTC-USDT is not known/);
  assert.equal(told(decide(asking(closing({ instrument: swap.id }), old))), 'allow');
});

const poor = (equity: string) => ({ funds: { equityUsd: d(equity), available: new Map([['USDT', d(equity)]]), at: NOW } });

test('the margin of the worst case is at most its share of the equity, other derivatives and open orders counted', () => {
  // A contract is 603 USD at worst; at a leverage of 3 that ties up 201 USD.
  const world = { policy: { maxMarginShare: d('0.25') }, circumstances: poor('1000') };
  assert.equal(told(decide(asking(wish(swap, 'buy', '1.24'), world))), 'allow');
  assert.match(
    told(decide(asking(wish(swap, 'buy', '1.25'), world))),
    /^MAX_MARGIN .*would reach 251.25 USD of at most 250 USD.*max_margin_share/,
  );
  const beside = { ...world, orders: [openOrder(inverse, 'sell', '3')] };
  assert.match(told(decide(asking(wish(swap, 'buy', '1'), beside))), /^MAX_MARGIN/);
  assert.equal(told(decide(asking(wish(spot, 'buy', '0.01'), beside))), 'allow', 'spot is paid for and has no margin');
});

test('a move by the least distance against the whole worst case must leave the maintenance margin', () => {
  const leverage = new Map([swap, inverse].map(({ id }) => [id, d('10')]));
  const world = { policy: { minLiquidationDistance: d('0.2') }, circumstances: { ...poor('1000'), leverage } };
  // 1,000 USD over 22 % are 4,545 USD.
  assert.equal(told(decide(asking(wish(swap, 'buy', '7.53'), world))), 'allow');
  assert.match(
    told(decide(asking(wish(swap, 'buy', '7.54'), world))),
    /^LIQUIDATION_DISTANCE refused: a move of 19.99% against it .* at least 20% is asked/,
  );
  const held1 = { ...world, positions: [[inverse, held('-20')]] } as const;
  const refused = decide(asking(wish(swap, 'buy', '5'), held1));
  assert.ok(refused.kind === 'deny');
  assert.equal(refused.code, 'LIQUIDATION_DISTANCE');
  assert.deepEqual(refused.limit, { name: 'min_liquidation_distance', max: '20%', used: '48%', unit: 'share of the price' });
});

test('a margin that is not known refuses entries on derivatives and nothing else', () => {
  const positions = [[inverse, held('1')]] as const;
  const leverage = new Map([[swap.id, d('3')]]);
  assert.match(
    told(decide(asking(wish(swap, 'buy', '1'), { circumstances: { leverage }, positions }))),
    /^STALE_DATA .*LTC-USD-SWAP is not known/,
  );
  assert.equal(told(decide(asking(wish(spot, 'buy', '0.001'), { circumstances: { leverage }, positions }))), 'allow');
  assert.equal(told(decide(asking(closing({ instrument: inverse.id }), { circumstances: { leverage }, positions }))), 'allow');
});
