import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { keepLimits } from '../adapters/home/limits.ts';
import { emptyState } from '../core/account/state.ts';
import { digest } from '../core/lang/digest.ts';
import { formatDecimal } from '../core/money/decimal.ts';
import type { Configuration } from '../core/policy/configuration.ts';
import type { Ratchet } from '../core/policy/ratchet.ts';
import { Limits } from './limits.ts';
import { readLimitsFile } from './operator/home.ts';

const home = mkdtempSync(join(tmpdir(), 'limits-'));
after(() => rmSync(home, { recursive: true }));
chmodSync(home, 0o700);

const file = (size: number): string => `[policy]\nmax_order_size = ${size}\nloosening_wait = "1h"\n`;
const [held, loose, tight] = [file(20), file(40), file(10)];

/** Limits of which a loosening has waited long enough, in a gateway whose journal takes its time. */
function opened(faults: readonly string[] = []) {
  writeFileSync(join(home, 'twokey.toml'), held, { mode: 0o600 });
  for (const text of [held, loose]) assert.ok(keepLimits(home, text).ok);
  let ratchet: Ratchet = { inForce: [digest(held)], pending: { digest: digest(loose), due: 5 } };
  const holds: string[] = [];
  const causes: string[] = [];
  const engine = {
    get state() {
      return { ...emptyState('okx:sim:1001'), limits: ratchet };
    },
    now: () => 10,
    post: () => {},
    circumstances: () => ({ clockTrusted: true }) as never,
    hold: ({ configuration }: { readonly configuration: Configuration }) =>
      void holds.push(formatDecimal(configuration.policy.maxOrderSize)),
    tell: async (told: { readonly kind: string }) => {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      if ('ratchet' in told) ratchet = told.ratchet as Ratchet;
      if ('cause' in told) causes.push(String(told.cause));
      return null;
    },
  };
  const read = readLimitsFile(home);
  assert.ok(read.ok);
  const limits = Limits.settle({
    home,
    file: read.value,
    chosen: (configuration) => configuration,
    onHeld: () => {},
    faults: () => faults,
    engine,
  });
  assert.ok(limits.ok);
  writeFileSync(join(home, 'twokey.toml'), tight, { mode: 0o600 });
  return { limits: limits.value, holds, causes, ratchet: () => ratchet };
}

const apply = { verb: 'policy_apply', digest: digest(tight), reason: '' } as const;

test('what tightens while a loosening comes to hold is what holds in the end, whichever was asked for first', async () => {
  for (const isAppliedFirst of [true, false]) {
    const { limits, holds, ratchet } = opened();
    const acts = [() => limits.answer(apply), () => limits.look()];
    // oxlint-disable-next-line no-await-in-loop
    await Promise.all((isAppliedFirst ? acts : acts.toReversed()).map((act) => act()));
    assert.equal(holds.at(-1), '10', `applied ${isAppliedFirst ? 'first' : 'second'}`);
    assert.deepEqual(ratchet(), { inForce: [digest(tight)], pending: null });
  }
});

test('a loosening whose ways to people cannot work when its wait is over never comes to hold, and says why', async () => {
  const { limits, holds, causes, ratchet } = opened(['no secret "ops"']);
  await limits.look();
  assert.deepEqual([holds.at(-1), ratchet()], ['20', { inForce: [digest(held)], pending: null }]);
  assert.match(causes.join(), /what waited cannot hold: no secret "ops" \(credentials\.toml is read when the gateway starts\)/);
});
