import type { Duplex } from 'node:stream';
import type { ToDoors } from '../../core/channel.ts';
import { callLimits } from '../../core/parse-channel.ts';

/** A line of JSON may need six bytes for one of the text, and has an envelope. */
const LINE_BYTES_MAX = 8 * callLimits.bytesMax;
/** Answers that the doors do not take; ten thousand ordinary ones. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;
/** Messages taken in one turn: in between, everybody else has one, the operator's halt first of all. */
const MESSAGES_A_TURN = 32;

export type Listener = {
  readonly message: (value: unknown) => void;
  /** What working doors never do. Nothing is read any more. */
  readonly surprise: (what: string) => void;
};

/**
 * The gateway's end of the pipe to the doors: one JSON value a line, both ways. Node's own channel between processes reads a message of
 * any size before it can be looked at, takes open descriptors, and has commands of its own; a poisoned package could end the gateway with it.
 */
export class DoorsChannel {
  readonly #pipe: Duplex;
  readonly #listener: Listener;
  readonly #lines: string[] = [];
  #partial = '';
  #over = false;
  #taking = false;

  constructor(pipe: Duplex, listener: Listener) {
    this.#pipe = pipe;
    this.#listener = listener;
    pipe.setEncoding('utf8');
    pipe.on('data', (text: string) => this.#received(text));
    // The end of the pipe is the end of the process behind it, and that is where it is handled.
    pipe.on('error', () => {});
  }

  send(message: ToDoors): void {
    if (this.#over || !this.#pipe.writable) return;
    this.#pipe.write(`${JSON.stringify(message)}\n`);
    if (this.#pipe.writableLength > UNREAD_BYTES_MAX) this.#surprised('expected answers to be read');
  }

  /** Tells the doors to go: they end with the pipe. */
  close(): void {
    this.#over = true;
    this.#pipe.destroy();
  }

  #received(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = lines.pop() ?? '';
    for (const line of lines) this.#lines.push(line);
    if (this.#partial.length > LINE_BYTES_MAX || lines.some((line) => line.length > LINE_BYTES_MAX))
      return this.#surprised(`expected messages of at most ${LINE_BYTES_MAX} bytes`);
    if (!this.#taking) this.#take();
  }

  #take(): void {
    for (const line of this.#lines.splice(0, MESSAGES_A_TURN)) {
      if (this.#over) return;
      const value = parsed(line);
      if (value === undefined) return this.#surprised('expected one JSON value a line');
      this.#listener.message(value);
    }
    this.#taking = this.#lines.length > 0;
    if (this.#taking) {
      this.#pipe.pause();
      setImmediate(() => this.#take());
    } else this.#pipe.resume();
  }

  #surprised(what: string): void {
    if (this.#over) return;
    this.close();
    this.#listener.surprise(what);
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
