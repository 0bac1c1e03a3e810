import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Circumstances } from '../../src/core/account/books.ts';
import type { Quote } from '../../src/core/market/quote.ts';
import { decide } from '../../src/core/policy/decide.ts';
import { asking, circumstances, closing, ether, held, inverse, quoteOf, swap, wish } from '../support/policy-samples.ts';

// Elsewhere a missing account, price or margin balance skipped the check: open exactly when least is known.

const without = (gone: string): Partial<Circumstances> => ({
  quotes: new Map([...circumstances.quotes].filter(([id]) => id !== gone)),
});

/** The swap's quote without a part of it. */
function lacking(part: Partial<Quote>): Partial<Circumstances> {
  return { quotes: new Map([...circumstances.quotes, [swap.id, quoteOf(swap, '60000', part)]]) };
}

const missing: Readonly<Record<string, Partial<Circumstances>>> = {
  'the price': without(swap.id),
  'the mark price': { quotes: new Map([...circumstances.quotes, [swap.id, quoteOf(swap, '60000', { mark: null })]]) },
  'the balance': { funds: null },
  'the leverage': { leverage: new Map([[inverse.id, swap.lot]]) },
  'the price of something else that is held': without(ether.id),
  'the clock': { clockTrusted: false },
  'the order book': lacking({ book: null }),
  'the volume': lacking({ volume: null }),
  'the index': lacking({ index: null }),
  'where the price has been': lacking({ range: null }),
  'the funding rate': { funding: new Map() },
  'what a coin costs in dollars': { coinPrices: new Map() },
};

for (const [what, changes] of Object.entries(missing)) {
  test(`an entry is refused while nobody knows ${what}`, () => {
    const positions = [[ether, held('0.1')]] as const;
    assert.equal(decide(asking(wish(swap, 'buy', '1'), { positions })).kind, 'allow', 'with everything known it passes');
    const decision = decide(asking(wish(swap, 'buy', '1'), { positions, circumstances: changes }));
    assert.equal(decision.kind === 'deny' && decision.code, 'STALE_DATA');
  });
}

test('a close needs the price of what it closes and nothing else', () => {
  const positions = [[swap, held('1')]] as const;
  const bare = { book: null, volume: null, index: null, range: null };
  const unread = { funds: null, clockTrusted: false, leverage: new Map(), funding: new Map(), coinPrices: new Map() };
  const blind = { ...unread, quotes: new Map([[swap.id, quoteOf(swap, '60000', bare)]]) };
  assert.equal(decide(asking(closing({ instrument: swap.id }), { positions, circumstances: blind })).kind, 'allow');
});
