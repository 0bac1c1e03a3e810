import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { Json } from '../../core/lang/canonical.ts';
import { type Fields, isFields } from '../operator/text.ts';

/** An agent as twokey knows agents: a process that speaks MCP over stdio and holds nothing. */
export type Agent = {
  readonly name: string;
  /** Calls one tool and returns what it says as data. */
  readonly call: (tool: string, given: Readonly<Record<string, Json>>) => Promise<Fields>;
  readonly close: () => Promise<void>;
};

export type AgentProcess = {
  readonly name: string;
  readonly command: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

/** The gateway answers sooner, whatever happens; the longest look-up takes 25 s. */
const ANSWER_MILLISECONDS = 30_000;

/** Starts the server as an MCP host does, and shakes hands with it. */
export async function connectAgent({ name, command, argv, environment }: AgentProcess): Promise<Agent> {
  const client = new Client({ name: `try-${name}`, version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command, args: [...argv], env: { ...environment }, stderr: 'ignore' }));
  return {
    name,
    async call(tool, given) {
      const { structuredContent } = await client.callTool({ name: tool, arguments: { ...given } }, { timeout: ANSWER_MILLISECONDS });
      // Whatever crossed a process as JSON is JSON.
      const answer = structuredContent as Json | undefined;
      return isFields(answer) ? answer : {};
    },
    close: () => client.close(),
  };
}
