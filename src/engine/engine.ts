import { apply, orderOf } from '../core/account/apply.ts';
import type { Circumstances } from '../core/account/books.ts';
import type { Flattened } from '../core/account/flattening.ts';
import { modes } from '../core/account/mode.ts';
import { intentKey, type IntentRecord, type State } from '../core/account/state.ts';
import type { ClientIdentity } from '../core/channel.ts';
import { step } from '../core/gateway.ts';
import { inForce, mayNotGrant } from '../core/gateway/agents.ts';
import { mayNotAdopt } from '../core/gateway/adopting.ts';
import { lossesAgainst } from '../core/gateway/breakers.ts';
import { mayRest } from '../core/gateway/dead-man.ts';
import type { Context, Effect, Event, Trigger } from '../core/gateway/events.ts';
import { mayNotFlatten } from '../core/gateway/flattening.ts';
import { leveraging, type LeverageWish } from '../core/gateway/leverage.ts';
import { isBarred, isClouded, mayNotFreeze } from '../core/gateway/freezing.ts';
import { mayNotResume } from '../core/gateway/modes.ts';
import { mayBeSeen } from '../core/gateway/protections.ts';
import { mayNotResolve } from '../core/gateway/unresolved.ts';
import { bodyHashOf } from '../core/gateway/wishes.ts';
import { seal } from '../core/journal/chain.ts';
import type { Entry } from '../core/journal/entry.ts';
import { bodyOf } from '../core/journal/read-entry.ts';
import type { Draft, Head } from '../core/journal/row.ts';
import { unreachable } from '../core/lang/assert.ts';
import type { Json } from '../core/lang/canonical.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { get, has } from '../core/lang/table.ts';
import type { Instrument } from '../core/market/instrument.ts';
import { formatDecimal, isZero } from '../core/money/decimal.ts';
import type { Intent } from '../core/order/intent.ts';
import { instrumentIn, type PositionKey, type PositionMode } from '../core/order/leg.ts';
import { isAsDecided } from '../core/order/integrity.ts';
import type { ClientOrderId, Order } from '../core/order/order.ts';
import type { Arming, Clearing, Leveraging, Write } from '../core/order/request.ts';
import type { Code } from '../core/policy/codes.ts';
import { type Configuration, policyFor } from '../core/policy/configuration.ts';
import type { Isolation } from '../core/policy/isolation.ts';
import { isOperator } from '../core/policy/control.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Feed } from '../ports/feed.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { Signed, Signer } from '../ports/signer.ts';
import type { JournalStore } from '../ports/store.ts';
import { requestHash } from '../venues/okx/hash.ts';
import { encode } from '../venues/okx/request.ts';
import { clear } from './clearing.ts';
import { DeadMan } from './dead-man.ts';
import { Listening } from './listening.ts';
import { inspect, observe, search, sendOnce, snapshot } from './errands.ts';
import { Checkpoints } from './checkpoints.ts';
import { type AlgosListed, Inquiry } from './inquiry.ts';
import { type Leveraged, setLeverage } from './leverage.ts';
import { Messenger } from './messenger.ts';
import { Market } from './market.ts';
import type { Pace } from './pace.ts';
import { Plan } from './plan.ts';
import { type CheckpointWiring, recover, type Recovered } from './recovery.ts';
import { standstillText, Time } from './time.ts';
import { type Outcome, settled, WaitingRoom } from './waiting.ts';

/** Everything the engine needs of the world. */
export type Wiring = {
  /** `okx:ENVIRONMENT:UID`. */
  readonly account: string;
  readonly configuration: Configuration;
  readonly policyHash: string;
  readonly version: string;
  readonly readOnly: boolean;
  /** How the account counts derivatives, as the exchange said before this start. */
  readonly positionMode: PositionMode;
  /** Six characters for the client order ids of a new journal. */
  readonly journal: string;
  readonly clock: Clock;
  readonly store: JournalStore;
  /** `null`: every start reads the journal from its first entry. */
  readonly checkpoints: CheckpointWiring | null;
  readonly signer: Signer;
  readonly exchange: Exchange;
  /** `null`: everything is asked for, and nothing is heard unasked. */
  readonly feed: Feed | null;
  readonly pace: Pace;
  readonly notifier: Notifier;
  /** Whether the file HALT stands in the home folder. */
  readonly haltFileExists: () => boolean;
  /** Who wrote it and why, as far as it says so. */
  readonly haltFileSays: () => { readonly by: 'operator' | 'twokey' | 'watch'; readonly reason: string };
  /** Gives back the disk space that was kept for a halt and for exits. */
  readonly freeReserve: () => void;
  /** How far the exchange's clock is ahead of ours, each time it was measured: the vault signs with the exchange's time. */
  readonly onClockOffset: (offsetMilliseconds: number) => void;
  /**
   * The engine can no longer know what is on disk, or found itself wrong: the process must end, and the next start reads the truth. `isBug`: because of an
   * assertion of our own, so that no next one may go on as if nothing had been.
   */
  readonly onFatal: (cause: string, isBug: boolean) => void;
};

export type Wish = { readonly tool: string; readonly intent: Intent; readonly arguments: Json; readonly client: ClientIdentity };

export type Judgement = { readonly approval: string; readonly verb: 'approve' | 'deny'; readonly reason: string };

const UNWRITTEN = 'the journal could not be written; nothing was sent; the account is halted until the operator has freed disk space';
/** Of what a person asked for while the last write has no answer. */
export const UNSURE = 'the gateway is stopping, and whether this was done is not known; ask again when it runs';
const UNCOMPARED = 'the gateway is stopping; nothing was compared; ask again when it runs';
const STOPPING = { kind: 'refused', code: 'UNAVAILABLE', message: 'the gateway is stopping; nothing was sent' } as const;

/** Events stepped in one append at most, and the entries after which no further event is taken. */
const BATCH_EVENTS_MAX = 64;
const BATCH_ENTRIES_MAX = 64;
/** Wishes that may wait for their turn. */
const INBOX_MAX = 4096;
const TICK_MILLISECONDS = 1000;
/** Later than this a tick is no small delay any more (reference/risk.md §6.3). */
const LAG_MAX_MILLISECONDS = 1000;
/** Later than this the exchange is not told that all is well (reference/risk.md §4.9). */
const HEALTHY_LAG_MAX_MILLISECONDS = 250;
const ROUTINE_MILLISECONDS = 10_000;
/** Without a comparison for so long nobody knows whether the books are right. */
const COMPARED_MILLISECONDS_MAX = 35_000;
/** … and after so long nothing is added to them, as where what is held cannot be valued. */
const UNCOMPARED_MILLISECONDS_MAX = 60_000;
/** How long a person who halts waits to hear that nothing is left. */
const KILL_PATIENCE_MILLISECONDS = 8000;
/** While orders are open. */
const ROUTINE_WITH_ORDERS_MILLISECONDS = 5000;
/** How old a list of the stop and algo orders of everybody may be in the routine, and in a full comparison. */
const ALGOS_AGE_MAX_MILLISECONDS = 15_000;
const ALGOS_AGE_FULL_MAX_MILLISECONDS = 3000;
/** So long nobody could be asked, and what happened meanwhile is compared in full. */
const OUTAGE_MILLISECONDS = 5000;
/** How often the routine looks at orders that ended. */
const RECENT_MILLISECONDS = 15_000;
/** Orders that ended this much before the last full comparison are looked at again: clocks differ, and lists lag. */
const RECENT_MARGIN_MILLISECONDS = 60_000;
const DAY_MILLISECONDS = 86_400_000;
const DAILY_AT_MILLISECONDS = 300_000;
const FUNDS_MILLISECONDS = 3000;
const QUOTE_MILLISECONDS = 600;
const CLOCK_MILLISECONDS = 30_000;
const CLOCK_AGAIN_MILLISECONDS = 1000;
/** How long the first comparison waits for orders of unknown outcome to be found or proven absent. */
const BOOT_PATIENCE_MILLISECONDS = 60_000;
/** How far back fills are traced: no request of ours can execute later than its expiry. */
const SWEEP_MILLISECONDS = 3_600_000;
const INSTRUMENTS_MILLISECONDS = 600_000;
const FAILED_AGAIN_MILLISECONDS = 1000;
/** How long a difference waits for orders that could explain it to be looked at: three reads that are never answered. */
const LOOK_PATIENCE_MILLISECONDS = 15_000;
/** How long the end of a stop order waits for the other orders of its instrument to be looked at. What is not known then excuses nothing. */
const GONE_PATIENCE_MILLISECONDS = 60_000;
const STORAGE_AGAIN_MILLISECONDS = 1000;

/**
 * Takes events one after the other, writes what they mean, and only then acts (DESIGN §2). All deciding is `step`, all changing is
 * `apply`; this class owns order, durability and time.
 */
export class Engine {
  #wiring: Wiring;
  readonly #inquiry: Inquiry;
  readonly #market: Market;
  readonly #time: Time;
  readonly #inbox: Event[] = [];
  readonly #waiting: WaitingRoom;
  readonly #plan: Plan;
  readonly #checkpoints: Checkpoints | null;
  readonly #deadMan: DeadMan;
  readonly #listening: Listening | null;
  readonly #messenger: Messenger;
  #state: State;
  #head: Head;
  readonly #taken = new Map<Event, () => void>();
  /** A write was begun whose outcome nobody has told yet. */
  #unsure = false;
  /** How often in a row the host's clock was found too far from the exchange's. */
  #skewedReadings = 0;
  /** Stop orders that the exchange says have ended, which is not told yet: since when, on the monotonic clock. */
  readonly #goneSince = new Map<ClientOrderId, number>();
  #begun = false;
  #draining = false;
  #stopped = false;
  #storageFailed = false;
  /** The disk was full in this start: until a person has opened the account again, what room there is belongs to the halt and to cancels. */
  #roomIsScarce = false;
  #spent = 0;
  #comparisons: ((failure: string | null) => void)[] = [];
  /** When the exchange last said all that it holds, and how late the last tick was, on the monotonic clock. */
  #comparedAt = 0;
  #lateMilliseconds = 0;
  /** Since when the journal is being written, on the monotonic clock; `null` while it is not. */
  #writingSince: number | null = null;
  /** Why the last list of cancels was not taken whole, and what nobody has answered for yet, by the exchange's numbers. */
  #notCleared = '';
  readonly #clearing = new Set<string>();
  #haltFileStood = false;
  #keyTold = '';
  #lastComparison: Extract<Entry, { kind: 'compared' }> | null = null;
  /** Since when every order that ended was seen, whoever placed it: what is known of it in the journal, and then each look that saw all. */
  #recentSince: number;
  /** When the routine looked at them last, by the exchange's clock. */
  #recentAt = 0;
  #algos: { readonly at: number; readonly listed: AlgosListed } | null = null;
  /** Since when the routine has had no answer, on the monotonic clock. */
  #silentSince: number | null = null;
  #routineAt = 0;
  #day = 0;

  private constructor(wiring: Wiring, { state, head, from, remarks, parts }: Recovered) {
    this.#wiring = wiring;
    const { account, checkpoints, clock, store, version: program } = wiring;
    const post = (event: Event): void => this.post(event);
    const hasRoom = (): boolean => !this.#roomIsScarce || (this.#state.mode !== 'HALTED' && !this.#storageFailed);
    this.#checkpoints = checkpoints && new Checkpoints({ wiring: checkpoints, store, clock, account, program, post, hasRoom }, from);
    // Whoever looked for something there may have half of a decision: the next start reads every entry.
    parts.onBroken = (cause) => {
      // Whoever waits for an answer may look into the same part while it ends.
      if (this.#stopped) return;
      void checkpoints?.store.forget(0);
      this.#fatal(`${cause}; the next start reads the journal from its first entry`);
    };
    for (const cause of remarks) this.#inbox.push({ kind: 'no_snapshot', cause });
    this.#state = state;
    this.#recentSince = Math.max(state.lastAt - RECENT_MARGIN_MILLISECONDS, 0);
    this.#head = head;
    this.#inquiry = new Inquiry(wiring);
    this.#time = new Time(wiring.clock);
    this.#plan = new Plan(wiring.clock);
    this.#market = new Market({ inquiry: this.#inquiry, now: () => this.now(), monotonic: () => clock.monotonic() });
    this.#deadMan = new DeadMan({
      ...wiring,
      isStopped: () => this.#stopped,
      plan: this.#plan,
      state: () => this.#state,
      hashOf: (request) => this.#hashOf(request),
      unhealthy: () => this.#unhealthy(),
      onLapse: (cause) => this.#lapsed(cause),
    });
    const { feed, clock: listener } = wiring;
    this.#listening =
      feed &&
      new Listening({
        feed,
        clock: listener,
        plan: this.#plan,
        market: this.#market,
        inquiry: this.#inquiry,
        now: () => this.now(),
        looks: {
          state: () => this.#state,
          priced: () => this.#priced(),
          inspect: (id) => void this.#inspectAfresh(id),
          search: (id) => void this.#search(id),
          observe: (instrument) => void this.#observe(instrument),
          compare: (trigger) => void this.#compare(trigger, 0),
          refreshInstruments: () => void this.#refreshInstruments(),
          post,
        },
      });
    this.#messenger = new Messenger({
      notifier: wiring.notifier,
      plan: this.#plan,
      now: () => this.now(),
      seen: () => ({ state: this.#state, head: this.#head }),
      post: (event) => this.post(event),
      writes: () => !this.#storageFailed,
    });
    const { answerWaitMilliseconds } = wiring.configuration.policy;
    this.#waiting = new WaitingRoom({ state: () => this.#state, clock: wiring.clock, answerWaitMilliseconds });
  }

  /** From the journal, by way of a snapshot where there is one. One wrong byte refuses: nothing may be decided on a history that cannot be proven. */
  static async open(wiring: Wiring): Promise<Result<Engine>> {
    const recovered = await recover(wiring);
    return recovered.ok ? ok(new Engine(wiring, recovered.value)) : recovered;
  }

  get state(): State {
    return this.#state;
  }

  /** With the agents that there are now. */
  get configuration(): Configuration {
    return inForce(this.#wiring.configuration, this.#state);
  }

  get market(): Market {
    return this.#market;
  }

  get inquiry(): Inquiry {
    return this.#inquiry;
  }

  /** What the last full comparison of this start found. */
  get lastComparison(): Extract<Entry, { kind: 'compared' }> | null {
    return this.#lastComparison;
  }

  /** From the next decision on these limits hold. Whoever calls this has it journaled. */
  hold(limits: Pick<Wiring, 'configuration' | 'policyHash' | 'readOnly'>): void {
    this.#wiring = { ...this.#wiring, ...limits };
    if (this.#begun && limits.configuration.alerts.pulseUrl !== '') this.#messenger.pulse();
  }

  /** The exchange's time, as well as it is known: UTC milliseconds. */
  now(): number {
    return this.#time.now();
  }

  get clockOffsetMilliseconds(): number {
    return this.#time.offsetMilliseconds;
  }

  circumstances(): Circumstances {
    return {
      now: this.now(),
      clockTrusted: this.#time.trusted,
      readOnly: this.#wiring.readOnly,
      quotes: this.#market.quotes,
      funds: this.#market.funds,
      leverage: this.#market.leverage,
      funding: this.#market.funding,
      coinPrices: this.#market.coinPrices,
    };
  }

  /**
   * From the journal to running: asks about every order that was open, then compares everything. Resolves when the first comparison has
   * ended, whatever it found; until then nothing but cancels leaves. What is known of the isolation goes into the journal.
   */
  async start(isolation?: Isolation): Promise<void> {
    const { journal, version, policyHash, readOnly, positionMode, configuration } = this.#wiring;
    // The first event of all: what arrived before it was asked of a gateway that did not run, and waits behind it.
    this.#begun = true;
    const { environment } = configuration.exchange;
    const told = isolation === undefined ? {} : { isolation };
    this.#inbox.unshift({ kind: 'started', journal, environment, version, policyHash, readOnly, positionMode, ...told });
    // The file HALT counts from the first moment, also where the exchange says nothing.
    this.#obeyHaltFile();
    this.#drainSoon();
    await this.#syncClock();
    const instruments = await this.#readInstruments();
    this.post({ kind: 'instruments_read', instruments });
    await this.#settled(() => this.#state.instruments.size > 0 && this.#inbox.length === 0 && !this.#draining);
    await Promise.all([
      this.#market.refreshCoins(this.#priced()),
      ...this.#priced().flatMap((instrument) => [
        this.#market.refreshQuote(instrument),
        this.#market.refreshLeverage(instrument),
        this.#market.refreshFunding(instrument),
      ]),
    ]);
    if (this.configuration.alerts.pulseUrl !== '') this.#messenger.pulse();
    this.#listening?.open();
    this.#plan.every(QUOTE_MILLISECONDS, () => {
      for (const instrument of this.#priced())
        void (this.#listening?.spares(instrument) === true ? this.#market.refreshBook(instrument) : this.#market.refreshQuote(instrument));
    });
    this.#plan.every(TICK_MILLISECONDS, (late) => this.#tick(late));
    // What stops the account counts before anything is ready, and not a second later.
    this.#tick(0);
    this.#plan.every(CLOCK_MILLISECONDS, () => void this.#syncClock());
    this.#plan.every(FUNDS_MILLISECONDS, () => void this.#market.refreshFunds());
    this.#plan.every(FUNDS_MILLISECONDS, () => void this.#market.refreshCoins(this.#priced()));
    this.#plan.every(ROUTINE_MILLISECONDS, () => this.#priced().forEach((instrument) => void this.#market.refreshFunding(instrument)));
    // What stays unknown is told by the comparison, which then ends in REDUCE_ONLY: exits must not wait for it any longer. Nor do they for a stop, which moves
    // nothing before it is reached, and which it takes far longer to prove absent, since the exchange knows no expiry for it.
    const patience = this.#wiring.clock.monotonic() + BOOT_PATIENCE_MILLISECONDS;
    await this.#settled(
      () =>
        this.#wiring.clock.monotonic() > patience ||
        ![...this.#state.openOrders.values()].some(
          ({ life, stop }) => stop === null && (life.kind === 'submitting' || life.kind === 'unknown'),
        ),
    );
    this.#plan.later(0, () => void this.#compare('boot', 0));
    await this.#settled(() => !this.#state.booting);
    this.#day = this.#comparedDay();
    this.#plan.every(ROUTINE_WITH_ORDERS_MILLISECONDS, () => this.#routine());
    this.#plan.every(CLOCK_MILLISECONDS, () => this.#priced().forEach((instrument) => void this.#market.refreshLeverage(instrument)));
    this.#plan.every(INSTRUMENTS_MILLISECONDS, () => void this.#refreshInstruments());
    this.#plan.every(configuration.reconcile.fullEveryMilliseconds, () => void this.#compare('hourly', 0));
    void this.#checkpoints?.verifyOlder();
  }

  /** A wish of an agent. Resolves when there is something to tell: an end, a resting order, or the time to wait is over. */
  ask(wish: Wish): Promise<Outcome> {
    const refused = this.#refusalOf(wish);
    if (refused !== null) {
      // What was asked before is told as it is: that nothing was sent would be a lie.
      const known = this.#recordOf(wish);
      return Promise.resolve(known === undefined ? refused : { kind: 'recorded', record: known });
    }
    return new Promise((resolve) => {
      const call = this.#waiting.enter(intentKey(wish.intent.principal, wish.intent.intentId), resolve);
      this.post({ kind: 'asked', call, ...wish });
    });
  }

  /** The answer to every wish now, where none is taken; `null` where one is. */
  #refusalOf(wish: Wish): Extract<Outcome, { kind: 'refused' }> | null {
    if (this.#storageFailed || !this.#hasRoomFor(wish)) return { kind: 'refused', code: 'HALTED', message: UNWRITTEN };
    if (this.#stopped) return STOPPING;
    if (this.#inbox.length < INBOX_MAX) return null;
    return { kind: 'refused', code: 'RATE_LIMIT', message: `${INBOX_MAX} requests are waiting already, and this one was not taken` };
  }

  /** The record of the same wish asked before; a fact, since it is on disk. */
  #recordOf({ tool, intent, arguments: given }: Wish): IntentRecord | undefined {
    const known = get(this.#state.intents, intentKey(intent.principal, intent.intentId));
    return known !== undefined && known.tool === tool && known.bodyHash === bodyHashOf(tool, given) ? known : undefined;
  }

  /** A halted agent that goes on asking would fill what is left of the disk with denials; a cancel that has something to do passes. */
  #hasRoomFor({ intent }: Wish): boolean {
    if (!this.#roomIsScarce || this.#state.mode !== 'HALTED') return true;
    const { openOrders } = this.#state;
    return (
      intent.kind === 'cancel' &&
      [...openOrders.values()].some(({ principal, cancel }) => principal === intent.principal && cancel === 'none')
    );
  }

  /** What became of an earlier wish; waits until it is settled or the time is over. `null` when there is no such wish. */
  recall({
    principal,
    intentId,
    waitMilliseconds,
  }: {
    readonly principal: string;
    readonly intentId: string;
    readonly waitMilliseconds: number;
  }): Promise<IntentRecord | null> {
    const key = intentKey(principal, intentId);
    const record = get(this.#state.intents, key);
    if (record === undefined) return Promise.resolve(null);
    if (waitMilliseconds === 0 || settled(this.#state, record, { inspected: true, until: 'end' })) return Promise.resolve(record);
    return new Promise((resolve) => {
      const told = (outcome: Outcome): void => resolve(outcome.kind === 'recorded' ? outcome.record : record);
      this.#waiting.enterPatiently({ key, waitMilliseconds, resolve: told });
    });
  }

  /** The operator's verbs. Resolves with why nothing changed, or null. */
  async operate({ verb, reason }: { readonly verb: 'halt' | 'reduce_only' | 'resume'; readonly reason: string }): Promise<string | null> {
    const before = this.#state.mode;
    if (verb === 'resume') {
      const failure = await this.compareNow();
      if (failure !== null) return failure;
      const refusal = mayNotResume(this.#state, { haltFileExists: this.#wiring.haltFileExists(), now: this.now() });
      if (refusal !== null) return refusal;
      // The next tick would close entries again: better to say why.
      const losses = this.#state.mode === 'REDUCE_ONLY' ? lossesAgainst(this.#state, this.context()) : null;
      if (losses !== null) return losses;
      if (this.#state.mode === 'REDUCE_ONLY' && this.#time.skewed) return `${this.#apart()}; set it right first, then resume`;
    }
    const failure = await this.#written({ kind: 'operated', verb, reason, haltFileExists: this.#wiring.haltFileExists(), from: before });
    if (failure !== null) return failure;
    const changed = verb !== 'resume' || modes.indexOf(this.#state.mode) < modes.indexOf(before);
    return changed ? null : `the account became ${this.#state.mode} meanwhile (${this.#state.modeCause}); look first, then resume again`;
  }

  /** Resolves when nothing is left of what a halt cancels, or when a person has waited long enough for it. */
  async untilKilled(): Promise<void> {
    const until = this.#wiring.clock.monotonic() + KILL_PATIENCE_MILLISECONDS;
    await this.#settled(() => this.#state.killing === null || this.#wiring.clock.monotonic() > until);
  }

  /** The operator's word on one instrument or agent. Resolves with why nothing changed, or null. */
  async freeze(asked: Omit<Extract<Event, { kind: 'freeze_asked' }>, 'kind'>): Promise<string | null> {
    return mayNotFreeze(this.#state, asked, this.configuration) ?? (await this.#written({ kind: 'freeze_asked', ...asked }));
  }

  /** The operator's word on who may ask at all. Resolves with why nothing changed, or null. */
  async grant(asked: Omit<Extract<Event, { kind: 'agent_asked' }>, 'kind'>): Promise<string | null> {
    if (this.#storageFailed) return UNWRITTEN;
    return mayNotGrant(this.#state, asked, this.configuration) ?? (await this.#written({ kind: 'agent_asked', ...asked }));
  }

  /** The operator's word on an order whose outcome no look-up can prove any more. Resolves with why nothing changed, or null. */
  async resolve(asked: Omit<Extract<Event, { kind: 'resolve_asked' }>, 'kind'>): Promise<string | null> {
    return mayNotResolve(this.#state, asked, this.now()) ?? (await this.#written({ kind: 'resolve_asked', ...asked }));
  }

  /** A person accepts what the exchange says. Compares first and afterwards; resolves with what was accepted, or with why nothing was. */
  async adopt(reason: string): Promise<Result<Extract<Entry, { kind: 'compared' }>>> {
    const failure = await this.compareNow();
    const refusal = failure ?? mayNotAdopt(this.#state, this.context());
    const found = this.#lastComparison;
    if (refusal !== null || found === null) return err(refusal ?? 'nothing was compared yet');
    const unwritten = await this.#written({ kind: 'adopt_asked', reason, evidence: found.evidence });
    if (unwritten !== null) return err(unwritten);
    if (this.#state.lastCompared !== null) return err('something moved meanwhile; nothing was adopted: run twokey reconcile --adopt again');
    const silence = await this.compareNow();
    return silence === null ? ok(found) : err(`adopted, and not compared again: ${silence}`);
  }

  /** The operator has seen alerts, or wants one to see that it arrives. Resolves when that is written, or with why it will not be. */
  tell(
    asked: Extract<
      Event,
      { kind: 'acknowledge_asked' | 'alert_test' | 'operator_noted' | 'proof_tried' | 'limits_set' | 'promote_asked' | 'demote_asked' }
    >,
  ): Promise<string | null> {
    return this.#storageFailed ? Promise.resolve(UNWRITTEN) : this.#written(asked);
  }

  /** Closes everything, or one instrument, for the operator. Resolves when the end of it is journaled, or with why it cannot be begun. */
  async flatten(asked: { readonly reason: string; readonly instrument: string }): Promise<Result<Flattened>> {
    const { haltFileExists, readOnly } = this.#wiring;
    const refusal = mayNotFlatten(this.#state, { ...asked, haltFileExists: haltFileExists(), readOnly });
    const failure = refusal ?? (await this.#written({ kind: 'flatten_asked', ...asked }));
    if (failure !== null) return err(failure);
    await this.#settled(() => this.#state.flattening === null);
    const { flattening, flattened } = this.#state;
    return flattening !== null || flattened === null ? err('the gateway is stopping; what is closed is not known') : ok(flattened);
  }

  /** The operator's leverage for an instrument: journaled, sent once, read back. Resolves with what became of it, or with why it was not sent. */
  async setLeverage({ reason, ...wish }: LeverageWish & { readonly reason: string }): Promise<Result<Leveraged>> {
    const { haltFileExists, readOnly } = this.#wiring;
    const request = leveraging(this.#state, wish, { haltFileExists: haltFileExists(), readOnly, policy: this.configuration.policy });
    if (typeof request === 'string') return err(request);
    const { fence } = this.#state;
    const requestHash = this.#hashOf(request);
    const what = `leverage ${formatDecimal(request.leverage)} of ${request.instrument}`;
    const asked = `the operator asks for ${what}${reason === '' ? '' : ` (${reason})`}, request ${requestHash}`;
    const refused = await this.tell({ kind: 'operator_noted', code: 'LEVERAGE', message: asked });
    if (refused !== null) return err(refused);
    const mayStillLeave = (): boolean => !this.#stopped && !this.#storageFailed && this.#state.fence === fence && !haltFileExists();
    const done = await setLeverage({ ...this.#wiring, inquiry: this.#inquiry, request, requestHash, fence, mayStillLeave });
    const cause = done.cause === '' ? '' : ` (${done.cause})`;
    const now = done.leverage === null ? 'not known' : formatDecimal(done.leverage);
    this.post({ kind: 'operator_noted', code: 'LEVERAGE', message: `${what}: ${done.outcome}${cause}; it is ${now}` });
    const instrument = this.#state.instruments.get(request.instrument);
    if (instrument !== undefined) void this.#market.refreshLeverage(instrument);
    return ok(done);
  }

  /** Resolves when an event is written, and not a moment before, because a person relies on it; or with why it will not be. */
  async #written(event: Event): Promise<string | null> {
    await new Promise<void>((resolve) => {
      this.#taken.set(event, resolve);
      this.post(event);
      if (this.#stopped) resolve();
    });
    if (!this.#taken.delete(event)) return null;
    return this.#unsure ? UNSURE : 'the gateway is stopping; nothing changed';
  }

  /**
   * A person's answer to an order that waits. Resolves like `ask`: when there is something to tell of what became of it. Only what the operator's
   * token was checked for may call this.
   */
  judge({ approval: id, verb, reason }: Judgement): Promise<Outcome> {
    if (this.#storageFailed) return Promise.resolve({ kind: 'refused', code: 'HALTED', message: UNWRITTEN });
    if (this.#stopped) return Promise.resolve(STOPPING);
    return new Promise((resolve) => {
      const approval = this.#state.approvals.get(id);
      // Where nothing waits under the name there is no wish to hear of: the step says so.
      const call = this.#waiting.enter(approval === undefined ? '' : intentKey(approval.principal, approval.intentId), resolve, 'judged');
      this.post({ kind: 'judged', call, approval: id, verb, reason });
    });
  }

  /** A full comparison now; resolves when it is journaled. Whoever asks while one is under way waits for that one. */
  compareNow(): Promise<string | null> {
    return new Promise((resolve) => {
      if (this.#stopped) return resolve(UNCOMPARED);
      this.#comparisons.push(resolve);
      // Several at once would only keep each other waiting for what the exchange allows to be asked.
      if (this.#comparisons.length === 1) void this.#compare('operator', 0);
    });
  }

  post(event: Event): void {
    if (this.#stopped) return;
    // What halts stands behind nothing that agents have asked for, nor does what a halt waits to hear.
    if (isPressing(event)) this.#inbox.splice(this.#inbox[0]?.kind === 'started' ? 1 : 0, 0, event);
    else this.#inbox.push(event);
    this.#drainSoon();
  }

  #drainSoon(): void {
    if (this.#draining || !this.#begun) return;
    this.#draining = true;
    // A turn later, so that everything that arrived together is written together: one write to disk costs as much as many.
    this.#wiring.clock.turn(() => void this.#drain());
  }

  close(): void {
    this.#stopped = true;
    this.#checkpoints?.close();
    this.#listening?.close();
    this.#plan.close();
    this.#waiting.close();
    for (const resolve of this.#taken.values()) resolve();
    this.#compared(UNCOMPARED);
  }

  // ---- the loop -----------------------------------------------------------------------------------------------------------

  async #drain(): Promise<void> {
    try {
      while (this.#inbox.length > 0 && !this.#stopped) await this.#takeBatch();
    } catch (error) {
      // An assertion: our own bug. Going on with a wrong belief would be worse than stopping.
      this.#fatal(error instanceof Error ? error.message : 'unexpected failure', true);
    } finally {
      this.#draining = false;
    }
  }

  async #takeBatch(): Promise<void> {
    const { account, store } = this.#wiring;
    const taken: Event[] = [];
    const drafts: Draft[] = [];
    const effects: Fenced[] = [];
    const signatures = new Map<ClientOrderId, Promise<Signed>>();
    let provisional = this.#state;
    let compared = this.#lastComparison;
    // After a failed append one event at a time: the halt must not be kept out by what waits behind it.
    const eventsMax = this.#storageFailed ? 1 : BATCH_EVENTS_MAX;
    while (taken.length < eventsMax && drafts.length < BATCH_ENTRIES_MAX) {
      const event = this.#inbox.shift();
      if (event === undefined) break;
      taken.push(event);
      const stepped = step(provisional, event, this.#around());
      // The same clock as that of the decisions: what is remembered with one and looked up with another would be forgotten too early.
      const at = this.now();
      for (const entry of stepped.entries) {
        drafts.push({ at, account, kind: entry.kind, body: bodyOf(entry) });
        provisional = apply(provisional, { seq: provisional.seq + 1, at, entry });
        if (entry.kind === 'compared') compared = entry;
      }
      effects.push(...stepped.effects.map((effect) => ({ effect, fence: provisional.fence })));
    }
    // The vault builds and signs while the disk writes; bytes leave only when both are done (DESIGN §3.4).
    for (const { effect, fence } of effects)
      if (effect.kind === 'submit')
        signatures.set(effect.clientOrderId, this.#wiring.signer.sign(effect.request, effect.requestHash, fence));
    if (drafts.length > 0) {
      const rows = seal(this.#head, drafts);
      this.#writingSince = this.#wiring.clock.monotonic();
      this.#unsure = true;
      const appended = await store.append(this.#head, rows);
      this.#writingSince = null;
      switch (appended.kind) {
        case 'appended':
          this.#head = appended.head;
          this.#storageFailed = false;
          break;
        case 'not_written':
          this.#unsure = false;
          // The vault signs an id once, and it has signed these.
          this.#spent = Math.max(this.#spent, provisional.sequence);
          await this.#notWritten(taken, appended.cause);
          return;
        case 'conflict':
          this.#unsure = false;
          this.#fatal(`another process wrote to the journal (entry ${appended.head.seq})`);
          return;
        case 'uncertain':
          this.#fatal(`the outcome of a journal write is not known: ${appended.cause}`);
          return;
        default:
          unreachable(appended);
      }
    }
    // What was decided before a kill dies here, and in the vault too.
    if (provisional.fence > this.#state.fence) this.#wiring.signer.raise(provisional.fence);
    const { timer } = this.#state;
    this.#state = provisional;
    this.#lastComparison = compared;
    // Orders leave first, then people are told, and then the exchange is asked: a look-up must not stand in the way of an answer.
    const isUrgent = ({ effect }: Fenced): boolean => effect.kind === 'submit' || effect.kind === 'refuse';
    for (const each of effects) if (isUrgent(each)) this.#perform(each, signatures);
    if (timer !== provisional.timer) this.#deadMan.align();
    this.#publish(taken, drafts);
    this.#unsure = false;
    for (const each of effects) if (!isUrgent(each)) this.#perform(each, signatures);
    if (drafts.length > 0) this.#checkpoints?.consider(this.#state, this.#head);
  }

  /** What a decision taken now would look at beside the state. */
  context(): Context {
    return { ...this.#around(), configuration: this.configuration };
  }

  /** `step` itself says who is an agent, because a batch may have changed that. */
  #around(): Context {
    const { configuration, policyHash } = this.#wiring;
    return {
      circumstances: this.circumstances(),
      configuration,
      policyHash,
      requestHash: (request) => this.#hashOf(request),
      spent: this.#spent,
    };
  }

  #hashOf(request: Write | Clearing | Arming | Leveraging): string {
    const simulated = this.#wiring.configuration.exchange.environment !== 'live';
    return requestHash(encode(request, { simulated }), simulated);
  }

  /**
   * The disk refused and nothing was written: wishes of this batch, and what a person answered to one, did not happen. What the exchange said did happen, so it is
   * taken again after the halt, for which space was kept.
   */
  async #notWritten(taken: readonly Event[], cause: string): Promise<void> {
    const first = !this.#storageFailed;
    this.#storageFailed = true;
    this.#roomIsScarce = true;
    for (const event of taken) {
      if (event.kind === 'judged') this.#refuse(event.call, 'HALTED', UNWRITTEN);
      if (event.kind !== 'asked') continue;
      const known = this.#recordOf(event);
      if (known === undefined) this.#refuse(event.call, 'HALTED', UNWRITTEN);
      else this.#waiting.tell(event.call, { kind: 'recorded', record: known });
    }
    this.#inbox.unshift(...taken.filter(({ kind }) => kind !== 'asked' && kind !== 'judged' && kind !== 'tick'));
    if (first) {
      try {
        this.#wiring.freeReserve();
      } catch {
        // The halt may find no room without it, and is tried all the same.
      }
      this.#inbox.unshift({ kind: 'degraded', to: 'HALTED', cause: `the journal could not be written: ${cause}` });
      return;
    }
    await new Promise<void>((resolve) => this.#plan.later(STORAGE_AGAIN_MILLISECONDS, resolve));
  }

  #fatal(cause: string, isBug = false): void {
    const first = !this.#stopped;
    this.close();
    if (first) this.#wiring.onFatal(cause, isBug);
  }

  // ---- effects ------------------------------------------------------------------------------------------------------------

  #perform({ effect, fence }: Fenced, signatures: ReadonlyMap<ClientOrderId, Promise<Signed>>): void {
    switch (effect.kind) {
      case 'submit': {
        const signed = signatures.get(effect.clientOrderId);
        if (signed !== undefined) void this.#submit({ request: effect.request, fence }, signed);
        return;
      }
      case 'cancel':
        this.#plan.next(`cancel ${effect.clientOrderId}`, effect.afterMilliseconds, () => void this.#cancel(effect.clientOrderId));
        return;
      case 'inspect':
        this.#plan.next(`inspect ${effect.clientOrderId}`, effect.afterMilliseconds, () => void this.#inspect(effect.clientOrderId));
        return;
      case 'search':
        this.#plan.next(`search ${effect.clientOrderId}`, effect.afterMilliseconds, () => void this.#search(effect.clientOrderId));
        return;
      case 'observe':
        this.#plan.next(`observe ${effect.instrument}`, effect.afterMilliseconds, () => void this.#observe(effect.instrument));
        return;
      case 'compare':
        this.#plan.later(effect.afterMilliseconds, () => void this.#compare(effect.trigger, effect.attempt));
        return;
      case 'enumerate':
        this.#plan.next('enumerate', effect.afterMilliseconds, () => void this.#enumerate());
        return;
      case 'clear':
        void this.#clear(effect);
        return;
      case 'notify':
        this.#messenger.notify(effect);
        return;
      case 'refuse':
        this.#refuse(effect.call, effect.code, effect.message);
        return;
      default:
        unreachable(effect);
    }
  }

  async #submit({ request, fence }: { readonly request: Write; readonly fence: number }, pending: Promise<Signed>): Promise<void> {
    const signed = await pending;
    const { exchange, pace } = this.#wiring;
    const outcome = await sendOnce({
      exchange,
      pace,
      request,
      signed,
      mayStillLeave: () => this.#mayStillLeave(request, fence),
      restricts: (restriction) => {
        const instrument = orderOf(this.#state, request.clientOrderId)?.instrument;
        if (instrument !== undefined) this.post({ kind: 'restricted', instrument, ...restriction });
      },
    });
    if (signed.kind === 'dead') this.post({ kind: 'degraded', to: 'HALTED', cause: 'the vault died' });
    const kind = request.kind === 'amend_protection' ? 'move_answered' : 'place_answered';
    this.post({ kind, clientOrderId: request.clientOrderId, outcome });
  }

  /** Asked in the tick in which the bytes would leave: whatever changed since the decision counts (DESIGN §3.4). */
  #mayStillLeave(request: Write, fence: number): boolean {
    if (this.#stopped || this.#storageFailed) return false;
    if (request.kind === 'cancel' || request.kind === 'cancel_protection') return true;
    // A halt came between the decision and this moment, whatever the mode has become since.
    if (this.#state.fence !== fence) return false;
    if (request.kind === 'place' && !isAsDecided(this.#state, request)) {
      // Our own bug, or somebody's hand in our memory: nothing more is risked before a person has looked.
      this.post({ kind: 'degraded', to: 'HALTED', cause: `order ${request.clientOrderId} is not what was decided; it was not sent` });
      return false;
    }
    if (this.#state.booting || this.#wiring.readOnly || this.#wiring.haltFileExists()) return false;
    // Protection opens nothing.
    if (request.kind !== 'place') return this.#state.mode !== 'HALTED';
    if (this.now() >= request.expiresAt) return false;
    const order = orderOf(this.#state, request.clientOrderId);
    if (order === undefined) return false;
    const { principal: owner, cancel } = order;
    // A cancel has rates of its own and may have come first and found nothing: what follows it would be filled all the same.
    const isWanted = cancel === 'none';
    // In a halt what the operator closes is all that leaves (law 4).
    if (request.terms.purpose === 'exit') return isWanted && (this.#state.mode !== 'HALTED' || isOperator(owner));
    const { instrument } = request.terms;
    const quote = this.#market.quotes.get(instrument);
    if (quote === undefined || !this.#time.trusted || !isWanted || isBarred(this.#state, { instrument, principal: owner })) return false;
    // Of what nobody answered for since then, nobody knows what it leads to.
    if (isClouded(this.#state, request)) return false;
    // By both clocks and by the asker's own limit, as it was decided. Nothing is opened without a book either.
    const age = this.now() - Math.min(quote.at, quote.receivedAt, quote.book?.at ?? 0);
    return age <= policyFor(this.#wiring.configuration, owner).maxDataAgeMilliseconds;
  }

  async #cancel(clientOrderId: ClientOrderId): Promise<void> {
    // The vault signs questions alone then, and a cancel that nobody sends would be tried and written down every second without end.
    if (this.#wiring.readOnly) return;
    await this.#plan.alone(`cancel ${clientOrderId}`, async () => {
      const order = orderOf(this.#state, clientOrderId);
      if (order === undefined || order.life.kind === 'done') return;
      const { instrument, exchangeOrderId } = order;
      // A stop order that was reached has nothing left to cancel: what it sent goes at market.
      if (order.stop !== null && (order.life.kind !== 'armed' || exchangeOrderId === '')) return;
      const request: Write =
        order.stop === null
          ? { kind: 'cancel', instrument, clientOrderId }
          : { kind: 'cancel_protection', instrument, clientOrderId, exchangeOrderId };
      const { fence } = this.#state;
      const signed = await this.#wiring.signer.sign(request, this.#hashOf(request), fence);
      const { exchange, pace } = this.#wiring;
      const mayStillLeave = () => this.#mayStillLeave(request, fence);
      // What is said to a cancel says nothing that a placement would not be told too.
      const outcome = await sendOnce({ exchange, pace, request, signed, mayStillLeave, restricts: () => {} });
      this.post({ kind: 'cancel_answered', clientOrderId, outcome });
    });
  }

  async #clear({ request, requestHash }: Extract<Effect, { kind: 'clear' }>): Promise<void> {
    for (const id of request.exchangeOrderIds) this.#clearing.add(id);
    this.#notCleared = await clear({ ...this.#wiring, request, requestHash, mayStillLeave: () => !this.#stopped });
    for (const id of request.exchangeOrderIds) this.#clearing.delete(id);
  }

  async #enumerate(): Promise<void> {
    await this.#plan.alone('enumerate', async () => {
      const askedAt = this.#time.known ? this.now() : 0;
      const asked = { askedAt, askedFor: this.#state.killing?.seq ?? 0, underWay: [...this.#clearing] };
      this.post({ kind: 'enumerated', ...(await this.#inquiry.enumerate()), ...asked, cause: this.#notCleared });
    });
  }

  /** Why the exchange should not be told that all is well; empty when it is. */
  #unhealthy(): string {
    const { booting, killing, openOrders, mode, lastCompared } = this.#state;
    const now = this.#wiring.clock.monotonic();
    if (this.#stopped || this.#storageFailed) return 'the journal cannot be written';
    if (now - (this.#writingSince ?? now) > HEALTHY_LAG_MAX_MILLISECONDS) return 'the journal does not say that it is written';
    if (booting) return 'the first comparison has not ended';
    if (killing !== null) return 'a halt lets it run out';
    if (this.#lateMilliseconds > HEALTHY_LAG_MAX_MILLISECONDS)
      return `the gateway was held up for ${Math.round(this.#lateMilliseconds)} ms`;
    if (now - this.#comparedAt > COMPARED_MILLISECONDS_MAX) return 'books and exchange were not compared for long';
    // An outcome that was open for a moment makes no comparison clean either, and closes nothing.
    if (mode !== 'ACTIVE' && lastCompared?.clean === false) return 'books and exchange differ';
    const { maxDataAgeMilliseconds } = this.#wiring.configuration.policy;
    const stale = [...openOrders.values()].find((order) => {
      const quote = this.#market.quotes.get(order.instrument);
      return mayRest(order) && (quote === undefined || this.now() - Math.min(quote.at, quote.receivedAt) > maxDataAgeMilliseconds);
    });
    return stale === undefined ? '' : `the price of ${stale.instrument} is old`;
  }

  /** By now the exchange has cancelled by itself what rested there, or was never told to. */
  #lapsed(cause: string): void {
    if (this.#state.mode !== 'ACTIVE') return;
    this.post({ kind: 'degraded', to: 'REDUCE_ONLY', cause: `the exchange's own timer was not renewed in time: ${cause}` });
  }

  async #inspect(clientOrderId: ClientOrderId): Promise<void> {
    await this.#plan.alone(`inspect ${clientOrderId}`, () => this.#inspectNow(clientOrderId));
  }

  /** For whoever has just heard of the order: a look that is under way may have been before that. */
  async #inspectAfresh(clientOrderId: ClientOrderId): Promise<void> {
    await this.#plan.afresh(`inspect ${clientOrderId}`, () => this.#inspectNow(clientOrderId));
  }

  async #inspectNow(clientOrderId: ClientOrderId): Promise<void> {
    const order = orderOf(this.#state, clientOrderId);
    if (order !== undefined) await this.#lookAndTell(order);
  }

  /** That a stop order is gone is told behind what the others did: one of them may have closed what it was for, and the exchange ended it for that. */
  async #lookAndTell(order: Order): Promise<void> {
    const look = await this.#look(order);
    if (!isGone(look)) {
      this.#goneSince.delete(order.clientOrderId);
      this.post(look);
      return;
    }
    const since = this.#goneSince.get(order.clientOrderId) ?? this.#wiring.clock.monotonic();
    this.#goneSince.set(order.clientOrderId, since);
    if (!(await this.#othersLookedAt(order)) && this.#wiring.clock.monotonic() - since < GONE_PATIENCE_MILLISECONDS) {
      // Nobody else looks again at one whose outcome is not known yet.
      this.#plan.next(`inspect ${order.clientOrderId}`, FAILED_AGAIN_MILLISECONDS, () => void this.#inspect(order.clientOrderId));
      return;
    }
    this.#goneSince.delete(order.clientOrderId);
    this.post(look);
  }

  async #othersLookedAt({ instrument, clientOrderId }: Order): Promise<boolean> {
    const others = [...this.#state.openOrders.values()].filter(
      (other) => other.instrument === instrument && other.clientOrderId !== clientOrderId,
    );
    // What nobody answered for is being searched, and may have been it.
    if (others.some(({ life, stop }) => stop === null && (life.kind === 'submitting' || life.kind === 'unknown'))) return false;
    return this.#lookAtAll(others);
  }

  /** Looks at these orders, and tells of each that is there. `false` where one could not be asked about. */
  async #lookAtAll(orders: readonly Order[]): Promise<boolean> {
    const known = orders.filter((order) => order.life.kind !== 'armed' || mayBeSeen(this.#state, order));
    const looks = await Promise.all(known.map((order) => this.#look(order)));
    // What an order turns out to have executed has woken its stop, which may have been reached since.
    const executed = new Set<string>(looks.flatMap(executedIn));
    const woken = orders.filter((order) => !known.includes(order) && executed.has(order.stop?.parent ?? ''));
    looks.push(...(await Promise.all(woken.map((order) => this.#look(order)))));
    for (const look of looks) if (!isGone(look)) this.post(look);
    return !looks.some(isFailed);
  }

  #look(order: Order): Promise<Event> {
    return inspect(this.#inquiry, order, this.#time.known ? this.now() : 0);
  }

  async #search(clientOrderId: ClientOrderId): Promise<void> {
    await this.#plan.alone(`search ${clientOrderId}`, async () => {
      const order = orderOf(this.#state, clientOrderId);
      if (order !== undefined && order.stop !== null) {
        if (order.life.kind !== 'done') await this.#lookAndTell(order);
        return;
      }
      // Without the exchange's time no look-up is late enough to prove anything; it may still find.
      if (order !== undefined && order.life.kind !== 'done')
        this.post(await search(this.#inquiry, { state: this.#state, order, startedAt: this.#time.known ? this.now() : 0 }));
    });
  }

  async #observe(instrumentId: Instrument['id']): Promise<void> {
    await this.#plan.alone(`observe ${instrumentId}`, async () => {
      const instrument = this.#state.instruments.get(instrumentId);
      if (instrument === undefined) return;
      const again = () => this.#plan.next(`observe ${instrumentId}`, FAILED_AGAIN_MILLISECONDS, () => void this.#observe(instrumentId));
      if (!(await this.#ordersLookedAt(instrument))) {
        again();
        return;
      }
      const { seq: askedAtSeq, positionMode: mode } = this.#state;
      const event = await observe(this.#inquiry, { instrument, mode, askedAtSeq, market: this.#market, now: () => this.now() });
      // A failed question leaves verification pending, and is asked again; it never counts as agreement.
      if (event === null) again();
      else this.post(event);
    });
  }

  /**
   * A difference may be an execution that nobody has heard of, because one look got lost: before it is asked about a second time, and
   * may be believed, every open order that could explain it is looked at. Not for ever: what cannot be looked at excuses nothing.
   */
  async #ordersLookedAt(instrument: Instrument): Promise<boolean> {
    const isYoung = [...this.#state.checks].some(
      ([name, { mismatch }]) =>
        instrumentIn(name as PositionKey) === instrument.id &&
        mismatch !== null &&
        !mismatch.confirmed &&
        this.now() - mismatch.at <= LOOK_PATIENCE_MILLISECONDS,
    );
    if (!isYoung) return true;
    const orders = [...this.#state.openOrders.values()].filter(({ instrument: id, life }) => {
      const other = this.#state.instruments.get(id);
      const shares = id === instrument.id || (instrument.kind === 'spot' && other?.kind === 'spot' && other.base === instrument.base);
      return shares && life.kind !== 'submitting' && life.kind !== 'unknown';
    });
    return this.#lookAtAll(orders);
  }

  /** Every five seconds while orders are open, else every ten; in full where nobody could be asked for a while, and once a day (reference/risk.md §6.4). */
  #routine(): void {
    const now = this.#wiring.clock.monotonic();
    const day = this.#comparedDay();
    if (day !== this.#day) {
      this.#day = day;
      void this.#compare('daily', 0);
    }
    if (this.#state.openOrders.size === 0 && now - this.#routineAt < ROUTINE_MILLISECONDS) return;
    this.#routineAt = now;
    void this.#compare('routine', 0);
  }

  /** Since when the routine looks at orders that ended, so that one which was placed and cancelled between two looks is seen; `null`: not this time. */
  #recentOfRoutine(): number | null {
    const now = this.now();
    if (now - this.#recentAt < RECENT_MILLISECONDS) return null;
    const since = Math.max(this.#recentAt - RECENT_MARGIN_MILLISECONDS, this.#recentSince);
    this.#recentAt = now;
    return since;
  }

  #comparedDay(): number {
    return Math.floor((this.now() - DAILY_AT_MILLISECONDS) / DAY_MILLISECONDS);
  }

  /** A list that was asked for a moment ago serves again: there are seven kinds of them, and few questions to spend. */
  async #algosListed(ageMaxMilliseconds: number): Promise<AlgosListed> {
    const now = this.#wiring.clock.monotonic();
    if (this.#algos !== null && now - this.#algos.at <= ageMaxMilliseconds) return this.#algos.listed;
    const listed = await this.#inquiry.algos();
    this.#algos = listed.orders === null ? null : { at: now, listed };
    return listed;
  }

  async #compare(trigger: Trigger, attempt: number): Promise<void> {
    const isRoutine = trigger === 'routine';
    const askedAt = this.now();
    // What others did before a journal began is part of what it found.
    const recentSince = isRoutine ? this.#recentOfRoutine() : (this.#recentSince ||= askedAt);
    const event = await snapshot(this.#inquiry, {
      trigger,
      attempt,
      state: this.#state,
      market: this.#market,
      askedAt,
      recentSince,
      algos: () => this.#algosListed(isRoutine ? ALGOS_AGE_MAX_MILLISECONDS : ALGOS_AGE_FULL_MAX_MILLISECONDS),
    });
    if (event !== null) {
      // What the routine has seen it tells at once: the next full comparison need not read all of it again, which may be more than is read.
      if (isRoutine && recentSince !== null && event.kind === 'snapshot' && event.snapshot.recent !== null)
        this.#recentSince = Math.max(askedAt - RECENT_MARGIN_MILLISECONDS, this.#recentSince);
      this.#comparedAt = this.#wiring.clock.monotonic();
      this.post(event);
      const silentFor = this.#silentSince === null ? 0 : this.#wiring.clock.monotonic() - this.#silentSince;
      this.#silentSince = null;
      if (isRoutine && silentFor >= OUTAGE_MILLISECONDS) void this.#compare('reconnect', 0);
      return;
    }
    this.#silentSince ??= this.#wiring.clock.monotonic();
    if (trigger === 'operator') this.#compared('the exchange did not answer; nothing is known; try twokey doctor');
    // One at a time is tried again, however often it was asked for meanwhile.
    if (trigger !== 'operator' && !isRoutine)
      this.#plan.next(`compare ${trigger}`, FAILED_AGAIN_MILLISECONDS, () => void this.#compare(trigger, attempt));
  }

  #tick(lateMilliseconds: number): void {
    // Whoever could not look for so long does not know what happened meanwhile. Before the first comparison nothing is sent anyway.
    this.#lateMilliseconds = lateMilliseconds;
    this.#stoodStill(lateMilliseconds);
    this.post({ kind: 'tick' });
    this.#listening?.tick(lateMilliseconds > LAG_MAX_MILLISECONDS ? lateMilliseconds : 0);
    this.#uncompared();
    this.#deadMan.align();
    if (this.#time.unsettled) void this.#syncClock();
    this.#tellOfKey();
    this.#obeyHaltFile();
    for (const order of this.#state.openOrders.values())
      if (order.life.kind === 'working' || order.life.kind === 'settling' || mayBeSeen(this.#state, order))
        void this.#inspect(order.clientOrderId);
    const unproven = new Set([...this.#state.unverified.values(), ...this.#mismatched()]);
    for (const instrument of unproven) void this.#observe(instrument);
    for (const instrument of this.#mismatched()) {
      this.#sweep(instrument).catch((error: unknown) => {
        // A broken part of a snapshot, looked into here, has stopped the gateway already.
        if (!this.#stopped) throw error;
      });
    }
  }

  #stoodStill(milliseconds: number): void {
    if (milliseconds <= LAG_MAX_MILLISECONDS || this.#state.booting) return;
    this.post({ kind: 'degraded', to: 'REDUCE_ONLY', cause: standstillText(milliseconds) });
  }

  /** What is pushed does not stand for it: books that nothing was compared with may be wrong in everything. */
  #uncompared(): void {
    const milliseconds = this.#wiring.clock.monotonic() - this.#comparedAt;
    if (this.#state.booting || milliseconds <= UNCOMPARED_MILLISECONDS_MAX) return;
    const cause = `books and exchange were not compared for ${Math.floor(milliseconds / 1000)} s, because the exchange did not answer`;
    this.post({ kind: 'degraded', to: 'REDUCE_ONLY', cause });
  }

  /** A key that the exchange does not take any more, as after a change of this machine's address: told once, and again only after it was taken. */
  #tellOfKey(): void {
    const { keyRefusal } = this.#inquiry;
    if (keyRefusal !== '' && this.#keyTold === '') this.post({ kind: 'noticed', code: 'KEY_REFUSED', message: keyRefusal });
    this.#keyTold = keyRefusal;
  }

  /** A person's halt: when the file appears, whatever the mode, and for as long as it stands. */
  #obeyHaltFile(): void {
    const stands = this.#wiring.haltFileExists();
    const { mode } = this.#state;
    if (stands && (mode !== 'HALTED' || !this.#haltFileStood)) {
      const { by, reason } = this.#wiring.haltFileSays();
      const cause = 'the file HALT stands in the home folder';
      // What no person decided is told to a person, who is not taken to know of it.
      if (by === 'operator') this.post({ kind: 'operated', verb: 'halt', reason: cause, haltFileExists: true, from: mode });
      else this.post({ kind: 'degraded', to: 'HALTED', cause: `${cause}: ${by} wrote it, because of ${reason}` });
    }
    this.#haltFileStood = stands;
  }

  /**
   * Where the exchange holds something else than the books, an order that was believed to have ended may have executed: every fill
   * that is not booked is traced to its order, and that order is looked at (invariant I-A1).
   */
  async #sweep(instrumentId: Instrument['id']): Promise<void> {
    await this.#plan.alone(`sweep ${instrumentId}`, async () => {
      const found = this.#state.instruments.get(instrumentId);
      const pairs = [...this.#state.instruments.values()].filter(
        ({ id, kind, base }) => id === instrumentId || (kind === 'spot' && found?.kind === 'spot' && base === found.base),
      );
      const begin = this.now() - SWEEP_MILLISECONDS;
      const lists = await Promise.all(
        pairs.map(({ id, kind }) => this.#inquiry.fills({ kind: 'fills', product: kind, instrument: id, begin, exchangeOrderId: '' })),
      );
      const unbooked = lists
        .flatMap((fills) => fills ?? [])
        .filter((fill) => !has(this.#state.trades, `${fill.instrument}/${fill.tradeId}`));
      for (const id of new Set(unbooked.map(({ clientOrderId }) => clientOrderId))) {
        const order = orderOf(this.#state, id);
        if (order !== undefined && order.life.kind !== 'unknown') void this.#inspect(order.clientOrderId);
      }
    });
  }

  #mismatched(): readonly Instrument['id'][] {
    const names = [...this.#state.checks].flatMap(([name, { mismatch }]) => (mismatch === null ? [] : [name as PositionKey]));
    return [...new Set(names.map(instrumentIn))];
  }

  // ---- answers ------------------------------------------------------------------------------------------------------------

  #publish(taken: readonly Event[], drafts: readonly Draft[]): void {
    for (const event of taken) {
      this.#taken.get(event)?.();
      this.#taken.delete(event);
    }
    this.#waiting.attend(new Set(taken.flatMap((event) => (event.kind === 'inspected' ? [event.clientOrderId] : []))));
    const compared = drafts.findLast((draft) => draft.kind === 'compared');
    if (compared === undefined) return;
    this.#compared(null);
    if (this.#lastComparison?.trigger !== 'routine') {
      this.#recentSince = Math.max(compared.at - RECENT_MARGIN_MILLISECONDS, this.#recentSince);
      this.#recentAt = Math.max(compared.at, this.#recentAt);
    }
  }

  #refuse(call: number, code: Code, message: string): void {
    this.#waiting.tell(call, { kind: 'refused', code, message });
  }

  #compared(failure: string | null): void {
    const waiting = this.#comparisons;
    this.#comparisons = [];
    for (const resolve of waiting) resolve(failure);
  }

  // ---- time and reading ---------------------------------------------------------------------------------------------------

  async #settled(condition: () => boolean): Promise<void> {
    while (!condition() && !this.#stopped) await new Promise<void>((resolve) => this.#wiring.clock.alarm(5, resolve));
  }

  async #syncClock(): Promise<void> {
    await this.#plan.alone('clock', async () => {
      if (!(await this.#time.read(this.#inquiry))) return;
      const { offsetMilliseconds: offset, skewed, sleptMilliseconds } = this.#time;
      this.#stoodStill(sleptMilliseconds);
      this.#wiring.onClockOffset(offset);
      // One reading alone may be wrong, and before the first comparison nothing is sent anyway.
      this.#skewedReadings = skewed ? this.#skewedReadings + 1 : 0;
      if (this.#skewedReadings === 1) this.#plan.next('clock', CLOCK_AGAIN_MILLISECONDS, () => void this.#syncClock());
      if (this.#skewedReadings < 2 || this.#state.booting || this.#state.mode !== 'ACTIVE') return;
      this.post({ kind: 'degraded', to: 'REDUCE_ONLY', cause: this.#apart() });
    });
  }

  #apart(): string {
    const { offsetMilliseconds: offset } = this.#time;
    return `the host's clock is ${(Math.abs(offset) / 1000).toFixed(1)} s ${offset > 0 ? 'behind' : 'ahead of'} the exchange's`;
  }

  async #readInstruments(): Promise<readonly Instrument[]> {
    for (;;) {
      const instruments = await this.#askInstruments();
      if (instruments !== null) return instruments;
      if (this.#stopped) return [];
      await new Promise<void>((resolve) => this.#wiring.clock.alarm(FAILED_AGAIN_MILLISECONDS, resolve));
    }
  }

  async #askInstruments(): Promise<readonly Instrument[] | null> {
    const [spot, swap] = await Promise.all([
      this.#inquiry.ask({ kind: 'instruments', product: 'spot' }),
      this.#inquiry.ask({ kind: 'instruments', product: 'swap' }),
    ]);
    if (spot.report.kind !== 'instruments' || swap.report.kind !== 'instruments') return null;
    return [...spot.report.instruments, ...swap.report.instruments].filter((instrument) => this.#matters(instrument));
  }

  /** Ticks, lots and states change while a gateway runs. */
  async #refreshInstruments(): Promise<void> {
    const instruments = await this.#askInstruments();
    if (instruments !== null) this.post({ kind: 'instruments_read', instruments });
  }

  /** Instruments that may be traded, and those that were: the exchange lists thousands. */
  #matters(instrument: Instrument): boolean {
    const { configuration } = this.#wiring;
    return this.#state.instruments.has(instrument.id) || configuration.policy.instruments.includes(instrument.id);
  }

  /** Instruments whose prices are kept: what may be traded, and what is held, which has to be valued and closed whatever the list says. */
  #priced(): readonly Instrument[] {
    const { positions, openOrders, instruments } = this.#state;
    const held = new Set([...positions.keys(), ...[...openOrders.values()].map(({ instrument }) => instrument)]);
    return [...instruments.values()].filter(({ id }) => held.has(id) || this.#wiring.configuration.policy.instruments.includes(id));
  }
}

/** What is to be done, under the fence that held when it was decided. */
type Fenced = { readonly effect: Effect; readonly fence: number };

function isPressing(event: Event): boolean {
  return (
    event.kind === 'enumerated' ||
    (event.kind === 'operated' && event.verb === 'halt') ||
    (event.kind === 'degraded' && event.to === 'HALTED')
  );
}

/** Whether the exchange says that a stop order has ended without having been reached, or without its order. */
function isGone(look: Event): boolean {
  if (look.kind !== 'protection_seen' || look.protection.kind !== 'protection') return false;
  const { state } = look.protection.protection;
  return state === 'cancelled' || state === 'failed';
}

/** The order of which the exchange says that it has executed. */
function executedIn(look: Event): readonly ClientOrderId[] {
  return look.kind === 'inspected' && look.order.kind === 'order' && !isZero(look.order.order.filled) ? [look.clientOrderId] : [];
}

function isFailed(look: Event): boolean {
  const answer = look.kind === 'inspected' ? look.order : look.kind === 'protection_seen' ? look.protection : null;
  return answer?.kind === 'failed';
}
