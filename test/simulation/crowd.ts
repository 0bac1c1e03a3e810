import type { Json } from '../../src/core/lang/canonical.ts';
import { parseIntent, parsePrincipal } from '../../src/core/order/parse-intent.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { Outcome } from '../../src/engine/waiting.ts';
import { type Amount, show } from './amount.ts';
import type { Chance } from './chance.ts';
import { demand } from './demand.ts';
import type { Oracle } from './oracle.ts';
import type { Schedule } from './schedule.ts';
import type { Tally } from './tally.ts';
import type { Venue } from './venue.ts';

type Arguments = Readonly<Record<string, Json>>;
type Wish = { readonly agent: string; readonly tool: string; readonly name: string; readonly arguments: Arguments };

/** One intent, asked once or often, and what was answered. `waiting` counts the questions of the present process. */
type Asked = { readonly wish: Wish; waiting: number; readonly outcomes: Outcome[]; lost: boolean; ambiguous: boolean };

export type CrowdParts = {
  readonly schedule: Schedule;
  readonly chance: Chance;
  readonly venue: Venue;
  readonly oracle: Oracle;
  readonly tally: Tally;
  readonly instruments: readonly [string, ...string[]];
  /** Mean milliseconds between two actions of one agent. */
  readonly pace: number;
  /** The largest order that the policy allows, in US dollars. */
  readonly orderUsd: number;
  readonly engine: () => Engine | null;
  /** Somebody looks on. */
  readonly overheard: () => void;
  /** Takes what was thrown where nobody else would. */
  readonly failed: (error: unknown) => void;
};

const agents = ['alpha', 'beta', 'gamma'] as const;
const SECOND_THOUGHTS = 'on second thoughts';
const client = { name: 'simulation', version: '1', toolsHash: '' };

/** Agents as they are: they repeat themselves, change their minds under the same name, ask for too much, and all at once. */
export class Crowd {
  readonly #parts: CrowdParts;
  readonly #asked = new Map<string, Asked>();
  #names = 0;
  #turn = 0;
  #quiet = false;

  constructor(parts: CrowdParts) {
    this.#parts = parts;
  }

  begin(): void {
    for (const agent of agents) this.#next(agent);
  }

  /** Nobody asks for anything new any more. */
  hush(): void {
    this.#quiet = true;
  }

  get asked(): ReadonlyMap<string, Asked> {
    return this.#asked;
  }

  /** A process is gone, and its answers with it; some of those who waited ask the next one. */
  forsaken(): void {
    this.#turn += 1;
    for (const asked of this.#asked.values()) {
      if (asked.waiting > 0) asked.lost = true;
      asked.waiting = 0;
    }
  }

  #next(agent: string): void {
    const { schedule, chance, pace } = this.#parts;
    schedule.plan(chance.between(50, 2 * pace), 'world', () => {
      if (this.#quiet) return;
      this.#act(agent);
      this.#next(agent);
    });
  }

  #act(agent: string): void {
    const { chance, tally, instruments } = this.#parts;
    const lost = [...this.#asked.values()].find((asked) => asked.lost && asked.wish.agent === agent);
    if (lost !== undefined && chance.happens(0.5)) {
      lost.lost = false;
      tally.add('agents: asked again after a crash');
      this.#submit(lost.wish);
      return;
    }
    const known = [...this.#asked.values()].filter(({ wish }) => wish.agent === agent);
    const old = known[chance.between(Math.max(0, known.length - 8), Math.max(0, known.length - 1))];
    const what = chance.weighted({
      place: 60,
      storm: 3,
      'same storm': 2,
      close: 14,
      cancel: 8,
      repeat: 5,
      conflict: 2,
      copy: 3,
      nonsense: 5,
      protect: 12,
      rebalance: 5,
      halt: 0.15,
    });
    tally.add(`agents: ${what}`);
    switch (what) {
      case 'place':
        return this.#submit(this.#placement(agent));
      case 'storm':
        for (let count = chance.between(3, 15); count > 0; count -= 1) this.#submit(this.#placement(agent));
        return;
      case 'same storm': {
        const wish = this.#placement(agent);
        for (let count = chance.between(2, 8); count > 0; count -= 1) this.#submit(wish);
        return;
      }
      case 'close': {
        const held = instruments.filter((name) => this.#holds(name));
        const instrument = held[chance.between(0, held.length - 1)];
        if (instrument === undefined && chance.happens(0.9)) return this.#submit(this.#placement(agent));
        return this.#submit(this.#named(agent, 'close_position', { instrument: instrument ?? chance.pick(instruments) }));
      }
      case 'cancel':
        return this.#submit(this.#named(agent, 'cancel_orders', chance.happens(0.5) ? {} : { instrument: chance.pick(instruments) }));
      case 'repeat':
        if (old !== undefined) this.#submit(old.wish);
        return;
      case 'conflict':
        if (old !== undefined) this.#submit({ ...old.wish, arguments: { ...old.wish.arguments, reason: SECOND_THOUGHTS } });
        return;
      case 'copy':
        if (old !== undefined) this.#submit(this.#named(agent, old.wish.tool, without(old.wish.arguments, 'intent_id')));
        return;
      case 'nonsense':
        return this.#submit(this.#nonsense(agent));
      case 'protect':
        return this.#submit(
          instruments.some((name) => this.#holds(name)) || chance.happens(0.1) ? this.#protection(agent) : this.#placement(agent),
        );
      case 'rebalance':
        return this.#submit(this.#rebalance(agent));
      case 'halt':
        return this.#submit(this.#named(agent, 'halt_trading', {}));
    }
  }

  #holds(instrument: string): boolean {
    const { positions, balances } = this.#parts.venue.ledger();
    return (
      positions.some(({ instId }) => instId === instrument) ||
      balances.some(({ ccy, total }) => `${ccy}-USDT` === instrument && total !== '0')
    );
  }

  #named(agent: string, tool: string, given: Arguments): Wish {
    this.#names += 1;
    const name = `w${this.#names}`;
    return { agent, tool, name, arguments: { reason: 'because', ...given, intent_id: name } };
  }

  #placement(agent: string): Wish {
    const { chance, instruments } = this.#parts;
    const instrument = chance.pick(instruments);
    const type = chance.pick(['market', 'limit', 'limit', 'post_only', 'ioc']);
    // A wallet that is empty has nothing to sell; now and then somebody tries all the same.
    const empty = !instrument.endsWith('-SWAP') && !this.#holds(instrument);
    const side = chance.happens(empty ? 0.95 : 0.5) ? 'buy' : 'sell';
    const share = chance.pick([0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.9, 0.95, 1.2]);
    const given: Record<string, Json> = { instrument, side, type, quantity: this.#worth(share), quantity_unit: 'usd' };
    if (type !== 'market') given['price'] = this.#priceNear(instrument, { side, far: type === 'post_only' || chance.happens(0.4) });
    if (chance.happens(0.08)) given['reduce_only'] = true;
    else if (chance.happens(0.3)) Object.assign(given, this.#triggers(instrument, side === 'buy' ? 'sell' : 'buy'));
    return this.#named(agent, 'place_order', given);
  }

  #worth(share: number): string {
    const { chance, orderUsd } = this.#parts;
    return (orderUsd * share * (0.97 + 0.03 * chance.next())).toFixed(2);
  }

  #priceNear(instId: string, { side, far }: { readonly side: string; readonly far: boolean }): string {
    const { chance } = this.#parts;
    // In parts of a million: far orders rest, near ones meet the book, and some only its first level.
    const near = chance.happens(0.4) ? chance.between(0, 6) : chance.between(-100, 400);
    return this.#priceAway(instId, { side, millionths: far ? chance.between(50, 3000) : -near });
  }

  /** A price that is so far from the market where orders of this side wait. */
  #priceAway(instId: string, { side, millionths }: { readonly side: string; readonly millionths: number }): string {
    const { venue } = this.#parts;
    const { tick } = venue.instrument(instId);
    const price = venue.price(instId);
    const moved = price + (price * BigInt(side === 'buy' ? -millionths : millionths)) / 1_000_000n;
    const step = (tick.coefficient * 10n ** 18n) / 10n ** BigInt(tick.scale);
    return show(((moved / step) * step) satisfies Amount);
  }

  /** Prices at which something that is held is closed with orders of this side: mostly on the right side of the market, and some so near that they are reached. */
  #triggers(instId: string, side: string): Arguments {
    const { chance } = this.#parts;
    const [stops, profits] = side === 'sell' ? ['buy', 'sell'] : ['sell', 'buy'];
    const at = (away: string): string =>
      this.#priceAway(instId, { side: chance.happens(0.95) ? away : side, millionths: this.#distance() });
    const which = chance.weighted({ stop: 6, both: 2, profit: 2 });
    return {
      ...(which === 'profit' ? {} : { stop_loss: at(stops ?? 'buy') }),
      ...(which === 'stop' ? {} : { take_profit: at(profits ?? 'sell') }),
    };
  }

  #distance(): number {
    const { chance } = this.#parts;
    return chance.happens(0.6) ? chance.between(900, 6000) : chance.between(4000, 30_000);
  }

  #protection(agent: string): Wish {
    const { chance, instruments, venue } = this.#parts;
    const held = instruments.filter((name) => this.#holds(name));
    const instrument = held[chance.between(0, held.length - 1)] ?? chance.pick(instruments);
    const position = venue.ledger().positions.find(({ instId }) => instId === instrument);
    return this.#named(agent, 'set_protection', {
      instrument,
      ...this.#triggers(instrument, position?.pos.startsWith('-') === true ? 'buy' : 'sell'),
    });
  }

  /** Weights of one or a few instruments, on what the orders of this agent may be. */
  #rebalance(agent: string): Wish {
    const { chance, instruments, orderUsd } = this.#parts;
    const chosen = instruments.filter(() => chance.happens(0.6));
    const names = chosen.length === 0 ? [chance.pick(instruments)] : chosen;
    const targets = names.map((instrument) => {
      const share = chance.pick([0, 0.05, 0.1, 0.2, 0.25]);
      const isShort = instrument.endsWith('-SWAP') && share > 0 && chance.happens(0.4);
      return { instrument, weight: `${isShort ? '-' : ''}${share}` };
    });
    const given = { targets, base_usd: (orderUsd * chance.pick([1, 2, 4])).toFixed(2) };
    return this.#named(agent, 'rebalance', chance.happens(0.1) ? { ...given, dry_run: true } : given);
  }

  #nonsense(agent: string): Wish {
    const { chance } = this.#parts;
    const { arguments: sound } = this.#placement(agent);
    const changes = chance.pick<Arguments>([
      { instrument: 'SOL-USDT' },
      { expected_notional_usd: '7' },
      { quantity: '0.01' },
      { quantity: '0.123456789123', quantity_unit: 'base', expected_notional_usd: '50' },
      { type: 'limit', price: '1000' },
      { reason: ' ' },
      { quantity: '1000000' },
      { instrument: 'BTC-USDT', quantity: '1', quantity_unit: 'contracts', expected_notional_usd: '50' },
      { type: 'market', take_profit: '70000' },
    ]);
    const type = changes['type'] ?? sound['type'];
    return this.#named(agent, 'place_order', without({ ...sound, ...changes }, type === 'market' ? 'price' : ''));
  }

  #submit(wish: Wish): void {
    const { engine, failed, overheard, tally } = this.#parts;
    tally.add(`requests: ${wish.agent}`);
    const key = `${wish.agent}/${wish.name}`;
    const known = this.#asked.get(key);
    const asked: Asked = known ?? { wish, waiting: 0, outcomes: [], lost: false, ambiguous: false };
    this.#asked.set(key, asked);
    if (wish.arguments['reason'] !== asked.wish.arguments['reason']) asked.ambiguous = true;
    const running = engine();
    if (running === null) {
      // Nobody is there: the door refuses, and the agent remembers.
      asked.lost = true;
      return;
    }
    const principal = parsePrincipal(wish.agent);
    if (!principal.ok) throw new Error(principal.error);
    const intent = parseIntent({ principal: principal.value, tool: wish.tool, arguments: wish.arguments });
    if (!intent.ok) throw new Error(`${intent.error.path} ${intent.error.message}: ${JSON.stringify(wish)}`);
    asked.waiting += 1;
    const turn = this.#turn;
    overheard();
    answerOf(running, { tool: wish.tool, intent: intent.value, arguments: wish.arguments, client })
      .then((outcome) => {
        // What a process that has been replaced still says is heard by nobody.
        if (turn !== this.#turn) return;
        asked.waiting -= 1;
        this.#answered(key, asked, outcome);
      })
      .catch(failed);
  }

  #answered(key: string, asked: Asked, outcome: Outcome): void {
    const { oracle, tally } = this.#parts;
    asked.outcomes.push(outcome);
    if (outcome.kind === 'uncertain') {
      tally.add('answered: that it is not known');
      return;
    }
    const orders = oracle.ordersOf(key);
    const sent = orders.find((id) => oracle.wasSent(id));
    if (outcome.kind === 'refused') {
      tally.add(`refused: ${outcome.code}`);
      // Of two requests under one name one was sent; the answer may be to the other.
      if (!asked.ambiguous)
        demand(sent === undefined, 'law 3', () => `${key} was answered "${outcome.message}", and ${sent ?? ''} was sent`);
      return;
    }
    tally.add(`answered: ${outcome.record.result.kind}`);
    if (outcome.record.result.kind === 'denied')
      demand(orders.length === 0, 'I-D4', () => `${key} was denied, and is order ${orders.join()}`);
  }
}

/** A gateway that ends because its snapshot is broken may stumble over that once more, and then it is gone: nobody answers. */
function answerOf(engine: Engine, wish: Parameters<Engine['ask']>[0]): Promise<Outcome> {
  try {
    return engine.ask(wish);
  } catch (error) {
    if (error instanceof Error && /^part \d+ of the snapshot/.test(error.message)) return Promise.withResolvers<Outcome>().promise;
    throw error;
  }
}

function without(given: Arguments, name: string): Arguments {
  return Object.fromEntries(Object.entries(given).filter(([key]) => key !== name));
}
