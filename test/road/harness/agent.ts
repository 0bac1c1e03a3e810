import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { join } from 'node:path';
import { root } from './program.ts';

/** What a tool answers (docs/tools.md), as far as tests read it. */
export type Answer = {
  readonly status?: string;
  readonly code?: string;
  readonly message?: string;
  readonly intent_id?: string;
  readonly sent_to_exchange?: string;
  readonly limit?: { readonly name: string; readonly max: string; readonly used: string; readonly unit: string };
  readonly order?: {
    readonly client_order_id: string;
    readonly exchange_order_id?: string;
    readonly filled: string;
    readonly state: string;
    readonly average_price?: string;
  };
  readonly verification?: string;
  readonly mode?: string;
  readonly log_seq?: number;
};

export type Called = { readonly answer: Answer; readonly isError: boolean; readonly text: string };

/** What it takes to ask for an order; what is left out is a small market buy. */
export type Wish = Readonly<Record<string, unknown>> & { readonly intent_id: string };

/** The longest that get_intent waits is 25 seconds. */
const WAIT_SECONDS = 25;

/** An agent as its host starts it: an MCP client that speaks over stdio to the shim. */
export class Agent implements AsyncDisposable {
  readonly #client = new Client({ name: 'road', version: '1' });
  #pid = 0;

  static async connect({
    home,
    name,
    environment,
    checkout = root,
  }: {
    readonly home: string;
    readonly name: string;
    readonly environment: Readonly<Record<string, string>>;
    /** Of the shim that is started. */
    readonly checkout?: string;
  }): Promise<Agent> {
    const agent = new Agent();
    const transport = new StdioClientTransport({
      command: join(checkout, 'twokey'),
      args: ['mcp', '--agent', name, '--home', home],
      env: { ...environment },
      stderr: 'pipe',
    });
    await agent.#client.connect(transport);
    agent.#pid = transport.pid ?? 0;
    return agent;
  }

  get pid(): number {
    return this.#pid;
  }

  /** What becomes of what is over at once is waited for, on a slow machine longer than the gateway waits with its answer. */
  async call(tool: string, given: Readonly<Record<string, unknown>> = {}): Promise<Called> {
    const called = await this.#callOnce(tool, given);
    if (!endsAtOnce(tool, given) || (called.answer.status !== 'working' && called.answer.status !== 'accepted')) return called;
    return this.#callOnce('get_intent', { intent_id: given['intent_id'], wait_s: WAIT_SECONDS });
  }

  async #callOnce(tool: string, given: Readonly<Record<string, unknown>>): Promise<Called> {
    const result = await this.#client.callTool({ name: tool, arguments: { ...given } });
    const [first] = result.content;
    return {
      answer: result.structuredContent ?? {},
      isError: result.isError === true,
      text: first?.type === 'text' ? first.text : '',
    };
  }

  async place(wish: Wish): Promise<Answer> {
    const asked = {
      instrument: 'BTC-USDT',
      side: 'buy',
      type: 'market',
      quantity: '20',
      quantity_unit: 'usd',
      reason: 'a test of the road',
      ...wish,
    };
    return (await this.call('place_order', asked)).answer;
  }

  async intent(intentId: string, waitSeconds = 0): Promise<Answer> {
    return (await this.call('get_intent', { intent_id: intentId, wait_s: waitSeconds })).answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.close();
  }
}

/** Whether nothing of it may rest at the exchange. */
function endsAtOnce(tool: string, { type }: Readonly<Record<string, unknown>>): boolean {
  if (tool === 'place_order') return type === 'market' || type === 'ioc';
  return tool === 'close_position' || tool === 'cancel_orders' || tool === 'rebalance';
}
