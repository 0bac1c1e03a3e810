// Bugs put in on purpose: each is one that others have shipped or that would lose money, and the differential test has to find it within few
// histories. A comparison that never differs compares nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Plant, urlWith } from '../simulation/planted.ts';
import { Tally } from '../simulation/tally.ts';
import type * as Play from './play.ts';

type Planted = Plant & {
  readonly name: string;
  /** What has to be said. */
  readonly found: RegExp;
  /** The history that is played first: near the one that shows it. */
  readonly first: number;
};

const bugs: readonly Planted[] = [
  {
    name: 'reduce-only orders add nothing to the worst case',
    file: 'src/core/exposure/holding.ts',
    from: "  if (of.leg !== 'net') return;\n",
    to: '  if (of.instrument !== null) return;\n',
    found: /worst case|max_(position|underlying|total|leverage|margin)|really_reduces/,
    first: 280,
  },
  {
    name: 'what is added up of a position stays one change behind',
    file: 'src/core/exposure/survey.ts',
    from: 'const holding = addedUpAt(after, place);',
    to: 'const holding = addedUpAt(before, place);',
    found: /worst case|max_|really_reduces|USD|size|others_position|offers/,
    first: 1,
  },
  {
    name: 'an order is valued at its own limit, however low',
    file: 'src/core/market/valuation.ts',
    from: 'return limit === null ? highest : maximum(highest, limit);',
    to: 'return limit ?? highest;',
    found: /USD|worst case/,
    first: 1,
  },
  {
    name: 'an amendment is counted at its new size alone',
    file: 'src/core/policy/draft.ts',
    from: 'const size = replaces === null ? wished : maximum(wished, leaves(replaces));',
    to: 'const size = wished;',
    found: /size|worst case|max_|minimum|offers/,
    first: 1,
  },
  {
    name: 'an order of unknown outcome holds nothing any more',
    file: 'src/core/order/order.ts',
    from: "if (order.life.kind === 'done') return zero;",
    to: "if (order.life.kind === 'done' || order.life.kind === 'unknown') return zero;",
    found: /instrument_frozen|worst case|would refuse/,
    first: 1,
  },
  {
    name: 'a rejected entry is given back to the day',
    file: 'src/core/account/apply.ts',
    from: 'const counted = { ...state, activity: recordRejection(state.activity, at) };',
    to: 'const counted = { ...state, activity: refundAbsent(recordRejection(state.activity, at), at) };',
    found: /max_daily_trades/,
    first: 1050,
  },
  {
    name: 'a position belongs to whoever traded last',
    file: 'src/core/account/position.ts',
    from: 'const order = [by, ...[...owners.keys()].filter((name) => name !== by).toSorted()];',
    to: 'const order = [...owners.keys()].filter((name) => name !== by).toSorted();',
    found: /really_reduces|others_position|size/,
    first: 1700,
  },
];
/** Histories until one shows it, at most. */
const HISTORIES_MAX = 1500;

for (const { name, found, first, ...plant } of bugs) {
  test(`the differential test finds that ${name}`, async (context) => {
    const play = (await import(urlWith(plant, new URL('./play.ts', import.meta.url)))) as typeof Play;
    for (let seed = first; seed < first + HISTORIES_MAX; seed += 1) {
      const { disagreement } = play.playSeed(seed, new Tally());
      if (disagreement === null) continue;
      assert.match(disagreement.says, found, `history ${seed}`);
      context.diagnostic(`history ${seed}: ${disagreement.says}`);
      return;
    }
    assert.fail(`not within ${HISTORIES_MAX} histories`);
  });
}
