import type { State } from '../../src/core/account/state.ts';
import type { Result } from '../../src/core/lang/result.ts';
import { entries, isTable, tableOf } from '../../src/core/lang/table.ts';
import { stateFromText, stateToParts, type StateText } from '../../src/core/snapshot/snapshot.ts';
import type { Part, Place, Writing } from '../../src/core/snapshot/tree.ts';

/** Snapshots one after the other as a store keeps them: each names parts of the one before, and those that are named no more are thrown away. */
export class SnapshotShelf {
  readonly parts = new Map<number, Part>();
  readonly program: string;
  #known = new WeakMap<object, Place>();
  #before: State | undefined;
  #next = 1;
  /** How many parts the last snapshot wrote, and how many it threw away. */
  written = 0;
  dropped = 0;

  constructor(program = '0') {
    this.program = program;
  }

  put(state: State): StateText {
    const writing: Writing = { known: this.#known, fresh: new Map(), moved: { out: new Set(), in: new Set() }, next: this.#next };
    const parts = stateToParts(state, { program: this.program, before: this.#before, writing });
    this.written = 0;
    let step = parts.next();
    while (step.done !== true) {
      this.parts.set(step.value.id, step.value);
      this.written += 1;
      step = parts.next();
    }
    for (const id of step.value.dropped) if (!this.parts.delete(id)) throw new Error(`part ${id} was dropped twice, or never was`);
    for (const [branch, place] of writing.fresh) this.#known.set(branch, place);
    this.dropped = step.value.dropped.length;
    this.#next = writing.next;
    this.#before = state;
    return step.value;
  }

  read(text: StateText, { account, seq }: Pick<State, 'account' | 'seq'>): Result<State> {
    return stateFromText(text, { account, seq, program: this.program, source: { read: (id) => this.parts.get(id) ?? null, broken } });
  }

  /** Goes on from a state that was read, as a start does. */
  continueFrom(state: State): void {
    this.#known = new WeakMap();
    this.#before = state;
  }

  /** How many parts a snapshot comes to, those that were written for an earlier one included. */
  count({ parts }: Pick<Part, 'parts'>): number {
    return parts.reduce((sum, id) => sum + 1 + this.count(this.parts.get(id) ?? { parts: [] }), 0);
  }
}

function broken(cause: string): never {
  throw new Error(cause);
}

/** The one text of everything in a state, which says at once whether two are equal. */
export function wholeText(state: State): string {
  const shelf = new SnapshotShelf();
  return [shelf.put(grownAnew(state) as State).text, ...[...shelf.parts.values()].map(({ text }) => text)].join('\n');
}

/** The same with every table made from nothing. */
function grownAnew(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Map || value instanceof Set || Array.isArray(value)) return value;
  if (isTable(value)) return tableOf(entries(value));
  checkPlain(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, grownAnew(item)]));
}

/** A state with every table as the list of its entries, which can be compared wherever its branches lie. */
export function laidOpen(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isTable(value)) return { table: [...entries(value)].map(([key, item]) => [key, laidOpen(item)]), count: value.count };
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, laidOpen(item)]));
  if (Array.isArray(value)) return value.map(laidOpen);
  if (value instanceof Set) return new Set([...value].map(laidOpen));
  checkPlain(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, laidOpen(item)]));
}

/** What hides something behind its keys would be equal to everything that has the same ones. */
function checkPlain(value: object): void {
  if (Object.getPrototypeOf(value) !== Object.prototype) throw new Error('a value of a state that this helper does not know');
}
