import type { FromDoors } from '../../core/channel.ts';
import type { Json } from '../../core/lang/canonical.ts';
import type { Answer, Ask } from './server.ts';

/** Calls of one agent that the gateway has not answered yet. Two hundred at once is ordinary; this is a bound, not a rate. */
const inFlightMax = 256;
/** Calls that only make less of something have room when all that is taken: a stuck agent can always stop. */
const waysOut: ReadonlySet<string> = new Set(['halt_trading', 'cancel_orders', 'close_position']);
const inFlightOutMax = inFlightMax + 32;
/** The longest tool waits 25 s; clients give up after 60 s. In between somebody has to say that the outcome is not known. */
const answerWaitMilliseconds = 45_000;

export type Asking = {
  readonly ask: Ask;
  /** The gateway's answer to a call; one that nobody waits for any more is dropped. */
  readonly answered: (answer: { readonly call: number; readonly failed: boolean; readonly answer: Json }) => void;
};

type Waiting = { readonly principal: string; readonly settle: (answer: Answer) => void };

/** Numbers the calls, sends them on, and gives each its answer. A caller that goes away changes nothing: its call runs on. */
export function startAsking({ incarnation, send }: { readonly incarnation: number; readonly send: (message: FromDoors) => void }): Asking {
  const waiting = new Map<number, Waiting>();
  const inFlight = new Map<string, number>();
  let last = 0;

  const ask: Ask = (call) => {
    const open = inFlight.get(call.principal) ?? 0;
    const most = waysOut.has(call.tool) ? inFlightOutMax : inFlightMax;
    if (open >= most) {
      return Promise.resolve({
        kind: 'refused',
        message: `${most} calls of this agent wait for their answers; this one was not begun`,
      });
    }
    last += 1;
    const number = last;
    return new Promise((resolve) => {
      const timer = setTimeout(() => waiting.get(number)?.settle({ kind: 'unanswered' }), answerWaitMilliseconds);
      const settle = (answer: Answer) => {
        clearTimeout(timer);
        waiting.delete(number);
        inFlight.set(call.principal, (inFlight.get(call.principal) ?? 1) - 1);
        resolve(answer);
      };
      waiting.set(number, { principal: call.principal, settle });
      inFlight.set(call.principal, open + 1);
      send({ kind: 'call', incarnation, call: number, ...call });
    });
  };

  return {
    ask,
    answered: ({ call, failed, answer }) => waiting.get(call)?.settle({ kind: 'answered', failed, answer }),
  };
}
