import { connect, type Socket } from 'node:net';
import type { Json } from '../../core/lang/canonical.ts';

/** What came of one call over an agent's socket. */
export type CallOutcome =
  | { readonly kind: 'answered'; readonly failed: boolean; readonly answer: Json }
  /** Nobody listens there: certainly nothing happened. */
  | { readonly kind: 'not_reachable' }
  /** The call was sent and nobody answered. */
  | { readonly kind: 'unanswered' };

export type SocketCall = {
  readonly path: string;
  readonly version: string;
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
};

/** The gateway answers sooner, whatever happens; this is for a door that hangs. */
const waitMilliseconds = 50_000;
const callId = 1;

/** Calls one tool in plain JSON-RPC, as an MCP client of the handshake era would. Sends once. */
export function callTool({ path, version, tool, arguments: given }: SocketCall): Promise<CallOutcome> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let sent = false;
    const settle = (outcome: CallOutcome) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(outcome);
    };
    const timer = setTimeout(() => settle({ kind: 'unanswered' }), waitMilliseconds);
    socket.on('error', () => settle({ kind: sent ? 'unanswered' : 'not_reachable' }));
    socket.on('close', () => settle({ kind: sent ? 'unanswered' : 'not_reachable' }));
    socket.on('connect', () => {
      sent = true;
      say(socket, {
        id: 0,
        method: 'initialize',
        params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'twokey', version } },
      });
      say(socket, { method: 'notifications/initialized' });
      say(socket, { id: callId, method: 'tools/call', params: { name: tool, arguments: given } });
    });
    let partial = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (partial + text).split('\n');
      partial = lines.pop() ?? '';
      for (const line of lines) {
        const outcome = outcomeIn(line);
        if (outcome !== undefined) settle(outcome);
      }
    });
  });
}

function say(socket: Socket, message: Readonly<Record<string, unknown>>): void {
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}

type Line = { readonly id?: unknown; readonly result?: { readonly isError?: unknown; readonly structuredContent?: Json } };

/** The outcome that a line tells; lines about anything else tell none. Our own doors wrote it. */
function outcomeIn(line: string): CallOutcome | undefined {
  const message = JSON.parse(line) as Line;
  if (message.id !== callId) return undefined;
  const answer = message.result?.structuredContent;
  if (answer === undefined) return { kind: 'unanswered' };
  return { kind: 'answered', failed: message.result?.isError === true, answer };
}
