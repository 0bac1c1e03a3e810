import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDecimal } from '../money/decimal.ts';
import { asking, closing, d, held, openOrder, swap, wish } from '../../../test/support/policy-samples.ts';
import type { Decision } from './decision.ts';
import type { Question } from './control.ts';
import { decide } from './decide.ts';

// A contract is 0.01 BTC at 60,000, so 600 USD and with the collar of half a percent 603.

const mode = { books: { positionMode: 'long_short' } } as const;

function inLegs(question: Question): Question {
  return { ...question, books: { ...question.books, positionMode: 'long_short' } };
}

function told(decision: Decision): string {
  return decision.kind === 'deny' ? decision.message : decision.kind;
}

test('an entry opens its own leg beside the other, and both count', () => {
  const limits = { policy: { maxPositionSize: d('1900') } };
  const positions = [[swap, held('1', { alpha: '1' }, 'long')]] as const;
  const second = decide(inLegs(asking(wish(swap, 'sell', '2'), { ...limits, positions })));
  assert.ok(second.kind === 'allow', told(second));
  assert.equal(second.terms.leg, 'short');
  assert.equal(second.terms.reduceOnly, false);
  assert.equal(formatDecimal(second.worstCaseAfterUsd), '1809');
  const third = decide(inLegs(asking(wish(swap, 'sell', '3'), { ...limits, positions })));
  assert.ok(third.kind === 'deny');
  assert.equal(third.code, 'MAX_POSITION_SIZE');
  assert.equal(third.wouldBeAllowed === null ? null : formatDecimal(third.wouldBeAllowed), '2.15');
});

test('in net mode the same sell turns the position and counts less', () => {
  const decision = decide(asking(wish(swap, 'sell', '2'), { positions: [[swap, held('1')]] }));
  assert.ok(decision.kind === 'allow');
  assert.equal(formatDecimal(decision.worstCaseAfterUsd), '603');
});

test('a reduce-only sell closes the long leg, a buy the short one, and neither more than is held', () => {
  const positions = [[swap, held('1', { alpha: '1' }, 'long')]] as const;
  const close = decide(inLegs(asking(wish(swap, 'sell', '1', { reduceOnly: true }), { positions })));
  assert.ok(close.kind === 'allow', told(close));
  assert.equal(close.terms.leg, 'long');
  for (const [side, size] of [
    ['sell', '1.01'],
    ['buy', '1'],
  ] as const) {
    const more = decide(inLegs(asking(wish(swap, side, size, { reduceOnly: true }), { positions })));
    assert.ok(more.kind === 'deny');
    assert.equal(more.code, 'NOT_REDUCING');
  }
});

test('exits of the other leg take nothing from what may be closed of this one', () => {
  const question = asking(closing({ instrument: swap.id }), {
    positions: [[swap, held('-1', { alpha: '-1' }, 'short')]],
    orders: [
      openOrder(swap, 'sell', '1', { leg: 'long', purpose: 'exit', reduceOnly: true }),
      openOrder(swap, 'buy', '0.4', { leg: 'short', purpose: 'exit', reduceOnly: true }),
    ],
  });
  const decision = decide(inLegs(question));
  assert.ok(decision.kind === 'allow', told(decision));
  assert.deepEqual([decision.terms.side, decision.terms.leg, formatDecimal(decision.terms.size)], ['buy', 'short', '0.6']);
});

test('a close of an instrument that is held on both sides has to say which', () => {
  const both = asking(closing({ instrument: swap.id }), mode);
  const positions = new Map([
    ...asking(closing(), { positions: [[swap, held('1', { alpha: '1' }, 'long')]] }).books.positions,
    ...asking(closing(), { positions: [[swap, held('-2', { alpha: '-2' }, 'short')]] }).books.positions,
  ]);
  const decision = decide({ ...both, books: { ...both.books, positions } });
  assert.ok(decision.kind === 'deny');
  assert.equal(decision.code, 'NOT_ALLOWED');
  assert.match(decision.message, /held long and short/);
});

test('a close that names its leg closes that one, also where both are held', () => {
  const long = asking(closing(), { positions: [[swap, held('1', { alpha: '1' }, 'long')]] }).books.positions;
  const short = asking(closing(), { positions: [[swap, held('-2', { alpha: '-2' }, 'short')]] }).books.positions;
  for (const [leg, expected] of [
    ['long', 'sell long 1'],
    ['short', 'buy short 2'],
  ] as const) {
    const question = asking(closing({ instrument: swap.id, leg }), mode);
    const decision = decide({ ...question, books: { ...question.books, positions: new Map([...long, ...short]) } });
    assert.ok(decision.kind === 'allow', told(decision));
    assert.equal(`${decision.terms.side} ${decision.terms.leg} ${formatDecimal(decision.terms.size)}`, expected);
  }
});
