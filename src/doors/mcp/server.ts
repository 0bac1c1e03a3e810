import { createHash, randomUUID } from 'node:crypto';
import {
  type CallToolResult,
  CLIENT_INFO_META_KEY,
  type McpServerFactory,
  ProtocolError,
  ProtocolErrorCode,
  McpServer,
} from '@modelcontextprotocol/server';
import type { ClientIdentity } from '../../core/channel.ts';
import type { Json } from '../../core/lang/canonical.ts';
import { operatorsDeed, toolName } from '../../core/policy/tripwire.ts';
import { listedTools, parseArguments } from '../../protocol/schemas.ts';
import { type Tool, toolNamed, withIntentId } from '../../protocol/tools.ts';

/** What a door hands to the gateway, and what comes back. */
export type Call = {
  readonly principal: string;
  readonly client: ClientIdentity;
  readonly tool: string;
  readonly arguments: Json;
};
export type Answer =
  | { readonly kind: 'answered'; readonly failed: boolean; readonly answer: Json }
  /** The gateway was not asked: certainly nothing happened. */
  | { readonly kind: 'refused'; readonly message: string }
  /** The gateway was asked and did not answer in time. */
  | { readonly kind: 'unanswered' };

/** Settles always, and never throws for what the world does. */
export type Ask = (call: Call) => Promise<Answer>;

/** The list that an agent saw, as the journal names it. */
export const toolsHash = createHash('sha256').update(JSON.stringify(listedTools)).digest('hex');

const instructions =
  'twokey holds the exchange keys and decides every order against limits that you cannot change. Read get_limits first. ' +
  'Every wish has an intent_id of your own: one wish happens once. When an outcome is unknown, ask get_intent with the same intent_id.';

/**
 * One server an agent, for both eras of the protocol. Its two requests are handled at the low level on purpose: arguments are
 * checked here, with our words, and no output schema can turn the answer about an order that exists into an error.
 */
export function serverFactory({
  principal,
  version,
  ask,
}: {
  readonly principal: string;
  readonly version: string;
  readonly ask: Ask;
}): McpServerFactory {
  return () => {
    const mcp = new McpServer({ name: 'twokey', version }, { capabilities: { tools: { listChanged: false } }, instructions });
    mcp.server.setRequestHandler('tools/list', () => ({ tools: listedTools.map((tool) => ({ ...tool })) }));
    mcp.server.setRequestHandler('tools/call', (request, context) => {
      const tool = toolNamed(request.params.name);
      // Who asks, by its own word: per request in the modern era; before, only the handshake said it.
      const envelope: Readonly<Record<string, unknown>> = context.mcpReq.envelope ?? {};
      // oxlint-disable-next-line typescript/no-deprecated
      const client = identity(envelope[CLIENT_INFO_META_KEY] ?? mcp.server.getClientVersion());
      if (tool === undefined) {
        tell({ name: request.params.name, ask: (wanted) => ask({ principal, client, tool: wanted, arguments: {} }) });
        throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'unknown tool; tools/list names all there are');
      }
      return calling({
        tool,
        given: request.params.arguments ?? {},
        ask: (given) => ask({ principal, client, tool: tool.name, arguments: given }),
      });
    });
    return mcp;
  };
}

/** A tool that there is not, and that would be the operator's: the gateway hears of it, whatever the agent is told. */
function tell({ name, ask }: { readonly name: string; readonly ask: (tool: string) => Promise<Answer> }): void {
  const wanted = toolName(name);
  if (operatorsDeed(wanted) === null) return;
  try {
    ask(wanted).catch(() => {});
  } catch {
    // The agent's answer does not depend on it.
  }
}

type Calling = { readonly tool: Tool; readonly given: unknown; readonly ask: (given: Json) => Promise<Answer> };

/** Never throws: the SDK would show the text of an error to the agent, whatever stands in it. */
async function calling({ tool, given, ask }: Calling): Promise<CallToolResult> {
  const parsed = parseArguments(tool, given);
  if (!parsed.ok) {
    return result(true, {
      status: 'denied',
      code: 'SCHEMA',
      message: `${parsed.error.path}: ${parsed.error.message}; nothing was sent`,
      sent_to_exchange: 'no',
    });
  }
  const complete = withIntentId(parsed.value, { tool, drawn: `${tool.name}-${randomUUID()}` });
  const named = typeof complete['intent_id'] === 'string' ? { intent_id: complete['intent_id'] } : {};
  try {
    const answer = await ask(asJson(complete));
    switch (answer.kind) {
      case 'answered':
        return result(answer.failed, answer.answer);
      case 'refused':
        return result(true, { status: 'denied', code: 'UNAVAILABLE', message: answer.message, ...named, sent_to_exchange: 'no' });
      case 'unanswered':
        return result(true, { ...unanswered(tool), ...named });
    }
  } catch {
    return result(true, { ...unanswered(tool), ...named });
  }
}

/** What is known of a call that the gateway was asked and did not answer. */
function unanswered(tool: Tool): { readonly [key: string]: Json } {
  if (!tool.acts)
    return {
      status: 'denied',
      code: 'UNAVAILABLE',
      message: 'the gateway did not answer; no order was sent',
      sent_to_exchange: 'no',
    };
  return {
    status: 'unknown',
    code: 'OUTCOME_UNKNOWN',
    message: 'outcome not known; ask get_intent with the same intent_id',
    sent_to_exchange: 'unknown',
  };
}

/** The same JSON twice, because hosts differ in which of the two the model sees. */
function result(failed: boolean, answer: Json): CallToolResult {
  const structured = isObject(answer) ? answer : { answer };
  return { content: [{ type: 'text', text: JSON.stringify(structured) }], structuredContent: structured, isError: failed };
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Arguments that passed a schema of texts, flags, whole numbers and lists are JSON; they came as JSON. */
function asJson(value: Readonly<Record<string, unknown>>): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

function identity(said: unknown): ClientIdentity {
  const { name, version } = { name: '', version: '', ...(typeof said === 'object' ? said : {}) };
  return { name: printable(name), version: printable(version), toolsHash };
}

function printable(text: unknown): string {
  return typeof text === 'string' ? text.replaceAll(/[^ -~]/g, '?').slice(0, 64) : '';
}
