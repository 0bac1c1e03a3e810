import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InMemoryTransport, type JSONRPCMessage } from '@modelcontextprotocol/server';
import { type Answer, type Ask, serverFactory } from './server.ts';

/** What an agent of the handshake era is answered to one call, when the gateway answers like this. */
async function told(ask: Ask, name: string, given: object): Promise<JSONRPCMessage> {
  const [agent, door] = InMemoryTransport.createLinkedPair();
  const server = await serverFactory({ principal: 'default', version: '0.0.0', ask })({ era: 'legacy' });
  await server.connect(door);
  const answer = new Promise<JSONRPCMessage>((resolve) => {
    agent.onmessage = resolve;
  });
  await agent.start();
  await agent.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: { ...given } } });
  return answer;
}

function structured(message: JSONRPCMessage): unknown {
  assert.ok('result' in message);
  assert.equal(message.result['isError'], true);
  const { content, structuredContent } = message.result as { content: readonly { text: string }[]; structuredContent: unknown };
  assert.deepEqual(JSON.parse(content[0]?.text ?? ''), structuredContent);
  return structuredContent;
}

const halt = { intent_id: 'h-1', reason: 'x' };
const failures: readonly (readonly [string, Ask])[] = [
  ['does not answer', () => Promise.resolve<Answer>({ kind: 'unanswered' })],
  ['fails', () => Promise.reject(new Error('OK-ACCESS-KEY: a secret'))],
  [
    'throws',
    () => {
      throw new Error('OK-ACCESS-KEY: a secret');
    },
  ],
];

for (const [what, ask] of failures) {
  test(`when the way to the gateway ${what}, the outcome of what acts is not known, and nothing of the error is told`, async () => {
    assert.deepEqual(structured(await told(ask, 'halt_trading', halt)), {
      status: 'unknown',
      code: 'OUTCOME_UNKNOWN',
      message: 'outcome not known; ask get_intent with the same intent_id',
      sent_to_exchange: 'unknown',
      intent_id: 'h-1',
    });
  });

  test(`when the way to the gateway ${what}, a look has simply no answer`, async () => {
    assert.deepEqual(structured(await told(ask, 'get_limits', {})), {
      status: 'denied',
      code: 'UNAVAILABLE',
      message: 'the gateway did not answer; no order was sent',
      sent_to_exchange: 'no',
    });
  });
}

test('a call that was not begun says that nothing was sent', async () => {
  const ask: Ask = () => Promise.resolve({ kind: 'refused', message: 'too many' });
  assert.deepEqual(structured(await told(ask, 'halt_trading', halt)), {
    status: 'denied',
    code: 'UNAVAILABLE',
    message: 'too many',
    intent_id: 'h-1',
    sent_to_exchange: 'no',
  });
});
