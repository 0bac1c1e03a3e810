import type { Ledger, Sent } from './ledger.ts';
import type { Counted } from './rule.ts';

export type Window = { readonly length: number; readonly slot: number };

// Windows as the reference names them, and how finely time may be cut in them: a slot counts whole while any part of it is inside.
export const second: Window = { length: 1000, slot: 100 };
export const minute: Window = { length: 60_000, slot: 1000 };
export const tenMinutes: Window = { length: 600_000, slot: 10_000 };
export const hour: Window = { length: 3_600_000, slot: 10_000 };

const DAY = 86_400_000;

export function isSurelyInside({ length }: Window, at: number, now: number): boolean {
  return at > now - length;
}

export function mayBeInside({ length, slot }: Window, at: number, now: number): boolean {
  return at > now - length - slot;
}

export function counted(times: readonly number[], window: Window, now: number): Counted {
  return {
    least: times.filter((at) => isSurelyInside(window, at, now)).length,
    most: times.filter((at) => mayBeInside(window, at, now)).length,
  };
}

/** When entries were sent or amended: each is a message. */
export function entryTimes({ sent, amended }: Ledger): readonly number[] {
  return [...sent, ...amended].filter(({ exit }) => !exit).map(({ at }) => at);
}

/** When somebody sent exits or amended them. */
export function exitTimes({ sent, amended }: Ledger, who: string): readonly number[] {
  return [...sent, ...amended].filter(({ exit, by }) => exit && by === who).map(({ at }) => at);
}

/** Entries of this UTC day: those sent, less those proven never to have been, and amendments that made one more of an order. */
export function ofToday({ sent, amended, now }: Ledger): number {
  const today = Math.floor(now / DAY);
  const isToday = (at: number) => Math.floor(at / DAY) === today;
  const entries = sent.filter(({ exit, givenBack, at }) => !exit && !givenBack && isToday(at));
  return entries.length + amended.filter(({ increases, at }) => increases && isToday(at)).length;
}

/** Entries of one agent on one side of one instrument since somebody last looked. */
export function alike({ sent }: Ledger, { by, instrument, side }: Pick<Sent['order'], 'by' | 'instrument' | 'side'>): readonly Sent[] {
  return sent.filter(
    ({ exit, lookedAt, order }) => !exit && !lookedAt && order.by === by && order.instrument === instrument && order.side === side,
  );
}

/** How often that is within ten minutes, and within an hour. */
export function repetition(
  ledger: Ledger,
  key: Pick<Sent['order'], 'by' | 'instrument' | 'side'>,
): { readonly ten: Counted; readonly hour: Counted } {
  const times = alike(ledger, key).map(({ at }) => at);
  return { ten: counted(times, tenMinutes, ledger.now), hour: counted(times, hour, ledger.now) };
}
