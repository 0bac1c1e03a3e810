import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './system.ts';

test('an alarm rings once, and not before its time', async () => {
  const start = systemClock.monotonic();
  let rings = 0;
  await new Promise<void>((resolve) => {
    systemClock.alarm(5, () => {
      rings += 1;
      resolve();
    });
  });
  assert.ok(systemClock.monotonic() - start >= 5);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(rings, 1);
});

test('a cancelled alarm never rings, and one far beyond the timers of the runtime does not ring at once', async () => {
  let rings = 0;
  const ring = (): void => {
    rings += 1;
  };
  systemClock.alarm(1, ring).cancel();
  const far = systemClock.alarm(1e12, ring);
  await new Promise((resolve) => setTimeout(resolve, 10));
  far.cancel();
  assert.equal(rings, 0);
});
