import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decimal, formatDecimal } from '../money/decimal.ts';
import { worstCase } from './worst-case.ts';

// The oracle below plays out every way in which orders may be filled, in every order and to every extent, on plain whole numbers, and
// takes the largest position it ever saw. It knows what a reduce-only order is (it brings a position nearer to zero and no further), and
// nothing of the formula that it checks.

type Case = { position: number; buys: number; sells: number; reduceOnlyBuys: number; reduceOnlySells: number };

function largestPositionSeen(start: Case): number {
  const seen = new Set<string>();
  let largest = 0;
  const visit = (now: Case): void => {
    const key = Object.values(now).join();
    if (seen.has(key)) return;
    seen.add(key);
    largest = Math.max(largest, Math.abs(now.position));
    if (now.buys > 0) visit({ ...now, buys: now.buys - 1, position: now.position + 1 });
    if (now.sells > 0) visit({ ...now, sells: now.sells - 1, position: now.position - 1 });
    if (now.reduceOnlyBuys > 0 && now.position < 0) visit({ ...now, reduceOnlyBuys: now.reduceOnlyBuys - 1, position: now.position + 1 });
    if (now.reduceOnlySells > 0 && now.position > 0)
      visit({ ...now, reduceOnlySells: now.reduceOnlySells - 1, position: now.position - 1 });
  };
  visit(start);
  return largest;
}

function asWritten({ position, buys, sells, reduceOnlyBuys, reduceOnlySells }: Case): number {
  const amount = (whole: number) => decimal(String(whole));
  const worst = worstCase({
    position: amount(position),
    buys: amount(buys),
    sells: amount(sells),
    reduceOnlyBuys: amount(reduceOnlyBuys),
    reduceOnlySells: amount(reduceOnlySells),
    floor: null,
  });
  return Number(formatDecimal(worst));
}

function* everyCase(): Generator<Case> {
  for (let position = -4; position <= 4; position += 1)
    for (let buys = 0; buys <= 4; buys += 1)
      for (let sells = 0; sells <= 4; sells += 1)
        for (let reduceOnlyBuys = 0; reduceOnlyBuys <= 5; reduceOnlyBuys += 1)
          for (let reduceOnlySells = 0; reduceOnlySells <= 5; reduceOnlySells += 1)
            yield { position, buys, sells, reduceOnlyBuys, reduceOnlySells };
}

test('the worst case is the largest position that any order of fills leads to, and both shortcuts are wrong', (context) => {
  let cases = 0;
  let positionsOnly = 0;
  let withoutReduceOnly = 0;
  for (const one of everyCase()) {
    cases += 1;
    const truth = largestPositionSeen(one);
    assert.equal(asWritten(one), truth, JSON.stringify(one));
    if (Math.abs(one.position) < truth) positionsOnly += 1;
    if (largestPositionSeen({ ...one, reduceOnlyBuys: 0, reduceOnlySells: 0 }) < truth) withoutReduceOnly += 1;
  }
  context.diagnostic(
    `${cases} cases; "positions only" too small in ${positionsOnly}, "reduce-only orders add nothing" in ${withoutReduceOnly}`,
  );
  assert.ok(cases >= 4000);
  assert.ok(positionsOnly > cases / 2);
  assert.ok(withoutReduceOnly > 100);
});

test('long 2 with a plain sell of 3 and a reduce-only sell of 6 can end short 3', () => {
  assert.equal(asWritten({ position: 2, buys: 0, sells: 3, reduceOnlyBuys: 0, reduceOnlySells: 6 }), 3);
});

test('one more order never makes the worst case smaller', () => {
  for (const one of everyCase()) {
    if (one.buys + one.sells + one.reduceOnlyBuys > 4) continue;
    const before = asWritten(one);
    for (const kind of ['buys', 'sells', 'reduceOnlyBuys', 'reduceOnlySells'] as const) {
      assert.ok(asWritten({ ...one, [kind]: one[kind] + 1 }) >= before, `${kind} added to ${JSON.stringify(one)}`);
    }
  }
});

test('a spot wallet never goes below minus the baseline', () => {
  const amount = decimal;
  const reach = { position: amount('2'), buys: amount('0'), sells: amount('9'), reduceOnlyBuys: amount('0'), reduceOnlySells: amount('0') };
  assert.equal(formatDecimal(worstCase({ ...reach, floor: amount('0') })), '2');
  assert.equal(formatDecimal(worstCase({ ...reach, floor: amount('-5') })), '5');
  assert.equal(formatDecimal(worstCase({ ...reach, floor: null })), '7');
});
