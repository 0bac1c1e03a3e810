import type { Json } from '../../src/core/lang/canonical.ts';
import { tools } from '../../src/protocol/tools.ts';

export type Given = { readonly [key: string]: Json };

const wish = { instrument: 'BTC-USDT', side: 'buy', quantity: '40', quantity_unit: 'usd', reason: 'because' };

/** A call of every tool that passes, and some more of those that trade. */
export const calls: readonly { readonly tool: string; readonly given: Given }[] = [
  ...tools.map(({ name, example }) => ({ tool: name, given: example as Given })),
  { tool: 'place_order', given: { intent_id: 'a', ...wish, type: 'market' } },
  { tool: 'place_order', given: { intent_id: 'b', ...wish, type: 'limit', price: '60000', evidence: ['x', 'y'] } },
  { tool: 'place_order', given: { intent_id: 'c', ...wish, instrument: 'BTC-USDT-SWAP', type: 'market', stop_loss: '30000' } },
  { tool: 'close_position', given: { intent_id: 'd', instrument: 'BTC-USDT', reason: 'because' } },
  { tool: 'cancel_orders', given: { intent_id: 'e', reason: 'because' } },
  { tool: 'rebalance', given: { intent_id: 'f', targets: [{ instrument: 'BTC-USDT', weight: '0.5' }], base_usd: '50', reason: 'because' } },
  { tool: 'get_intent', given: { intent_id: 'a', wait_s: 1 } },
];

const client = { name: 'fuzz', version: '1' };

/** What a modern request says of itself. */
const modern = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': client,
  'io.modelcontextprotocol/clientCapabilities': {},
};

/** Messages of an agent's connection, in both eras of the protocol. */
export const messages: readonly Json[] = [
  {
    jsonrpc: '2.0',
    id: 0,
    method: 'initialize',
    params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: client },
  },
  { jsonrpc: '2.0', method: 'notifications/initialized' },
  { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} },
  { jsonrpc: '2.0', id: 2, method: 'ping' },
  { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1, reason: 'x' } },
  { jsonrpc: '2.0', id: 3, result: {} },
  { jsonrpc: '2.0', id: 4, error: { code: -32600, message: 'x' } },
  { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'set_limits', arguments: {} } },
  ...calls.map(({ tool, given }, index) => ({
    jsonrpc: '2.0',
    id: 10 + index,
    method: 'tools/call',
    params: { name: tool, arguments: given, _meta: index % 2 === 0 ? modern : {} },
  })),
];

/** Wishes of the operator, by the socket's protocol (docs/formats/operator-socket.md). */
export const verbs: readonly { readonly verb: string; readonly arguments: Given }[] = [
  ...['status', 'limits', 'positions', 'orders', 'account_config', 'account_balance', 'agents', 'approvals', 'alerts', 'alert_test'].map(
    (verb) => ({ verb, arguments: {} }),
  ),
  { verb: 'reconcile', arguments: {} },
  { verb: 'halt', arguments: { reason: 'x', flatten: false } },
  { verb: 'halt', arguments: { reason: 'x', flatten: true } },
  ...['reduce_only', 'resume', 'adopt', 'rotate', 'demote', 'policy_withdraw'].map((verb) => ({ verb, arguments: { reason: 'x' } })),
  { verb: 'freeze', arguments: { subject: 'BTC-USDT', reason: 'x' } },
  { verb: 'unfreeze', arguments: { subject: 'agent:default', reason: 'x' } },
  { verb: 'flatten', arguments: { instrument: 'BTC-USDT', reason: 'x' } },
  { verb: 'resolve', arguments: { order: 't1', reason: 'x' } },
  { verb: 'approve', arguments: { approval: 'a1', reason: '' } },
  { verb: 'deny', arguments: { approval: 'a1', reason: '' } },
  { verb: 'ack', arguments: { alert: 'all', reason: '' } },
  { verb: 'set_leverage', arguments: { instrument: 'BTC-USDT-SWAP', leverage: '2', reason: '' } },
  { verb: 'agent_add', arguments: { agent: 'new', reason: '' } },
  { verb: 'agent_token', arguments: { agent: 'default', reason: '' } },
  { verb: 'agent_revoke', arguments: { agent: 'default', reason: '' } },
  { verb: 'policy_apply', arguments: { digest: 'a'.repeat(64), reason: '' } },
];
