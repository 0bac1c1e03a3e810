import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyState } from '../core/account/state.ts';
import type { Principal } from '../core/order/intent.ts';
import { parseConfiguration } from '../core/policy/configuration.ts';
import { controls, protectionControls } from '../core/policy/controls.ts';
import { books, circumstances } from '../../test/support/policy-samples.ts';
import { limitsView } from './limits.ts';

test('limits names every control: with its limit, use and headroom, as a rule, or among those that nothing switches off', () => {
  const configuration = parseConfiguration('[approval]\nabove = 40\n');
  assert.ok(configuration.ok);
  const state = { ...emptyState('okx:sim:1'), ...books };
  const view = limitsView({ state, circumstances, configuration: configuration.value }, 'default' as Principal);
  const rows = view['limits'] as readonly {
    readonly name: string;
    readonly max: string;
    readonly used: string | null;
    readonly headroom: string | null;
  }[];
  const shown = new Set([
    ...rows.flatMap(({ name }) => [name, name.split('.')[0] ?? name]),
    ...Object.keys(view['rules'] as object),
    ...(view['always'] as readonly string[]),
    // Of instruments the list itself is shown, and whether anything is sent stands in the head.
    'instruments',
    'exchange.read_only',
    ...('approval_first_of_kind' in (view['rules'] as object) ? ['approval.first_of_kind'] : []),
  ]);
  const missing = [...controls, ...protectionControls].map(({ name }) => name).filter((name) => !shown.has(name));
  assert.deepEqual(missing, []);
  for (const { name, max, used, headroom } of rows) {
    assert.ok(max !== '', name);
    assert.equal(used === null, headroom === null, name);
  }
});
