import type { Json } from '../../../src/core/lang/canonical.ts';
import { Chance } from '../../simulation/chance.ts';
import type { EngineWorld } from '../../support/engine-world.ts';

export const INSTRUMENT = 'BTC-USDT-SWAP';

/** Steps that the two averages look back over; a step is some minutes of the market. */
const FAST = 4;
const SLOW = 16;
/** A resting order is cancelled when it is so many steps old. */
const PATIENCE_STEPS = 3;

type Resting = { readonly order: string; readonly step: number };

/**
 * What a simple trading program does, by nothing but the tools: it follows the crossing of two averages with market orders behind a stop,
 * bids and offers beside the price, and sometimes takes more than the best levels hold. The same seed asks the same of the same market.
 */
export class Strategy {
  readonly #world: EngineWorld;
  readonly #chance: Chance;
  readonly #prices: number[] = [];
  #resting: Resting[] = [];
  #trend: 'buy' | 'sell' | undefined;
  #step = 0;
  #asked = 0;
  /** What was asked, and what came of it, by tool and outcome. */
  readonly outcomes = new Map<string, number>();

  constructor(world: EngineWorld, seed: number) {
    this.#world = world;
    this.#chance = new Chance(seed, 'strategy');
  }

  /** One look at the market, and what follows from it. `held` is the position in contracts, as the books have it. */
  act({ price, held }: { readonly price: number; readonly held: number }): void {
    this.#step += 1;
    this.#prices.push(price);
    this.#forget();
    if (this.#prices.length < SLOW) return;
    const trend = mean(this.#prices.slice(-FAST)) > mean(this.#prices.slice(-SLOW)) ? 'buy' : 'sell';
    const turned = trend !== this.#trend;
    this.#trend = trend;
    const against = held !== 0 && held > 0 !== (trend === 'buy');
    if (turned && against) this.#ask('close_position', { instrument: INSTRUMENT });
    else if (held === 0 || (against && this.#chance.happens(0.2))) this.#enter(trend, price);
    else this.#quote(price, held);
  }

  /** A market order that follows the trend, with a stop behind it. */
  #enter(side: 'buy' | 'sell', price: number): void {
    const stop = price * (side === 'buy' ? 0.994 : 1.006);
    this.#place({ side, type: 'market', quantity: String(this.#chance.between(4000, 30_000)), stop_loss: stop.toFixed(1) });
  }

  /** Bids or offers beside the price, mostly against what is held; now and then crosses the best levels with more than they hold. */
  #quote(price: number, held: number): void {
    const side = this.#chance.happens(0.7) === held > 0 ? 'sell' : 'buy';
    const away = side === 'buy' ? -1 : 1;
    if (this.#chance.happens(0.15)) {
      const crossing = price * (1 - away * 0.000_006);
      this.#place({ side, type: 'ioc', quantity: String(this.#chance.between(20_000, 60_000)), price: crossing.toFixed(1) });
      return;
    }
    const distance = this.#chance.between(1, 20) / 10_000;
    this.#place({
      side,
      type: this.#chance.happens(0.5) ? 'limit' : 'post_only',
      quantity: String(this.#chance.between(5000, 40_000)),
      price: (price * (1 + away * distance)).toFixed(1),
    });
  }

  #forget(): void {
    const old = this.#resting.filter(({ step }) => step + PATIENCE_STEPS <= this.#step);
    this.#resting = this.#resting.filter((order) => !old.includes(order));
    for (const { order } of old) this.#ask('cancel_orders', { client_order_id: order });
  }

  #place(given: Readonly<Record<string, Json>>): void {
    this.#ask('place_order', { instrument: INSTRUMENT, quantity_unit: 'usd', ...given });
  }

  #ask(tool: string, given: Readonly<Record<string, Json>>): void {
    const step = this.#step;
    this.#asked += 1;
    void this.#world.ask(tool, { intent_id: `s${this.#asked}`, ...given }).then((outcome) => {
      const result = outcome.kind === 'recorded' ? outcome.record.result : undefined;
      const what = result === undefined ? outcome.kind : result.kind === 'denied' ? result.denial.code : result.kind;
      this.outcomes.set(`${tool}: ${what}`, (this.outcomes.get(`${tool}: ${what}`) ?? 0) + 1);
      const rests = given['type'] === 'limit' || given['type'] === 'post_only';
      if (rests && result?.kind === 'order') this.#resting.push({ order: result.clientOrderId, step });
    });
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
