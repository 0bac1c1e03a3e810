import type { Row } from '../../src/core/journal/row.ts';
import { type Configuration, parseConfiguration } from '../../src/core/policy/configuration.ts';
import { Chance } from './chance.ts';
import { Crowd } from './crowd.ts';
import { isSettled, judgeAftermath } from './aftermath.ts';
import { judgeRecovery } from './recovered.ts';
import { Disk } from './disk.ts';
import { Ears } from './ears.ts';
import { connect, type Watcher } from './network.ts';
import { Violation } from './demand.ts';
import { Oracle } from './oracle.ts';
import { People } from './people.ts';
import { GatewayProcess } from './process.ts';
import { drained, Schedule } from './schedule.ts';
import { calm, drawStorm, type Storm } from './storm.ts';
import { Tally } from './tally.ts';
import { Venue } from './venue.ts';
import { type CrashPoint, crashPoints } from './crash-points.ts';
import { type Hardship, hardship, scarce, worse } from './hardship.ts';
import { drawPolicy } from './policies.ts';
import { drawRare, nothingRare, type Rare } from './rare.ts';

/** Virtual milliseconds with faults, one of these, and then without. */
const SAFETY_MILLISECONDS = [35_000, 35_000, 35_000, 45_000, 45_000, 120_000] as const;
const LIVENESS_LEAST_MILLISECONDS = 30_000;
const LIVENESS_MOST_MILLISECONDS = 90_000;
const LIVENESS_STEP_MILLISECONDS = 5000;
const BROKEN_PART = /^part \d+ of the snapshot/;
/** A world that had too little to bear goes on in a weather that brings what lacks, so much at a time and at most so long. */
const MORE_MILLISECONDS = 10_000;
const MORE_MOST_MILLISECONDS = 600_000;

export type Report = {
  readonly seed: number;
  readonly tally: Tally;
  readonly hardship: Hardship;
  /** Empty when everything held. */
  readonly failure: string;
  readonly virtualMilliseconds: number;
  /** The journal's last hash: two runs of one seed must agree on it. */
  readonly head: string;
  readonly entries: number;
  /** The journal as it was in the end, for whoever looks for the cause. */
  readonly rows: readonly Row[];
};

export type Options = {
  readonly seed: number;
  readonly storm?: Storm;
  readonly safetyMilliseconds?: number;
  /** What is left out is drawn from the seed where the storm is, and nothing of it happens otherwise. */
  readonly rare?: Partial<Rare> | undefined;
};

/** One seed: a gateway in a bad world, then in a good one, and what the judges say. */
export async function simulate(options: Options): Promise<Report> {
  const world = new World(options);
  const failure = await world.run();
  return {
    seed: options.seed,
    tally: world.tally,
    hardship: hardship(world.tally),
    failure,
    virtualMilliseconds: world.schedule.elapsed,
    head: world.disk.rows.at(-1)?.hash ?? '',
    entries: world.disk.rows.length,
    rows: world.disk.rows,
  };
}

export class World {
  readonly tally = new Tally();
  readonly schedule: Schedule;
  readonly disk: Disk;
  readonly venue: Venue;
  readonly oracle: Oracle;
  readonly crowd: Crowd;
  readonly people: People;
  readonly configuration: Configuration;
  readonly #options: Options;
  readonly #chance: (stream: string) => Chance;
  readonly #crashes: Chance;
  readonly #strict: boolean;
  readonly #snapshotEntries: number | null;
  readonly #rare: Rare;
  readonly #lies: Chance;
  readonly #ears: Ears | null;
  #storm: Storm;
  #process: GatewayProcess | null = null;
  /** One that lives beside it, on the same journal, and has not found out yet. */
  #replaced: GatewayProcess | null = null;
  readonly #second: Chance;
  #starting = false;
  #target: CrashPoint | null = null;
  #targets: number;
  #failure: string = '';

  constructor(options: Options) {
    this.#options = options;
    const { seed } = options;
    this.#chance = (stream) => new Chance(seed, stream);
    this.#crashes = this.#chance('crashes');
    this.#second = this.#chance('second');
    this.#targets = 11 * seed;
    this.schedule = new Schedule(this.#chance('ties'));
    this.#storm = options.storm ?? drawStorm(this.#chance('storm'));
    const drawn = drawPolicy(this.#chance('policy'));
    const parsed = parseConfiguration(drawn.text);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    this.configuration = parsed.value;
    this.#strict = this.#chance('limits').happens(0.5);
    this.#snapshotEntries = this.#chance('snapshots').pick([null, 10, 40, 150]);
    this.#rare = { ...(options.storm === undefined ? drawRare(this.#chance) : nothingRare), ...options.rare };
    this.#lies = this.#chance('lies');
    const storm = (): Storm => this.#storm;
    const { schedule, tally } = this;
    this.venue = new Venue({ schedule, tally, seed, strict: this.#strict, legs: this.#rare.legs });
    this.disk = new Disk({ schedule, chance: this.#chance('disk'), storm, tally });
    const { venue, disk, configuration } = this;
    this.#ears = this.#rare.feed ? new Ears({ schedule, chance: this.#chance('ears'), storm, tally, venue }) : null;
    this.oracle = new Oracle({ venue, disk, tally, configuration, process: () => this.#process, contested: () => this.#replaced !== null });
    const engine = () => (this.#replaced !== null && this.#second.happens(0.5) ? this.#replaced : this.#process)?.engine ?? null;
    const { oracle } = this;
    const { instruments, pace, orderUsd } = drawn;
    const failed = this.#failed;
    // Where nobody is asked nobody answers, and the world is the one that it would be otherwise.
    const judges = configuration.approval.threshold.kind === 'above' ? this.#chance('judges') : null;
    const liquidations = this.#rare.liquidation ? this.#chance('liquidations') : null;
    const common = { schedule, venue, oracle, tally, instruments, engine };
    this.crowd = new Crowd({ ...common, chance: this.#chance('agents'), pace, orderUsd, failed, overheard: () => this.people.overhear() });
    this.people = new People({ ...common, chance: this.#chance('people'), stops: this.#chance('stops'), judges, liquidations, storm });
  }

  /** Why it failed; empty when it did not. */
  async run(): Promise<string> {
    try {
      if (this.#chance('found').happens(0.3)) {
        this.tally.add('world: something was there before');
        this.venue.furnish('BTC-USDT', '0.00212345');
      }
      this.oracle.begin();
      this.#boot();
      this.crowd.begin();
      this.people.begin();
      this.#planCrash();
      this.#planSecond();
      await this.#until(this.#options.safetyMilliseconds ?? this.#chance('length').pick(SAFETY_MILLISECONDS));
      if (this.#options.storm === undefined) await this.#untilItSuffices();
      this.#heal();
      await this.#untilSettled();
      await judgeAftermath(this, (milliseconds) => this.#until(this.schedule.elapsed + milliseconds));
      return this.#failure;
    } catch (error) {
      const at = `at ${(this.schedule.elapsed / 1000).toFixed(3)} s, entry ${this.disk.rows.length}`;
      if (error instanceof Violation) return `${error.message} (${at})`;
      throw new Error(`seed ${this.#options.seed} ${at}: ${error instanceof Error ? error.message : 'failed'}`, { cause: error });
    }
  }

  readonly #failed = (error: unknown): void => {
    this.#failure =
      error instanceof Violation ? error.message : `thrown: ${error instanceof Error ? (error.stack ?? error.message) : 'something'}`;
  };

  get process(): GatewayProcess | null {
    return this.#process;
  }

  async #until(end: number): Promise<void> {
    while (await this.schedule.step(end, (name, act) => this.#around(name, act))) {
      if (this.#failure !== '') throw new Violation(this.#failure);
    }
  }

  async #untilItSuffices(): Promise<void> {
    const most = this.schedule.elapsed + MORE_MOST_MILLISECONDS;
    for (;;) {
      const lacks = scarce(hardship(this.tally));
      if (lacks.length === 0 || this.schedule.elapsed >= most) return;
      if (lacks.includes('faults')) this.#storm = worse(this.#storm);
      if (lacks.includes('crashes')) this.#aim();
      this.people.beginBreaking();
      // A gateway without a vault meets nothing; somebody starts it anew.
      if (this.#process?.vaultIsDead === true) this.#gone();
      await this.#until(this.schedule.elapsed + MORE_MILLISECONDS);
    }
  }

  /** Time for everything to come to its end, and no more of it than that takes. */
  async #untilSettled(): Promise<void> {
    const most = this.schedule.elapsed + LIVENESS_MOST_MILLISECONDS;
    await this.#until(this.schedule.elapsed + LIVENESS_LEAST_MILLISECONDS);
    while (!isSettled(this) && this.schedule.elapsed < most) {
      // oxlint-disable-next-line no-await-in-loop
      await this.#until(this.schedule.elapsed + LIVENESS_STEP_MILLISECONDS);
    }
  }

  async #around(name: string, act: () => void): Promise<void> {
    if (this.#target?.event === name && this.#target.side === 'before') this.#crash(this.#target);
    try {
      act();
    } catch (error) {
      // As in a process: whoever looks into a broken part of a snapshot while the gateway ends for it has no more to lose.
      if (!this.#endsForBrokenPart(error)) throw error;
    }
    await drained();
    this.oracle.look();
    if (this.#target?.event === name && this.#target.side === 'after') this.#crash(this.#target);
  }

  #endsForBrokenPart(error: unknown): boolean {
    const hasEnded = [this.#process, this.#replaced].some((process) => process !== null && process.endedItself !== '');
    return hasEnded && this.disk.lied && error instanceof Error && BROKEN_PART.test(error.message);
  }

  // ---- starts and ends ----------------------------------------------------------------------------------------------------

  #boot(): void {
    this.#starting = false;
    const { schedule, tally, disk, configuration, venue, oracle } = this;
    const ears = this.#ears;
    const storm = (): Storm => this.#storm;
    const chance = this.#chance(`process ${schedule.elapsed}`);
    const leaves = (...[request, traffic]: Parameters<Watcher['leaves']>): void => oracle.leaves(request, traffic, process);
    const watcher: Watcher = { leaves, arrived: oracle.arrived.bind(oracle) };
    const process: GatewayProcess = new GatewayProcess({
      schedule,
      chance,
      storm,
      tally,
      disk,
      configuration,
      strict: this.#strict,
      legs: this.#rare.legs,
      snapshotEntries: this.#snapshotEntries,
      hostAhead: () => this.people.hostAhead,
      haltFileExists: () => this.people.haltFileExists,
      connect: (asker) => connect({ schedule, chance: this.#chance(`network ${schedule.elapsed}`), storm, tally, venue, watcher }, asker),
      listen: ears === null ? null : (asker) => ears.listen(asker),
      told: (rows) => {
        if (process === this.#process) oracle.told(rows);
      },
      recovered: (state, key) => {
        judgeRecovery(this, state, key).catch(this.#failed);
      },
      ended: (cause) => this.#ended(process, cause),
    });
    this.#process = process;
    oracle.started();
    tally.add('world: starts');
    process.start().catch((error: unknown) => {
      this.#failure = `the gateway threw: ${error instanceof Error ? (error.stack ?? error.message) : 'something'}`;
    });
  }

  #ended(process: GatewayProcess, cause: string): void {
    const isBroken = this.disk.lied && BROKEN_PART.test(cause);
    if (isBroken) this.tally.add('snapshot: a broken part was found');
    if (this.#replaced !== null && (process === this.#replaced || /another process wrote/.test(cause))) this.#oneIsLeft(process);
    else if (/could not start/.test(cause) || !(isBroken || /not known/.test(cause))) this.#failure = `the gateway ended itself: ${cause}`;
    else {
      this.tally.add('world: ended itself');
      this.schedule.plan(this.#crashes.between(0, 50), 'world', () => this.#gone());
    }
  }

  /** Somebody removes the lock and starts another gateway on the home of one that runs. */
  #planSecond(): void {
    const { secondMilliseconds } = this.#storm;
    if (secondMilliseconds === 0) return;
    this.schedule.plan(this.#second.between(200, 2 * secondMilliseconds), 'world', () => {
      if (this.#storm.secondMilliseconds === 0) return;
      if (this.#process?.ready === true && this.#process.endedItself === '' && this.#replaced === null) {
        this.tally.add('fault: second process');
        this.#replaced = this.#process;
        this.#boot();
      }
      this.#planSecond();
    });
  }

  /** The journal has told one of two processes that it is not alone, and it has ended: whoever asked it asks the other. */
  #oneIsLeft(ended: GatewayProcess): void {
    const isNewer = ended !== this.#replaced;
    this.tally.add(isNewer ? 'world: the newer process gave way' : 'world: the older process gave way');
    if (isNewer) this.#process = this.#replaced;
    this.#replaced = null;
    ended.crash();
    this.crowd.forsaken();
    const state = this.#process?.engine?.state;
    this.oracle.alone({ booted: state?.booting === false, told: state?.seq ?? null });
  }

  #crash(point: CrashPoint): void {
    if (this.#process === null || this.#process.endedItself !== '') return;
    this.#target = null;
    this.tally.add(`crash: ${point.side} ${point.event}`);
    this.#gone();
    this.#planCrash();
  }

  #gone(): void {
    for (const process of [this.#process, this.#replaced]) process?.crash();
    this.#process = null;
    this.#replaced = null;
    this.crowd.forsaken();
    this.#lose();
    if (this.#starting) return;
    this.#starting = true;
    this.schedule.plan(this.#crashes.between(100, 6000), 'world', () => this.#boot());
  }

  /** With the machine goes what the disk had only said that it had. */
  #lose(): void {
    const { lostAppends } = this.#rare;
    if (lostAppends === 0 || this.#storm === calm || !this.#lies.happens(0.7)) return;
    // What the first start of all wrote is older than what any disk keeps back.
    const began = this.disk.rows.findIndex(({ kind }) => kind === 'booted') + 1;
    const lost = began === 0 ? [] : this.disk.lose(this.#lies.between(1, lostAppends), began);
    if (lost.length === 0) return;
    this.tally.add('fault: lying fsync of the journal');
    this.oracle.forgot(lost);
  }

  #planCrash(): void {
    const { crashMilliseconds } = this.#storm;
    if (crashMilliseconds === 0) return;
    this.schedule.plan(this.#crashes.between(200, 2 * crashMilliseconds), 'world', () => {
      if (this.#storm.crashMilliseconds > 0) this.#aim();
    });
  }

  /** The next moment at which the process dies. Points are taken in turn, so that a set of seeds meets all of them. */
  #aim(): void {
    this.#targets += 5;
    this.#target = crashPoints[this.#targets % crashPoints.length] ?? null;
    // The disk is read by a start alone, so there has to be one.
    if (this.#target?.event === 'disk read') this.#gone();
  }

  /** No faults from here on, but what is on the wire and on disk stays as it is. */
  #heal(): void {
    this.#storm = calm;
    this.#target = null;
    this.crowd.hush();
    this.people.heal();
    this.disk.free();
    // Whoever runs a gateway without a vault, or on a disk that lies, starts it anew.
    const { lied } = this.disk;
    if (lied) this.disk.replace();
    if (lied || this.#process?.vaultIsDead === true) this.#gone();
  }
}
