import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { alpha, beta, closing, ether, rebalancing, spot, swap } from '../../../test/support/policy-samples.ts';
import type { DecisionBody, Entry } from '../journal/entry.ts';
import { get } from '../lang/table.ts';
import type { Instrument } from '../market/instrument.ts';
import { notionalUsd } from '../market/valuation.ts';
import { absolute, compare, decimal, formatDecimal, isZero, maximum, multiply, subtract, zero } from '../money/decimal.ts';
import type { IntentId, Principal } from '../order/intent.ts';
import { positionKey } from '../order/leg.ts';
import { planRebalance } from '../policy/rebalance.ts';
import { intentKey } from '../account/state.ts';

const seed = Number(process.env['TWOKEY_TEST_SEED'] ?? '1');
// Mutation testing runs these tests thousands of times and asks for fewer runs; see docs/mutation.md.
const RUNS_MAX = Number(process.env['TWOKEY_TEST_RUNS'] ?? 400);

function decisionIn(entries: readonly Entry[]): DecisionBody {
  const decision = entries.find((entry) => entry.kind === 'decision');
  assert.ok(decision !== undefined && decision.kind === 'decision');
  return decision;
}

test('an allowed list is one decision and all its orders in one write, each with a number of its own, reductions first', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(ether, 'buy', '1'));
  bench.now += 60_000;
  const before = bench.entries.length;
  const orders = bench.rebalance(
    [
      [spot, '0.1'],
      [ether, '0.05'],
      [swap, '-0.2'],
    ],
    '10000',
  );
  const written = bench.entries.slice(before);
  assert.deepEqual(
    written.map(({ kind }) => kind),
    ['decision', 'submitting', 'submitting', 'submitting'],
  );
  assert.deepEqual(
    orders.map(({ purpose, side, instrument }) => `${purpose} ${side} ${instrument}`),
    ['exit sell ETH-USDT', 'entry buy BTC-USDT', 'entry sell BTC-USDT-SWAP'],
  );
  assert.equal(new Set(orders.map(({ clientOrderId }) => clientOrderId)).size, 3);
  assert.deepEqual(bench.effectKinds(), ['submit', 'submit', 'submit']);
  const { plan, inputs } = decisionIn(written);
  assert.deepEqual(
    plan?.orders.map(({ side, size, instrument }) => `${side} ${size} ${instrument}`),
    orders.map(({ side, size, instrument }) => `${side} ${formatDecimal(size)} ${instrument}`),
  );
  assert.deepEqual(Object.keys(inputs.quotes ?? {}).toSorted(), ['BTC-USDT', 'BTC-USDT-SWAP', 'ETH-USDT']);
  assert.equal(bench.state.activity.today.entries - 1, 2, 'each entry of a list is a trade; the exit is none');
});

test('after a start the same list is on record, order for order', () => {
  const bench = GatewayBench.running();
  const orders = bench.rebalance(
    [
      [spot, '0.1'],
      [ether, '0.05'],
    ],
    '10000',
  );
  bench.start();
  const result = get(bench.state.intents, intentKey(alpha, orders[0]?.intentId ?? ''))?.result;
  assert.ok(result?.kind === 'orders');
  assert.deepEqual(
    result.orders,
    orders.map(({ clientOrderId }) => clientOrderId),
  );
  assert.equal(result.plan.length, 2);
});

test('the same intent_id five times is one set of orders, and with other weights a conflict', () => {
  const bench = GatewayBench.running();
  const intent = {
    ...rebalancing(
      [
        [spot, '0.1'],
        [ether, '0.1'],
      ],
      '10000',
    ),
    intentId: 'week' as IntentId,
  };
  for (let call = 0; call < 5; call += 1) bench.asked(intent);
  assert.equal(bench.state.openOrders.size, 2);
  assert.deepEqual(bench.asked({ ...intent, targets: intent.targets.slice(1) }), []);
  assert.deepEqual(bench.effectKinds(), ['refuse']);
  assert.equal(bench.state.openOrders.size, 2);
});

test('one order that is refused refuses all: nothing is reserved, counted or sent, and the answer names it', () => {
  const bench = GatewayBench.running('max_order_size = 500');
  const { openOrders, activity, sequence } = bench.state;
  assert.deepEqual(
    bench.rebalance(
      [
        [spot, '0.04'],
        [ether, '0.06'],
        [swap, '0.04'],
      ],
      '10000',
    ),
    [],
  );
  const denied = decisionIn(bench.entries.slice(-1));
  assert.deepEqual([denied.outcome, denied.code, denied.plan], ['deny', 'MAX_ORDER_SIZE', undefined]);
  assert.match(
    denied.message,
    /^refused as a whole, nothing was sent: order 2 of 3, buy 0\.199999 ETH on ETH-USDT: .*\(max_order_size\); 0\.16\d* ETH would pass$/,
  );
  assert.equal(denied.would_be_allowed, null);
  assert.deepEqual(bench.effects, []);
  assert.deepEqual([bench.state.openOrders, bench.state.activity, bench.state.sequence], [openOrders, activity, sequence]);
});

test('limits see all orders of a list together', () => {
  const bench = GatewayBench.running('max_total_exposure = 1500\nmax_open_positions = 2');
  assert.deepEqual(
    bench.rebalance(
      [
        [spot, '0.1'],
        [ether, '0.1'],
      ],
      '10000',
    ),
    [],
  );
  assert.equal(bench.lastDecision(), 'MAX_TOTAL_EXPOSURE');
  assert.deepEqual(
    bench.rebalance(
      [
        [spot, '0.01'],
        [ether, '0.01'],
        [swap, '0.01'],
      ],
      '10000',
    ),
    [],
  );
  assert.equal(bench.lastDecision(), 'MAX_OPEN_POSITIONS');
  assert.equal(
    bench.rebalance(
      [
        [spot, '0.01'],
        [ether, '0.01'],
      ],
      '10000',
    ).length,
    2,
  );
});

test('a rotation at the limit is refused, says that its reductions alone would pass, and they do', () => {
  const bench = GatewayBench.running('max_total_exposure = 1000');
  bench.filled(bench.place(ether, 'buy', '0.3'));
  bench.now += 60_000;
  assert.deepEqual(
    bench.rebalance(
      [
        [ether, '0'],
        [spot, '0.09'],
      ],
      '10000',
    ),
    [],
  );
  const { code, message } = decisionIn(bench.entries.slice(-1));
  assert.equal(code, 'MAX_TOTAL_EXPOSURE');
  assert.match(message, /those of ETH-USDT alone would pass first$/);
  const [exit] = bench.rebalance([[ether, '0']], '10000');
  bench.filled(exit);
  assert.equal(
    bench.rebalance(
      [
        [ether, '0'],
        [spot, '0.09'],
      ],
      '10000',
    ).length,
    1,
  );
});

test('what a person would have to approve refuses the list, and says to place it by itself', () => {
  const bench = GatewayBench.running('[approval]\nabove = 500');
  assert.deepEqual(
    bench.rebalance(
      [
        [spot, '0.04'],
        [ether, '0.06'],
      ],
      '10000',
    ),
    [],
  );
  const { code, message } = decisionIn(bench.entries.slice(-1));
  assert.equal(code, 'APPROVAL_DENIED');
  assert.match(message, /a list does not wait for a person: place this one as an order of its own$/);
});

test('in REDUCE_ONLY a list of reductions passes, and one with an entry in it does not', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(ether, 'buy', '1'));
  bench.operate('reduce_only');
  assert.deepEqual(
    bench.rebalance(
      [
        [ether, '0.1'],
        [spot, '0.1'],
      ],
      '10000',
    ),
    [],
  );
  assert.equal(bench.lastDecision(), 'REDUCE_ONLY');
  assert.equal(bench.rebalance([[ether, '0.1']], '10000').length, 1);
});

test('what is where it shall be needs no order, and is told so only where any wish could pass', () => {
  const bench = GatewayBench.running();
  assert.deepEqual(bench.rebalance([[spot, '0']], '10000'), []);
  assert.equal(bench.lastDecision(), 'allow');
  assert.deepEqual(decisionIn(bench.entries.slice(-1)).plan, { orders: [], turns: [] });
  bench.rebalance([[spot, '0']], '10000', { reason: ' ' });
  assert.equal(bench.lastDecision(), 'REASON_REQUIRED');
  bench.operate('halt');
  bench.rebalance([[spot, '0']], '10000');
  assert.equal(bench.lastDecision(), 'HALTED');
  const early = new GatewayBench();
  early.start();
  early.rebalance([[spot, '0.1']], '10000');
  assert.equal(early.lastDecision(), 'BOOTING');
});

test('a dry run that reaches the gateway all the same writes and sends nothing', () => {
  const bench = GatewayBench.running();
  const before = bench.entries.length;
  assert.deepEqual(bench.rebalance([[spot, '0.1']], '10000', { dryRun: true }), []);
  assert.equal(bench.entries.length, before);
  assert.deepEqual(bench.effectKinds(), ['refuse']);
});

// ---- properties ----------------------------------------------------------------------------------------------------------

const instruments = [spot, ether, swap] as const;
const prices = new Map<string, string>([
  [spot.id, '60000.05'],
  [ether.id, '3000.005'],
  [swap.id, '60000'],
]);

type World = {
  readonly holds: readonly Holding[];
  readonly weights: readonly number[];
  readonly base: number;
  readonly policy: Bounds;
  readonly who: Principal;
};
type Holding = { readonly instrument: Instrument; readonly by: Principal; readonly size: string; readonly side: 'buy' | 'sell' };
type Bounds = {
  readonly order: number;
  readonly position: number;
  readonly total: number;
  readonly positions: number;
  readonly orders: number;
  readonly rate: number;
};

const holding: fc.Arbitrary<Holding> = fc
  .record({
    instrument: fc.constantFrom<Instrument>(...instruments),
    by: fc.constantFrom(alpha, beta),
    lots: fc.integer({ min: 1, max: 40 }),
    short: fc.boolean(),
  })
  .map(({ instrument, by, lots, short }) => ({
    instrument,
    by,
    size: instrument.kind === 'spot' ? `0.${String(lots).padStart(3, '0')}` : String(lots),
    side: short && instrument.kind !== 'spot' ? 'sell' : 'buy',
  }));

const worlds: fc.Arbitrary<World> = fc.record({
  holds: fc.array(holding, { maxLength: 5 }),
  // In hundredths, at most a third each.
  weights: fc.array(fc.integer({ min: -33, max: 33 }), { minLength: 1, maxLength: 3 }),
  base: fc.integer({ min: 100, max: 60_000 }),
  policy: fc.record({
    order: fc.constantFrom(200, 5000, 100_000),
    position: fc.constantFrom(2000, 10_000, 100_000),
    total: fc.constantFrom(4000, 20_000, 1_000_000),
    positions: fc.integer({ min: 1, max: 4 }),
    orders: fc.integer({ min: 1, max: 5 }),
    rate: fc.integer({ min: 1, max: 5 }),
  }),
  who: fc.constantFrom(alpha, beta),
});

/** A gateway with these holdings, under limits that did not hold when they came to be. */
function benchOf({ holds, policy }: World): GatewayBench {
  const open = GatewayBench.running('max_same_side = { per_10_minutes = 100, per_hour = 100 }');
  for (const { instrument, by, side, size } of holds) {
    open.now += 60_000;
    const order = open.place(instrument, side, size, { principal: by });
    if (order !== undefined) open.filled(order);
  }
  const lines = [
    `max_order_size = ${policy.order}`,
    `max_position_size = ${policy.position}`,
    `max_total_exposure = ${policy.total}`,
    `max_open_positions = ${policy.positions}`,
    `max_open_orders = ${policy.orders}`,
    `max_order_rate = { per_second = ${policy.rate}, per_minute = 100 }`,
  ];
  return copyOf(open, lines.join('\n'), 60_000);
}

function copyOf(bench: GatewayBench, lines: string, later = 0): GatewayBench {
  const copy = new GatewayBench(lines);
  copy.state = bench.state;
  copy.now = bench.now + later;
  copy.entries.push(...bench.entries);
  return copy;
}

function weightsOf({ weights }: World): readonly (readonly [Instrument, string])[] {
  return weights.map((hundredths, index) => {
    const instrument = instruments[index] ?? spot;
    return [instrument, formatDecimal({ coefficient: BigInt(instrument.kind === 'spot' ? Math.abs(hundredths) : hundredths), scale: 2 })];
  });
}

test('a list is allowed exactly when its orders, asked one after the other, all are: I-E5', () => {
  const seen = { allowed: 0, denied: 0, several: 0 };
  const codes = new Map<string, number>();
  const runs = Math.min(400, RUNS_MAX);
  fc.assert(
    fc.property(worlds, (world) => {
      const bench = benchOf(world);
      const intent = { ...rebalancing(weightsOf(world), String(world.base)), principal: world.who, intentId: 'list' as IntentId };
      const { circumstances } = bench.context();
      const plan = planRebalance({ books: bench.state, intent, circumstances, sharedPositions: false });
      assert.ok(plan.kind === 'plan');
      const single = copyOf(bench, bench.policyLines);
      let refusedBy = '';
      const alone: string[] = [];
      for (const [index, { wish }] of plan.wishes.entries()) {
        const order = single.ask({ ...wish, intentId: `single${index}` as IntentId });
        if (order === undefined) {
          refusedBy = single.lastDecision();
          break;
        }
        alone.push(`${order.side} ${formatDecimal(order.size)} ${order.instrument} at ${formatDecimal(order.price)}`);
      }
      const before = bench.state;
      const entries = bench.asked(intent);
      const decision = decisionIn(entries);
      assert.equal(decision.code, refusedBy);
      if (decision.outcome === 'allow') {
        seen.allowed += 1;
        if (plan.wishes.length > 1) seen.several += 1;
        const sent = [...bench.state.openOrders.values()];
        assert.deepEqual(
          sent.map((order) => `${order.side} ${formatDecimal(order.size)} ${order.instrument} at ${formatDecimal(order.price)}`),
          alone,
        );
        assert.ok(sent.every(({ purpose }, index) => purpose === 'exit' || sent.slice(index).every((later) => later.purpose === 'entry')));
      } else {
        seen.denied += 1;
        codes.set(decision.code, (codes.get(decision.code) ?? 0) + 1);
        assert.deepEqual([entries.length, bench.effects.length], [1, 0]);
        assert.deepEqual(
          [bench.state.openOrders, bench.state.activity, bench.state.sequence],
          [before.openOrders, before.activity, before.sequence],
        );
      }
    }),
    { seed, numRuns: runs },
  );
  console.log(
    `lists: ${seen.allowed} allowed (${seen.several} of several orders), ${seen.denied} denied of ${runs}: ${[...codes].map(([code, count]) => `${code} ${count}`).join(', ')}`,
  );
  for (const count of Object.values(seen)) assert.ok(count >= runs / 20);
  assert.ok(codes.size >= 4, 'several controls were the binding one');
});

test('when everything has filled, in any order, what is owned is within a lot of its weight, and what others own is untouched', () => {
  let reached = 0;
  const runs = Math.min(300, RUNS_MAX);
  fc.assert(
    fc.property(worlds, fc.infiniteStream(fc.nat()), (world, chance) => {
      const open = { order: 1_000_000, position: 1_000_000, total: 1_000_000, positions: 10, orders: 50, rate: 100 };
      const bench = benchOf({ ...world, policy: open });
      const weights = weightsOf(world);
      const sharesOf = (who: Principal) =>
        instruments.map(({ id }) => bench.state.positions.get(positionKey(id, 'net'))?.owners.get(who) ?? zero);
      const other = world.who === alpha ? beta : alpha;
      const others = sharesOf(other);
      const owned = sharesOf(world.who);
      const intent = { ...rebalancing(weights, String(world.base)), principal: world.who, intentId: 'list' as IntentId };
      const entries = bench.asked(intent);
      // In net mode nothing is opened against what others hold.
      if (decisionIn(entries).code === 'NOT_ALLOWED') return;
      assert.equal(decisionIn(entries).outcome, 'allow');
      const turned = decisionIn(entries).plan?.turns ?? [];
      const orders = [...bench.state.openOrders.values()];
      while (orders.length > 0) bench.filled(orders.splice((chance.next().value as number) % orders.length, 1)[0]);
      assert.deepEqual(sharesOf(other).map(formatDecimal), others.map(formatDecimal));
      for (const [index, share] of sharesOf(world.who).entries()) {
        const instrument = instruments[index] ?? spot;
        const weight = weights[index]?.[1];
        if (weight === undefined) assert.equal(formatDecimal(share), formatDecimal(owned[index] ?? zero), 'not named, not touched');
        else if (turned.includes(instrument.id)) assert.ok(isZero(share));
        else {
          const price = decimal(prices.get(instrument.id) ?? '0');
          const worth = notionalUsd({ instrument, size: share, price });
          const missing = absolute(subtract(multiply(decimal(weight), decimal(String(world.base))), worth));
          // The goal and the difference are each rounded once, and less than the exchange's least is left.
          const step = notionalUsd({ instrument, size: maximum(instrument.minimum, multiply(instrument.lot, decimal('2'))), price });
          assert.ok(compare(missing, step) <= 0, `${instrument.id}: ${formatDecimal(worth)} of ${weight} × ${world.base}`);
          reached += 1;
        }
      }
    }),
    { seed, numRuns: runs },
  );
  console.log(`weights reached: ${reached} in ${runs} runs`);
  assert.ok(reached >= runs / 2);
});

test('a close beside a list on its way finds only what the list leaves', () => {
  const bench = GatewayBench.running();
  bench.filled(bench.place(ether, 'buy', '1'));
  bench.now += 60_000;
  bench.rebalance([[ether, '0.15']], '10000');
  const rest = bench.ask(closing({ instrument: ether.id }));
  assert.equal(rest === undefined ? '' : formatDecimal(rest.size), '0.499999');
});
