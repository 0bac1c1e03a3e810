import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readScenario } from './read-scenario.ts';

const folder = mkdtempSync(join(tmpdir(), 'scenario-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function read(name: string, text: string) {
  const path = join(folder, name);
  writeFileSync(path, text);
  const steps = readScenario(path);
  assert.ok(steps.ok, steps.ok ? '' : steps.error);
  return steps.value.map(({ waits, afterMilliseconds, method, path: at }) => [waits, afterMilliseconds, `${method} ${at}`]);
}

test('an exchange alone leaves out what an agent does, and waits for what the agent waits for', () => {
  const story = `name = "one"
shows = "something"
[[steps]]
after = "1s"
market = { regime = "calm" }
[[steps]]
once = "an order rests"
agent = { tool = "place_order", intent_id = "a" }
until = "an order is filled"
[[steps]]
after = "2s"
throttle = { divisor = 2 }
[[steps]]
once = "a position is open"
heal = true
`;
  assert.deepEqual(read('one.toml', story), [
    [[], 1000, 'POST /sim/market'],
    [['an order rests', 'an order is filled'], 2000, 'POST /sim/throttle'],
    [['a position is open'], 0, 'DELETE /sim/faults'],
  ]);
});

test('a list in JSON is played by the clock, whatever its sequence', () => {
  const list = [
    { after_ms: 2000, post: '/sim/market', body: {} },
    { after_ms: 1000, post: '/sim/clock', body: {} },
  ];
  assert.deepEqual(read('list.json', JSON.stringify(list)), [
    [[], 1000, 'POST /sim/clock'],
    [[], 2000, 'POST /sim/market'],
  ]);
});
