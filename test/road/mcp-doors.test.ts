import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { listedTools } from '../../src/protocol/schemas.ts';
import { eventually } from './harness/eventually.ts';
import { connectAgent, eras, type Era, fakeGateway, head, order } from './mcp-gateway.ts';

// Real doors, the real shim and the official client; only the gateway behind them is a stand-in that notes what it was asked.

for (const era of Object.keys(eras) as readonly Era[]) {
  test(`${era}: an agent lists the tools, asks, and gets the gateway's answer as structure and as text`, async () => {
    await using gateway = await fakeGateway();
    await using agent = await connectAgent({ home: gateway.home, era });
    const { tools } = await agent.client.listTools();
    assert.deepEqual(tools, JSON.parse(JSON.stringify(listedTools)));
    const result = await agent.client.callTool({ name: 'place_order', arguments: { intent_id: 'a-1', ...order } });
    const expected = { ...head, tool: 'place_order', asked: { intent_id: 'a-1', ...order } };
    assert.deepEqual(result.structuredContent, expected);
    assert.deepEqual(result.content, [{ type: 'text', text: JSON.stringify(expected) }]);
    assert.equal(result.isError ?? false, false);
    const [call] = gateway.calls;
    assert.equal(call?.principal, 'default');
    assert.equal(call?.client.name, 'a test');
    assert.equal(call?.client.version, '1.2.3');
    assert.match(call?.client.toolsHash ?? '', /^[0-9a-f]{64}$/);
  });

  test(`${era}: a call that the gateway refused is an error of the tool, with its structure`, async () => {
    await using gateway = await fakeGateway();
    const answer = { status: 'denied', code: 'MAX_ORDER_SIZE', message: 'too large', sent_to_exchange: 'no' };
    gateway.respond = ({ incarnation, call }) => gateway.doors.answer({ incarnation, call, failed: true, answer });
    await using agent = await connectAgent({ home: gateway.home, era });
    const result = await agent.client.callTool({ name: 'place_order', arguments: { intent_id: 'a-1', ...order } });
    assert.equal(result.isError, true);
    assert.deepEqual(result.structuredContent, answer);
  });

  test(`${era}: a malformed call gets SCHEMA with the path, and the gateway is not asked`, async () => {
    await using gateway = await fakeGateway();
    await using agent = await connectAgent({ home: gateway.home, era });
    const result = await agent.client.callTool({ name: 'place_order', arguments: { intent_id: 'a-1', ...order, quantity: '1e5' } });
    assert.equal(result.isError, true);
    const { status, code, message, sent_to_exchange } = result.structuredContent as Record<string, unknown>;
    assert.deepEqual({ status, code, sent_to_exchange }, { status: 'denied', code: 'SCHEMA', sent_to_exchange: 'no' });
    assert.match(String(message), /^quantity: expected a plain decimal/);
    assert.equal(gateway.calls.length, 0);
    await assert.rejects(agent.client.callTool({ name: 'resume', arguments: {} }), /unknown tool/);
  });

  test(`${era}: 200 calls at once from one agent are all asked, once each, and all answered`, async () => {
    await using gateway = await fakeGateway();
    await using agent = await connectAgent({ home: gateway.home, era });
    const held: (() => void)[] = [];
    const respond = gateway.respond;
    gateway.respond = (call) => {
      held.push(() => respond(call));
      // Nothing is answered until all are in flight: the bound on calls in flight does not bite here.
      if (held.length === 200) for (const release of held) release();
    };
    const names = Array.from({ length: 200 }, (_, index) => `burst-${index}`);
    const results = await Promise.all(
      names.map((name) => agent.client.callTool({ name: 'place_order', arguments: { intent_id: name, ...order } })),
    );
    assert.ok(results.every((result) => result.isError !== true));
    assert.deepEqual(
      results.map((result) => asked(result.structuredContent)),
      names,
    );
    assert.equal(gateway.calls.length, 200);
  });

  test(`${era}: doors killed in the middle of a call come back, and the agent is told to ask what became of it`, async () => {
    await using gateway = await fakeGateway();
    await using agent = await connectAgent({ home: gateway.home, era });
    const respond = gateway.respond;
    gateway.respond = () => {};
    const lost = agent.client.callTool({ name: 'place_order', arguments: { intent_id: 'lost-1', ...order } });
    await eventually('the gateway holds the call', () => gateway.calls.length === 1);
    const dead = gateway.doors.pid();
    assert.ok(dead !== undefined);
    process.kill(dead, 'SIGKILL');
    const result = await lost;
    assert.equal(result.isError, true);
    assert.deepEqual(result.structuredContent, {
      status: 'unknown',
      code: 'OUTCOME_UNKNOWN',
      message: 'outcome not known; ask get_intent with the same intent_id',
      intent_id: 'lost-1',
      sent_to_exchange: 'unknown',
    });
    gateway.respond = respond;
    const [call] = gateway.calls;
    assert.ok(call !== undefined);
    const after = await agent.client.callTool({ name: 'get_intent', arguments: { intent_id: 'lost-1' } });
    assert.equal(asked(after.structuredContent), 'lost-1');
    // The answer to the dead is nobody's: it is dropped, and the living go on.
    respond(call);
    const again = await agent.client.callTool({ name: 'get_limits', arguments: {} });
    assert.equal(again.isError ?? false, false);
    assert.deepEqual(
      gateway.calls.map(({ tool, incarnation }) => [tool, incarnation]),
      [
        ['place_order', 1],
        ['get_intent', 2],
        ['get_limits', 2],
      ],
    );
    assert.deepEqual(gateway.surprises, []);
  });

  test(`${era}: a client that gives up changes nothing for the order, and can ask for it`, async () => {
    await using gateway = await fakeGateway();
    await using agent = await connectAgent({ home: gateway.home, era });
    const respond = gateway.respond;
    gateway.respond = () => {};
    const giveUp = new AbortController();
    const abandoned = agent.client.callTool({ name: 'place_order', arguments: { intent_id: 'a-1', ...order } }, { signal: giveUp.signal });
    await eventually('the gateway holds the call', () => gateway.calls.length === 1);
    giveUp.abort();
    await assert.rejects(abandoned);
    const [call] = gateway.calls;
    assert.ok(call !== undefined);
    respond(call);
    gateway.respond = respond;
    const result = await agent.client.callTool({ name: 'get_intent', arguments: { intent_id: 'a-1' } });
    assert.equal(asked(result.structuredContent), 'a-1');
    assert.deepEqual(
      gateway.calls.map(({ tool }) => tool),
      ['place_order', 'get_intent'],
    );
  });
}

test('each socket is one agent: which one a caller can reach is who it is', async () => {
  await using gateway = await fakeGateway({ agents: ['one', 'two'] });
  await using one = await connectAgent({ home: gateway.home, era: '2025-11-25', agent: 'one' });
  await using two = await connectAgent({ home: gateway.home, era: '2026-07-28', agent: 'two' });
  await one.client.callTool({ name: 'get_limits', arguments: {} });
  await two.client.callTool({ name: 'get_limits', arguments: {} });
  assert.deepEqual(
    gateway.calls.map(({ principal }) => principal),
    ['one', 'two'],
  );
});

test('a halt needs no name from whoever is in a hurry, and gets one that was never used', async () => {
  await using gateway = await fakeGateway();
  await using agent = await connectAgent({ home: gateway.home, era: '2026-07-28' });
  for (let count = 0; count < 2; count += 1) await agent.client.callTool({ name: 'halt_trading', arguments: { reason: 'looks wrong' } });
  const names = gateway.calls.map((call) => asked({ asked: call.arguments }));
  assert.equal(new Set(names).size, 2);
  for (const name of names) assert.match(String(name), /^halt_trading-[0-9a-f-]{36}$/);
});

test('the 257th call in flight is refused as not begun, and the others are answered', async () => {
  await using gateway = await fakeGateway();
  await using agent = await connectAgent({ home: gateway.home, era: '2025-11-25' });
  const respond = gateway.respond;
  gateway.respond = () => {};
  const calls = Array.from({ length: 257 }, (_, index) =>
    agent.client.callTool({ name: 'place_order', arguments: { intent_id: `n-${index}`, ...order } }),
  );
  await eventually('256 calls are held', () => gateway.calls.length === 256);
  const refused = await Promise.race(calls);
  assert.equal(refused.isError, true);
  const { code, sent_to_exchange } = refused.structuredContent as Record<string, unknown>;
  assert.deepEqual({ code, sent_to_exchange }, { code: 'UNAVAILABLE', sent_to_exchange: 'no' });
  for (const call of gateway.calls) respond(call);
  const results = await Promise.all(calls);
  assert.equal(results.filter((result) => result.isError !== true).length, 256);
  assert.equal(gateway.calls.length, 256);
});

test('a message over 64 KiB ends its connection, and no other', async () => {
  await using gateway = await fakeGateway();
  await using agent = await connectAgent({ home: gateway.home, era: '2025-11-25' });
  const socket = connect(join(gateway.home, 'run', 'agent-default.sock'));
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.write('x'.repeat(70_000));
  await closed;
  const result = await agent.client.callTool({ name: 'get_limits', arguments: {} });
  assert.equal(result.isError ?? false, false);
});

test('an agent that floods its socket over every connection it may have is not the only one that is heard', async () => {
  await using gateway = await fakeGateway({ agents: ['loud', 'quiet'] });
  await using quiet = await connectAgent({ home: gateway.home, era: '2025-11-25', agent: 'quiet' });
  const flood = spawn(process.execPath, ['--input-type=module', '--eval', flooding, join(gateway.home, 'run', 'agent-loud.sock')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await new Promise((resolve) => flood.stdout.once('data', resolve));
    for (let count = 0; count < 3; count += 1) await quiet.client.callTool({ name: 'get_limits', arguments: {} });
    assert.deepEqual([flood.exitCode, flood.signalCode], [null, null], 'the flood goes on');
  } finally {
    flood.kill('SIGKILL');
  }
});

const flooding = `
  import { connect } from 'node:net';
  const ping = '{"jsonrpc":"2.0","id":1,"method":"ping"}\\n'.repeat(1000);
  for (let count = 0; count < 60; count += 1) {
    const socket = connect(process.argv[1]).on('error', () => {}).resume();
    const more = () => socket.destroyed || socket.write(ping, () => setImmediate(more));
    more();
  }
  setTimeout(() => console.log('flooding'), 1000);
`;

test('whoever sends nonsense without an end and reads no answer is cut off before it costs memory', async () => {
  await using gateway = await fakeGateway();
  const socket = connect(join(gateway.home, 'run', 'agent-default.sock'));
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => {});
  // Three bytes for a hundred: 4 MiB of answers that nobody reads come from 130 KB.
  let open = true;
  void closed.then(() => (open = false));
  let sent = 0;
  while (open && sent < 20_000_000) {
    const piece = '[]\n'.repeat(20_000);
    sent += piece.length;
    if (!socket.write(piece)) await Promise.race([closed, new Promise((resolve) => socket.once('drain', resolve))]);
  }
  await closed;
  assert.ok(sent < 5_000_000, `${sent} bytes`);
  await using agent = await connectAgent({ home: gateway.home, era: '2026-07-28' });
  assert.equal((await agent.client.callTool({ name: 'get_limits', arguments: {} })).isError ?? false, false);
});

test('bytes that are no JSON-RPC get an error that does not repeat them, and the connection lives', async () => {
  await using gateway = await fakeGateway();
  const socket = connect(join(gateway.home, 'run', 'agent-default.sock'));
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  socket.write('{"secret-looking": \n[]\n"x"\n\n{"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"get_limits"}}\n');
  await eventually('the good line is answered', () => text.includes('"id":9'));
  socket.destroy();
  assert.equal(text.match(/-32700/g)?.length, 3);
  assert.doesNotMatch(text, /secret-looking/);
});

function asked(structured: unknown): unknown {
  return (structured as { readonly asked?: { readonly intent_id?: unknown } }).asked?.intent_id;
}
