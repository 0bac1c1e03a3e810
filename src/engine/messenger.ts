import { noticeOf, pulseOf } from '../core/alert/notice.ts';
import { owedTo } from '../core/alert/sinks.ts';
import type { State } from '../core/account/state.ts';
import type { Effect, Event } from '../core/gateway/events.ts';
import type { Head } from '../core/journal/row.ts';
import type { Notifier } from '../ports/notifier.ts';
import type { Plan } from './plan.ts';

const PULSE_MILLISECONDS = 300_000;
const PULSE_AGAIN_MILLISECONDS = 30_000;

type Surroundings = {
  readonly notifier: Notifier;
  readonly plan: Plan;
  readonly now: () => number;
  readonly seen: () => { readonly state: State; readonly head: Head };
  readonly post: (event: Event) => void;
  /** Whether the journal takes entries: a gateway that cannot write is not alive, whatever else it does. */
  readonly writes: () => boolean;
};

/** Carries alerts to their sinks, one at a time for each, and beats the pulse. What became of it is an event like any other. */
export class Messenger {
  readonly #around: Surroundings;
  #beats = false;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  notify({ sink, attempt, afterMilliseconds }: Extract<Effect, { kind: 'notify' }>): void {
    const { plan } = this.#around;
    plan.next(`notify ${sink}`, afterMilliseconds, () => void plan.alone(`notify ${sink}`, () => this.#deliver(sink, attempt)));
  }

  async #deliver(sink: string, attempt: number): Promise<void> {
    const { notifier, seen, post } = this.#around;
    const { state, head } = seen();
    const next = owedTo(state.alerting, sink)[0];
    if (next === undefined) return;
    const told = await notifier.tell(sink, noticeOf(state, next.alert, head));
    post({ kind: 'notified', sink, alert: next.alert.seq, attempt, failure: told.kind === 'told' ? null : told.cause });
  }

  /** From now on, once; where there is no address by then, nothing leaves. */
  pulse(): void {
    if (this.#beats) return;
    this.#beats = true;
    void this.#beat(0);
  }

  /** `attempt` is how often it failed since it last left. */
  async #beat(attempt: number): Promise<void> {
    const { notifier, seen, post, plan, now, writes } = this.#around;
    const { state, head } = seen();
    if (!writes()) return plan.later(PULSE_AGAIN_MILLISECONDS, () => void this.#beat(attempt));
    const told = await notifier.pulse(pulseOf(state, head, now()));
    post({ kind: 'pulsed', attempt, failure: told.kind === 'told' ? null : told.cause });
    const failed = told.kind === 'failed';
    plan.later(failed ? PULSE_AGAIN_MILLISECONDS : PULSE_MILLISECONDS, () => void this.#beat(failed ? attempt + 1 : 0));
  }
}
