import type { Socket } from 'node:net';
import { StringDecoder } from 'node:string_decoder';
import { type JSONRPCMessage, parseJSONRPCMessage, type Transport } from '@modelcontextprotocol/server';
import { messageBytesMax } from './message-bytes.ts';

/** Answers that wait for an agent that does not read; then the agent is cut off, and can ask again by intent_id. */
const unreadBytesMax = 4 * 1024 * 1024;

/** Messages of one connection that are taken in one turn: in between every other connection has one. */
const messagesATurn = 8;

/**
 * Newline-delimited JSON-RPC over a connected socket. The SDK's own stdio transport bounds its buffer and not the message,
 * never looks at how much the other side leaves unread, and adds a listener for every answer under back-pressure.
 */
export class LineTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;

  readonly #socket: Socket;
  readonly #decoder = new StringDecoder('utf8');
  #partial = '';
  readonly #lines: string[] = [];
  #taking = false;
  #closed = false;
  /** Requests without an answer: an agent that has said everything is let go when the last one is answered. */
  readonly #open = new Set<unknown>();
  #saidEverything = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  start(): Promise<void> {
    this.#socket.on('data', (chunk: Buffer) => this.#take(this.#decoder.write(chunk)));
    this.#socket.on('error', (error) => this.onerror?.(error));
    this.#socket.on('end', () => {
      this.#saidEverything = true;
      this.#letGo();
    });
    this.#socket.on('close', () => this.#end());
    return Promise.resolve();
  }

  send(message: JSONRPCMessage): Promise<void> {
    // A connection that is gone is no reason for an error: the answer stands in the journal, whoever still wants it.
    if (this.#closed || !this.#socket.writable) return Promise.resolve();
    this.#write(message);
    if ('id' in message && !('method' in message)) this.#open.delete(message.id);
    this.#letGo();
    return Promise.resolve();
  }

  close(): Promise<void> {
    this.#socket.end();
    this.#end();
    return Promise.resolve();
  }

  /** Also what answers nonsense is bounded: three bytes of it get a hundred back. */
  #write(message: object): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(`${JSON.stringify(message)}\n`);
    if (this.#socket.writableLength > unreadBytesMax) this.#socket.destroy(new Error('the agent does not read its answers'));
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#partial = '';
    this.#lines.length = 0;
    this.onclose?.();
  }

  #letGo(): void {
    if (this.#saidEverything && this.#lines.length === 0 && this.#open.size === 0) this.#socket.end();
  }

  #take(text: string): void {
    const lines = text.split('\n');
    const [first = ''] = lines;
    lines[0] = this.#partial + first;
    this.#partial = lines.pop() ?? '';
    for (const line of [...lines, this.#partial]) {
      if (line.length > messageBytesMax) return void this.#socket.destroy(new Error(`a message is over ${messageBytesMax} bytes`));
    }
    for (const line of lines) this.#lines.push(line);
    if (!this.#taking) this.#work();
  }

  /** A few, and then a turn for everybody else: one agent that floods its socket would otherwise be the only one that is heard. */
  #work(): void {
    for (const line of this.#lines.splice(0, messagesATurn)) this.#read(line);
    this.#taking = this.#lines.length > 0 && !this.#closed;
    if (this.#taking) {
      this.#socket.pause();
      setImmediate(() => this.#work());
      return;
    }
    this.#socket.resume();
    this.#letGo();
  }

  #read(line: string): void {
    if (line.trim() === '' || this.#closed || this.#socket.destroyed) return;
    try {
      const parsed: unknown = JSON.parse(line);
      const message = parseJSONRPCMessage(parsed);
      if ('method' in message && 'id' in message) this.#open.add(message.id);
      // What was cancelled gets no answer from the SDK; the order behind it lives on.
      if ('method' in message && message.method === 'notifications/cancelled') this.#open.delete(message.params?.['requestId']);
      this.onmessage?.(message);
    } catch {
      // The text is not repeated: it is whatever somebody wrote into the socket.
      this.#write({ jsonrpc: '2.0', id: null, error: { code: -32700, message: 'expected one JSON-RPC message a line' } });
    }
  }
}
