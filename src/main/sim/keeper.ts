import type { WireReaction } from '../../doors/okx/listener.ts';
import { perform, type SocketBackend, type SocketLines } from '../../doors/okx/sockets.ts';
import type { Event, Exchange, Out, Request } from '../../sim/exchange.ts';
import type { SimLog } from './log.ts';

export type Keeper = {
  readonly handle: (request: Request) => WireReaction | Promise<WireReaction>;
  readonly sockets: SocketBackend;
  /** Lets time pass. */
  readonly tick: () => void;
};

/**
 * Answers only once what changed is in the log: requests that came in one turn share one transaction. Sockets hear of it right after
 * the answer has been written, and everything that they hear keeps its sequence.
 */
export function keepWith(exchange: Exchange, log: SimLog): Keeper {
  const batch: { readonly event: Event; readonly done: () => void }[] = [];
  const outbox: Out[] = [];
  const lines: SocketLines = new Map();

  const flush = (): void => {
    const [writing, outs] = [batch.splice(0), outbox.splice(0)];
    if (writing.length > 0) log.append(writing.map(({ event }) => event));
    for (const { done } of writing) done();
    if (outs.length > 0) setImmediate(() => perform(lines, outs));
  };
  /** Called before anything is added: the first thing of a turn plans for all of them. */
  const plan = (): void => {
    if (batch.length + outbox.length === 0) setImmediate(flush);
  };
  const keep = (events: readonly Event[]): Promise<void> =>
    new Promise((done) => {
      plan();
      for (const [index, event] of events.entries()) batch.push({ event, done: index === events.length - 1 ? done : () => undefined });
    });
  const tell = (): void => {
    const outs = exchange.sockets.tell();
    if (outs.length > 0) plan();
    outbox.push(...outs);
  };
  /** What was said on a socket is told only after what it changed is in the log. */
  const settle = (events: readonly Event[]): void => {
    if (events.length > 0) void keep(events);
    tell();
  };

  return {
    handle: (request) => {
      const { reaction, events } = exchange.handle({ request, at: Date.now() });
      tell();
      return events.length === 0 ? reaction : keep(events).then(() => reaction);
    },
    sockets: {
      open: exchange.sockets.open,
      hear: (socket, text) => settle(exchange.sockets.hear({ socket, text, at: Date.now() })),
      gone: exchange.sockets.gone,
      lines,
    },
    tick: () => settle(exchange.tick(Date.now())),
  };
}
