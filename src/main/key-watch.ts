import type { InstrumentId } from '../core/market/instrument.ts';
import type { Decimal } from '../core/money/decimal.ts';
import type { Configuration } from '../core/policy/configuration.ts';
import type { Event } from '../core/gateway/events.ts';
import type { Ask } from './account.ts';
import { findingText, modeAfter, type Seen, worsened } from './vetting.ts';

export type KeyWatching = {
  readonly ask: Ask;
  /** As the engine last read it, for each derivative. */
  readonly leverage: () => ReadonlyMap<InstrumentId, Decimal>;
  readonly configuration: Configuration;
  readonly post: (event: Event) => void;
  /** What was seen at the start. */
  readonly seen: Seen;
};

/**
 * Looks once a minute at what a start looks at (reference/risk.md §4.10, §6.4). The comparison of the books sees the few of these that books rest on, and
 * sooner; here is the rest, and for all of it where to click. Each change is told once. A question that was not answered changes nothing.
 */
export class KeyWatch {
  readonly #around: KeyWatching;
  readonly #told = new Set<string>();
  #seen: Seen;

  constructor(around: KeyWatching) {
    this.#around = around;
    this.#seen = around.seen;
  }

  async look(): Promise<void> {
    const { ask, leverage, configuration, post } = this.#around;
    const { report } = await ask({ kind: 'account_config' });
    if (report.kind !== 'account_config') return;
    const before = this.#seen;
    const now: Seen = { account: report.config, funding: null, leverage: new Map([...before.leverage, ...leverage()]) };
    const found = worsened(before, now, configuration);
    const to = modeAfter(before, now, configuration);
    // Another account stays another one, however often it is looked at.
    if (now.account.uid === before.account.uid) this.#seen = now;
    if (found.length === 0) return;
    const cause = found.map(findingText).join('; ');
    const isNew = !this.#told.has(cause);
    this.#told.add(cause);
    post({ kind: 'degraded', to, cause, ...(isNew ? { code: 'KEY_CHANGED' } : {}) });
  }

  /** Other keys of the same account: they are what changes are measured from now on. */
  take(seen: Seen): void {
    this.#seen = seen;
    this.#told.clear();
  }
}
