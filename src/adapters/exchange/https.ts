import { connect as connectPlain } from 'node:net';
import { connect as connectSecure } from 'node:tls';
import { ok, type Result } from '../../core/lang/result.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Exchange, Sent, SignedRequest } from '../../ports/exchange.ts';
import { Connection } from './connection.ts';
import { type Origin, parseOrigin, secureOptions } from './origin.ts';
import { requestBytes } from './request.ts';

export type ExchangeOptions = {
  /** Scheme, host and port. HTTPS, or plain HTTP to this machine. */
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly connectMilliseconds?: number;
  /** How long a write may stay without a complete answer. */
  readonly writeMilliseconds?: number;
  /** How long a read may. */
  readonly readMilliseconds?: number;
  readonly idleMilliseconds?: number;
  readonly connectionsMax?: number;
  readonly waitingMax?: number;
  readonly answerBytesMax?: number;
};

export type ClosableExchange = Exchange & AsyncDisposable & { readonly close: () => Promise<void> };

/** The connection to one exchange over sockets of its own; refuses a base URL that is neither HTTPS nor on this machine. */
export function createExchange(options: ExchangeOptions): Result<ClosableExchange> {
  const origin = parseOrigin(options.baseUrl);
  if (!origin.ok) return origin;
  return ok(new PooledExchange(origin.value, { ...defaults, ...options }));
}

const defaults = {
  connectMilliseconds: 2000,
  writeMilliseconds: 2000,
  readMilliseconds: 5000,
  idleMilliseconds: 4000,
  connectionsMax: 64,
  waitingMax: 1024,
  answerBytesMax: 4 * 1024 * 1024,
};

/** Questions hold this share of the connections at most: of those that nobody answers none may keep an exit or a cancel waiting (DESIGN §1.4). */
const READS_SHARE_MAX = 0.75;

/** A request on its way to a connection. Not one byte of it has been written. */
type Job = {
  readonly isRead: boolean;
  readonly bytes: string;
  readonly answerMilliseconds: number;
  readonly mayStillLeave: () => boolean;
  readonly settle: (sent: Sent) => void;
  readonly fail: (error: unknown) => void;
};

type Waiting = { readonly job: Job; readonly alarm: { readonly cancel: () => void } };

/**
 * The exchange port over sockets of its own. An agent's queue would hold a request for a time nobody bounds, after the question
 * whether it may still leave; here a request first holds a connected socket, and question and bytes fall into one tick (DESIGN §3.4).
 * A request is written at most once: whatever ends a connection after that is `unknown`.
 */
class PooledExchange implements ClosableExchange {
  readonly #origin: Origin;
  readonly #options: ExchangeOptions & typeof defaults;
  /** All that are alive; the value is the request that waits for the connection to stand. */
  readonly #connections = new Map<Connection, Job | undefined>();
  /** Last used first, so that few stay warm and the rest end by themselves. */
  readonly #idle: Connection[] = [];
  readonly #waiting: Waiting[] = [];
  /** Questions that hold a connection. */
  #reads = 0;
  readonly #readsMax: number;
  #closed = false;

  constructor(origin: Origin, options: ExchangeOptions & typeof defaults) {
    this.#origin = origin;
    this.#options = options;
    this.#readsMax = Math.max(Math.floor(options.connectionsMax * READS_SHARE_MAX), 1);
  }

  send(request: SignedRequest, mayStillLeave: () => boolean): Promise<Sent> {
    const bytes = requestBytes(request, this.#origin.header);
    if (!bytes.ok) return Promise.resolve({ kind: 'not_sent', cause: bytes.error });
    const { readMilliseconds, writeMilliseconds } = this.#options;
    const isRead = request.method === 'GET';
    const answerMilliseconds = isRead ? readMilliseconds : writeMilliseconds;
    return new Promise((settle, fail) => this.#dispatch({ isRead, bytes: bytes.value, answerMilliseconds, mayStillLeave, settle, fail }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { job, alarm } of this.#waiting.splice(0)) {
      alarm.cancel();
      job.settle({ kind: 'not_sent', cause: 'the connection is closed' });
    }
    for (const connection of this.#connections.keys()) connection.destroy('the connection is closed');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #dispatch(job: Job): void {
    if (this.#closed) return job.settle({ kind: 'not_sent', cause: 'the connection is closed' });
    if (this.#mayHold(job)) {
      for (let connection = this.#idle.pop(); connection !== undefined; connection = this.#idle.pop()) {
        if (connection.isUsable()) return this.#depart(connection, this.#holding(job));
        connection.destroy('not usable any more');
      }
      if (this.#connections.size < this.#options.connectionsMax) return this.#connect(this.#holding(job));
    }
    if (this.#waiting.filter(({ job: { isRead } }) => isRead === job.isRead).length >= this.#options.waitingMax) {
      return job.settle({ kind: 'not_sent', cause: `${this.#options.waitingMax} requests wait already` });
    }
    this.#wait(job);
  }

  #mayHold({ isRead }: Job): boolean {
    return !isRead || this.#reads < this.#readsMax;
  }

  /** A request that is counted for as long as it holds a connection, which it gives back right after it was told its end. */
  #holding(job: Job): Job {
    if (!job.isRead) return job;
    this.#reads += 1;
    const end = (): void => {
      this.#reads -= 1;
    };
    return {
      ...job,
      settle: (sent) => {
        end();
        job.settle(sent);
      },
      fail: (error) => {
        end();
        job.fail(error);
      },
    };
  }

  /** Who is next for a connection: what changes something, then whatever has waited longest and may. */
  #next(): Job | undefined {
    const write = this.#waiting.findIndex(({ job }) => !job.isRead);
    const index = write === -1 ? this.#waiting.findIndex(({ job }) => this.#mayHold(job)) : write;
    const [next] = index === -1 ? [] : this.#waiting.splice(index, 1);
    next?.alarm.cancel();
    return next?.job;
  }

  /** Question and bytes in one tick: nothing stands between them, and nothing may. */
  #depart(connection: Connection, job: Job): void {
    let may: boolean;
    try {
      may = job.mayStillLeave();
    } catch (error) {
      job.fail(error);
      return this.#rest(connection);
    }
    if (may) return connection.carry(job.bytes, job.answerMilliseconds, job.settle);
    job.settle({ kind: 'not_sent', cause: 'it may not leave any more' });
    this.#rest(connection);
  }

  /** A free connection goes to who is next, else to rest. */
  #rest(connection: Connection): void {
    if (this.#waiting.length > 0 && !connection.isUsable()) return connection.destroy('not usable any more');
    const next = this.#next();
    if (next === undefined) {
      this.#idle.push(connection);
      return;
    }
    this.#depart(connection, this.#holding(next));
  }

  #wait(job: Job): void {
    const { connectMilliseconds } = this.#options;
    const alarm = this.#options.clock.alarm(connectMilliseconds, () => {
      const index = this.#waiting.findIndex((waiting) => waiting.job === job);
      if (index !== -1) this.#waiting.splice(index, 1);
      job.settle({ kind: 'not_sent', cause: `no connection was free within ${connectMilliseconds} ms` });
    });
    this.#waiting.push({ job, alarm });
  }

  #connect(job: Job): void {
    const { secure, host, port } = this.#origin;
    const socket = secure ? connectSecure(secureOptions(host, port)) : connectPlain({ host, port });
    const connection = new Connection(socket, secure ? 'secureConnect' : 'connect', this.#options.clock, this.#options, {
      ready: (ready) => this.#ready(ready),
      free: (free) => this.#rest(free),
      dead: (dead, cause) => this.#dead(dead, cause),
    });
    this.#connections.set(connection, job);
  }

  #ready(connection: Connection): void {
    const job = this.#connections.get(connection);
    this.#connections.set(connection, undefined);
    if (job === undefined) return this.#rest(connection);
    if (connection.isUsable()) return this.#depart(connection, job);
    job.settle({ kind: 'not_sent', cause: 'the connection broke before a byte left' });
    connection.destroy('not usable');
  }

  #dead(connection: Connection, cause: string): void {
    const job = this.#connections.get(connection);
    this.#connections.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
    job?.settle({ kind: 'not_sent', cause });
    const next = this.#next();
    if (next !== undefined) this.#dispatch(next);
  }
}
