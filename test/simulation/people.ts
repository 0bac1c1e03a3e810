import type { Engine } from '../../src/engine/engine.ts';
import { amountOf, show } from './amount.ts';
import type { Chance } from './chance.ts';
import type { Oracle } from './oracle.ts';
import type { Schedule } from './schedule.ts';
import { type DeskKind, readKinds, type Storm } from './storm.ts';
import type { Tally } from './tally.ts';
import type { Venue } from './venue.ts';

export type PeopleParts = {
  readonly schedule: Schedule;
  readonly chance: Chance;
  /** For freezes and flattenings: a stream of their own, so that the rest of a world does not hang on them. */
  readonly stops: Chance;
  /** Answers what waits for a person; `null` where nothing does. */
  readonly judges: Chance | null;
  /** When and what the exchange liquidates; `null` where it does not. */
  readonly liquidations: Chance | null;
  readonly storm: () => Storm;
  readonly tally: Tally;
  readonly venue: Venue;
  readonly oracle: Oracle;
  readonly instruments: readonly [string, ...string[]];
  readonly engine: () => Engine | null;
};

const writePaths = [
  '/api/v5/trade/order',
  '/api/v5/trade/order',
  '/api/v5/trade/cancel-order',
  '/api/v5/trade/cancel-order',
  '/api/v5/trade/order-algo',
  '/api/v5/trade/amend-algos',
  '/api/v5/trade/cancel-batch-orders',
  '/api/v5/trade/cancel-all-after',
  '/api/v5/trade/cancel-algos',
] as const;
const readPaths = [
  '/api/v5/trade',
  '/api/v5/account',
  '/api/v5/trade/order',
  '/api/v5/trade/order-algo',
  '/api/v5/trade/fills',
  '/api/v5/trade/fills',
  '/api/v5/account/positions',
  '/api/v5/market/ticker',
] as const;

/** Whoever acts beside the agents: the operator, the market, somebody else on the account, and whoever breaks the exchange. */
export class People {
  readonly #parts: PeopleParts;
  #haltFile = false;
  #hostAhead: number;
  #quiet = false;
  #breaking = false;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
    this.#hostAhead = parts.chance.between(-400, 400);
  }

  get haltFileExists(): boolean {
    return this.#haltFile;
  }

  /** How far the host's clock is ahead of the exchange's. */
  get hostAhead(): number {
    return this.#hostAhead;
  }

  begin(): void {
    const { chance, storm } = this.#parts;
    const nervous = storm().people['nervous operator'] > 0;
    this.#each(
      () => (nervous ? chance.between(100, 1500) : chance.between(1500, 8000)),
      () => this.#operate(nervous),
    );
    this.#each(
      () => chance.between(1000, 6000),
      () => this.#moveMarket(chance.between(-1500, 1500)),
    );
    this.#each(
      () => 1000,
      () => this.#parts.venue.tick(),
    );
    const { judges } = this.#parts;
    if (judges !== null)
      this.#each(
        () => judges.between(300, 6000),
        () => this.#judge(judges),
      );
    this.#each(
      () => 5000,
      () => this.#oddities(),
    );
    const { stops } = this.#parts;
    if (stops.happens(0.25))
      this.#each(
        () => stops.between(2000, 10_000),
        () => this.#stop(),
      );
    this.beginBreaking();
    const { liquidations } = this.#parts;
    if (liquidations !== null) this.#parts.schedule.plan(liquidations.between(4000, 25_000), 'world', () => this.#liquidate(liquidations));
    if (storm().people['external order'] > 0) this.#parts.schedule.plan(chance.between(20_000, 90_000), 'world', () => this.#interfere());
  }

  /** From now on the exchange fails as the storm says, if it does in that. */
  beginBreaking(): void {
    const { chance, storm } = this.#parts;
    if (this.#breaking || storm().deskMilliseconds === 0 || storm().deskKinds.length === 0) return;
    this.#breaking = true;
    this.#each(
      () => chance.between(1, 2 * storm().deskMilliseconds),
      () => this.#breakExchange(storm().deskKinds),
    );
  }

  /** The operator stops one thing, or everything and closes it, and lets it go again. */
  #stop(): void {
    const { stops, tally, instruments } = this.#parts;
    const engine = this.#parts.engine();
    if (engine === null) return;
    const subject = stops.happens(0.5)
      ? (`instrument:${stops.pick(instruments)}` as const)
      : (`agent:${stops.pick(['alpha', 'beta', 'gamma'])}` as const);
    const verb = stops.weighted({ freeze: 2, unfreeze: 5, flatten: 2, 'flatten one': 2 });
    tally.add(`operator: ${verb}`);
    const reason = `the operator said ${verb}`;
    if (verb === 'freeze' || verb === 'unfreeze') void unlessBroken(() => engine.freeze({ verb, subject, reason }));
    else if (stops.happens(0.3))
      // Whether it is flat cannot be asked for a while.
      this.#parts.venue.desk('POST', '/sim/faults', { kind: 'query_fails', path: '/api/v5/account/positions', executed: false, count: 60 });
    if (verb === 'flatten' || verb === 'flatten one')
      void unlessBroken(() => engine.flatten({ reason, instrument: verb === 'flatten' ? '' : stops.pick(instruments) }));
  }

  /** Everything is put right, and left alone. */
  heal(): void {
    this.#quiet = true;
    this.#haltFile = false;
    this.#hostAhead = 0;
    this.#parts.venue.desk('DELETE', '/sim/faults', {});
    this.#parts.schedule.plan(0, 'world', () => this.#tickOn());
  }

  #tickOn(): void {
    this.#parts.venue.tick();
    this.#parts.schedule.plan(1000, 'world', () => this.#tickOn());
  }

  #each(wait: () => number, act: () => void): void {
    this.#parts.schedule.plan(wait(), 'world', () => {
      if (this.#quiet) return;
      act();
      this.#each(wait, act);
    });
  }

  /** An agent has just asked for something. A nervous operator stops it while it is on its way. */
  overhear(): void {
    const { chance, schedule, storm } = this.#parts;
    if (this.#quiet || !chance.happens(storm().people['nervous operator'] * 0.1)) return;
    const verb = chance.happens(0.5) ? 'halt' : 'reduce_only';
    schedule.plan(chance.between(0, 25), 'world', () => void this.#parts.engine()?.operate({ verb, reason: 'stop that' }));
  }

  #operate(nervous: boolean): void {
    const { chance, tally } = this.#parts;
    const engine = this.#parts.engine();
    if (engine === null) return;
    const verb = chance.weighted(
      nervous ? { resume: 14, halt: 2, reduce_only: 3, reconcile: 0.5 } : { resume: 14, halt: 0.3, reduce_only: 0.3, reconcile: 2 },
    );
    if (verb === 'resume' && engine.state.mode === 'ACTIVE') return;
    tally.add(`operator: ${verb}`);
    if (verb === 'reconcile') void engine.compareNow();
    else
      void engine
        .operate({ verb, reason: `the operator said ${verb}` })
        .then((refusal) => tally.add(`operator: ${verb} ${refusal === null ? 'done' : 'refused'}`));
  }

  /** Somebody looks at what waits: agrees, refuses, says it twice, or leaves it until its time is over. */
  #judge(chance: Chance): void {
    const { tally } = this.#parts;
    const engine = this.#parts.engine();
    const waiting = [...(engine?.state.approvals.keys() ?? [])];
    const approval = waiting[chance.between(0, Math.max(waiting.length - 1, 0))];
    if (engine === null || approval === undefined) return;
    const what = chance.weighted({ approve: 6, deny: 2, both: 1, nothing: 2 });
    tally.add(`operator: ${what === 'both' ? 'approve and deny' : what} an order`);
    const verbs = { approve: ['approve'], deny: ['deny'], both: ['approve', 'deny', 'approve'], nothing: [] } as const;
    for (const verb of verbs[what]) void engine.judge({ approval, verb, reason: `the operator said ${verb}` });
  }

  #moveMarket(millionths: number): void {
    const { chance, venue, instruments } = this.#parts;
    const instId = chance.pick(instruments);
    const tick = venue.instrument(instId).tick;
    const step = (tick.coefficient * 10n ** 18n) / 10n ** BigInt(tick.scale);
    const moved = venue.price(instId) + (venue.price(instId) * BigInt(millionths)) / 1_000_000n;
    venue.desk('POST', '/sim/market', { instId, price: show((moved / step) * step) });
  }

  #oddities(): void {
    const { chance, storm, tally } = this.#parts;
    const { people } = storm();
    if (chance.happens(people['market jump'])) {
      tally.add('fault: market jump');
      this.#moveMarket(chance.pick([-30_000, -12_000, 12_000, 30_000]));
    }
    if (chance.happens(people['clock set'])) {
      tally.add('fault: clock set');
      this.#hostAhead += chance.pick([-3_600_000, -2500, 700, 2500, 3_600_000]);
      this.#parts.schedule.plan(chance.between(2000, 40_000), 'world', () => {
        this.#hostAhead = 0;
      });
    }
    if (this.#haltFile) this.#haltFile = chance.happens(0.5);
    else if (chance.happens(people['halt file'])) {
      tally.add('fault: halt file');
      this.#haltFile = true;
    }
  }

  #breakExchange(kinds: readonly DeskKind[]): void {
    const { chance, venue } = this.#parts;
    const kind = kinds[chance.between(0, kinds.length - 1)];
    if (kind === undefined) return;
    const count = chance.between(1, 2);
    if (kind === 'stale_read') {
      venue.armStaleRead(chance.pick(readPaths), count);
      return;
    }
    const isRead = readKinds.some((known) => known === kind);
    // A lie about a placement takes the instrument out of most judgements, so it is rare.
    const executed = kind === 'reject' ? chance.happens(0.3) : chance.happens(0.5);
    const delay = kind === 'late_ack' ? { delay_ms: chance.between(500, 4000) } : {};
    venue.desk('POST', '/sim/faults', { kind, path: chance.pick<string>(isRead ? readPaths : writePaths), executed, count, ...delay });
  }

  #interfere(): void {
    const { chance, venue, oracle, tally, instruments } = this.#parts;
    if (this.#quiet) return;
    const instId = chance.pick(instruments);
    const spot = !instId.endsWith('-SWAP');
    const order = { instId, side: chance.pick(['buy', 'sell']), sz: spot ? '0.001' : '0.5', ...(spot ? { tgtCcy: 'base_ccy' } : {}) };
    oracle.excuse(instId);
    const leg = venue.legs && !spot ? { posSide: order.side === 'buy' ? 'long' : 'short' } : {};
    if (venue.desk('POST', '/sim/orders', { ...order, ...leg })) {
      tally.add('fault: external order');
      this.interfered = true;
    }
  }

  interfered = false;

  /** The exchange closes a position, or a part of it: as soon as there is one. */
  #liquidate(chance: Chance): void {
    const { schedule, venue, oracle, tally } = this.#parts;
    if (this.#quiet) return;
    const { positions } = venue.ledger();
    const position = positions[chance.between(0, Math.max(positions.length - 1, 0))];
    if (position === undefined) {
      schedule.plan(chance.between(200, 1000), 'world', () => this.#liquidate(chance));
      return;
    }
    const { instId, posSide, pos } = position;
    const half = show((amountOf(pos.replace('-', '')) / 2n / LOT) * LOT);
    oracle.excuse(instId);
    if (!venue.desk('POST', '/sim/liquidations', { instId, posSide, ...(half !== '0' && chance.happens(0.4) ? { sz: half } : {}) }))
      throw new Error(`${instId} could not be liquidated`);
    tally.add('fault: liquidation');
    this.liquidated = instId;
    this.liquidatedAt = venue.now;
  }

  /** The instrument of which the exchange has closed a position; empty while it has not. */
  liquidated = '';
  /** When: UTC milliseconds of the exchange's clock. */
  liquidatedAt = 0;
}

/** Contracts come in hundredths, and no swap of the simulated exchange in fewer. */
const LOT = 10n ** 16n;

/** A gateway that ends because its snapshot is broken may stumble over that once more, and then it is gone: the operator hears nothing. */
async function unlessBroken(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof Error && /^part \d+ of the snapshot/.test(error.message))) throw error;
  }
}
