import type { Interest, Line, News } from '../../core/order/feed.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Feed } from '../../ports/feed.ts';
import type { Signer } from '../../ports/signer.ts';
import { socketPath } from '../../venues/okx/hosts.ts';
import { loginMessage } from '../../venues/okx/sign.ts';
import { type FeedEffect, type FeedEvent, noLinks, publicLinks, supervise, type Supervisor } from '../../venues/okx/feed/supervisor.ts';
import { openSocket, type SocketWatcher } from '../websocket/socket.ts';

/** A socket as the feed uses it. */
export type FeedSocket = { readonly send: (text: string) => void; readonly close: () => void };

/** Opens one. Nothing is told to the watcher while it runs, and `closed` is told whatever happens. */
export type OpenFeedSocket = (line: Line, watcher: SocketWatcher) => FeedSocket;

export type FeedWiring = {
  readonly clock: Clock;
  readonly signer: Signer;
  readonly openSocket: OpenFeedSocket;
  /** Whether the vault signs logins: without one the lines of the account stay closed. */
  readonly logsIn: boolean;
};

/** How often the supervisor is told that time has passed. */
const TICK_MILLISECONDS = 250;

/** The feed of one account: does what the supervisor says, and decides nothing itself. */
export function createFeed(wiring: FeedWiring): Feed {
  return new SupervisedFeed(wiring);
}

/** Sockets of a site, at an origin that is pinned or on this machine. */
export function socketsAt(origin: string, clock: Clock): OpenFeedSocket {
  return (line, watcher) => {
    const opened = openSocket({ origin, path: socketPath(line), clock, watcher });
    if (opened.ok) return { send: (text) => void opened.value.send(text), close: () => opened.value.close() };
    clock.turn(() => watcher.closed(null, opened.error));
    return { send: () => {}, close: () => {} };
  };
}

class SupervisedFeed implements Feed {
  readonly #wiring: FeedWiring;
  readonly #sockets = new Map<number, FeedSocket>();
  #state: Supervisor;
  #hear: (news: News) => void = () => {};
  #alarm: { readonly cancel: () => void } = { cancel: () => {} };
  #closed = false;

  constructor(wiring: FeedWiring) {
    this.#wiring = wiring;
    this.#state = wiring.logsIn ? noLinks : publicLinks;
  }

  open(hear: (news: News) => void): void {
    this.#hear = hear;
    this.#wiring.clock.turn(() => this.#tick());
  }

  want(interest: Interest): void {
    this.#wiring.clock.turn(() => this.#take({ kind: 'wanted', interest }));
  }

  close(): void {
    this.#closed = true;
    this.#alarm.cancel();
    for (const socket of this.#sockets.values()) socket.close();
    this.#sockets.clear();
  }

  #tick(): void {
    if (this.#closed) return;
    this.#take({ kind: 'tick' });
    this.#alarm = this.#wiring.clock.alarm(TICK_MILLISECONDS, () => this.#tick());
  }

  #take(event: FeedEvent): void {
    if (this.#closed) return;
    const { state, effects } = supervise(this.#state, event, this.#wiring.clock.monotonic());
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: FeedEffect): void {
    switch (effect.kind) {
      case 'connect':
        this.#sockets.set(effect.link, this.#wiring.openSocket(effect.line, this.#watching(effect.link)));
        return;
      case 'sign':
        void this.#sign(effect.link);
        return;
      case 'send':
        this.#sockets.get(effect.link)?.send(effect.text);
        return;
      case 'close':
        this.#sockets.get(effect.link)?.close();
        this.#sockets.delete(effect.link);
        return;
      case 'tell':
        this.#hear(effect.news);
        return;
    }
  }

  async #sign(link: number): Promise<void> {
    const signed = await this.#wiring.signer.sign({ kind: 'login' }, '', 0);
    this.#take({ kind: 'signed', link, login: signed.kind === 'signed' ? loginMessage(signed.request.headers) : null });
  }

  #watching(link: number): SocketWatcher {
    return {
      opened: () => this.#take({ kind: 'opened', link }),
      text: (text) => this.#take({ kind: 'text', link, text }),
      closed: (code, cause) => {
        this.#sockets.delete(link);
        this.#take({ kind: 'closed', link, cause: code === null ? cause : `${cause} (${code})` });
      },
    };
  }
}
