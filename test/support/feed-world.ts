import { setImmediate as turn } from 'node:timers/promises';
import { createFeed, type FeedSocket, type OpenFeedSocket } from '../../src/adapters/exchange/feed.ts';
import type { SocketWatcher } from '../../src/adapters/websocket/socket.ts';
import type { News } from '../../src/core/order/feed.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Feed } from '../../src/ports/feed.ts';
import type { Signer } from '../../src/ports/signer.ts';
import type { Exchange } from '../../src/sim/exchange.ts';
import { socketPath } from '../../src/venues/okx/hosts.ts';
import { sign, type Trader } from './sim-trader.ts';

type Sockets = Pick<Exchange, 'sockets'>;

/** The sockets of a simulated exchange, as values: what it has to say is fetched by `carry`. */
export class SimSockets {
  /** Everything that was told on any of them. */
  readonly texts: string[] = [];
  /** Changes what is told: nothing, the same twice, or something else. */
  deliver: (text: string) => readonly string[] = (text) => [text];
  /** Nothing can be opened. */
  isShut = false;
  readonly #exchange: Sockets;
  readonly #now: () => number;
  readonly #watchers = new Map<number, SocketWatcher>();

  constructor(exchange: Sockets, now: () => number) {
    this.#exchange = exchange;
    this.#now = now;
  }

  readonly open: OpenFeedSocket = (line, watcher): FeedSocket => {
    const { sockets } = this.#exchange;
    if (this.isShut) {
      setImmediate(() => watcher.closed(null, 'ECONNREFUSED'));
      return { send: () => {}, close: () => {} };
    }
    const opened = sockets.open({ url: socketPath(line), headers: {}, remoteAddress: '127.0.0.1' });
    if (opened.kind === 'refused') {
      setImmediate(() => watcher.closed(null, `answered ${opened.status}`));
      return { send: () => {}, close: () => {} };
    }
    const { socket } = opened;
    this.#watchers.set(socket, watcher);
    setImmediate(() => watcher.opened());
    return {
      send: (text) => {
        if (!this.#watchers.has(socket)) return;
        sockets.hear({ socket, text, at: this.#now() });
      },
      close: () => {
        this.#watchers.delete(socket);
        sockets.gone(socket);
      },
    };
  };

  /** Takes what the exchange has said since, to whoever listens. */
  carry(): void {
    for (const out of this.#exchange.sockets.tell()) {
      const watcher = this.#watchers.get(out.socket);
      if (out.kind === 'text') {
        this.texts.push(out.text);
        for (const text of this.deliver(out.text)) watcher?.text(text);
      } else {
        this.#watchers.delete(out.socket);
        this.#exchange.sockets.gone(out.socket);
        watcher?.closed(out.kind === 'close' ? out.code : null, 'closed by the other side');
      }
    }
  }

  /** Every connection breaks without a word. */
  breakAll(): void {
    for (const [socket, watcher] of this.#watchers) {
      this.#watchers.delete(socket);
      this.#exchange.sockets.gone(socket);
      watcher.closed(null, 'ECONNRESET');
    }
  }
}

/** A feed that listens to a simulated exchange, on a clock that the test moves. */
export class FeedWorld {
  readonly news: News[] = [];
  readonly sockets: SimSockets;
  readonly feed: Feed;
  readonly #trader: Trader;
  #alarms: { readonly at: number; readonly ring: () => void }[] = [];
  #elapsed = 0;

  constructor(trader: Trader) {
    this.#trader = trader;
    this.sockets = new SimSockets(trader.exchange, trader.now);
    const clock: Clock = {
      now: trader.now,
      monotonic: () => this.#elapsed,
      turn: (act) => void setImmediate(act),
      alarm: (delay, ring) => {
        const alarm = { at: this.#elapsed + delay, ring };
        this.#alarms.push(alarm);
        return { cancel: () => void (this.#alarms = this.#alarms.filter((other) => other !== alarm)) };
      },
    };
    this.feed = createFeed({ logsIn: true, clock, signer: loginSigner(trader.now), openSocket: this.sockets.open });
    this.feed.open((news) => this.news.push(news));
  }

  get texts(): readonly string[] {
    return this.sockets.texts;
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.#elapsed + milliseconds;
    while (this.#elapsed < end) {
      this.#elapsed += 50;
      this.#trader.wait(50);
      const due = this.#alarms.filter(({ at }) => at <= this.#elapsed);
      this.#alarms = this.#alarms.filter(({ at }) => at > this.#elapsed);
      for (const { ring } of due) ring();
      for (let count = 0; count < 4; count += 1) {
        // oxlint-disable-next-line no-await-in-loop
        await turn();
        this.sockets.carry();
      }
    }
  }
}

function loginSigner(now: () => number): Signer {
  return {
    raise: () => {},
    sign: () => {
      const timestamp = String(Math.floor(now() / 1000));
      const signature = sign({ secret: 'sim-secret', parts: [timestamp, 'GET', '/users/self/verify'] });
      const headers = {
        'OK-ACCESS-KEY': 'sim-key',
        'OK-ACCESS-PASSPHRASE': 'sim-pass',
        'OK-ACCESS-TIMESTAMP': timestamp,
        'OK-ACCESS-SIGN': signature,
      };
      return Promise.resolve({ kind: 'signed', request: { method: 'GET', path: '/users/self/verify', headers, body: '' } });
    },
  };
}
