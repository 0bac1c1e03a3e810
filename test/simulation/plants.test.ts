// Bugs put in on purpose: each is one that would lose money, and the simulation has to find it. A judge that never says no is no judge.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Plant, planted } from './planted.ts';
import type { Rare } from './rare.ts';
import { calm, type Storm } from './storm.ts';

type Planted = Plant & {
  readonly name: string;
  /** A second line of defence that has to be down for the bug to show. */
  readonly also?: Plant;
  /** The invariant that has to be named. */
  readonly found: RegExp;
  /** The weather in which it shows soon. */
  readonly storm: Storm;
  /** What else a world has in which it shows. */
  readonly rare?: Partial<Rare>;
  /** The first seed that is tried, where earlier ones are known to show nothing. */
  readonly first?: number;
};

const engine = 'src/engine/engine.ts';

const losses: Storm = { ...calm, network: { ...calm.network, 'request delayed': 0.05, 'answer lost': 0.1, 'connection reset': 0.15 } };
const crashes: Storm = { ...losses, crashMilliseconds: 6000 };
const stops: Storm = { ...calm, network: { ...calm.network, 'connection slow': 0.2 }, people: { ...calm.people, 'nervous operator': 1 } };
const seconds: Storm = { ...losses, secondMilliseconds: 5000 };
const disk: Storm = { ...calm, disk: { ...calm.disk, 'uncertain and written': 0.01 } };

const bugs: readonly Planted[] = [
  {
    name: 'an order leaves before its decision is on disk',
    file: engine,
    from: 'const appended = await store.append(this.#head, rows);',
    to: `this.#state = provisional;
      for (const effect of effects) if (effect.kind === 'submit') this.#perform(effect, signatures);
      effects.splice(0, effects.length, ...effects.filter((effect) => effect.kind !== 'submit'));
      const appended = await store.append(this.#head, rows);`,
    found: /^I-L[12]/,
    storm: calm,
  },
  {
    name: 'what got no answer is sent once more',
    file: 'src/engine/errands.ts',
    from: "return sent.kind === 'answered' ? decodeWrite(request, sent) : sent;",
    to: `if (sent.kind === 'answered') return decodeWrite(request, sent);
      const again = await exchange.send(signed.request, mayStillLeave);
      return again.kind === 'answered' ? decodeWrite(request, again) : again;`,
    // The second sending may also be stopped, and then the order counts as never sent.
    found: /^I-(D1|E2)/,
    storm: losses,
  },
  {
    name: 'an order of unknown outcome gives its reservation back',
    file: 'src/core/order/order.ts',
    from: "if (order.life.kind === 'done') return zero;",
    to: "if (order.life.kind === 'done' || order.life.kind === 'unknown') return zero;",
    found: /^I-(A3|E)/,
    storm: losses,
  },
  {
    name: 'absence is believed before the request can have arrived',
    file: 'src/core/order/absence.ts',
    from: 'askedAt < order.expiresAt + ABSENCE_MARGIN_MILLISECONDS',
    to: 'askedAt < 0',
    found: /^I-/,
    storm: losses,
  },
  {
    name: 'a request that was on its way when the process died counts as never sent',
    file: 'src/core/gateway/starting.ts',
    from: "kind: 'unknown',\n        client_order_id: order.clientOrderId,",
    to: "kind: 'not_sent',\n        client_order_id: order.clientOrderId,",
    found: /^(I-|false alarm)/,
    storm: crashes,
  },
  {
    name: 'a start forgets that the account was stopped',
    file: 'src/core/account/apply.ts',
    from: 'sequence: 0,\n        booting: true,',
    to: "sequence: 0,\n        booting: true,\n        mode: 'ACTIVE' as const,",
    found: /^I-R5/,
    storm: { ...crashes, people: stops.people },
  },
  {
    name: 'an entry that was decided before a stop still leaves after it',
    file: engine,
    from: '!this.#time.trusted || !isWanted || isBarred(this.#state, { instrument, principal: owner })) return false;',
    to: '!this.#time.trusted) return false;',
    found: /^I-R/,
    storm: stops,
  },
  {
    name: 'an exit that was decided before a halt still leaves after it',
    file: engine,
    // Two checks stand in its way, the fence and the mode: it is let round both.
    from: 'mayStillLeave: () => this.#mayStillLeave(request, fence),',
    to: "mayStillLeave: () => (request.kind === 'place' && request.terms.purpose === 'exit') || this.#mayStillLeave(request, fence),",
    found: /^I-R4/,
    storm: stops,
  },
  {
    name: 'a halt believes the first list that has no entry, though one is on its way',
    file: 'src/core/gateway/killing.ts',
    from: ' && !mayArrive(state, event.askedAt);',
    to: ';',
    found: /^I-R6/,
    storm: { ...stops, network: { ...calm.network, 'request delayed': 0.3 } },
  },
  {
    name: 'the same intent twice is two orders',
    file: 'src/core/gateway/wishes.ts',
    from: 'if (known !== undefined) return known.bodyHash',
    to: 'if (known !== undefined && known.bodyHash !== bodyHash) return known.bodyHash',
    found: /^I-D[14]/,
    storm: calm,
  },
  {
    name: 'the position limit looks at what is there and not at what would be',
    file: 'src/core/policy/controls/position-size.ts',
    from: 'if (compare(after, policy.maxPositionSize) <= 0) return null;',
    to: 'if (compare(before, policy.maxPositionSize) <= 0) return null;',
    found: /^I-E1/,
    storm: calm,
  },
  {
    name: 'one operator is believed to resume all the way at once',
    file: 'src/core/gateway/modes.ts',
    from: "const to: Mode = state.mode === 'HALTED' ? 'REDUCE_ONLY' : 'ACTIVE';",
    to: "const to: Mode = 'ACTIVE';",
    found: /^I-R5/,
    storm: stops,
  },
  {
    name: 'a write of unknown outcome counts as failed',
    file: engine,
    from: 'this.#fatal(`the outcome of a journal write is not known: ${appended.cause}`);\n          return;',
    to: 'await this.#notWritten(taken, appended.cause);\n          return;',
    found: /./,
    storm: disk,
  },
  {
    name: 'a fill is booked each time that it is told',
    file: 'src/core/gateway/news.ts',
    from: 'has(state.trades, key) || seen.has(key)',
    to: '(key === "" && has(state.trades, key)) || seen.has(key)',
    found: /^(I-|false alarm)/,
    storm: losses,
  },
  {
    name: 'a stop may be moved away from the market',
    file: 'src/core/policy/controls/stops.ts',
    from: "if (side === 'sell' ? distance >= 0 : distance <= 0) continue;",
    to: 'if (distance >= 0 || distance <= 0) continue;',
    found: /^I-S3/,
    storm: calm,
  },
  {
    name: 'what a stop executed is not booked',
    file: 'src/engine/errands.ts',
    from: 'fills: fills?.map((fill) => (fill.exchangeOrderId === exchangeOrderId ? { ...fill, clientOrderId } : fill)) ?? null,',
    to: 'fills: [],',
    found: /^(I-|liveness|false alarm)/,
    storm: { ...calm, people: { ...calm.people, 'market jump': 0.3 } },
  },
  {
    name: 'a stop that is too large is taken away before a smaller one waits',
    file: 'src/core/gateway/stray-stops.ts',
    from: 'size: compare(rest, instrument.minimum) >= 0 ? rest : null',
    to: 'size: null',
    found: /^I-S1/,
    storm: calm,
  },
  {
    name: 'of a list that was decided as one the last order is left out',
    file: 'src/core/gateway/rebalancing.ts',
    from: 'const { orders } = decision;',
    to: 'const orders = decision.orders.slice(1);',
    found: /^I-E5/,
    storm: calm,
  },
  {
    name: 'a close is judged by its side alone, and not by how much is held',
    file: 'src/core/policy/controls/reducing.ts',
    from: 'if (compare(size, most) <= 0 && isPositive(size) && compare(size, minimum) >= 0) return raisesWorstCase(proposal);',
    to: 'if (isPositive(size) && compare(size, minimum) >= 0) return null;',
    // The exchange itself holds a close to closing, where it is told that it is one.
    also: {
      file: 'src/core/policy/draft.ts',
      from: "reduceOnly: purpose === 'exit' && instrument.kind !== 'spot',",
      to: 'reduceOnly: false,',
    },
    found: /^(I-R|I-E|DESIGN §3.7)/,
    storm: calm,
  },
  {
    name: 'an order that is on its way and has no answer yet counts nothing',
    file: 'src/core/order/order.ts',
    from: "if (order.life.kind === 'done') return zero;",
    to: "if (order.life.kind === 'done' || order.life.kind === 'submitting') return zero;",
    found: /^I-E/,
    storm: calm,
  },
  {
    name: 'a fill that comes after its order has ended is dropped',
    file: 'src/core/gateway/news.ts',
    from: 'has(state.trades, key) || seen.has(key)',
    to: "order.life.kind === 'done' || order.life.kind === 'settling' || has(state.trades, key) || seen.has(key)",
    found: /^(I-|liveness|false alarm)/,
    storm: { ...losses, deskMilliseconds: 2000, deskKinds: ['stale_read', 'query_fails', 'reject'] },
  },
  {
    name: 'the ids of one start are used again by the next',
    file: 'src/core/order/identity.ts',
    from: '${epoch.toString(36).padStart',
    to: '${(epoch * 0).toString(36).padStart',
    found: /^I-D[13]/,
    storm: crashes,
  },
  {
    name: 'an order that a comparison does not find is booked as executed',
    file: 'src/core/gateway/comparing.ts',
    from: 'const written = [...fresh, ...bills.entries];',
    to: `const invented = comparison.missing.map((id) => {
        const { instrument, side, size, price } = orderOf(believed, id);
        const names = { client_order_id: id, exchange_order_id: '1', trade_id: 'x' + id, bill_id: '1', instrument, side };
        const terms = { size: formatDecimal(size), price: formatDecimal(price), fee: '0', fee_currency: 'USDT' };
        return { kind: 'fill', ...names, ...terms, exchange_at: context.circumstances.now };
      });
      const written = [...fresh, ...bills.entries, ...invented];`,
    found: /^(I-|liveness|false alarm)/,
    storm: losses,
  },
  {
    name: 'two processes write to one journal, each on top of the other',
    file: engine,
    from: 'this.#fatal(`another process wrote to the journal (entry ${appended.head.seq})`);\n          return;',
    to: `{
            const onTop = await store.append(appended.head, seal(appended.head, drafts));
            if (onTop.kind === 'appended') this.#head = onTop.head;
          }
          break;`,
    // The exchange's own list may show it first: then the gateway itself says that there are two.
    found: /^(I-|false alarm.*two gateways)/,
    storm: seconds,
  },
  {
    name: 'a snapshot names what changed by where it was before',
    file: 'src/core/snapshot/tree.ts',
    from: 'const known = placeOf(node, writing);',
    to: "const known = placeOf(node, writing) ?? (old === undefined || old.kind === 'leaf' ? undefined : placeOf(old, writing));",
    found: /^(I-|liveness|false alarm|the gateway ended itself)/,
    storm: crashes,
  },
  {
    name: 'parts that the newest snapshot still names are thrown away',
    file: 'src/core/snapshot/snapshot.ts',
    from: '[...writing.moved.out.difference(writing.moved.in)]',
    to: '[...writing.moved.out.union(new Set(ids.slice(0, 1)))]',
    found: /^(I-L2: a snapshot cannot be read|the gateway ended itself: part)/,
    storm: crashes,
  },
  {
    name: 'a start from a snapshot leaves out an entry after it',
    file: 'src/engine/recovery.ts',
    from: 'const replayed = await replayFrom(store, verified, (fact) => {\n      state = apply(state, fact);',
    to: "const replayed = await replayFrom(store, verified, (fact) => {\n      if (fact.entry.kind !== 'fill') state = apply(state, fact);",
    found: /^(I-|thrown|the gateway)/,
    storm: crashes,
  },
  {
    name: 'an id of this journal that this journal does not know is nobody’s business',
    file: 'src/core/reconcile/writers.ts',
    from: 'if (order === undefined) {',
    to: 'if (order === undefined) return null;\n  if (order === undefined) {',
    found: /^I-D5/,
    storm: crashes,
    rare: { lostAppends: 6 },
  },
  {
    name: 'a close of the long leg is counted against the short one',
    file: 'src/core/account/apply.ts',
    from: 'const { leg, principal: by } = order;',
    to: "const { principal: by } = order;\n  const leg = order.leg === 'net' ? 'net' : entry.side === 'buy' ? 'long' : 'short';",
    found: /^(I-[AE]2|false alarm: .* divergent position)/,
    storm: losses,
    rare: { legs: true },
    first: 4,
  },
  {
    name: 'what both legs may become is netted',
    file: 'src/core/policy/draft.ts',
    from: 'const beside = other === undefined ? zero : other.worst;',
    to: 'const beside = zero;',
    found: /^I-E1/,
    storm: losses,
    rare: { legs: true },
  },
];

/** So many worlds are tried, because whatever is changed elsewhere moves the moments at which things meet. */
const SEEDS_MAX = 24;

for (const { name, found, storm, also, rare, first = 1, ...plant } of bugs) {
  test(`the simulation finds out when ${name}`, async (context) => {
    const { simulate } = await planted(plant, ...(also === undefined ? [] : [also]));
    for (let seed = first; seed < first + SEEDS_MAX; seed += 1) {
      // oxlint-disable-next-line no-await-in-loop
      const { failure } = await simulate({ seed, storm, rare, safetyMilliseconds: 60_000 });
      if (failure === '') continue;
      context.diagnostic(`seed ${seed}: ${failure}`);
      assert.match(failure, found);
      return;
    }
    assert.fail(`not within ${SEEDS_MAX} seeds`);
  });
}
