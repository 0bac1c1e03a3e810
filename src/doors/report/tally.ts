import type { Entry, FillBody, InstrumentBody } from '../../core/journal/entry.ts';
import { type Decimal, negate, subtract, zero } from '../../core/money/decimal.ts';
import { isoTime } from '../../view/head.ts';
import { amount, costOf, isInDollars, sum } from './cost.ts';

/** Sums over fills. Amounts are US dollars, dollar coins counted as dollars. */
export type Sums = {
  orders: number;
  entries: number;
  rejected: number;
  fills: number;
  turnover: Decimal;
  fees: Decimal;
  slippage: Decimal;
  /** The part of the turnover whose slippage is known. */
  compared: Decimal;
  /** Fills that are in none of the amounts, because their price is not in dollars. */
  unvalued: number;
  denials: number;
};

export type Day = {
  readonly day: string;
  readonly all: Sums;
  readonly instruments: Map<string, Sums>;
  readonly agents: Map<string, Sums>;
  /** Paid is above zero. */
  readonly feesByCurrency: Map<string, Decimal>;
  /** By code of the control. */
  readonly denials: Map<string, number>;
  /** By code and severity. */
  readonly alerts: Map<string, { readonly code: string; readonly severity: string; readonly count: number; readonly last: string }>;
  readonly modes: { readonly at: string; readonly from: string; readonly to: string; readonly by: string; readonly cause: string }[];
  verifications: { readonly matched: number; readonly divergent: number };
  /** What twokey's trading was worth at the last mark of the day, and at the last one before it; `null` where there was none. */
  worth: { readonly before: Decimal; readonly after: Decimal; readonly at: string } | null;
};

type Ordered = { readonly principal: string; readonly instrument: string; readonly arrival: string };

export function emptySums(): Sums {
  const amounts = { turnover: zero, fees: zero, slippage: zero, compared: zero };
  return { orders: 0, entries: 0, rejected: 0, fills: 0, ...amounts, unvalued: 0, denials: 0 };
}

/** Adds up a journal that passes by once, day by day of its own clock in UTC. It keeps sums, and of each order who asked for it and at what price. */
export class Tally {
  readonly #days = new Map<string, Day>();
  readonly #orders = new Map<string, Ordered>();
  readonly #instruments = new Map<string, InstrumentBody>();
  /** Why a wish was denied, for when it is denied again. */
  readonly #denied = new Map<string, string>();
  #worth = zero;

  /** The days of which there is anything, oldest first. */
  get days(): readonly Day[] {
    return [...this.#days.values()];
  }

  take({ at, entry }: { readonly at: number; readonly entry: Entry }): void {
    switch (entry.kind) {
      case 'instruments':
        for (const instrument of entry.instruments) this.#instruments.set(instrument.id, instrument);
        return;
      case 'decision':
        if (entry.outcome !== 'deny') return;
        this.#denied.set(`${entry.principal}/${entry.intent_id}`, entry.code);
        return this.#deny(at, entry.principal, entry.code);
      case 'denied_again':
        return this.#deny(at, entry.principal, this.#denied.get(`${entry.principal}/${entry.same_as}`) ?? 'UNKNOWN');
      case 'submitting': {
        const { principal, instrument, arrival = '', purpose } = entry;
        this.#orders.set(entry.client_order_id, { principal, instrument, arrival });
        // A stop at market has no price that it could be held to.
        if (entry.protection !== undefined) this.#orders.set(entry.protection.client_order_id, { principal, instrument, arrival: '' });
        return this.#count(at, entry.client_order_id, (sums) => {
          sums.orders += 1;
          if (purpose === 'entry') sums.entries += 1;
        });
      }
      case 'protecting':
        this.#orders.set(entry.client_order_id, { principal: entry.principal, instrument: entry.instrument, arrival: '' });
        return;
      case 'rejected':
        return this.#count(at, entry.client_order_id, (sums) => (sums.rejected += 1));
      case 'fill':
        return this.#fill(at, entry);
      default:
        return this.#other(at, entry);
    }
  }

  #other(at: number, entry: Entry): void {
    switch (entry.kind) {
      case 'verified': {
        const day = this.#day(at);
        const { matched, divergent } = day.verifications;
        day.verifications = entry.outcome === 'matched' ? { matched: matched + 1, divergent } : { matched, divergent: divergent + 1 };
        return;
      }
      case 'alert': {
        const { alerts } = this.#day(at);
        const { code, severity, message } = entry;
        const count = (alerts.get(`${code}/${severity}`)?.count ?? 0) + 1;
        alerts.set(`${code}/${severity}`, { code, severity, count, last: message });
        return;
      }
      case 'mode': {
        const { from, to, by, cause } = entry;
        this.#day(at).modes.push({ at: isoTime(at), from, to, by, cause });
        return;
      }
      case 'marked': {
        const day = this.#day(at);
        const after = amount(entry.managed_usd);
        day.worth = { before: day.worth?.before ?? this.#worth, after, at: isoTime(at) };
        this.#worth = after;
        return;
      }
      default:
    }
  }

  #fill(at: number, fill: FillBody): void {
    const day = this.#day(at);
    const instrument = this.#instruments.get(fill.instrument);
    const arrival = this.#orders.get(fill.client_order_id)?.arrival ?? '';
    const cost = instrument !== undefined && isInDollars(instrument) ? costOf(fill, instrument, arrival) : null;
    const { fee_currency: currency } = fill;
    day.feesByCurrency.set(currency, subtract(day.feesByCurrency.get(currency) ?? zero, amount(fill.fee)));
    this.#count(at, fill.client_order_id, (sums) => {
      sums.fills += 1;
      if (cost === null || cost.fee === null) sums.unvalued += 1;
      if (cost === null) return;
      sums.turnover = sum(sums.turnover, cost.turnover);
      sums.fees = sum(sums.fees, cost.fee);
      sums.slippage = sum(sums.slippage, cost.slippage);
      if (cost.slippage !== null) sums.compared = sum(sums.compared, cost.turnover);
    });
  }

  #deny(at: number, principal: string, code: string): void {
    const day = this.#day(at);
    day.denials.set(code, (day.denials.get(code) ?? 0) + 1);
    for (const sums of [day.all, sumsIn(day.agents, principal)]) sums.denials += 1;
  }

  /** Counts in the day, and for whoever asked and on what it was. An order of a stop has the id of the stop. */
  #count(at: number, order: string, change: (sums: Sums) => unknown): void {
    const day = this.#day(at);
    const { principal, instrument } = this.#orders.get(order) ?? { principal: 'unknown', instrument: 'unknown' };
    for (const sums of [day.all, sumsIn(day.instruments, instrument), sumsIn(day.agents, principal)]) change(sums);
  }

  #day(at: number): Day {
    const name = isoTime(at).slice(0, 10);
    const known = this.#days.get(name);
    if (known !== undefined) return known;
    const fresh: Day = {
      day: name,
      all: emptySums(),
      instruments: new Map(),
      agents: new Map(),
      feesByCurrency: new Map(),
      denials: new Map(),
      alerts: new Map(),
      modes: [],
      verifications: { matched: 0, divergent: 0 },
      worth: null,
    };
    this.#days.set(name, fresh);
    return fresh;
  }
}

function sumsIn(sums: Map<string, Sums>, name: string): Sums {
  const known = sums.get(name) ?? emptySums();
  sums.set(name, known);
  return known;
}

/** What the day earned (negative: lost), open positions at their price; `null` where nothing was marked. */
export function earnedOn({ worth }: Day): Decimal | null {
  return worth === null ? null : sum(worth.after, negate(worth.before));
}
