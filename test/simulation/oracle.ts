import { survey } from '../../src/core/exposure/survey.ts';
import type { Row } from '../../src/core/journal/row.ts';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import type { Configuration } from '../../src/core/policy/configuration.ts';
import type { SignedRequest } from '../../src/ports/exchange.ts';
import { requestHash } from '../../src/venues/okx/hash.ts';
import { type Amount, amountOf, most, show, size } from './amount.ts';
import type { Disk } from './disk.ts';
import { demand } from './demand.ts';
import { dollars, endsOf, type OnTheWire, reachOfLedger, worst } from './exposure.ts';
import { ListJudge } from './list-judge.ts';
import { LostJudge } from './lost.ts';
import { instrumentIn, isSpot, nameOf, namesOf } from './names.ts';
import type { Traffic } from './network.ts';
import type { GatewayProcess } from './process.ts';
import { StopJudge } from './stop-judge.ts';
import { Tally } from './tally.ts';
import type { LedgerFill, Venue } from './venue.ts';

const severity = ['ACTIVE', 'REDUCE_ONLY', 'HALTED'];
/** How old a price may be that a decision counted something at, with the way of its order to the exchange. */
const PRICE_AGE_MILLISECONDS = 15_000;
/** `expTime` is 1.5 s after the decision by the gateway's estimate of the exchange's clock. */
const EXPIRY_MILLISECONDS_MAX = 1500 + 1000;
/** Nothing voids the placement of a stop order: what has not arrived by then never left, or was lost. */
/** As long as a close may be decided without the execution of a stop being booked. */
const CLOSE_BESIDE_STOP_MILLISECONDS = 20_000;
const STOP_ON_ITS_WAY_MILLISECONDS = 10_000;

type Submitted = {
  readonly intent: string;
  readonly instrument: string;
  readonly side: string;
  readonly size: Amount;
  readonly purpose: 'entry' | 'exit';
  readonly requestHash: string;
  /** The newest start when it was decided. */
  readonly start: number;
};

export type Watched = {
  readonly venue: Venue;
  readonly disk: Disk;
  readonly tally: Tally;
  readonly configuration: Configuration;
  readonly process: () => GatewayProcess | null;
  /** Whether another process lives that has not found out yet that it was replaced. */
  readonly contested: () => boolean;
};

/**
 * Watches everything that the gateway does to the exchange, and judges it by the exchange's own ledger and by what is on disk. The gateway's
 * belief is looked at in one place only: it must expect the worst that can really happen.
 */
export class Oracle {
  readonly #watched: Watched;
  readonly #submitted = new Map<string, Submitted>();
  readonly #allowed = new Set<string>();
  readonly #ordersOfIntent = new Map<string, readonly string[]>();
  /** What an intent had become in entries that the disk has lost. */
  readonly #lostOfIntent = new Map<string, readonly string[]>();
  readonly lost: LostJudge;
  #lists: ListJudge;
  readonly #stops: StopJudge;
  readonly #sent = new Set<string>();
  readonly #wire = new Map<string, OnTheWire>();
  readonly #orderSeen = new Map<string, string>();
  readonly #held = new Map<string, Amount>();
  /** Worst cases when entries were closed; from then on they may only shrink. */
  #closed: Map<string, Amount> | null = null;
  /** Instruments on which somebody else acted, or of which the exchange told what is not true. */
  readonly #excused = new Set<string>();
  /** When a stop of ours was executed last, by instrument. */
  readonly #stopSold = new Map<string, number>();
  /** What waits for a person, what a person agreed to, and what nobody did: by approval and by intent. */
  readonly #waiting = new Map<string, string>();
  readonly #agreed = new Map<string, string>();
  readonly #ended = new Set<string>();
  #rowsRead = 0;
  /** Entries that are read once more were judged when they came. */
  #readAgain = 0;
  #rowsTold = 0;
  #mode = 'ACTIVE';
  #toldMode = 'ACTIVE';
  #booted = false;
  #fillsSeen = 0;
  #flattening = false;
  /** The newest start that is on disk. */
  #start = 0;
  /** A halt was told to be done, and nobody has resumed since. */
  #cleared = false;
  /** The instrument that is flattened; empty: all. */
  #flattened = '';
  #looked: { changes: number; state: unknown } = { changes: -1, state: null };
  judges = true;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#stops = new StopJudge(watched.tally);
    this.#lists = new ListJudge(watched.tally);
    this.lost = new LostJudge(watched.venue, watched.tally);
  }

  get mode(): string {
    return this.#mode;
  }

  get interfered(): boolean {
    return this.#excused.size > 0;
  }

  /** Orders that an intent became: one at most, unless it asked for a list. */
  ordersOf(intent: string): readonly string[] {
    return this.#ordersOfIntent.get(intent) ?? [];
  }

  /** Whose id an execution has to be booked under: that of our order, or of the stop order that sent it; undefined where it is not ours, or not any more. */
  bookedUnder({ clOrdId, ordId }: LedgerFill): string | undefined {
    if (this.#submitted.has(clOrdId)) return clOrdId;
    const sender = this.#stops.senderOf(ordId);
    return sender !== undefined && this.#stops.get(sender) !== undefined && this.lost.get(sender) === undefined ? sender : undefined;
  }

  wasSent(clientOrderId: string): boolean {
    return this.#sent.has(clientOrderId);
  }

  isExcused(instId: string): boolean {
    return this.#excused.has(instId);
  }

  /** From now on nothing is expected of this instrument but that its books come right again. */
  excuse(instId: string): void {
    this.#excused.add(instId);
    for (const name of namesOf(instId, this.#watched.venue.legs)) this.#closed?.delete(name);
  }

  /**
   * The disk has lost what it had confirmed: what these entries said is not written any more. Of the bytes that left because of them all stays known, and of
   * the instruments concerned nothing is expected but that nothing more is sent and that somebody is told.
   */
  forgot(rows: readonly Row[]): void {
    this.#read();
    const before = new Map(this.#submitted);
    this.lost.forget(rows, (id) => this.#sent.has(id) || this.#stops.wasSent(id));
    for (const known of [this.#submitted, this.#allowed, this.#ordersOfIntent, this.#waiting, this.#agreed, this.#ended]) known.clear();
    this.#lists = new ListJudge(new Tally());
    this.#mode = 'ACTIVE';
    this.#start = 0;
    this.#flattening = false;
    this.#cleared = false;
    this.#rowsRead = 0;
    this.#readAgain = this.#watched.disk.rows.length;
    this.#read();
    this.#readAgain = 0;
    this.#lists = this.#lists.goOn(this.#watched.tally);
    for (const row of rows) {
      const entry = body(row);
      const id = String(entry['client_order_id']);
      if (row.kind === 'submitting' && this.lost.get(id) === undefined) this.#stops.forget(id);
      if (row.kind === 'protecting' && this.lost.get(id) === undefined) this.#stops.forget(id);
      const concerned = this.lost.get(id)?.instrument ?? (row.kind === 'moving' ? this.#stops.get(id)?.instrument : undefined);
      if (concerned !== undefined) this.excuse(concerned);
      const intent = before.get(id)?.intent;
      if (row.kind === 'submitting' && intent !== undefined && this.#sent.has(id))
        this.#lostOfIntent.set(intent, [...(this.#lostOfIntent.get(intent) ?? []), id]);
    }
  }

  /** What was traded before the gateway came is none of its business. */
  begin(): void {
    this.#fillsSeen = this.#watched.venue.ledger().fills.length;
  }

  /** A process starts: it knows what is on disk. */
  started(): void {
    this.#read();
    this.#rowsTold = this.#rowsRead;
    this.#toldMode = this.#mode;
    this.#booted = false;
    this.lost.started();
    this.#enterMode();
  }

  /** Of two processes one is left. It believes what it was told; what it wrote last may be on disk and not be told yet. */
  alone({ booted, told }: { readonly booted: boolean; readonly told: number | null }): void {
    this.#read();
    this.#rowsTold = told ?? this.#rowsRead;
    const mode = this.#watched.disk.rows.slice(0, this.#rowsTold).findLast(({ kind }) => kind === 'mode');
    this.#toldMode = mode === undefined ? 'ACTIVE' : String(body(mode)['to']);
    this.#booted = booted;
    this.#closed = null;
    this.#enterMode();
  }

  /** Rows were confirmed to the process. */
  told(rows: readonly Row[]): void {
    this.#read();
    for (const row of rows) {
      this.#rowsTold = row.seq;
      if (row.kind === 'booted') {
        this.#booted = true;
        this.lost.booted(this.#toldMode);
      }
      if (row.kind === 'mode') this.#toldMode = String(body(row)['to']);
      this.lost.told(row);
    }
    this.#enterMode();
  }

  #enterMode(): void {
    if (this.#toldMode === 'ACTIVE') this.#closed = null;
    else if (this.#closed === null) {
      this.#closed = new Map();
      const carried = this.#carriedStops();
      for (const name of this.#names()) this.#closed.set(name, this.#worstOf(name, carried));
    }
  }

  // ---- the disk -----------------------------------------------------------------------------------------------------------

  #read(): void {
    const { rows } = this.#watched.disk;
    for (; this.#rowsRead < rows.length; this.#rowsRead += 1) {
      const row = rows[this.#rowsRead];
      if (row !== undefined) this.#durable(row);
    }
  }

  #durable(row: Row): void {
    const isNew = row.seq > this.#readAgain;
    const tally = isNew ? this.#watched.tally : new Tally();
    const entry = body(row);
    const text = (key: string): string => String(entry[key]);
    this.#lists.read(row, entry);
    switch (row.kind) {
      case 'decision': {
        if (text('outcome') === 'allow') this.#allowed.add(`${text('principal')}/${text('intent_id')}`);
        else if (text('outcome') === 'needs_approval') tally.add('asked: a person');
        else tally.add(`denied: ${text('code')}`);
        return;
      }
      case 'denied_again':
        tally.add('denied: again');
        return;
      case 'approval_asked':
        this.#waiting.set(
          text('approval_id'),
          `${text('principal')}/${text('intent_id')} ${text('instrument')} ${text('side')} ${text('size')}`,
        );
        return;
      case 'approved':
      case 'approval_ended':
        demand(this.#waiting.has(text('approval_id')), 'two keys', () => `approval ${text('approval_id')} was answered and did not wait`);
        if (row.kind === 'approved')
          this.#agreed.set(`${text('principal')}/${text('intent_id')}`, this.#waiting.get(text('approval_id')) ?? '');
        else this.#ended.add(`${text('principal')}/${text('intent_id')}`);
        this.#waiting.delete(text('approval_id'));
        tally.add(row.kind === 'approved' ? 'approved: by a person' : `denied: APPROVAL_${text('outcome').toUpperCase()}`);
        return;
      case 'submitting': {
        const [id, intent] = [text('client_order_id'), `${text('principal')}/${text('intent_id')}`];
        demand(!this.#submitted.has(id) && this.lost.get(id) === undefined, 'I-D3', () => `client order id ${id} was given twice`);
        demand(this.#allowed.has(intent), 'I-L1', () => `order ${id} stands on no decision that allowed ${intent}`);
        const earlier = this.ordersOf(intent);
        const isOnList = this.#lists.isListed(intent);
        demand(earlier.length === 0 || isOnList, 'I-D1', () => `intent ${intent} became ${earlier.join()} and ${id}`);
        this.#ordersOfIntent.set(intent, [...earlier, id]);
        // What the disk has lost and the exchange shows stops the account before this can happen.
        const twice = (this.#lostOfIntent.get(intent) ?? []).filter((each) => this.lost.isKnown(each));
        demand(twice.length === 0, 'I-D1', () => `intent ${intent} became ${twice.join()}, of which no entry is left, and ${id}`);
        if (isNew) this.#stops.attached(entry);
        const agreed = this.#agreed.get(intent);
        const asked = `${intent} ${text('instrument')} ${text('side')} ${text('size')}`;
        demand(
          agreed === undefined || agreed === asked,
          'two keys',
          () => `a person agreed to ${agreed ?? ''}, and ${asked} was submitted`,
        );
        const waits = [...this.#waiting.values()].some((each) => each.startsWith(`${intent} `));
        demand(!waits && !this.#ended.has(intent), 'two keys', () => `${intent} was sent, and nobody had agreed to it`);
        this.#submitted.set(id, {
          intent,
          instrument: text('instrument'),
          side: text('side'),
          size: amountOf(text('size')),
          purpose: text('purpose') === 'exit' ? 'exit' : 'entry',
          requestHash: text('request_hash'),
          start: this.#start,
        });
        return;
      }
      case 'mode': {
        const [from, to, by] = [text('from'), text('to'), text('by')];
        demand(from === this.#mode, 'I-R5', () => `entry ${row.seq} says from ${from}, and the mode was ${this.#mode}`);
        const milder = severity.indexOf(to) < severity.indexOf(from);
        demand(!milder || by === 'operator', 'I-R5', () => `entry ${row.seq}: ${from} became ${to} by ${by}`);
        demand(
          !milder || severity.indexOf(to) === severity.indexOf(from) - 1,
          'I-R5',
          () => `entry ${row.seq}: ${from} became ${to} at once`,
        );
        // Whoever cries wolf is switched off: the books may be called wrong only when somebody made them wrong.
        const calledWrong = by === 'twokey' && /the books say/.test(text('cause'));
        const alarmed = isNew && calledWrong && !this.interfered && tally.count('fault: stale_read executed') === 0;
        demand(!alarmed, 'false alarm', () => `entry ${row.seq}: ${from} became ${to}: ${text('cause')}`);
        if (isNew && by === 'twokey') this.#judgeStopAlarm(text('cause'));
        this.#mode = to;
        if (milder) this.#cleared = false;
        // Whoever resumes has looked at what the exchange shows.
        if (milder) this.lost.resumed();
        tally.add(`mode: ${to}`);
        return;
      }
      case 'protecting':
        tally.add('entry: protecting');
        demand(
          text('intent_id') === '' || this.#allowed.has(`${text('principal')}/${text('intent_id')}`),
          'I-L1',
          () => `stop order ${text('client_order_id')} stands on no decision that allowed it`,
        );
        if (isNew) this.#stops.placed(entry);
        return;
      case 'moving':
        tally.add('entry: moving');
        if (isNew) this.#stops.moving(entry);
        return;
      case 'cancelling':
        tally.add('entry: cancelling');
        if (isNew) this.#stops.cancelling(entry);
        return;
      case 'flattening':
        this.#flattening = true;
        this.#flattened = text('instrument');
        tally.add('entry: flattening');
        return;
      case 'compared':
        tally.add('entry: compared');
        // Ids go on behind those that the exchange shows of a start that is not written any more.
        for (const { client_order_id: id = '' } of entry['differences'] as readonly { readonly client_order_id?: string }[])
          if (id !== '') this.#start = Math.max(this.#start, Number.parseInt(id.slice(7, 11), 36));
        return;
      case 'started':
        this.#start = Number(entry['epoch']);
        this.#flattening = false;
        tally.add('entry: started');
        return;
      case 'flattened':
        this.#flattening = false;
        if (isNew) this.#judgeFlat(text('outcome'));
        return;
      case 'killed':
        tally.add('entry: killed');
        if (isNew) this.#judgeClear(text('outcome'));
        else this.#cleared = text('outcome') === 'clear';
        return;
      case 'alert':
        tally.add(`alert: ${text('code')}`);
        if (isNew && text('code') === 'PROTECTION_GONE') this.#judgeStopAlarm(text('message'));
        return;
      case 'verified':
        tally.add(`verified: ${text('outcome')}`);
        return;
      case 'reported':
        tally.add(`entry: reported ${text('state')}`);
        return;
      default:
        tally.add(`entry: ${row.kind}`);
    }
  }

  /** That a stop is missing is told only while something is held, and that somebody else moved one only when somebody did. */
  #judgeStopAlarm(cause: string): void {
    const instId = this.#instruments().find((id) => cause.startsWith(`${id} has no stop any more`));
    if (instId !== undefined) {
      this.#watched.tally.add('alarm: no stop');
      const isHeld = namesOf(instId, this.#watched.venue.legs).some((name) => (this.#held.get(name) ?? 0n) !== 0n);
      demand(isHeld || this.#excused.has(instId), 'false alarm', () => `${cause}; and nothing of it is held`);
    }
    demand(this.interfered || !cause.startsWith('somebody else moved'), 'false alarm', () => cause);
  }

  /** Who is told that the account is flat relies on it. What others did, or what the exchange told wrongly, no gateway can see. */
  #judgeFlat(outcome: string): void {
    const { tally, venue } = this.#watched;
    tally.add(`flattened: ${outcome}`);
    if (outcome !== 'flat' || this.interfered || tally.count('fault: stale_read executed') > 0) return;
    for (const [name, { position }] of reachOfLedger(venue, []))
      demand(
        isSpot(name) || position === 0n || (this.#flattened !== '' && this.#flattened !== instrumentIn(name)),
        'A1',
        () => `flat, it was said, and ${show(position)} of ${name} are held`,
      );
  }

  /** Who is told that a halt left no entry relies on it. A list that the exchange told from before proves what it said then. */
  #judgeClear(outcome: string): void {
    const { tally, venue } = this.#watched;
    tally.add(`killed: ${outcome}`);
    this.#cleared = outcome === 'clear';
    if (outcome !== 'clear' || tally.count('fault: stale_read executed') > 0) return;
    for (const { clOrdId, state, origin } of venue.ledger().orders) {
      const rests = origin === 'api' && (state === 'live' || state === 'partially_filled');
      demand(!rests || this.#submitted.get(clOrdId)?.purpose !== 'entry', 'I-R6', () => `clear, it was said, and entry ${clOrdId} rests`);
    }
  }

  // ---- the wire -----------------------------------------------------------------------------------------------------------

  leaves(request: SignedRequest, traffic: Traffic, by: GatewayProcess): void {
    const isReplaced = by !== this.#watched.process();
    if (traffic === 'protect') this.#stopLeaves(request, by);
    if (traffic !== 'place') return;
    const placed = placement(request);
    const { clientOrderId, instId } = placed;
    this.#read();
    const submitted = this.#submitted.get(clientOrderId);
    demand(submitted !== undefined, 'I-L1', () => `${clientOrderId} left, and no decision of it is on disk`);
    demand(submitted.requestHash === hashOf(request), 'I-L1', () => `other bytes left for ${clientOrderId} than were decided`);
    demand(!this.#sent.has(clientOrderId), 'I-D1', () => `the bytes of ${clientOrderId} left twice`);
    this.#sent.add(clientOrderId);
    if (!this.judges) return;
    demand(by.endedItself === '', 'DESIGN §2', () => `${clientOrderId} left a process that had stopped`);
    this.#judgeWriter(clientOrderId, submitted, by);
    if (isReplaced) {
      // What it had written before it was replaced the other has read, and counts. It knows nothing of modes that came after.
      this.#wire.set(clientOrderId, placed);
      return;
    }
    demand(this.#booted, 'DESIGN §3.8', () => `${clientOrderId} left before the first comparison had ended`);
    const isFlattening = submitted.intent.startsWith('operator/') && submitted.purpose === 'exit' && this.#flattening;
    demand(this.#toldMode !== 'HALTED' || isFlattening, 'I-R4', () => `${clientOrderId} left while HALTED`);
    demand(submitted.purpose === 'exit' || this.#toldMode === 'ACTIVE', 'I-R1', () => `entry ${clientOrderId} left in ${this.#toldMode}`);
    const { now } = this.#watched.venue;
    demand(
      placed.expiresAt <= now + EXPIRY_MILLISECONDS_MAX,
      'I-T3',
      () => `${clientOrderId} is void only ${placed.expiresAt - now} ms from now`,
    );
    this.#wire.set(clientOrderId, placed);
    if (submitted.purpose === 'entry' && !this.#excused.has(instId)) this.#judgeExposure(instId);
  }

  /** Of two processes each sends what it decided itself, and the one that was replaced nothing that it decided afterwards. */
  #judgeWriter(id: string, { start }: Submitted, by: GatewayProcess): void {
    const own = by.engine?.state.epoch ?? 0;
    demand(start === own, 'I-D5', () => `${id} left a process of start ${own}, and start ${start} had taken over when it was decided`);
  }

  /** A stop order is placed or moved: nothing of it in a halt, and nothing that is not on disk. */
  #stopLeaves(request: SignedRequest, by: GatewayProcess): void {
    this.#read();
    const { algoClOrdId: id, isChange, posSide } = stopIn(request);
    demand(by.endedItself === '', 'DESIGN §2', () => `stop order ${id} left a process that had stopped`);
    if (by === this.#watched.process()) {
      demand(this.#booted, 'DESIGN §3.8', () => `stop order ${id} left before the first comparison had ended`);
      demand(this.#toldMode !== 'HALTED', 'I-R4', () => `stop order ${id} left while HALTED`);
    }
    if (isChange) {
      this.#stops.changeLeaves(id, hashOf(request));
      return;
    }
    const { instrument, side, size: amount } = this.#stops.placementLeaves(id, hashOf(request));
    const expiresAt = this.#watched.venue.now + STOP_ON_ITS_WAY_MILLISECONDS;
    this.#wire.set(id, { clientOrderId: id, instId: instrument, side, posSide, size: amount, reduceOnly: !isSpot(instrument), expiresAt });
  }

  arrived(request: SignedRequest, traffic: Traffic, struck: string): void {
    if (struck !== '') this.#watched.tally.add(`struck: ${request.path.split('?')[0]?.split('/').at(-1) ?? ''}`);
    if (traffic !== 'place' && traffic !== 'protect') return;
    const { clientOrderId, instId } = traffic === 'place' ? placement(request) : stopIn(request);
    this.#wire.delete(clientOrderId);
    // An exchange that does what it says it refused: no belief can be right before it has been looked up.
    if (struck === 'reject executed') this.excuse(instId);
  }

  #judgeExposure(instId: string): void {
    const { venue, configuration } = this.#watched;
    const { maxPositionSize, maxTotalExposure } = configuration.policy;
    // Neither leg makes good what the other may do.
    const valued = (id: string): Amount => {
      const size = namesOf(id, venue.legs).reduce((sum, name) => sum + this.#worstOf(name), 0n);
      return dollars(venue, { instId: id, size, price: venue.lowestPrice(id, PRICE_AGE_MILLISECONDS) });
    };
    const own = valued(instId);
    const cap = amountOf(formatDecimal(maxPositionSize));
    demand(own <= cap, 'I-E1', () => `${instId} can reach ${show(own)} USD of at most ${show(cap)}`);
    if (this.interfered) return;
    const total = this.#instruments().reduce((sum, id) => sum + valued(id), 0n);
    const capTotal = amountOf(formatDecimal(maxTotalExposure));
    demand(total <= capTotal, 'I-E1', () => `all together can reach ${show(total)} USD of at most ${show(capTotal)}`);
  }

  // ---- the ledger ---------------------------------------------------------------------------------------------------------

  /** After each step of the world. */
  look(): void {
    const { venue, tally } = this.#watched;
    this.#read();
    const engine = this.#watched.process()?.engine ?? null;
    const state = engine?.state ?? null;
    const news = this.#looked.changes !== venue.changes;
    if (!news && this.#looked.state === state) return;
    this.#looked = { changes: venue.changes, state };
    if (news) this.#lookAtLedger();
    if (this.#watched.contested()) return;
    // A process that knows that it does not know what is on disk believes nothing any more, and is about to be gone.
    if ((this.#watched.process()?.endedItself ?? '') !== '') return;
    if (state !== null) {
      for (const order of state.openOrders.values()) tally.add(`life: ${order.life.kind}`);
      demand(state.seq === this.#rowsTold, 'I-L2', () => `the gateway believes entry ${state.seq}, and ${this.#rowsTold} was confirmed`);
      demand(state.mode === this.#toldMode, 'I-R5', () => `the gateway believes ${state.mode}, and ${this.#toldMode} is on disk`);
    }
    this.#compareReach();
  }

  #lookAtLedger(): void {
    const ledger = this.#watched.venue.ledger();
    const { orders, fills } = ledger;
    this.#stops.look(ledger);
    for (const order of orders) {
      if (order.origin !== 'api' || this.#orderSeen.get(order.clOrdId) === order.ordId) continue;
      const earlier = this.#orderSeen.get(order.clOrdId);
      demand(earlier === undefined, 'I-D1', () => `the exchange accepted ${order.clOrdId} as ${earlier ?? ''} and as ${order.ordId}`);
      this.#orderSeen.set(order.clOrdId, order.ordId);
      const submitted = this.#submitted.get(order.clOrdId) ?? this.lost.get(order.clOrdId);
      demand(submitted !== undefined, 'I-L1', () => `the exchange has order ${order.clOrdId}, and the journal has not`);
      const same = submitted.instrument === order.instId && submitted.side === order.side && submitted.size === amountOf(order.sz);
      demand(same, 'I-D2', () => `the exchange has another ${order.clOrdId} than was decided`);
      const isLate = this.#cleared && submitted.purpose === 'entry' && this.#submitted.has(order.clOrdId);
      demand(!isLate, 'I-R6', () => `the halt was told to be done, and then the exchange took entry ${order.clOrdId}`);
    }
    for (const fill of fills.slice(this.#fillsSeen)) {
      const name = nameOf(fill);
      const before = this.#held.get(name) ?? 0n;
      const fee = fill.instId.startsWith(`${fill.feeCcy}-`) && !fill.instId.endsWith('-SWAP') ? amountOf(fill.fee) : 0n;
      const after = before + (fill.side === 'buy' ? amountOf(fill.sz) : -amountOf(fill.sz)) + fee;
      this.#held.set(name, after);
      if (name !== fill.instId) this.#lookAtLeg(fill, after);
      const submitted = this.#submitted.get(fill.clOrdId);
      this.#lookAtStop(fill, before, after);
      if (this.#soldBeside(fill)) continue;
      if (submitted !== undefined && isSpot(fill.instId) && !this.#excused.has(fill.instId))
        demand(
          after >= 0n || fill.side === 'buy',
          'DESIGN §3.7',
          () => `${fill.clOrdId} sold ${show(-after)} of ${fill.instId} that was found at the first start`,
        );
      if (submitted?.purpose !== 'exit' || this.#excused.has(fill.instId)) continue;
      demand(
        before * after >= 0n && size(after) <= size(before),
        'I-R2',
        () => `exit ${fill.clOrdId} took ${name} from ${show(before)} to ${show(after)}`,
      );
    }
    this.#fillsSeen = fills.length;
  }

  /** A leg lies one way alone, and whatever is sent against it closes. */
  #lookAtLeg({ instId, posSide, side, clOrdId }: LedgerFill, after: Amount): void {
    const { tally } = this.#watched;
    const isOpening = (posSide === 'long') === (side === 'buy');
    tally.add(`legs: ${posSide} ${isOpening ? 'opened' : 'closed'}`);
    if (namesOf(instId, true).every((name) => (this.#held.get(name) ?? 0n) !== 0n)) tally.add('legs: both held');
    demand(posSide === 'long' ? after >= 0n : after <= 0n, 'I-A2', () => `${posSide} of ${instId} is ${show(after)}`);
    const purpose = this.#submitted.get(clOrdId)?.purpose;
    const fits = purpose === undefined || (purpose === 'entry') === isOpening;
    demand(
      fits,
      'I-R2',
      () => `${purpose ?? ''} ${clOrdId} was meant to ${isOpening ? 'close' : 'open'} and did the other on ${posSide} of ${instId}`,
    );
  }

  /** On spot a close and a stop that are reached at once sell more than was bought, where the wallet holds more. */
  #soldBeside({ instId, clOrdId }: LedgerFill): boolean {
    const at = this.#stopSold.get(instId);
    const isBeside = isSpot(instId) && clOrdId !== '' && at !== undefined && this.#watched.venue.now - at < CLOSE_BESIDE_STOP_MILLISECONDS;
    if (isBeside) this.#watched.tally.add('stop: sold beside a close');
    return isBeside;
  }

  /** What a stop of ours executes brings a position nearer to zero and no further. */
  #lookAtStop(fill: LedgerFill, before: Amount, after: Amount): void {
    const { tally } = this.#watched;
    const stop = this.#stops.senderOf(fill.ordId);
    if (stop === undefined) return;
    tally.add('stop: executed');
    if (this.#excused.has(fill.instId)) return;
    // On spot the exchange sells what is in the wallet: beside a close on its way that may be what was found there.
    if (isSpot(fill.instId)) {
      this.#stopSold.set(fill.instId, this.#watched.venue.now);
      if (after < 0n) tally.add('stop: sold what was found');
      return;
    }
    demand(
      before * after >= 0n && size(after) <= size(before),
      'I-S2',
      () => `stop order ${stop} took ${nameOf(fill)} from ${show(before)} to ${show(after)}`,
    );
  }

  #instruments(): readonly string[] {
    return this.#watched.configuration.policy.instruments;
  }

  #names(): readonly string[] {
    return this.#instruments().flatMap((instId) => namesOf(instId, this.#watched.venue.legs));
  }

  /** A wallet holds what was found besides what is managed, and does not go below zero. */
  #floorOf(name: string): Amount | null {
    return isSpot(name) ? -this.#watched.venue.foundOf(this.#watched.venue.instrument(name).base) : null;
  }

  #worstOf(name: string, besides: readonly OnTheWire[] = []): Amount {
    const reach = reachOfLedger(this.#watched.venue, [...this.#wire.values(), ...besides]).get(name);
    return reach === undefined ? 0n : worst(endsOf(reach, this.#floorOf(name)));
  }

  /** The stops that come alive when the entries end which carry them: closing entries ends them. */
  #carriedStops(): readonly OnTheWire[] {
    const resting = this.#watched.venue.ledger().orders.filter(({ state }) => state === 'live' || state === 'partially_filled');
    return this.#stops.carriedBy(new Set([...resting.map(({ clOrdId }) => clOrdId), ...this.#wire.keys()]));
  }

  #compareReach(): void {
    const { venue, process } = this.#watched;
    const truth = reachOfLedger(venue, this.#wire.values());
    const state = process()?.engine?.state ?? null;
    const believed = state === null ? null : survey(state);
    for (const [name, reach] of truth) {
      if (this.#excused.has(instrumentIn(name))) continue;
      const real = endsOf(reach, this.#floorOf(name));
      const before = this.#closed?.get(name);
      // A wallet cannot get short, and who sells what was found in it is judged by the executions.
      const now = isSpot(name) ? most(real.highest, 0n) : worst(real);
      demand(
        before === undefined || now <= before,
        'I-R1',
        () => `${name} could reach ${show(before ?? 0n)} when entries were closed, and now ${show(now)}`,
      );
      if (state === null || believed === null) continue;
      const held = [...believed].find(([id]) => id === name)?.[1];
      const belief =
        held === undefined
          ? { highest: 0n, lowest: 0n }
          : endsOf(
              {
                position: amountOf(formatDecimal(held.position)),
                buys: amountOf(formatDecimal(held.buys)),
                sells: amountOf(formatDecimal(held.sells)),
                reduceBuys: amountOf(formatDecimal(held.reduceOnlyBuys)),
                reduceSells: amountOf(formatDecimal(held.reduceOnlySells)),
              },
              this.#floorOf(name),
            );
      const dominated = belief.highest >= real.highest && belief.lowest <= real.lowest;
      demand(
        dominated,
        'I-E2',
        () =>
          `${name} can really be between ${show(real.lowest)} and ${show(real.highest)}, and the gateway expects ${show(belief.lowest)} to ${show(belief.highest)}`,
      );
    }
  }
}

export function body(row: Row): Readonly<Record<string, unknown>> {
  return JSON.parse(row.body) as Readonly<Record<string, unknown>>;
}

function placement(request: SignedRequest): OnTheWire {
  const fields = JSON.parse(request.body) as Readonly<Record<string, unknown>>;
  return {
    clientOrderId: String(fields['clOrdId']),
    instId: String(fields['instId']),
    side: String(fields['side']),
    posSide: legIn(fields),
    size: amountOf(String(fields['sz'])),
    reduceOnly: fields['reduceOnly'] === true,
    expiresAt: Number(request.headers['expTime'] ?? Number.NaN),
  };
}

function stopIn(request: SignedRequest): {
  readonly clientOrderId: string;
  readonly algoClOrdId: string;
  readonly instId: string;
  readonly posSide: string;
  readonly isChange: boolean;
} {
  const fields = JSON.parse(request.body) as Readonly<Record<string, unknown>>;
  const id = String(fields['algoClOrdId']);
  const posSide = legIn(fields);
  return { clientOrderId: id, algoClOrdId: id, instId: String(fields['instId']), posSide, isChange: request.path.endsWith('/amend-algos') };
}

/** A request names the leg where there are two. */
function legIn({ posSide }: Readonly<Record<string, unknown>>): string {
  return typeof posSide === 'string' ? posSide : 'net';
}

/** What the journal's hash is of, worked out once more from the bytes that left. */
function hashOf({ method, path, body: text, headers }: SignedRequest): string {
  const simulated = headers['x-simulated-trading'] === '1';
  return requestHash({ method, path, body: text, expTime: headers['expTime'] ?? '', private: true, simulated }, simulated);
}
