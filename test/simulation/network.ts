import type { Exchange, Sent, SignedRequest } from '../../src/ports/exchange.ts';
import type { Reaction } from '../../src/sim/exchange.ts';
import type { Chance } from './chance.ts';
import type { Asker } from './disk.ts';
import type { Schedule } from './schedule.ts';
import { type NetworkFault, networkFaults, type Storm } from './storm.ts';
import type { Tally } from './tally.ts';
import type { Venue } from './venue.ts';

/** As the real connection has them. */
const CONNECT_MILLISECONDS = 2000;
const WRITE_MILLISECONDS = 2000;
const READ_MILLISECONDS = 5000;

/** `protect`: a stop order is placed or moved. */
export type Traffic = 'place' | 'protect' | 'cancel' | 'read';

/** Who watches what leaves and what arrives. */
export type Watcher = {
  readonly leaves: (request: SignedRequest, traffic: Traffic) => void;
  readonly arrived: (request: SignedRequest, traffic: Traffic, struck: string) => void;
};

type Parts = {
  readonly schedule: Schedule;
  readonly chance: Chance;
  readonly storm: () => Storm;
  readonly tally: Tally;
  readonly venue: Venue;
  readonly watcher: Watcher;
};

/** The way to the exchange and back, for one process. What has left arrives whether or not the process still lives. */
export function connect(parts: Parts, asker: Asker): Exchange {
  return {
    send: (request, mayStillLeave) => new Promise((resolve) => new Journey(parts, { asker, request, mayStillLeave, resolve }).begin()),
  };
}

type Passage = {
  readonly asker: Asker;
  readonly request: SignedRequest;
  readonly mayStillLeave: () => boolean;
  readonly resolve: (sent: Sent) => void;
};

class Journey {
  readonly #parts: Parts;
  readonly #passage: Passage;
  readonly #traffic: Traffic;
  readonly #fault: NetworkFault | undefined;
  #over = false;

  constructor(parts: Parts, passage: Passage) {
    this.#parts = parts;
    this.#passage = passage;
    this.#traffic = trafficOf(passage.request);
    const { chance, storm } = parts;
    // Reads are many: a lower share of them is struck, or nothing would ever be known.
    const share = { place: 2, protect: 2, cancel: 2, read: 0.3 }[this.#traffic];
    this.#fault = networkFaults.find((name) => chance.happens(storm().network[name] * share));
  }

  begin(): void {
    const { chance } = this.#parts;
    if (this.#fault === 'connection refused') {
      this.#count();
      this.#plan(chance.between(1, 20), 'refused', () => this.#settle({ kind: 'not_sent', cause: 'ECONNREFUSED' }));
      return;
    }
    const slow = this.#fault === 'connection slow';
    if (slow) this.#count();
    this.#plan(slow ? chance.between(300, CONNECT_MILLISECONDS) : chance.between(0, 5), 'leaves', () => this.#leave());
  }

  #leave(): void {
    const { asker, mayStillLeave, request } = this.#passage;
    const { chance, watcher } = this.#parts;
    if (!asker.alive()) return;
    if (!mayStillLeave()) {
      this.#settle({ kind: 'not_sent', cause: 'it may not leave any more' });
      return;
    }
    watcher.leaves(request, this.#traffic);
    const patience = this.#traffic === 'read' ? READ_MILLISECONDS : WRITE_MILLISECONDS;
    this.#plan(patience, 'times out', () => this.#settle({ kind: 'unknown', cause: `no answer within ${patience} ms` }));
    if (this.#fault === 'request lost' || this.#fault === 'connection reset') {
      this.#count();
      if (this.#fault === 'connection reset')
        this.#plan(chance.between(1, 500), 'told', () => this.#settle({ kind: 'unknown', cause: 'ECONNRESET' }));
      // A reset says nothing about what had arrived before.
      if (this.#fault === 'request lost' || chance.happens(0.5)) return;
    }
    this.#plan(this.#outward(), 'arrives', () => this.#arrive());
  }

  #outward(): number {
    const { chance } = this.#parts;
    if (this.#fault === 'request delayed') {
      this.#count();
      return chance.between(50, 1400);
    }
    // What was on its way when the connection broke may still come, and late.
    if (this.#fault === 'connection reset') return chance.between(1, 1500);
    if (this.#fault === 'request past its expiry') {
      this.#count();
      return chance.between(1500, 6000);
    }
    return chance.between(1, 30);
  }

  #arrive(): void {
    const { venue, watcher } = this.#parts;
    const { request } = this.#passage;
    const { reaction, struck } = venue.handle(request);
    watcher.arrived(request, this.#traffic, struck);
    this.#return(reaction);
  }

  #return(reaction: Reaction): void {
    const { chance } = this.#parts;
    if (this.#fault === 'answer lost') {
      this.#count();
      return;
    }
    const late = this.#fault === 'answer late';
    if (late) this.#count();
    const back = late ? chance.between(100, 3000) : chance.between(1, 30);
    switch (reaction.kind) {
      case 'answer':
        this.#plan(back + reaction.delayMilliseconds, 'told', () =>
          this.#settle({ kind: 'answered', status: reaction.status, body: reaction.body }),
        );
        return;
      case 'truncated':
        this.#plan(back + reaction.delayMilliseconds, 'told', () => this.#settle({ kind: 'unknown', cause: 'the answer broke off' }));
        return;
      case 'hang':
        this.#plan(back + reaction.closeAfterMilliseconds, 'told', () =>
          this.#settle({ kind: 'unknown', cause: 'closed by the other side' }),
        );
        return;
      case 'reset':
        this.#plan(back + reaction.delayMilliseconds, 'told', () => this.#settle({ kind: 'unknown', cause: 'ECONNRESET' }));
        return;
    }
  }

  #settle(sent: Sent): void {
    if (this.#over) return;
    this.#over = true;
    if (this.#passage.asker.alive()) this.#passage.resolve(sent);
  }

  #plan(delay: number, what: string, act: () => void): void {
    this.#parts.schedule.plan(delay, `${this.#traffic} ${what}`, act);
  }

  #count(): void {
    if (this.#fault !== undefined) this.#parts.tally.add(`fault: ${this.#fault}`);
  }
}

function trafficOf({ method, path }: SignedRequest): Traffic {
  if (method === 'GET') return 'read';
  if (path === '/api/v5/trade/order-algo' || path === '/api/v5/trade/amend-algos') return 'protect';
  return path === '/api/v5/trade/order' ? 'place' : 'cancel';
}
