import { setImmediate as turn } from 'node:timers/promises';
import type { Chance } from './chance.ts';

type Planned = { readonly at: number; readonly tie: number; readonly number: number; readonly name: string; act: (() => void) | null };

/**
 * Virtual time: a heap of what is to happen. What happens at one moment happens in an order that chance decides, and everything that
 * follows from an event without waiting has followed before the next.
 */
export class Schedule {
  readonly #chance: Chance;
  readonly #heap: Planned[] = [];
  #elapsed = 0;
  #count = 0;

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** Milliseconds since the beginning. */
  get elapsed(): number {
    return this.#elapsed;
  }

  plan(delayMilliseconds: number, name: string, act: () => void): { readonly cancel: () => void } {
    this.#count += 1;
    const planned: Planned = {
      at: this.#elapsed + Math.max(0, delayMilliseconds),
      tie: this.#chance.next(),
      number: this.#count,
      name,
      act,
    };
    this.#heap.push(planned);
    this.#rise(this.#heap.length - 1);
    return {
      cancel: () => {
        planned.act = null;
      },
    };
  }

  /** Lets the next event happen, if it does before `end`. `around` is asked to do it, so that it can put something before or after. */
  async step(end: number, around: (name: string, act: () => void) => Promise<void>): Promise<boolean> {
    for (;;) {
      const first = this.#heap[0];
      if (first === undefined || first.at > end) {
        this.#elapsed = Math.max(this.#elapsed, end);
        return false;
      }
      this.#take();
      const { act } = first;
      if (act === null) continue;
      this.#elapsed = first.at;
      await around(first.name, act);
      return true;
    }
  }

  #take(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink();
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#swapIfBefore(index, parent)) return;
      index = parent;
    }
  }

  #sink(): void {
    let index = 0;
    for (;;) {
      const [left, right] = [2 * index + 1, 2 * index + 2];
      const child = right < this.#heap.length && this.#isBefore(right, left) ? right : left;
      if (child >= this.#heap.length || !this.#swapIfBefore(child, index)) return;
      index = child;
    }
  }

  #isBefore(left: number, right: number): boolean {
    const [one, other] = [this.#heap[left], this.#heap[right]];
    if (one === undefined || other === undefined) return false;
    return one.at - other.at < 0 || (one.at === other.at && (one.tie - other.tie || one.number - other.number) < 0);
  }

  #swapIfBefore(child: number, parent: number): boolean {
    if (!this.#isBefore(child, parent)) return false;
    const [one, other] = [this.#heap[child], this.#heap[parent]];
    if (one === undefined || other === undefined) return false;
    this.#heap[child] = other;
    this.#heap[parent] = one;
    return true;
  }
}

/** Everything that waits for nothing but promises has run when this resolves. */
export async function drained(): Promise<void> {
  await turn();
}
