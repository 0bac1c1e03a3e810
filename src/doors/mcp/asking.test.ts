import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FromDoors } from '../../core/channel.ts';
import { startAsking } from './asking.ts';
import type { Call } from './server.ts';

const call: Call = { principal: 'default', client: { name: '', version: '', toolsHash: '' }, tool: 'place_order', arguments: {} };

function started() {
  const sent: FromDoors[] = [];
  return { sent, ...startAsking({ incarnation: 4, send: (message) => void sent.push(message) }) };
}

test('a call goes out once, numbered and with its incarnation, and gets the answer of its number', async () => {
  const { sent, ask, answered } = started();
  const first = ask(call);
  const second = ask({ ...call, tool: 'get_limits' });
  assert.deepEqual(sent, [
    { kind: 'call', incarnation: 4, call: 1, ...call },
    { kind: 'call', incarnation: 4, call: 2, ...call, tool: 'get_limits' },
  ]);
  answered({ call: 2, failed: true, answer: 'second' });
  answered({ call: 1, failed: false, answer: 'first' });
  assert.deepEqual(await first, { kind: 'answered', failed: false, answer: 'first' });
  assert.deepEqual(await second, { kind: 'answered', failed: true, answer: 'second' });
});

test('a call without an answer is unanswered after 45 seconds, and an answer that comes later is nobody’s', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { ask, answered } = started();
  const asked = ask(call);
  context.mock.timers.tick(45_000);
  assert.deepEqual(await asked, { kind: 'unanswered' });
  answered({ call: 1, failed: false, answer: 'late' });
  answered({ call: 99, failed: false, answer: 'never asked' });
});

test('one agent’s calls in flight are bounded, those of another are not touched by it, and room comes back', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { sent, ask, answered } = started();
  for (let count = 0; count < 256; count += 1) void ask(call);
  assert.equal((await ask(call)).kind, 'refused');
  assert.equal(sent.length, 256);
  void ask({ ...call, principal: 'other' });
  assert.equal(sent.length, 257);
  answered({ call: 1, failed: false, answer: null });
  void ask(call);
  assert.equal(sent.length, 258);
});

test('an agent with too many calls in flight can still halt, cancel and close, and that has an end too', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { sent, ask } = started();
  for (let count = 0; count < 256; count += 1) void ask(call);
  for (const tool of ['halt_trading', 'cancel_orders', 'close_position']) void ask({ ...call, tool });
  assert.equal(sent.length, 259);
  for (let count = 0; count < 29; count += 1) void ask({ ...call, tool: 'halt_trading' });
  assert.equal((await ask({ ...call, tool: 'halt_trading' })).kind, 'refused');
  assert.equal((await ask(call)).kind, 'refused');
});
