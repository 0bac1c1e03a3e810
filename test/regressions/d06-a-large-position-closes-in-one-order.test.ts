import assert from 'node:assert/strict';
import { test } from 'node:test';
import { equals } from '../../src/core/money/decimal.ts';
import { decide } from '../../src/core/policy/decide.ts';
import { asking, closing, d, held, spot, swap } from '../support/policy-samples.ts';

// Elsewhere limits for entries, largest and smallest worth of an order among them, also held up the orders that close.

const narrow = {
  maxOrderSize: d('1'),
  maxPositionSize: d('1'),
  maxTotalExposure: d('1'),
  maxOpenPositions: 1,
  maxOpenOrders: 1,
  maxDailyTrades: 1,
  maxLeverage: d('0.01'),
  maxAccountEquity: d('1'),
  minBalance: d('999999999'),
};

test('a position a thousand times the limit of one order is closed by one order', () => {
  for (const [instrument, size] of [
    [swap, '10'],
    [swap, '-10'],
    [spot, '0.1'],
  ] as const) {
    const decision = decide(
      asking(closing({ instrument: instrument.id }), { policy: narrow, positions: [[instrument, held(size)]], mode: 'REDUCE_ONLY' }),
    );
    assert.ok(decision.kind === 'allow', decision.kind === 'deny' ? decision.message : '');
    assert.ok(equals(decision.terms.size, d(size.replace('-', ''))));
    assert.equal(decision.terms.purpose, 'exit');
  }
});

test("only the exchange's own largest order makes parts of a close, and says how large they may be", () => {
  const small = { instruments: new Map([[swap.id, { ...swap, maximum: d('4') }]]) };
  const positions = [[swap, held('10')]] as const;
  const whole = decide(asking(closing({ instrument: swap.id }), { books: small, positions, policy: narrow }));
  assert.ok(whole.kind === 'deny');
  assert.equal(whole.limit?.name, 'exchange_maximum');
  const part = decide(asking(closing({ instrument: swap.id, quantity: d('4') }), { books: small, positions, policy: narrow }));
  assert.equal(part.kind, 'allow');
});
