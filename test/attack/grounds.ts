import { createHash } from 'node:crypto';
import type * as Starting from '../../src/adapters/doors/doors.ts';
import type { DoorAgent } from '../../src/core/channel.ts';
import type { Json } from '../../src/core/lang/canonical.ts';
import type * as Desks from '../support/agent-desk.ts';
import { type FakeGateway, fakeGateway } from '../road/mcp-gateway.ts';
import type { Target, Verdict } from './attack.ts';
import { load } from './load.ts';

/** The attacked gateway in this process, before a simulated exchange and on a clock of its own. */
export async function deskOf(target: Target, text: string, ordersPerMinute?: number): Promise<Desks.AgentDesk> {
  const { AgentDesk } = await load<typeof Desks>(target, 'test/support/agent-desk.ts');
  return AgentDesk.open(text, ordersPerMinute);
}

/** A wide policy, with further sections of a twokey.toml. */
export function limits(lines = '', sections = ''): string {
  const wide =
    'max_order_size = 1000\nmax_position_size = 5000\nmax_total_exposure = 20000\nmax_daily_loss = 5000\nmax_drawdown = 5000\nmax_account_equity = 10000000';
  return `[policy]\ninstruments = ["BTC-USDT", "ETH-USDT", "BTC-USDT-SWAP"]\n${wide}\n${lines}\n${sections}\n`;
}

/** A small market buy, but for what is given. */
export function wish(given: { readonly [key: string]: Json } & { readonly intent_id: string }): { readonly [key: string]: Json } {
  return { instrument: 'BTC-USDT', side: 'buy', type: 'market', quantity: '40', quantity_unit: 'usd', reason: 'because', ...given };
}

export const tokens = { one: `twokey_${'1'.repeat(43)}`, two: `twokey_${'2'.repeat(43)}` } as const;

export function agentOf(name: keyof typeof tokens): DoorAgent {
  return { name, tokenHash: createHash('sha256').update(tokens[name]).digest('hex') };
}

/** The attacked doors as a process, with sockets and HTTP, and a gateway behind them that notes what it is asked. `install` is what they are started from. */
export async function doorsOf(target: Target, install = target.root): Promise<FakeGateway> {
  const { startDoors } = await load<typeof Starting>(target, 'src/adapters/doors/doors.ts');
  return fakeGateway({
    agents: [agentOf('one'), agentOf('two')],
    install: install.endsWith('/') ? install : `${install}/`,
    http: { host: '127.0.0.1', port: 0, hosts: [], origins: [] },
    start: startDoors,
  });
}

/** What an agent says to `/mcp` to call a tool. */
export function calling(tool: string, given: unknown, more: object = {}): string {
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool, arguments: given, ...more } });
}

export function succeeded(is: boolean, saw: string): Verdict {
  return { succeeded: is, saw };
}

/** One line of an answer, for the table. */
export function shown(answer: unknown): string {
  const { status, code, message } = { status: '', code: '', message: '', ...(typeof answer === 'object' ? answer : {}) };
  return [status, code, message].filter((part) => part !== '').join(' ');
}
