import { chmodSync, mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as States from '../../src/core/account/state.ts';
import type { Event } from '../../src/core/gateway/events.ts';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import type { Ratchet } from '../../src/core/policy/ratchet.ts';
import type * as LimitsModule from '../../src/main/limits.ts';
import type * as Homes from '../../src/main/operator/home.ts';
import type { Target } from './attack.ts';
import { load } from './load.ts';

/** A twokey.toml of one limit and a wait. */
export const waiting = (size: number, wait = '1h'): string => `[policy]\nmax_order_size = ${size}\nloosening_wait = "${wait}"\n`;

/** The limits of a home, through as many starts as an attack needs; of the engine there is what they ask of it. */
export class LimitsDesk implements Disposable {
  readonly home = mkdtempDisposableSync(join(tmpdir(), 'tk-limits-'));
  readonly #target: Target;
  #ratchet: Ratchet | null = null;

  constructor(target: Target) {
    this.#target = target;
    chmodSync(this.home.path, 0o700);
  }

  write(text: string, name = 'twokey.toml'): void {
    writeFileSync(join(this.home.path, name), text, { mode: 0o600 });
  }

  /** A start. @returns the limits, or why there is none. */
  async start(): Promise<LimitsModule.Limits | string> {
    const { Limits } = await load<typeof LimitsModule>(this.#target, 'src/main/limits.ts');
    const { readLimitsFile } = await load<typeof Homes>(this.#target, 'src/main/operator/home.ts');
    const { emptyState } = await load<typeof States>(this.#target, 'src/core/account/state.ts');
    const read = readLimitsFile(this.home.path);
    if (!read.ok) return read.error;
    const take = (event: Event): void => {
      if (event.kind === 'limits_set') this.#ratchet = event.ratchet;
    };
    const ratchet = (): Ratchet | null => this.#ratchet;
    const engine = {
      get state() {
        return { ...emptyState('okx:sim:1001'), limits: ratchet() };
      },
      now: () => 1_800_000_000_000,
      post: take,
      circumstances: () => ({ clockTrusted: true }) as never,
      hold: () => {},
      tell: (event: Event) => {
        take(event);
        return Promise.resolve(null);
      },
    };
    const settled = Limits.settle({
      home: this.home.path,
      file: read.value,
      chosen: (file) => file,
      faults: () => [],
      onHeld: () => {},
      engine,
    });
    return settled.ok ? settled.value : settled.error;
  }

  [Symbol.dispose](): void {
    this.home.remove();
  }
}

/** The limit of an order that holds after a start. */
export function heldBy(started: LimitsModule.Limits | string): { readonly size: number; readonly saw: string } {
  if (typeof started === 'string') return { size: 0, saw: `the gateway does not start: ${started}` };
  const size = formatDecimal(started.configuration.policy.maxOrderSize);
  return { size: Number(size), saw: `max_order_size is ${size}; it was 50` };
}
