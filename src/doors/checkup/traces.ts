import { nothingVerified, verifyRows } from '../../core/journal/chain.ts';
import type { Entry } from '../../core/journal/entry.ts';
import { readEntry } from '../../core/journal/read-entry.ts';
import { reservedNames } from '../../core/policy/configuration.ts';
import { bodyValue, type Pages } from '../journal/pages.ts';
import { type Growth, GrowthReading } from './growth.ts';

/** Orders of one agent under one strategy that executed. Empty: the agent named none. `first` and `last` are entries of the journal. */
export type Traded = {
  readonly agent: string;
  readonly strategy: string;
  readonly orders: number;
  readonly first: number;
  readonly last: number;
};

/** The number of an entry, and when it was written. */
export type Seen = { readonly seq: number; readonly at: number };

export type LastCompared = Seen & { readonly clean: boolean; readonly classes: readonly string[] };

/** What one journal proves of how twokey was used: the evidence of `doctor` and `checklist`. */
export type Traces = {
  /** Where it lies, for people. */
  readonly file: string;
  readonly account: string;
  /** `sim`, `demo` or `live`; empty for a journal without entries. */
  readonly environment: string;
  readonly entries: number;
  readonly lastAt: number;
  /** Why it proves nothing; empty where the chain holds. */
  readonly damage: string;
  readonly starts: number;
  readonly policyHash: string;
  readonly traded: readonly Traded[];
  /** What the account did at its present stage of the roll-out. */
  readonly growth: Growth;
  /** The longest time in which a read-only gateway wrote without a gap, with the entries at both ends. */
  readonly readOnly: { readonly milliseconds: number; readonly first: number; readonly last: number };
  readonly comparisons: number;
  readonly lastCompared: LastCompared | null;
  /** The last time that a running gateway went longer without comparing than it should have; `null`: never. */
  readonly lastGap: (Seen & { readonly milliseconds: number }) | null;
  readonly matched: number;
  readonly lastMatched: number;
  /** Instruments whose last verification found something else than was meant, with its entry. */
  readonly divergent: ReadonlyMap<string, number>;
  /** By name of the sink. */
  readonly delivered: ReadonlyMap<string, Seen>;
  readonly down: ReadonlyMap<string, Seen & { readonly cause: string }>;
  /** The last list of tools that each client was shown, by its name and version. */
  readonly clients: ReadonlyMap<string, { readonly hash: string; readonly seq: number }>;
};

/** A gap this long ends a week of reading (reference/risk.md §6.5 asks for an hour; comparisons themselves are an hour apart). */
const SILENCE_MILLISECONDS_MAX = 2 * 3_600_000;
/** Comparisons are due each hour, and an outage of some minutes is no neglect. */
export const COMPARISON_GAP_MILLISECONDS_MAX = 90 * 60_000;

/** Reads a journal by once, each row of it verified before it is believed. */
export async function readTraces(file: string, pages: Pages): Promise<Traces> {
  const reading = new Reading(file);
  let verified = nothingVerified;
  for await (const page of pages) {
    if (!page.ok) return reading.traces(page.error);
    const checked = verifyRows(page.value, verified);
    if (!checked.ok) return reading.traces(`entry ${checked.error.seq} is wrong: ${checked.error.what}`);
    verified = checked.value;
    for (const row of page.value) {
      const entry = readEntry(row.kind, bodyValue(row));
      if (!entry.ok) return reading.traces(`entry ${row.seq} cannot be read: ${entry.error}`);
      reading.take({ seq: row.seq, at: row.at, account: row.account, entry: entry.value });
    }
  }
  return reading.traces('');
}

/**
 * Whether a gateway that may trade real money ever started on a journal. From then on it may hold positions, and has to come up again whatever a list says:
 * exits need a gateway (DESIGN §3.8 asks for the list at the very first start). Ends at the first one; its chain the start itself verifies.
 */
export async function everTraded(pages: Pages): Promise<boolean> {
  for await (const page of pages) {
    if (!page.ok) return false;
    for (const row of page.value) {
      if (!row.account.includes(':live:')) return false;
      const entry = row.kind === 'started' ? readEntry(row.kind, bodyValue(row)) : null;
      if (entry?.ok === true && entry.value.kind === 'started' && !entry.value.read_only) return true;
    }
  }
  return false;
}

type Fact = Seen & { readonly account: string; readonly entry: Entry };
type Ordered = { readonly agent: string; readonly strategy: string; executed: boolean };

class Reading {
  readonly #file: string;
  #account = '';
  #last: Seen = { seq: 0, at: 0 };
  #starts = 0;
  #policyHash = '';
  /** Where the present start, if it is read-only, has written without a gap since. */
  #reads: Seen | null = null;
  #readOnly: Traces['readOnly'] = { milliseconds: 0, first: 0, last: 0 };
  #comparisons = 0;
  #lastCompared: LastCompared | null = null;
  /** Since when a comparison is due, in the present start. */
  #due = 0;
  #lastGap: Traces['lastGap'] = null;
  #matched = 0;
  #lastMatched = 0;
  readonly #orders = new Map<string, Ordered>();
  readonly #traded = new Map<string, Traded>();
  readonly #growth = new GrowthReading();
  readonly #divergent = new Map<string, number>();
  readonly #delivered = new Map<string, Seen>();
  readonly #down = new Map<string, Seen & { readonly cause: string }>();
  readonly #clients = new Map<string, { readonly hash: string; readonly seq: number }>();

  constructor(file: string) {
    this.#file = file;
  }

  take(fact: Fact): void {
    const { seq, at, account, entry } = fact;
    this.#account = account;
    this.#follow(fact);
    this.#growth.take(fact);
    switch (entry.kind) {
      case 'started':
        this.#starts += 1;
        this.#policyHash = entry.policy_hash;
        this.#due = at;
        break;
      case 'decision': {
        const { name, version, tools_hash: hash } = entry.client;
        if (hash !== '') this.#clients.set(`${name} ${version}`.trim(), { hash, seq });
        break;
      }
      case 'submitting':
        this.#orders.set(entry.client_order_id, { agent: entry.principal, strategy: entry.strategy, executed: false });
        break;
      case 'fill':
        this.#execute(entry.client_order_id, seq);
        break;
      case 'stage':
        // A strategy that lost that much in demo is not proven by what it did before.
        if (entry.ground === 'drawdown') this.#traded.clear();
        break;
      case 'verified':
        this.#verify(entry, seq);
        break;
      case 'compared':
        this.#compare(fact, entry);
        break;
      case 'delivered':
        if (entry.outcome === 'delivered') this.#delivered.set(entry.sink, { seq, at });
        break;
      case 'notifier':
        if (entry.state === 'down') this.#down.set(entry.sink, { seq, at, cause: entry.cause });
        else this.#down.delete(entry.sink);
        break;
      default:
    }
    this.#last = { seq, at };
  }

  traces(damage: string): Traces {
    return {
      file: this.#file,
      account: this.#account,
      environment: this.#account.split(':')[1] ?? '',
      entries: this.#last.seq,
      lastAt: this.#last.at,
      damage,
      starts: this.#starts,
      policyHash: this.#policyHash,
      traded: [...this.#traded.values()],
      growth: this.#growth.told(),
      readOnly: this.#readOnly,
      comparisons: this.#comparisons,
      lastCompared: this.#lastCompared,
      lastGap: this.#lastGap,
      matched: this.#matched,
      lastMatched: this.#lastMatched,
      divergent: this.#divergent,
      delivered: this.#delivered,
      down: this.#down,
      clients: this.#clients,
    };
  }

  /** A start that trades, and a silence, end the time of reading. */
  #follow({ seq, at, entry }: Fact): void {
    const silent = this.#last.at !== 0 && at - this.#last.at > SILENCE_MILLISECONDS_MAX;
    if (entry.kind === 'started') this.#reads = entry.read_only ? ((silent ? null : this.#reads) ?? { seq, at }) : null;
    else if (silent && this.#reads !== null) this.#reads = { seq, at };
    if (this.#reads === null) return;
    const milliseconds = at - this.#reads.at;
    if (milliseconds >= this.#readOnly.milliseconds) this.#readOnly = { milliseconds, first: this.#reads.seq, last: seq };
  }

  /** An order counts once, however many executions it had. Those of twokey and of the operator are no strategy. */
  #execute(id: string, seq: number): void {
    const order = this.#orders.get(id);
    if (order === undefined || order.executed || reservedNames.includes(order.agent)) return;
    order.executed = true;
    const { agent, strategy } = order;
    const key = `${agent}\n${strategy}`;
    const before = this.#traded.get(key);
    this.#traded.set(key, { agent, strategy, orders: (before?.orders ?? 0) + 1, first: before?.first ?? seq, last: seq });
  }

  #verify({ instrument, outcome }: Extract<Entry, { kind: 'verified' }>, seq: number): void {
    if (outcome === 'divergent') {
      this.#divergent.set(instrument, seq);
      return;
    }
    this.#divergent.delete(instrument);
    this.#matched += 1;
    this.#lastMatched = seq;
  }

  #compare({ seq, at }: Fact, { clean, differences }: Extract<Entry, { kind: 'compared' }>): void {
    const milliseconds = at - this.#due;
    if (this.#due !== 0 && milliseconds > COMPARISON_GAP_MILLISECONDS_MAX) this.#lastGap = { seq, at, milliseconds };
    this.#due = at;
    this.#comparisons += 1;
    this.#lastCompared = { seq, at, clean, classes: differences.map((difference) => difference.class ?? difference.kind) };
  }
}
