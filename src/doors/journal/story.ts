import type { Entry } from '../../core/journal/entry.ts';
import { readEntry } from '../../core/journal/read-entry.ts';
import type { Row } from '../../core/journal/row.ts';
import { bodyValue } from './pages.ts';

/** An entry with its place in the journal. */
export type Told = { readonly row: Row; readonly entry: Entry };

/** Everything the journal holds of one wish of one agent, in order. Intent ids are an agent's own, so that two may use the same. */
export type Story = { readonly principal: string; readonly told: readonly Told[] };

/** Gathers the stories of one intent id out of a journal that passes by once, row by row. */
export class Stories {
  readonly #intent: string;
  readonly #stories = new Map<string, Told[]>();
  /** Which agents' stories an order belongs to: the one that placed it, and one that cancelled it. */
  readonly #orders = new Map<string, Set<string>>();

  constructor(intent: string) {
    this.#intent = intent;
  }

  get stories(): readonly Story[] {
    return [...this.#stories].map(([principal, told]) => ({ principal, told }));
  }

  /** Whether the row belongs to one of the stories. */
  take(row: Row): boolean {
    if (!this.#mentioned(row.body)) return false;
    const read = readEntry(row.kind, bodyValue(row));
    if (!read.ok) return false;
    const entry = read.value;
    const principals = this.#principalsOf(entry);
    for (const principal of principals) {
      const told = this.#stories.get(principal) ?? [];
      told.push({ row, entry });
      this.#stories.set(principal, told);
      if (entry.kind === 'submitting' || entry.kind === 'cancelling') this.#follow(entry.client_order_id, principal);
    }
    return principals.length > 0;
  }

  /** Most rows are of other wishes: looking for the quoted text is many times faster than reading each body. */
  #mentioned(body: string): boolean {
    if (body.includes(`"${this.#intent}"`)) return true;
    for (const order of this.#orders.keys()) if (body.includes(`"${order}"`)) return true;
    return false;
  }

  #principalsOf(entry: Entry): readonly string[] {
    switch (entry.kind) {
      case 'decision':
      case 'denied_again':
      case 'approval_asked':
      case 'approved':
      case 'approval_ended':
      case 'submitting':
        return entry.intent_id === this.#intent ? [entry.principal] : [];
      case 'cancelling':
        return [...new Set([...(entry.intent_id === this.#intent ? [entry.principal] : []), ...this.#followers(entry.client_order_id)])];
      case 'verified':
        return [...new Set(entry.orders.flatMap((order) => this.#followers(order)))];
      default:
        return 'client_order_id' in entry ? this.#followers(entry.client_order_id) : [];
    }
  }

  #followers(order: string): readonly string[] {
    return [...(this.#orders.get(order) ?? [])];
  }

  #follow(order: string, principal: string): void {
    const followers = this.#orders.get(order) ?? new Set();
    followers.add(principal);
    this.#orders.set(order, followers);
  }
}
