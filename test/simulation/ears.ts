import type { FeedSocket, OpenFeedSocket } from '../../src/adapters/exchange/feed.ts';
import type { SocketWatcher } from '../../src/adapters/websocket/socket.ts';
import { socketPath } from '../../src/venues/okx/hosts.ts';
import type { Chance } from './chance.ts';
import type { Asker } from './disk.ts';
import type { Schedule } from './schedule.ts';
import { calm, type Storm } from './storm.ts';
import type { Tally } from './tally.ts';
import type { Venue } from './venue.ts';

type Parts = {
  readonly schedule: Schedule;
  readonly chance: Chance;
  readonly storm: () => Storm;
  readonly tally: Tally;
  readonly venue: Venue;
};

type Line = { readonly watcher: SocketWatcher; readonly asker: Asker; isSilent: boolean };

/** How often the exchange is asked what it has to say on its sockets. */
const PUMP_MILLISECONDS = 100;
const LATE_MILLISECONDS = 3000;

/** What the exchange says unasked, on its way to the processes that listen: in a storm it is lost, comes twice or late, and connections break or fall silent. */
export class Ears {
  readonly #parts: Parts;
  readonly #open = new Map<number, Line>();
  #isPumped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  listen(asker: Asker): OpenFeedSocket {
    if (!this.#isPumped) this.#parts.schedule.plan(0, 'push', () => this.#pump());
    this.#isPumped = true;
    return (line, watcher) => this.#opened(line, watcher, asker);
  }

  #opened(line: Parameters<OpenFeedSocket>[0], watcher: SocketWatcher, asker: Asker): FeedSocket {
    const { chance, tally, venue } = this.#parts;
    const { sockets } = venue;
    const opened = sockets.open({ url: socketPath(line), headers: {}, remoteAddress: '127.0.0.1' });
    if (opened.kind === 'refused' || this.#happens(0.1, 'a connection was refused')) {
      if (opened.kind === 'opened') sockets.gone(opened.socket);
      this.#later(asker, 1, () => watcher.closed(null, 'ECONNREFUSED'));
      return { send: () => {}, close: () => {} };
    }
    const { socket } = opened;
    this.#open.set(socket, { watcher, asker, isSilent: false });
    tally.add(`push: ${line} opened`);
    this.#later(asker, chance.between(1, 20), () => watcher.opened());
    return {
      send: (text) =>
        this.#later(asker, chance.between(1, 20), () => {
          if (this.#open.has(socket)) venue.hear(socket, text);
        }),
      close: () => {
        this.#open.delete(socket);
        sockets.gone(socket);
      },
    };
  }

  #pump(): void {
    const { schedule, venue } = this.#parts;
    venue.tick();
    for (const out of venue.sockets.tell()) {
      if (out.kind === 'text') this.#say(out.socket, out.text);
      else this.#end(out.socket, out.kind === 'close' ? out.code : null);
    }
    for (const [socket, line] of this.#open) {
      if (!line.asker.alive() || this.#happens(0.003, 'a connection broke')) this.#end(socket, null);
      else if (!line.isSilent && this.#happens(0.002, 'a connection fell silent')) line.isSilent = true;
    }
    schedule.plan(PUMP_MILLISECONDS, 'push', () => this.#pump());
  }

  #say(socket: number, text: string): void {
    const { chance } = this.#parts;
    const line = this.#open.get(socket);
    if (line === undefined || line.isSilent || this.#happens(0.02, 'lost')) return;
    const deliver = (): void => {
      if (this.#open.has(socket)) line.watcher.text(text);
    };
    this.#later(line.asker, this.#happens(0.03, 'late') ? chance.between(0, LATE_MILLISECONDS) : chance.between(1, 20), deliver);
    if (this.#happens(0.03, 'twice')) this.#later(line.asker, chance.between(1, LATE_MILLISECONDS), deliver);
  }

  #end(socket: number, code: number | null): void {
    const line = this.#open.get(socket);
    this.#open.delete(socket);
    this.#parts.venue.sockets.gone(socket);
    if (line !== undefined) this.#later(line.asker, 0, () => line.watcher.closed(code, 'closed by the other side'));
  }

  #later(asker: Asker, milliseconds: number, act: () => void): void {
    this.#parts.schedule.plan(milliseconds, 'push', () => {
      if (asker.alive()) act();
    });
  }

  #happens(share: number, what: string): boolean {
    const { chance, storm, tally } = this.#parts;
    if (storm() === calm || !chance.happens(share)) return false;
    tally.add(`push: ${what}`);
    return true;
  }
}
