import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQuota, type Taken } from './quota.ts';

const place: Taken = { principal: 'a', tool: 'place_order', bytes: 400, now: 0 };

/** Calls that pass in a row at one time, at most `most`. */
function passing(quota: ReturnType<typeof createQuota>, call: Taken, most = 5000): number {
  for (let count = 0; count < most; count += 1) if (quota.take(call) > 0) return count;
  return most;
}

test('two hundred orders at once pass, and a storm of questions ends at a minute’s worth', () => {
  const quota = createQuota(120);
  assert.equal(passing(quota, place, 200), 200);
  assert.equal(passing(quota, { ...place, tool: 'get_limits' }), 2200);
});

test('whoever has used up everything else can still halt, cancel and close', () => {
  const quota = createQuota(120);
  passing(quota, { ...place, tool: 'preview_order' });
  assert.ok(quota.take(place) > 0);
  for (const tool of ['halt_trading', 'cancel_orders', 'close_position']) assert.equal(quota.take({ ...place, tool }), 0);
  // That lane has an end too: what is asked there is journaled.
  assert.ok(passing(quota, { ...place, tool: 'cancel_orders' }) < 250);
  assert.equal(quota.take({ ...place, principal: 'b' }), 0);
});

test('the journal grows by about a megabyte a minute at most, whatever one agent gives as reasons', () => {
  const quota = createQuota(120);
  let bytes = 0;
  for (let now = 0; now < 600_000; now += 10) if (quota.take({ ...place, bytes: 24_000, now }) === 0) bytes += 24_000;
  assert.ok(bytes < 12 * 1_100_000, `${bytes} bytes in 10 minutes`);
  assert.ok(bytes > 8 * 1_000_000, 'and what is allowed is not much less');
});

test('an agent that hears nothing but no is slowed down to about one refusal a second', () => {
  const quota = createQuota(120);
  let refusals = 0;
  for (let now = 0; now < 600_000; now += 10) {
    if (quota.take({ ...place, now }) > 0) continue;
    refusals += 1;
    quota.refused('a', now);
  }
  assert.ok(refusals > 600 && refusals < 680, `${refusals} refusals in 10 minutes`);
});

test('the wait that is named is the wait that is needed', () => {
  const quota = createQuota(120);
  passing(quota, { ...place, tool: 'get_limits' });
  const wait = quota.take({ ...place, tool: 'get_limits' });
  assert.ok(wait > 0);
  assert.ok(quota.take({ ...place, tool: 'get_limits', now: wait - 2 }) > 0);
  assert.equal(quota.take({ ...place, tool: 'get_limits', now: wait }), 0);
});
