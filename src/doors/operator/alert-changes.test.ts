import { deepStrictEqual, doesNotMatch, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { Alerts } from '../../core/policy/alerts-section.ts';
import { parseConfiguration } from '../../core/policy/configuration.ts';
import { alertChanges } from './alert-changes.ts';

function read(text: string): Alerts {
  const parsed = parseConfiguration(text);
  ok(parsed.ok, parsed.ok ? '' : parsed.error.message);
  return parsed.value.alerts;
}

test('every key of [alerts] is told with what it was, what it would be, and which way it goes; no address is', () => {
  const before = read(
    '[alerts]\nnormal_order_size = 30\ntrades_per_window = { count = 5, minutes = 10 }\nbalance_floor = 100\npulse_url = "https://a.example/canary"\n[[alerts.sinks]]\nkind = "webhook"\nurl = "https://a.example/canary"',
  );
  const after = read(
    '[alerts]\nnormal_order_size = 40\ntrades_per_window = { count = 4, minutes = 5 }\nmax_holding = "7h"\nbalance_floor = 99\nescalate = true\n[[alerts.sinks]]\nkind = "log"\n[[alerts.sinks]]\nkind = "command"\ncommand = ["/bin/canary"]',
  );
  const changes = alertChanges({ before, after });
  deepStrictEqual(
    changes.map(({ name, change }) => [name, change]),
    [
      ['alerts.normal_order_size', 'loosening'],
      ['alerts.trades_per_window', 'both'],
      ['alerts.max_holding', 'tightening'],
      ['alerts.balance_floor', 'loosening'],
      ['alerts.escalate', 'tightening'],
      ['alerts.pulse_url', 'loosening'],
      ['alerts.sinks', 'loosening'],
      ['alerts.sinks', 'tightening'],
      ['alerts.sinks', 'loosening'],
    ],
  );
  doesNotMatch(JSON.stringify(changes), /canary/);
  deepStrictEqual(alertChanges({ before, after: before }), []);
});
