import type { Socket } from 'node:net';
import { assert } from '../../core/lang/assert.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Sent } from '../../ports/exchange.ts';
import { ResponseReader, type Reuse } from './response.ts';

/** Who is told what becomes of a connection. Each of the three comes in the tick in which it happens. */
export type Watcher = {
  /** Connected, and with TLS the handshake is finished: not one byte of ours has been written. */
  readonly ready: (connection: Connection) => void;
  /** An answer came completely, and another request may follow. */
  readonly free: (connection: Connection) => void;
  /** It is over. `cause` matters to whoever waits for `ready`; a request under way has been answered already. */
  readonly dead: (connection: Connection, cause: string) => void;
};

export type ConnectionLimits = {
  readonly connectMilliseconds: number;
  readonly idleMilliseconds: number;
  readonly answerBytesMax: number;
};

type State =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'idle'; readonly since: number; readonly limit: number }
  | { readonly kind: 'busy'; readonly reader: ResponseReader; readonly settle: (sent: Sent) => void }
  | { readonly kind: 'dead' };

/**
 * One connected socket that carries one request at a time. Whatever is not in order ends it: a byte that nobody asked for, an answer
 * that is not understood, a time-out. After the first byte was written every such end is `unknown`, never `not_sent`.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #limits: ConnectionLimits;
  readonly #watcher: Watcher;
  #state: State = { kind: 'connecting' };
  #alarm: { readonly cancel: () => void };

  constructor(socket: Socket, readyEvent: 'connect' | 'secureConnect', clock: Clock, limits: ConnectionLimits, watcher: Watcher) {
    this.#socket = socket;
    this.#clock = clock;
    this.#limits = limits;
    this.#watcher = watcher;
    this.#alarm = clock.alarm(limits.connectMilliseconds, () => this.#die(`no connection within ${limits.connectMilliseconds} ms`));
    socket.setNoDelay(true);
    socket.on(readyEvent, () => this.#connected());
    socket.on('data', (bytes: Buffer) => this.#received(bytes));
    socket.on('error', (error) => this.#die(errorName(error)));
    socket.on('end', () => this.#die('closed by the other side'));
    socket.on('close', () => this.#die('closed'));
  }

  /** Whether a request may be written now, in this tick. */
  isUsable(): boolean {
    const state = this.#state;
    if (state.kind !== 'idle' || this.#socket.destroyed || !this.#socket.writable || this.#socket.readableLength > 0) return false;
    return this.#clock.monotonic() - state.since < state.limit;
  }

  /** Writes the whole request in this tick, and calls `settle` once with what became of it. */
  carry(bytes: string, answerMilliseconds: number, settle: (sent: Sent) => void): void {
    assert(this.#state.kind === 'idle', 'a connection carries one request at a time');
    this.#alarm.cancel();
    this.#state = { kind: 'busy', reader: new ResponseReader(this.#limits.answerBytesMax), settle };
    this.#alarm = this.#clock.alarm(answerMilliseconds, () => this.#die(`no answer within ${answerMilliseconds} ms`));
    this.#socket.write(bytes, 'utf8');
  }

  /** Ends it at once; a request under way becomes unknown. */
  destroy(cause: string): void {
    this.#die(cause);
  }

  #connected(): void {
    if (this.#state.kind !== 'connecting') return;
    this.#rest(Number.POSITIVE_INFINITY);
    this.#watcher.ready(this);
  }

  #rest(serverLimit: number): void {
    const limit = Math.min(this.#limits.idleMilliseconds, serverLimit);
    this.#alarm.cancel();
    this.#state = { kind: 'idle', since: this.#clock.monotonic(), limit };
    this.#alarm = this.#clock.alarm(limit, () => this.#die('idle for too long'));
  }

  #received(bytes: Buffer): void {
    const state = this.#state;
    if (state.kind !== 'busy') return this.#die('bytes that nobody asked for');
    const progress = state.reader.push(bytes);
    switch (progress.kind) {
      case 'more':
        return;
      case 'refused':
        return this.#die(progress.cause);
      case 'complete':
        return this.#answered(state.settle, { kind: 'answered', status: progress.status, body: progress.body }, progress.reuse);
    }
  }

  #answered(settle: (sent: Sent) => void, sent: Sent, reuse: Reuse): void {
    this.#rest(reuse.kind === 'keep' ? reuse.idleMilliseconds : 0);
    settle(sent);
    if (reuse.kind === 'close' || this.#socket.destroyed) this.#die('the other side wants it closed');
    else this.#watcher.free(this);
  }

  #die(cause: string): void {
    const state = this.#state;
    if (state.kind === 'dead') return;
    this.#state = { kind: 'dead' };
    this.#alarm.cancel();
    this.#socket.destroy();
    if (state.kind === 'busy') state.settle({ kind: 'unknown', cause });
    this.#watcher.dead(this, cause);
  }
}

/** The code of an error of the system, such as ECONNRESET; never its text, which may hold what the other side said. */
function errorName(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? code : 'connection failed';
}
