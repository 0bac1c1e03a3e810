/** Requests of one agent a minute, and at once. The gateway counts calls by their own worth; this bounds what never reaches it. */
const REQUESTS_A_MINUTE = 3000;
/** What only makes less of something has a lane of its own, which no storm of other requests can use up. */
const WAYS_OUT_A_MINUTE = 600;
const waysOut: ReadonlySet<string> = new Set(['halt_trading', 'cancel_orders', 'close_position']);
const MINUTE = 60_000;

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
    const most = isOut ? WAYS_OUT_A_MINUTE : REQUESTS_A_MINUTE;
    const name = `${isOut ? 'out' : 'in'} ${principal}`;
    const now = this.#now();
    const lane = this.#lanes.get(name) ?? { left: most, at: now };
    this.#lanes.set(name, lane);
    lane.left = Math.min(most, lane.left + ((now - lane.at) * most) / MINUTE);
    lane.at = now;
    if (lane.left < 1) return Math.max(1, Math.ceil(((1 - lane.left) * MINUTE) / most / 1000));
    lane.left -= 1;
    return 0;
  }

  /** Whoever is gone is not remembered. */
  keep(principals: ReadonlySet<string>): void {
    for (const name of this.#lanes.keys()) if (!principals.has(name.slice(name.indexOf(' ') + 1))) this.#lanes.delete(name);
  }
}
