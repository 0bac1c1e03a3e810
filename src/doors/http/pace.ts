type Bounds = { readonly atOnce: number; readonly aSecond: number };

/** Requests of one agent. The gateway counts calls by their own worth; this bounds what never reaches it. */
const requests: Bounds = { atOnce: 600, aSecond: 50 };
/** What only makes less of something has a lane of its own, which no storm of other requests can use up. */
const outs: Bounds = { atOnce: 120, aSecond: 10 };
const waysOut: ReadonlySet<string> = new Set(['halt_trading', 'cancel_orders', 'close_position']);

type Lane = { left: number; at: number };

/** Takes requests by agent and tool; `tool` is empty for whatever calls none. */
export class Pace {
  readonly #lanes = new Map<string, Lane>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** 0 when one more may pass, and else the whole seconds until one may. */
  take(principal: string, tool: string): number {
    const isOut = waysOut.has(tool);
    const { atOnce, aSecond } = isOut ? outs : requests;
    const name = `${isOut ? 'out' : 'in'} ${principal}`;
    const now = this.#now();
    const lane = this.#lanes.get(name) ?? { left: atOnce, at: now };
    this.#lanes.set(name, lane);
    lane.left = Math.min(atOnce, lane.left + ((now - lane.at) * aSecond) / 1000);
    lane.at = now;
    if (lane.left < 1) return Math.max(1, Math.ceil((1 - lane.left) / aSecond));
    lane.left -= 1;
    return 0;
  }

  /** Whoever is gone is not remembered. */
  keep(principals: ReadonlySet<string>): void {
    for (const name of this.#lanes.keys()) if (!principals.has(name.slice(name.indexOf(' ') + 1))) this.#lanes.delete(name);
  }
}
