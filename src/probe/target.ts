import { err, ok, type Result } from '../core/lang/result.ts';
import type { Clock } from '../ports/clock.ts';
import type { Exchange, SignedRequest } from '../ports/exchange.ts';
import { publicHeaders } from '../venues/okx/sign.ts';
import { amount, firstRow } from './answer.ts';
import type { Wire } from './open-side.ts';

export type TargetOptions = {
  readonly exchange: Exchange;
  readonly clock: Pick<Clock, 'now' | 'alarm'>;
  /** Between two requests; the exchange counts them. */
  readonly paceMilliseconds: number;
  readonly lagMilliseconds: number;
  readonly stop: Stop;
};

/** How the operator ends a run. */
export type Stop = { readonly asked: () => boolean; readonly whenAsked: Promise<void> };

/** `listen` calls its argument once, when the operator wants an end. */
export function stopWhen(listen: (stop: () => void) => void): Stop {
  const { promise, resolve } = Promise.withResolvers<void>();
  let isAsked = false;
  listen(() => {
    isAsked = true;
    resolve();
  });
  return { asked: () => isAsked, whenAsked: promise };
}

const PATH = '/api/v5/public/time';

/** The way to the exchange that is probed, once it has said what time it is there. */
export async function targetWire({ exchange, clock, paceMilliseconds, lagMilliseconds, stop }: TargetOptions): Promise<Result<Wire>> {
  const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => void clock.alarm(milliseconds, resolve));
  const wire = { method: 'GET', path: PATH, body: '', expTime: '', private: false, simulated: true } as const;
  const request: SignedRequest = { method: 'GET', path: PATH, body: '', headers: publicHeaders(wire) };
  const sent = await exchange.send(request, () => true);
  if (sent.kind !== 'answered') return err(`the exchange does not answer (${sent.cause})`);
  const there = timeIn(sent.body);
  if (there === undefined) return err(`the exchange does not say what time it is (status ${sent.status})`);
  const offset = there - clock.now();
  return ok({
    send: async (question) => {
      if (paceMilliseconds > 0) await wait(paceMilliseconds);
      return exchange.send(question, () => true);
    },
    now: () => clock.now() + offset,
    pause: async (milliseconds) => {
      if (milliseconds > 0) await Promise.race([wait(milliseconds), stop.whenAsked]);
    },
    lagMilliseconds,
    stopped: stop.asked,
  });
}

function timeIn(body: string): number | undefined {
  try {
    const { coefficient, scale } = amount(firstRow({ status: 200, body: JSON.parse(body) }), 'ts');
    return scale === 0 && coefficient > 0n ? Number(coefficient) : undefined;
  } catch {
    return undefined;
  }
}
