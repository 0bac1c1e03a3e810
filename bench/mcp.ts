import { at, textAt } from './json.ts';
import { type Command, Running } from './process.ts';

/** What a server said, and how many bytes its line had. */
export type Said = { readonly result: unknown; readonly bytes: number };

const ANSWER_MILLISECONDS_MAX = 30_000;

/**
 * An MCP server over stdio, spoken to in plain JSON-RPC: the same few lines for twokey and for the peer, so that no client
 * library is part of what is measured.
 */
export class McpServer implements AsyncDisposable {
  readonly process: Running;
  /** From before the process was started to its first answer. */
  readonly firstAnswerMilliseconds: number;
  readonly #waiting = new Map<number, (said: Said) => void>();
  #last = 1;

  private constructor(process: Running, firstAnswerMilliseconds: number) {
    this.process = process;
    this.firstAnswerMilliseconds = firstAnswerMilliseconds;
    process.onLine((line) => this.#take(line));
  }

  static async start(command: Command): Promise<McpServer> {
    const startedAt = performance.now();
    const process = new Running(command);
    const clientInfo = { name: 'bench', version: '1' };
    process.write(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
      }),
    );
    const answer: unknown = JSON.parse(await process.line());
    const firstAnswerMilliseconds = performance.now() - startedAt;
    if (at(answer, 'result') === undefined) throw new Error(`the server refused to start: ${JSON.stringify(answer)}`);
    process.write(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' }));
    return new McpServer(process, firstAnswerMilliseconds);
  }

  request(method: string, params: object): Promise<Said> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      const patience = setTimeout(
        () => reject(new Error(`no answer to ${method} within ${ANSWER_MILLISECONDS_MAX} ms`)),
        ANSWER_MILLISECONDS_MAX,
      );
      this.#waiting.set(id, (said) => {
        clearTimeout(patience);
        resolve(said);
      });
      this.process.write(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** The result of a tool, as the model would see it: the JSON in its first text. */
  async call(name: string, args: object): Promise<unknown> {
    const { result } = await this.request('tools/call', { name, arguments: args });
    const text = textAt(result, 'content', 0, 'text');
    return text.startsWith('{') ? JSON.parse(text) : { text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }

  #take(line: string): void {
    const message: unknown = JSON.parse(line);
    const id = at(message, 'id');
    if (typeof id !== 'number') return;
    const settle = this.#waiting.get(id);
    this.#waiting.delete(id);
    settle?.({ result: at(message, 'result'), bytes: Buffer.byteLength(JSON.stringify(at(message, 'result') ?? null)) });
  }
}
