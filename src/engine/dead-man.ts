import type { State } from '../core/account/state.ts';
import type { Arming } from '../core/order/request.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exchange } from '../ports/exchange.ts';
import type { Signer } from '../ports/signer.ts';
import { decodeWrite, described } from '../venues/okx/write.ts';
import type { Pace } from './pace.ts';
import type { Plan } from './plan.ts';

/** How old a confirmation may become before the next is asked for: a few of them may get lost before the shortest timer runs out. */
const RENEW_MILLISECONDS = 4000;

type Wiring = {
  /** A gateway that only reads moves no timer. */
  readonly readOnly: boolean;
  readonly signer: Signer;
  readonly exchange: Exchange;
  readonly pace: Pace;
  readonly clock: Clock;
};

type Around = Wiring & {
  readonly plan: Plan;
  readonly state: () => State;
  readonly isStopped: () => boolean;
  readonly hashOf: (request: Arming) => string;
  /** Why the exchange should rather cancel than wait on: empty when all is well. */
  readonly unhealthy: () => string;
  /** The timer ran out, as far as anybody knows. */
  readonly onLapse: (cause: string) => void;
};

/**
 * Keeps the exchange's own timer as the books want it: moved on while everything is healthy, and only then. A heart that beats while the brain is
 * dead would be worse than none (reference/risk.md §4.9).
 */
export class DeadMan {
  readonly #around: Around;
  /** Since when it is wanted and nobody confirmed it, on the monotonic clock. */
  #since: number | null = null;
  #confirmed = false;
  /** Whether the exchange may have it armed. */
  #armed: boolean;
  #cause = '';

  constructor(around: Around) {
    this.#around = around;
    this.#armed = around.state().timer !== null;
  }

  /** Once a second, and when the books want another timer than before. */
  align(): void {
    const { clock, state, unhealthy, onLapse, readOnly } = this.#around;
    if (readOnly) return;
    const { timer, booting } = state();
    if (timer === null) {
      this.#since = null;
      if (this.#armed) void this.#send(0);
      return;
    }
    const now = clock.monotonic();
    // Nothing is opened before the first comparison, and what the exchange has cancelled meanwhile is then seen.
    if (this.#since === null || booting) [this.#since, this.#confirmed] = [now, false];
    const age = now - this.#since;
    const cause = unhealthy();
    if (cause !== '') this.#cause = cause;
    if (age > timer.seconds * 1000) onLapse(this.#cause);
    if (cause === '' && (!this.#confirmed || age >= RENEW_MILLISECONDS)) void this.#send(timer.seconds);
  }

  async #send(seconds: number): Promise<void> {
    const { plan, signer, exchange, pace, clock, hashOf, state, unhealthy, isStopped } = this.#around;
    await plan.alone('dead man', async () => {
      const request: Arming = { kind: 'cancel_all_after', seconds, tag: '' };
      const signed = await signer.sign(request, hashOf(request), 0);
      if (signed.kind !== 'signed') {
        this.#cause = signed.kind === 'dead' ? 'the vault is gone' : `the vault refused: ${signed.cause}`;
        return;
      }
      await pace(request);
      const sentAt = clock.monotonic();
      const sent = await exchange.send(signed.request, () => {
        const isWanted = !isStopped() && (state().timer?.seconds ?? 0) === seconds && (seconds === 0 || unhealthy() === '');
        if (isWanted && seconds > 0) this.#armed = true;
        return isWanted;
      });
      const answer = sent.kind === 'answered' ? decodeWrite(request, sent) : sent;
      if (answer.kind !== 'accepted') {
        this.#cause = answer.kind === 'rejected' ? `the exchange refused it with ${described(answer.code)}` : answer.cause;
        return;
      }
      if (seconds === 0) this.#armed = false;
      else [this.#since, this.#confirmed, this.#cause] = [sentAt, true, ''];
    });
  }
}
