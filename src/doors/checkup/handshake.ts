import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { type Check, failed, fine } from '../operator/checks.ts';

/** How a client that starts the shim for an agent is received. `toolsHash` is made as the journal's. */
export type Handshake =
  | { readonly agent: string; readonly ok: true; readonly protocol: string; readonly tools: number; readonly toolsHash: string }
  | { readonly agent: string; readonly ok: false; readonly error: string };

const MILLISECONDS_MAX = 10_000;
const TOOLS_MAX = 12;
const PROTOCOL = '2025-11-25';

/** Does what a client does at its start: starts the shim as its configuration says, shakes hands and asks for the tools. No tool is called. */
export async function shakeHands({
  install,
  home,
  agent,
}: {
  readonly install: string;
  readonly home: string;
  readonly agent: string;
}): Promise<Handshake> {
  const argv = [join(install, 'bin', 'twokey.js'), 'mcp', '--agent', agent, '--home', home];
  const { PATH = '', HOME = '' } = process.env;
  const shim = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'ignore'], env: { PATH, HOME } });
  const timer = setTimeout(() => shim.kill('SIGKILL'), MILLISECONDS_MAX);
  const say = (message: object): void => void shim.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  shim.stdin.on('error', () => {});
  shim.on('error', () => {});
  const clientInfo = { name: 'twokey-doctor', version: '1' };
  say({ id: 1, method: 'initialize', params: { protocolVersion: PROTOCOL, capabilities: {}, clientInfo } });
  let protocol = '';
  try {
    for await (const line of createInterface({ input: shim.stdout })) {
      const { id, result } = answerOf(line);
      if (id === 1) {
        protocol = typeof result['protocolVersion'] === 'string' ? result['protocolVersion'] : '';
        say({ method: 'notifications/initialized' });
        say({ id: 2, method: 'tools/list' });
      } else if (id === 2) {
        const { tools } = result;
        if (!Array.isArray(tools)) break;
        const toolsHash = createHash('sha256').update(JSON.stringify(tools)).digest('hex');
        return { agent, ok: true, protocol, tools: tools.length, toolsHash };
      }
    }
    return { agent, ok: false, error: protocol === '' ? 'the shim had no answer' : 'the tools were not listed' };
  } finally {
    clearTimeout(timer);
    shim.stdin.end();
    shim.kill();
  }
}

export function handshakeChecks(hands: readonly Handshake[]): readonly Check[] {
  return hands.map((hand) => {
    if (!hand.ok)
      return failed(
        'MCP handshake',
        `agent ${hand.agent}: ${hand.error}`,
        `twokey mcp --agent ${hand.agent} by hand says why; the gateway's own output says whether its doors are down`,
      );
    const { agent, protocol, tools, toolsHash } = hand;
    if (tools === 0 || tools > TOOLS_MAX)
      return failed(
        'MCP handshake',
        `agent ${agent} is shown ${tools} tools, and twokey has 1 to ${TOOLS_MAX}`,
        'something stands between: see what listens on the socket of this agent',
      );
    return fine('MCP handshake', `agent ${agent}: protocol ${protocol}, ${tools} tools, list ${toolsHash}`);
  });
}

function answerOf(line: string): { readonly id: unknown; readonly result: Readonly<Record<string, unknown>> } {
  try {
    const said: unknown = JSON.parse(line);
    if (
      typeof said === 'object' &&
      said !== null &&
      'id' in said &&
      'result' in said &&
      typeof said.result === 'object' &&
      said.result !== null
    )
      return { id: said.id, result: said.result as Readonly<Record<string, unknown>> };
  } catch {
    // What is no answer is passed over; without one the time ends it.
  }
  return { id: undefined, result: {} };
}
