import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decimal } from '../../core/money/decimal.ts';
import type { InstrumentId } from '../../core/market/instrument.ts';
import type { ClientOrderId } from '../../core/order/order.ts';
import type { ExchangeRequest } from '../../core/order/request.ts';
import { admit, type Buckets, JITTER_MILLISECONDS, noRequestsYet } from './buckets.ts';

function place(instrument: string): ExchangeRequest {
  const product = instrument.endsWith('-SWAP') ? 'linear' : 'spot';
  const size = decimal('1');
  const named = { instrument: instrument as InstrumentId, product, side: 'buy', type: 'limit', size, price: size } as const;
  return {
    kind: 'place',
    clientOrderId: 't1' as ClientOrderId,
    expiresAt: 1,
    protection: null,
    terms: { ...named, leg: 'net', reduceOnly: false, purpose: 'entry' },
  };
}

const cancel: ExchangeRequest = { kind: 'cancel', instrument: 'BTC-USDT' as InstrumentId, clientOrderId: 't1' as ClientOrderId };

/** Asks until there is a wait; says how many were let through. */
function fill(state: Buckets, request: ExchangeRequest, now: number): { readonly state: Buckets; readonly admitted: number } {
  let current = state;
  for (let admitted = 0; ; admitted += 1) {
    const answer = admit(current, request, now);
    if (answer.waitMilliseconds > 0) return { state: current, admitted };
    current = answer.state;
  }
}

test('sixty placements an instrument in two seconds, and the next when the window has passed', () => {
  const { state, admitted } = fill(noRequestsYet, place('BTC-USDT'), 0);
  assert.equal(admitted, 60);
  assert.deepEqual(admit(state, place('BTC-USDT'), 500), { state, waitMilliseconds: 1500 + JITTER_MILLISECONDS });
  assert.equal(admit(state, place('BTC-USDT'), 2000 + JITTER_MILLISECONDS - 1).waitMilliseconds, 1);
  assert.equal(admit(state, place('BTC-USDT'), 2000 + JITTER_MILLISECONDS).waitMilliseconds, 0);
});

test('placements never take from cancels, from reads or from another instrument', () => {
  const { state } = fill(noRequestsYet, place('BTC-USDT'), 0);
  assert.equal(fill(state, cancel, 0).admitted, 60);
  assert.equal(fill(state, { kind: 'positions' }, 0).admitted, 10);
  assert.equal(fill(state, place('ETH-USDT'), 0).admitted, 60);
});

test('a list of cancels counts by its orders: three hundred an instrument in two seconds, twenty of stop orders, and never from placements', () => {
  const instrument = 'BTC-USDT' as InstrumentId;
  const ids = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => String(index + 1));
  const { state, admitted } = fill(noRequestsYet, { kind: 'clear_orders', instrument, exchangeOrderIds: ids(20) }, 0);
  assert.equal(admitted, 15);
  assert.equal(
    admit(state, { kind: 'clear_orders', instrument, exchangeOrderIds: ids(1) }, 500).waitMilliseconds,
    1500 + JITTER_MILLISECONDS,
  );
  assert.equal(fill(state, place('BTC-USDT'), 0).admitted, 60);
  const stops: ExchangeRequest = { kind: 'cancel_protection', instrument, clientOrderId: 't1' as ClientOrderId, exchangeOrderId: '7' };
  const some = admit(noRequestsYet, { kind: 'clear_algos', instrument, exchangeOrderIds: ids(8) }, 0).state;
  assert.equal(fill(some, stops, 0).admitted, 12, 'one endpoint, one count');
  // Thirteen have to leave the window before a list of eight fits beside seven.
  const mixed = fill(some, stops, 100).state;
  assert.equal(
    admit(mixed, { kind: 'clear_algos', instrument, exchangeOrderIds: ids(8) }, 200).waitMilliseconds,
    1800 + JITTER_MILLISECONDS,
  );
});

test('stop orders have counts of their own, by instrument, and their reads by account', () => {
  const [instrument, clientOrderId] = ['BTC-USDT-SWAP' as InstrumentId, 't1' as ClientOrderId];
  const stopLoss = decimal('1');
  const triggers = { takeProfit: null, stopLoss };
  const terms = { instrument, product: 'linear', side: 'sell', leg: 'net', size: stopLoss, ...triggers } as const;
  const writes: readonly ExchangeRequest[] = [
    { kind: 'protect', clientOrderId, terms },
    { kind: 'amend_protection', instrument, clientOrderId, triggers },
    { kind: 'cancel_protection', instrument, clientOrderId, exchangeOrderId: '' },
    { kind: 'protection', clientOrderId },
    { kind: 'protections', type: 'oco', olderThan: '' },
  ];
  let { state } = fill(noRequestsYet, place('BTC-USDT-SWAP'), 0);
  for (const request of writes) {
    const filled = fill(state, request, 0);
    assert.equal(filled.admitted, 20, request.kind);
    state = filled.state;
  }
  // The query of an order counts the same whichever id it names.
  const byNumber = fill(state, { kind: 'placed_order', instrument, exchangeOrderId: '1' }, 0);
  assert.equal(byNumber.admitted, 60);
  assert.equal(fill(byNumber.state, { kind: 'order', instrument, clientOrderId }, 0).admitted, 0);
});

test('placements of derivatives share a thousand in two seconds; spot is exempt', () => {
  let state = noRequestsYet;
  let admitted = 0;
  for (let index = 0; index < 20; index += 1) {
    const filled = fill(state, place(`C${index}-USDT-SWAP`), 0);
    state = filled.state;
    admitted += filled.admitted;
  }
  assert.equal(admitted, 1000);
  assert.equal(fill(state, place('BTC-USDT'), 0).admitted, 60);
});

test('in no window of two seconds do more leave than OKX lets in, whenever they ask', () => {
  const settings = { seed: Number(process.env.TWOKEY_TEST_SEED ?? 1), numRuns: 100 };
  let refusals = 0;
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 100, maxLength: 300 }), (steps) => {
      let state = noRequestsYet;
      let now = 0;
      const left: number[] = [];
      let refused = false;
      for (const step of steps) {
        now += step;
        const answer = admit(state, place('BTC-USDT'), now);
        if (answer.waitMilliseconds === 0) left.push(now);
        else refused = true;
        state = answer.state;
      }
      if (refused) refusals += 1;
      for (const [index, time] of left.entries()) {
        const sixtieth = left[index + 60];
        assert.equal(sixtieth === undefined || sixtieth - time >= 2000, true);
      }
    }),
    settings,
  );
  assert.equal(refusals >= 5, true, `only ${refusals} of 100 runs met the limit`);
});

test('what is remembered is bounded by the limit', () => {
  let state = noRequestsYet;
  for (let now = 0; now < 100_000; now += 50) state = admit(state, cancel, now).state;
  assert.equal(
    [...state.values()].every((times) => times.length <= 60),
    true,
  );
  assert.equal(state.size, 1);
});

test('a timer is moved once a second for each tag; bills, funds and lists of stop orders have the counts of their endpoints', () => {
  const timer = (tag: string): ExchangeRequest => ({ kind: 'cancel_all_after', seconds: 30, tag });
  const { state, admitted } = fill(noRequestsYet, timer('bot'), 0);
  assert.equal(admitted, 1);
  assert.equal(admit(state, timer('bot'), 0).waitMilliseconds, 1000 + JITTER_MILLISECONDS);
  assert.equal(admit(state, timer(''), 0).waitMilliseconds, 0);
  const bills = fill(noRequestsYet, { kind: 'bills', span: 'recent', begin: 0, olderThan: '' }, 0);
  assert.equal(bills.admitted, 5);
  assert.equal(fill(bills.state, { kind: 'bills', span: 'archive', begin: 0, olderThan: '' }, 0).admitted, 5);
  assert.equal(fill(noRequestsYet, { kind: 'funding_balances' }, 0).admitted, 6);
  const lists = fill(noRequestsYet, { kind: 'algo_orders', type: 'twap', olderThan: '' }, 0);
  assert.equal(lists.admitted, 20);
  assert.equal(fill(lists.state, { kind: 'protections', type: 'oco', olderThan: '' }, 0).admitted, 0, 'one endpoint, one count');
});
