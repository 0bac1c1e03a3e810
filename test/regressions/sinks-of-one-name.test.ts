// Found by reading: the name of a sink is its kind and six digits of a hash, which somebody can meet on purpose in seconds. A webhook that bore the name
// of the owner's, put into twokey.toml, counted as one more, needed no proof, and took the place of the owner's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sinkName, sinksOf } from '../../src/core/alert/sinks.ts';
import { parseConfiguration } from '../../src/core/policy/configuration.ts';
import { alertsText, toldMore } from '../../src/core/policy/told-more.ts';
import { alertChanges } from '../../src/doors/operator/alert-changes.ts';

function alertsTo(...addresses: readonly string[]) {
  const parsed = parseConfiguration(addresses.map((url) => `[[alerts.sinks]]\nkind = "webhook"\nurl = "${url}"\n`).join(''));
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value.alerts;
}

test('a sink that was made to bear the name of one that holds is no sink more: it loosens, is shown, and takes no place without a proof', () => {
  const held = alertsTo('https://owner.example/hook');
  const file = alertsTo('https://owner.example/hook', 'https://evil.example/21549076');
  const names = new Set(file.sinks.map(sinkName));
  assert.equal(names.size, 1, 'they bear one name');
  const met = toldMore(held, file);
  assert.deepEqual([...sinksOf(met).values()], held.sinks);
  assert.notEqual(alertsText(met), alertsText(file));
  assert.deepEqual(
    alertChanges({ before: held, after: file }).map(({ name, change }) => [name, change]),
    [['alerts.sinks', 'loosening']],
  );
});
