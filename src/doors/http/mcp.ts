import type { IncomingMessage, ServerResponse } from 'node:http';
import { createMcpHandler, type McpHttpHandler, type McpServerFactory } from '@modelcontextprotocol/server';
import type { Body } from './body.ts';
import { safeHeaders } from './refusal.ts';

export type FactoryOf = (principal: string) => McpServerFactory;

/** Answers that wait for a client that does not read; then it is cut off, and can ask again by intent_id. */
const UNREAD_BYTES_MAX = 4 * 1024 * 1024;
/** Streams of one agent that wait for changes. There never is one: the list of tools does not change. */
const SUBSCRIPTIONS_MAX = 8;
/** Of what a handler may say in headers. */
const PASSED = ['content-type', 'allow'];

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse; readonly body: Body };

/** The SDK's handler of streamable HTTP, one an agent, so that nothing it keeps is ever another's. */
export class McpHandlers {
  readonly #factoryOf: FactoryOf;
  readonly #handlers = new Map<string, McpHttpHandler>();

  constructor(factoryOf: FactoryOf) {
    this.#factoryOf = factoryOf;
  }

  /** Whoever is gone has no handler; what it was in the middle of is aborted. Orders go on: they were never tied to a request. */
  keep(principals: ReadonlySet<string>): void {
    for (const [name, handler] of this.#handlers) {
      if (principals.has(name)) continue;
      this.#handlers.delete(name);
      void handler.close().catch(() => {});
    }
  }

  /** Passes one request on and writes the answer down. */
  async answer(principal: string, { request, response, body }: Exchange): Promise<void> {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const answer = await this.#of(principal).fetch(webRequest(request, body, gone.signal), { parsedBody: body.parsed });
    const headers = PASSED.flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    });
    response.writeHead(answer.status, { ...safeHeaders, ...Object.fromEntries(headers) });
    if (answer.body !== null) await write(answer.body, response);
    response.end();
  }

  #of(principal: string): McpHttpHandler {
    const found =
      this.#handlers.get(principal) ??
      createMcpHandler(this.#factoryOf(principal), { onerror: () => {}, maxSubscriptions: SUBSCRIPTIONS_MAX });
    this.#handlers.set(principal, found);
    return found;
  }
}

/** The token stays here: what lies behind has no use for it, and an error of it cannot tell it. */
function webRequest(request: IncomingMessage, body: Body, signal: AbortSignal): Request {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(request.headersDistinct))
    if (name !== 'authorization' && name !== 'cookie') for (const value of values) headers.append(name, value);
  const method = request.method ?? 'GET';
  const content = method === 'POST' ? { body: new Uint8Array(body.bytes) } : {};
  return new Request(`http://${request.headers.host ?? 'localhost'}/mcp`, { method, headers, signal, ...content });
}

async function write(body: ReadableStream<Uint8Array>, response: ServerResponse): Promise<void> {
  for await (const chunk of body) {
    if (response.destroyed) return;
    response.write(chunk);
    if (response.writableLength > UNREAD_BYTES_MAX) return void response.destroy();
  }
}
