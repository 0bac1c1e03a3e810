import type { FromDoors, ToDoors } from '../../../core/channel.ts';
import type { Json } from '../../../core/lang/canonical.ts';

/** What the gateway says to a wish of the page. */
export type PageAnswer = { readonly status: number; readonly session: string; readonly answer: Json };
export type AskPage = (asked: { readonly session: string; readonly wish: Json }) => Promise<PageAnswer>;

/** Longer than a flattened halt takes, shorter than a browser waits. */
const WAIT_MILLISECONDS = 50_000;
const WAITING_MAX = 128;

/** Passes wishes of the page to the gateway, and gives each its answer. One that nobody waits for any more is dropped; what was wished runs on. */
export function startPageAsking({ incarnation, send }: { readonly incarnation: number; readonly send: (message: FromDoors) => void }): {
  readonly ask: AskPage;
  readonly answered: (answer: Extract<ToDoors, { kind: 'page_answer' }>) => void;
} {
  const waiting = new Map<number, (answer: PageAnswer) => void>();
  let last = 0;
  return {
    ask: ({ session, wish }) => {
      if (waiting.size >= WAITING_MAX) return Promise.resolve(failed(429, 'RATE_LIMIT', 'too much is asked at once; nothing was done'));
      last += 1;
      const call = last;
      return new Promise((resolve) => {
        const timer = setTimeout(
          () => settle(failed(504, 'OUTCOME_UNKNOWN', 'the gateway did not answer; look what became of it')),
          WAIT_MILLISECONDS,
        );
        const settle = (answer: PageAnswer): void => {
          clearTimeout(timer);
          waiting.delete(call);
          resolve(answer);
        };
        waiting.set(call, settle);
        send({ kind: 'page', incarnation, call, session, wish });
      });
    },
    answered: ({ call, status, session, answer }) => waiting.get(call)?.({ status, session, answer }),
  };
}

function failed(status: number, code: string, message: string): PageAnswer {
  return { status, session: '', answer: { code, message } };
}
