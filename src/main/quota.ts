/** What one principal may ask in a time; asking costs the gateway work, and what is decided is written down, even when nothing comes of it. */
export type Quota = {
  /** Takes one call; 0 when it may pass, else the milliseconds until one may. */
  readonly take: (call: Taken) => number;
  /** A call of this principal was refused by the policy: it costs more than one that was of use. */
  readonly refused: (principal: string, now: number) => void;
};

/** `bytes` are those of the arguments, which are journaled where the tool acts. */
export type Taken = { readonly principal: string; readonly tool: string; readonly bytes: number; readonly now: number };

/** Calls a minute for every order a minute that the policy allows: reading and asking again is normal, a storm is not. */
const CALLS_PER_ORDER = 20;
const CALLS_MIN = 600;
/** Journaled bytes a minute for every such order. What an entry has beside the arguments counts too. */
const BYTES_PER_ORDER = 8192;
const BYTES_MIN = 1_048_576;
const ENTRY_BYTES = 1536;
/** Refusals are entries that nobody needs: about one a second stays for an agent that hears nothing but no. */
const CALLS_PER_REFUSAL = 40;
const MINUTE = 60_000;

/** Down is open to everybody at any time: these have a quota of their own, which no storm of other calls can use up. */
const waysOut: ReadonlySet<string> = new Set(['halt_trading', 'cancel_orders', 'close_position']);
const journaled: ReadonlySet<string> = new Set(['place_order', 'cancel_orders', 'close_position', 'rebalance']);

/** As much as a minute brings, filled evenly. */
class Bucket {
  readonly #most: number;
  #left: number;
  #at: number;

  constructor(most: number, now: number) {
    this.#most = most;
    this.#left = most;
    this.#at = now;
  }

  /** Milliseconds until `amount` is there. What is more than all of it waits for all of it. */
  wait(amount: number, now: number): number {
    this.#left = Math.min(this.#most, this.#left + (Math.max(0, now - this.#at) * this.#most) / MINUTE);
    this.#at = now;
    const missing = Math.min(amount, this.#most) - this.#left;
    return missing <= 0 ? 0 : Math.ceil((missing * MINUTE) / this.#most);
  }

  /** What is not there is owed, up to a quarter of a minute: calls that were under way together do not close the door for long. */
  take(amount: number): void {
    this.#left = Math.max(-this.#most / 4, this.#left - amount);
  }
}

type Lane = { readonly calls: Bucket; readonly bytes: Bucket };

/** Two lanes a principal, each with calls and bytes. */
export function createQuota(ordersPerMinute: number): Quota {
  const callsMax = Math.max(ordersPerMinute * CALLS_PER_ORDER, CALLS_MIN);
  const outsMax = Math.max(ordersPerMinute * 2, CALLS_MIN / 5);
  const bytesMax = Math.max(ordersPerMinute * BYTES_PER_ORDER, BYTES_MIN);
  const lanes = new Map<string, Lane>();

  function laneOf(principal: string, tool: string, now: number): Lane {
    const out = waysOut.has(tool);
    const name = `${out ? 'out' : 'in'} ${principal}`;
    const found = lanes.get(name) ?? { calls: new Bucket(out ? outsMax : callsMax, now), bytes: new Bucket(bytesMax, now) };
    lanes.set(name, found);
    return found;
  }

  return {
    take({ principal, tool, bytes, now }) {
      const lane = laneOf(principal, tool, now);
      const cost = journaled.has(tool) ? bytes + ENTRY_BYTES : 0;
      const wait = Math.max(lane.calls.wait(1, now), lane.bytes.wait(cost, now));
      if (wait > 0) return wait;
      lane.calls.take(1);
      lane.bytes.take(cost);
      return 0;
    },
    refused(principal, now) {
      laneOf(principal, 'place_order', now).calls.take(CALLS_PER_REFUSAL - 1);
    },
  };
}
