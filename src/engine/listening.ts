import { orderOf } from '../core/account/apply.ts';
import type { State } from '../core/account/state.ts';
import type { Event, Trigger } from '../core/gateway/events.ts';
import { mayBeSeen } from '../core/gateway/protections.ts';
import { unreachable } from '../core/lang/assert.ts';
import { has } from '../core/lang/table.ts';
import type { Instrument, InstrumentId } from '../core/market/instrument.ts';
import { compare, equals } from '../core/money/decimal.ts';
import type { Line, News, Push } from '../core/order/feed.ts';
import type { ClientOrderId, Order } from '../core/order/order.ts';
import type { FillReport, OrderReport } from '../core/order/report.ts';
import { expectedHolding, expectedPosition } from '../core/verify/verify.ts';
import type { Clock } from '../ports/clock.ts';
import type { Feed } from '../ports/feed.ts';
import type { Inquiry } from './inquiry.ts';
import type { Market } from './market.ts';
import type { Plan } from './plan.ts';

/** What hearing something can lead to: looks, and nothing else (docs/decisions/0021). */
export type Looks = {
  readonly state: () => State;
  readonly priced: () => readonly Instrument[];
  readonly inspect: (id: ClientOrderId) => void;
  readonly search: (id: ClientOrderId) => void;
  readonly observe: (instrument: InstrumentId) => void;
  readonly compare: (trigger: Trigger) => void;
  readonly refreshInstruments: () => void;
  readonly post: (event: Event) => void;
};

export type Listener = {
  readonly feed: Feed;
  readonly clock: Clock;
  readonly plan: Plan;
  readonly market: Market;
  readonly inquiry: Inquiry;
  readonly now: () => number;
  readonly looks: Looks;
};

/** So long nothing is known of account or prices by any way before entries are closed, and before everything is (reference/risk.md §6.3). */
export const BLIND_REDUCE_ONLY_MILLISECONDS = 10_000;
export const BLIND_HALTED_MILLISECONDS = 60_000;
/** A bot of somebody else can push a lot; looks at the whole account are this far apart at least. */
const AROUND_MILLISECONDS = 1000;
/** Lines come back together: one comparison serves them. */
const RECONNECTED_MILLISECONDS = 500;
/** A line of the account speaks every five seconds: one that is up and has not for so long counts as down from here on. */
const QUIET_MILLISECONDS = 20_000;
/** What lasts is told again after so long. */
const TOLD_AGAIN_MILLISECONDS = 86_400_000;
/** Names come from the exchange; of more than these nobody needs to be told. */
const TOLD_MAX = 100;

/** Hears what the exchange says unasked, and looks. What it hears changes no book: it can be wrong, late, double or missing and cost no more than a question. */
export class Listening {
  readonly #wiring: Listener;
  /** Since when each line that is down has said nothing, on the monotonic clock. */
  readonly #silentSince = new Map<Line, number>();
  /** When a push last told of the account, on the monotonic clock: a connection that only answers pings says nothing of it. */
  #accountAt: number;
  /** For how long nothing was known when that was looked at last, and since when it counts: nobody hears anything while the process stands still. */
  #blindMilliseconds = 0;
  #countedSince: number;
  /** What was told, and when, on the monotonic clock. */
  readonly #told = new Map<string, number>();
  #wanted = '';
  #isComparing = false;

  constructor(wiring: Listener) {
    this.#wiring = wiring;
    const now = wiring.clock.monotonic();
    [this.#accountAt, this.#countedSince] = [now, now];
    for (const line of ['public', 'private', 'business'] as const) this.#silentSince.set(line, now);
  }

  open(): void {
    this.#want();
    this.#wiring.feed.open((news) => this.#hear(news));
  }

  close(): void {
    this.#wiring.feed.close();
  }

  /** Once a second. @param stoodMilliseconds for how long, until now, nothing could be heard, and nothing be asked. */
  tick(stoodMilliseconds: number): void {
    this.#want();
    const { looks, clock } = this.#wiring;
    if (stoodMilliseconds > 0) this.#countedSince = clock.monotonic() - this.#blindMilliseconds;
    const blind = this.#blind();
    this.#blindMilliseconds = blind.milliseconds;
    if (looks.state().booting) return;
    if (blind.milliseconds > BLIND_REDUCE_ONLY_MILLISECONDS) {
      const to = blind.milliseconds > BLIND_HALTED_MILLISECONDS ? 'HALTED' : 'REDUCE_ONLY';
      looks.post({
        kind: 'degraded',
        to,
        cause: `${blind.of} for ${Math.floor(blind.milliseconds / 1000)} s: neither pushes nor answers come`,
      });
    }
    const quietSince = this.#accountAt + QUIET_MILLISECONDS;
    for (const line of ['private', 'business'] as const) {
      const since = this.#silentSince.get(line) ?? (line === 'private' ? quietSince : undefined);
      if (since !== undefined && clock.monotonic() - since > BLIND_REDUCE_ONLY_MILLISECONDS)
        this.#notice(
          `down ${line}`,
          'FEED_DOWN',
          `the exchange does not say by itself what happens on the account (${line}); it is asked as before`,
        );
    }
  }

  /** Whether a price need not be asked for at the rhythm of a gateway without a feed. */
  spares(instrument: Instrument): boolean {
    return !this.#silentSince.has('public') && this.#wiring.market.isPushed(instrument);
  }

  /** What nothing is known of, and for how long: neither pushes nor answers tell of the account, or bring a price. Whether a line is up does not matter. */
  #blind(): { readonly of: string; readonly milliseconds: number } {
    const { clock, inquiry, market, looks } = this.#wiring;
    const since = (at: number): number => clock.monotonic() - Math.max(at, this.#countedSince);
    const ofAccount = since(Math.max(this.#accountAt, inquiry.answeredAt));
    const ofPrices = looks.priced().length === 0 ? 0 : since(market.pricedAt);
    return ofAccount >= ofPrices
      ? { of: 'nothing is known of the account', milliseconds: ofAccount }
      : { of: 'no price is known', milliseconds: ofPrices };
  }

  #want(): void {
    const priced = this.#wiring.looks.priced();
    const names = priced.map(({ id }) => id).join(' ');
    if (names === this.#wanted) return;
    this.#wanted = names;
    this.#wiring.feed.want(priced);
  }

  #hear(news: News): void {
    switch (news.kind) {
      case 'up':
        this.#silentSince.delete(news.line);
        this.#told.delete(`down ${news.line}`);
        if (news.line !== 'public') this.#reconnected();
        return;
      case 'down':
        this.#silentSince.set(news.line, news.since);
        return;
      case 'pushed':
        return this.#take(news.push);
      case 'unreadable':
        if (news.line !== 'public') this.#around();
        return this.#notice(
          `unreadable ${news.channel}`,
          'FEED_UNREADABLE',
          `a push of ${news.channel || 'an unknown channel'} was not understood (${news.cause}); what it is about is asked for`,
        );
      case 'refused':
        return this.#notice(
          `refused ${news.channel} ${news.code}`,
          'FEED_REFUSED',
          `the exchange does not let us listen to ${news.channel || news.line} (${news.code}); it is asked as before`,
        );
      case 'stale':
        return;
      default:
        return unreachable(news);
    }
  }

  /** What happened while nobody listened is not told again: everything is compared. Before the first comparison that one is waited for. */
  #reconnected(): void {
    if (this.#isComparing) return;
    this.#isComparing = true;
    const { plan, looks } = this.#wiring;
    const act = (): void => {
      if (looks.state().booting) return plan.later(RECONNECTED_MILLISECONDS, act);
      this.#isComparing = false;
      looks.compare('reconnect');
    };
    plan.later(RECONNECTED_MILLISECONDS, act);
  }

  #take(push: Push): void {
    const { market, looks, plan } = this.#wiring;
    if (push.kind === 'orders' || push.kind === 'positions' || push.kind === 'balance') this.#accountAt = this.#wiring.clock.monotonic();
    // Before the first comparison has ended there are no books to differ from: it asks for what is held, and takes what was there before as it is.
    if (looks.state().booting && (push.kind === 'positions' || push.kind === 'balance')) return;
    switch (push.kind) {
      case 'price':
        return market.takePrice(push, looks.priced());
      case 'orders':
        for (const order of push.orders) this.#ordered(order, push.fills);
        return;
      case 'stops':
        for (const { clientOrderId } of [...push.stops, ...push.others]) this.#stopped(clientOrderId);
        return;
      case 'positions': {
        const state = looks.state();
        for (const { instrument, leg, size } of push.positions)
          if (!equals(size, expectedPosition(state, instrument, leg))) this.#differs(instrument);
        return;
      }
      case 'balance': {
        const state = looks.state();
        const totals = new Map(push.balance.currencies.map(({ currency, total }) => [currency, total]));
        for (const instrument of state.instruments.values()) {
          const total = instrument.kind === 'spot' ? totals.get(instrument.base) : undefined;
          if (total !== undefined && !equals(total, expectedHolding(state, instrument))) this.#differs(instrument.id);
        }
        return plan.next('funds pushed', AROUND_MILLISECONDS, () => void market.refreshFunds());
      }
      case 'instruments':
        if (push.ids.some((id) => looks.state().instruments.has(id)))
          plan.next('instruments pushed', AROUND_MILLISECONDS, () => looks.refreshInstruments());
        return;
      case 'maintenance':
        return this.#notice(
          `maintenance ${push.state} ${push.beginsAt}`,
          'MAINTENANCE',
          `the exchange tells of maintenance (${push.state})`,
        );
      default:
        return unreachable(push);
    }
  }

  #ordered(report: OrderReport, fills: readonly FillReport[]): void {
    const { looks } = this.#wiring;
    const state = looks.state();
    const order = orderOf(state, report.clientOrderId) ?? orderOf(state, report.algoClientOrderId);
    if (order === undefined) return this.#around();
    const unbooked = fills.some(
      (fill) => fill.exchangeOrderId === report.exchangeOrderId && !has(state.trades, `${fill.instrument}/${fill.tradeId}`),
    );
    const isThere = order.life.kind !== 'armed' || mayBeSeen(state, order);
    const parent = order.stop?.parent ?? null;
    // What a stop did is booked behind what its entry did.
    const first = isThere || parent === null ? order : (orderOf(state, parent) ?? order);
    if (unbooked || !tellsNothing(order, report)) this.#look(first);
  }

  #stopped(id: string): void {
    const { looks } = this.#wiring;
    const order = orderOf(looks.state(), id);
    if (order === undefined) return this.#around();
    if (order.life.kind !== 'armed' || mayBeSeen(looks.state(), order)) this.#look(order);
  }

  /** An order that is on its way is looked at when its answer is there; one that nobody answered for is searched, as by itself. */
  #look({ clientOrderId, life }: Order): void {
    const { looks } = this.#wiring;
    if (life.kind === 'unknown') looks.search(clientOrderId);
    else if (life.kind !== 'submitting') looks.inspect(clientOrderId);
  }

  /** Orders that are under way explain a difference, most often: they are looked at, and what is held is asked for where there is none. */
  #differs(id: InstrumentId): void {
    const { looks } = this.#wiring;
    const state = looks.state();
    const instrument = state.instruments.get(id);
    if (instrument === undefined) return this.#around();
    const own = [...state.openOrders.values()].filter((order) => {
      const other = state.instruments.get(order.instrument);
      return order.instrument === id || (instrument.kind === 'spot' && other?.kind === 'spot' && other.base === instrument.base);
    });
    for (const order of own) if (order.life.kind !== 'armed' || mayBeSeen(state, order)) this.#look(order);
    if (own.every(({ life }) => life.kind === 'armed')) looks.observe(id);
  }

  #around(): void {
    const { looks, plan } = this.#wiring;
    if (looks.state().booting) return;
    plan.next('pushed', AROUND_MILLISECONDS, () => looks.compare('routine'));
  }

  /** Once, until it is over, or for a day. */
  #notice(name: string, code: string, message: string): void {
    const now = this.#wiring.clock.monotonic();
    for (const [told, at] of this.#told) if (now - at >= TOLD_AGAIN_MILLISECONDS) this.#told.delete(told);
    if (this.#told.has(name) || this.#told.size >= TOLD_MAX) return;
    this.#told.set(name, now);
    this.#wiring.looks.post({ kind: 'noticed', code, message });
  }
}

/** Whether the books know all of it. An order that ended can only be news by having executed more than was booked. */
function tellsNothing(order: Order, report: OrderReport): boolean {
  const isNoMore = compare(report.filled, order.filled) <= 0;
  if (order.life.kind === 'done') return isNoMore;
  const isOver = report.state === 'filled' || report.state === 'cancelled';
  return order.life.kind === 'working' && isNoMore && !isOver && order.amend === null;
}
