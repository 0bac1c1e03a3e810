import { apply } from '../../src/core/account/apply.ts';
import { emptyState, type State } from '../../src/core/account/state.ts';
import { readEntry } from '../../src/core/journal/read-entry.ts';
import type { Json } from '../../src/core/lang/canonical.ts';
import type { Call } from '../../src/main/answering.ts';
import { answerCall, type Desk, internalFailure } from '../../src/main/answering.ts';
import { sharedPrices } from '../../src/main/prices.ts';
import { createQuota } from '../../src/main/quota.ts';
import type { Answered } from '../../src/view/answer.ts';
import { EngineWorld, wideLimits } from '../support/engine-world.ts';
import { wholeText } from '../support/snapshot-shelf.ts';
import { holds } from './door.ts';

const policy = `[policy]
instruments = ["BTC-USDT", "ETH-USDT", "BTC-USDT-SWAP"]
${wideLimits}
max_daily_trades = 100000
max_order_rate = { per_second = 5000, per_minute = 50000 }
max_same_side = { per_10_minutes = 10000, per_hour = 10000 }
max_rejects = { in_a_row = 10000, per_10_minutes = 10000 }
max_open_orders = 1000

[agents.default]
[agents.honest]
`;

/** Mistakes of an agent count for nobody else. */
const HONEST = 'honest';
const NOT_HERE = { code: 'UNAVAILABLE', message: 'not here' } as const;

/** The real engine, core, vault and codec on the simulated exchange, with the desk that answers agents and the operator, all in this process. */
export class FuzzedGateway {
  readonly world: EngineWorld;
  readonly desk: Desk;
  #folded: State = emptyState('okx:sim:1001');
  #rows = 0;
  #seen: State | null = null;
  #asked = 0;

  private constructor(world: EngineWorld) {
    this.world = world;
    const { engine } = world;
    const no = { ok: false, error: NOT_HERE } as const;
    this.desk = {
      engine,
      configuration: engine.configuration,
      policyHash: 'policy',
      readOnly: false,
      isolation: () => null,
      limits: { answer: () => Promise.resolve(no) },
      stages: { demote: () => Promise.resolve(no) },
      rotate: () => Promise.resolve({ ok: false, error: 'not here' }),
      enter: () => no,
      doors: { mayOpen: () => null, agentsChanged: () => {}, httpUrl: () => null },
      quota: createQuota(1_000_000),
      prices: sharedPrices({
        ask: async (request) => (await engine.inquiry.ask(request)).report,
        quotes: () => engine.market.quotes,
        now: () => engine.now(),
      }),
    };
  }

  static async open({ fed = false }: { readonly fed?: boolean } = {}): Promise<FuzzedGateway> {
    const world = fed ? await EngineWorld.fed(policy) : await EngineWorld.running(policy);
    const gateway = new FuzzedGateway(world);
    gateway.judge();
    return gateway;
  }

  /** Whether it can go on as it is: an agent may halt everything, and then nothing more is to be learned from it. */
  get isFresh(): boolean {
    const { mode, frozen } = this.world.engine.state;
    return mode === 'ACTIVE' && frozen.size === 0 && this.#rows < 3000;
  }

  /** As `up` answers what the doors pass on. What rejects there is a bug of ours, which the agent would be told nothing of. */
  async answer(call: Call): Promise<Answered> {
    try {
      return await answerCall(this.desk, call);
    } catch (error) {
      internalFailure(this.desk, call);
      throw error;
    }
  }

  ask(tool: string, given: Json, principal = 'default'): Promise<Answered> {
    return this.world.until(this.answer({ principal, tool, arguments: given, client: { name: 'fuzz', version: '1', toolsHash: '' } }));
  }

  /** Whoever was honest all along is still served. */
  async serves(): Promise<void> {
    const limits = await this.ask('get_limits', {}, HONEST);
    holds(!limits.failed, `an honest question was refused: ${JSON.stringify(limits.answer)}`);
    if (!this.isFresh) return;
    this.#asked += 1;
    const wish = { intent_id: `honest-${this.#asked}`, instrument: 'BTC-USDT', side: 'buy', type: 'market', reason: 'because' };
    const { answer } = await this.ask('place_order', { ...wish, quantity: '12', quantity_unit: 'usd' }, HONEST);
    const { status = '', code = '' } = answer as { readonly status?: string; readonly code?: string };
    // What the other agent has bought and ordered may leave no room; then the policy says so.
    const isDecided =
      status === 'filled' || (status === 'denied' && !['UNAVAILABLE', 'SCHEMA', 'RATE_LIMIT', 'NOT_ALLOWED'].includes(code));
    holds(isDecided, `an honest order came to: ${JSON.stringify(answer)}`);
  }

  /** Nothing has stopped, and the state is what the journal comes to: no change without an entry. */
  judge(): void {
    const { world } = this;
    holds(world.fatal === '', `the gateway has stopped: ${world.fatal}`);
    const { state } = world.engine;
    const rows = world.disk.rows.slice(this.#rows);
    if (rows.length === 0 && state === this.#seen) return;
    for (const { seq, at, kind, body } of rows) {
      const entry = readEntry(kind, JSON.parse(body) as Json);
      if (!entry.ok) throw new Error(`entry ${seq} cannot be read: ${entry.error}`);
      this.#folded = apply(this.#folded, { seq, at, entry: entry.value });
    }
    this.#rows += rows.length;
    this.#seen = state;
    holds(wholeText(state) === wholeText(this.#folded), `the state is not what the journal of ${this.#rows} entries comes to`);
  }

  close(): void {
    this.world.crash();
  }
}

/** A gateway that is replaced once there is nothing more to learn from it. */
export class Gateways {
  #gateway: FuzzedGateway | null = null;

  async fresh(): Promise<FuzzedGateway> {
    if (this.#gateway?.isFresh === true) return this.#gateway;
    this.close();
    this.#gateway = await FuzzedGateway.open();
    return this.#gateway;
  }

  close(): void {
    this.#gateway?.close();
    this.#gateway = null;
  }
}
