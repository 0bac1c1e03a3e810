import type { Fact } from '../../src/core/account/apply.ts';
import { Tally } from '../simulation/tally.ts';
import { Dealer } from './dealer.ts';
import { against, fraction, isAbove, isSame, less, stepsIn, textOf } from './oracle/fraction.ts';
import { Ledger } from './oracle/ledger.ts';
import {
  doneAlready,
  notResting,
  notYours,
  type Opinion,
  opinionOn,
  recordAmending,
  recordSending,
  ruleNames,
  tried,
  trials,
  typeOf,
} from './oracle/oracle.ts';
import { worstOf } from './oracle/scene.ts';
import { type Meant, meantOf } from './oracle/wish.ts';
import type { Event, History, Setup, Wish } from './story.ts';
import { type Answer, controlNames, searched, Subject } from './subject.ts';

/** How oracle and core differ on one event. */
export type Disagreement = { readonly event: number; readonly says: string };
export type Played = { readonly history: History; readonly disagreement: Disagreement | null };

/** Rules that the oracle lacks, and rules that there are no controls for, or others in their place. */
export function namesThatDiffer(): readonly string[] {
  return [...controlNames.filter((name, index) => ruleNames[index] !== name), ...ruleNames.filter((name) => !controlNames.includes(name))];
}

/** Draws a history from a seed and plays it to both; ends where they differ, or where one of them gives up. */
export function playSeed(seed: number, tally: Tally): Played {
  const dealer = new Dealer(seed);
  const { setup, themes } = dealer.scenario;
  tally.add('histories: all');
  tally.add(`histories: ${setup.positionMode}`);
  for (const theme of new Set(themes)) tally.add(`themes: ${theme}`);
  const events: Event[] = [];
  const table = new Table(setup, tally);
  for (let event = dealer.next(table.ledger); event !== null; event = dealer.next(table.ledger)) {
    events.push(event);
    const says = outcomeOf(table, event);
    if (says !== null) return { history: { seed, setup, events }, disagreement: { event: events.length - 1, says } };
  }
  return { history: { seed, setup, events }, disagreement: null };
}

/** What the core writes down of the history of a seed. */
export function factsOf(seed: number): readonly Fact[] {
  const dealer = new Dealer(seed);
  const table = new Table(dealer.scenario.setup, new Tally());
  for (let event = dealer.next(table.ledger); event !== null; event = dealer.next(table.ledger)) outcomeOf(table, event);
  return table.facts;
}

/** Plays events that are there already. */
export function replay({ setup, events }: History): Disagreement | null {
  const table = new Table(setup, new Tally());
  for (const [index, event] of events.entries()) {
    const says = outcomeOf(table, event);
    if (says !== null) return { event: index, says };
  }
  return null;
}

function outcomeOf(table: Table, event: Event): string | null {
  try {
    return table.play(event);
  } catch (error) {
    return `thrown: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
}

class Table {
  readonly ledger: Ledger;
  readonly #subject: Subject;
  readonly #tally: Tally;

  constructor(setup: Setup, tally: Tally) {
    this.ledger = new Ledger(setup);
    this.#subject = new Subject(setup);
    this.#tally = tally;
  }

  get facts(): readonly Fact[] {
    return this.#subject.facts;
  }

  /** Both take the event; returns how they differ. What cannot happen is left out. */
  play(event: Event): string | null {
    const { ledger } = this;
    ledger.now += event.after;
    this.#subject.now = ledger.now;
    if (!ledger.takes(event)) return null;
    this.#tally.add(`events: ${event.kind === 'reported' ? `reported ${event.state}` : event.kind}`);
    if (event.kind !== 'place' && event.kind !== 'close' && event.kind !== 'amend' && event.kind !== 'agree') {
      ledger.take(event);
      this.#subject.take(event);
      return null;
    }
    const opinion = opinionOn(ledger, event);
    const answer = this.#subject.ask(event);
    this.#count(opinion, answer, event);
    const differs = compared(opinion, answer) ?? (event.id % 3 === 0 || offered(answer) ? this.#offer(opinion, answer) : null);
    if (differs !== null) return differs;
    const { order, increases } = opinion;
    if (event.kind === 'agree') ledger.waiting.delete(event.to);
    if (order === null) return null;
    if (answer.kind === 'ask' && event.kind !== 'amend')
      ledger.waiting.set(event.id, { wish: order.wish, size: order.size, price: order.price });
    if (answer.kind === 'allow' && event.kind === 'amend') recordAmending(ledger, event, { order, increases });
    else if (answer.kind === 'allow') recordSending(ledger, order);
    return null;
  }

  #count({ maybe, order }: Opinion, answer: Answer, wish: Wish): void {
    this.#tally.add('decisions: all');
    this.#tally.add(`decisions: ${answer.kind === 'allow' ? 'allowed' : 'refused'}`);
    if (order !== null && order.exit && isAbove(worstOf(order.after), worstOf(order.before)))
      this.#tally.add(`exits beside plain orders: ${answer.kind === 'deny' ? 'refused' : 'allowed'}`);
    if (wish.kind === 'agree') this.#tally.add(`agreed to: ${answer.kind === 'allow' ? 'allowed' : 'refused'}`);
    if (maybe.length > 0) this.#tally.add('decisions: undecidable by rounding');
    if (wish.kind === 'amend')
      this.#tally.add(
        `amendments: ${order === null ? 'of nothing' : order.exit ? 'of an exit' : 'of an entry'} ${answer.kind === 'allow' ? 'allowed' : 'refused'}`,
      );
    if (answer.kind !== 'allow') this.#tally.add(`binding: ${answer.by === '' ? 'an amendment of nothing that rests' : answer.by}`);
    else if (order !== null)
      this.#tally.add(`allowed: ${order.listed.product} ${order.leg === 'net' ? 'net' : 'leg'} ${order.exit ? 'exit' : 'entry'}`);
  }

  /** The largest size that passes, found by trying every one. */
  #offer({ order, maybe }: Opinion, answer: Answer): string | null {
    if (answer.kind !== 'deny' || order === null || order.agreed !== null || maybe.length > 0) return null;
    if (answer.offer === null && !searched.has(answer.by)) return null;
    this.#tally.add('offers: tried');
    const lot = fraction(order.listed.lot);
    if (answer.offer !== null) {
      this.#tally.add('offers: made');
      const count = stepsIn(meantOf({ ...order, wish: { ...order.wish, quantity: answer.offer } }, order.spots).size, lot);
      const [it, more] = [tried(order, count), tried(order, count + 1n)];
      if (it.passes === 'no') return `the core offers ${answer.offer}, which would not pass`;
      if (more.passes === 'yes' && !more.repeated) return `the core offers ${answer.offer}, and one lot more would pass`;
      return null;
    }
    const passing = [...trials(order)].filter(({ passes }) => passes !== 'no');
    const largest = passing.at(-1);
    if (largest === undefined || passing.some(({ passes, repeated }) => passes === 'rounding' || repeated)) return null;
    return `the core offers nothing, and ${largest.count} lots would pass`;
  }
}

function offered(answer: Answer): boolean {
  return answer.kind === 'deny' && answer.offer !== null;
}

const early: Readonly<Record<string, string>> = { [notYours]: 'NOT_FOUND', [notResting]: 'NOT_ALLOWED', [doneAlready]: 'NOT_ALLOWED' };

function compared(opinion: Opinion, answer: Answer): string | null {
  const { refusedBy, maybe, order } = opinion;
  const told = refusedBy === null ? 'would allow it' : `would refuse it by ${refusedBy}`;
  if (answer.kind === 'deny') {
    if (answer.by === '')
      return refusedBy !== null && early[refusedBy] === answer.code ? null : `the core refuses with ${answer.code}, the oracle ${told}`;
    return answer.by === refusedBy || maybe.includes(answer.by)
      ? null
      : `the core refuses by ${answer.by} (${answer.message}), the oracle ${told}`;
  }
  if (order === null) return `the core comes to an order, the oracle ${told}`;
  if (answer.kind === 'ask' && answer.by !== refusedBy && !maybe.includes(answer.by))
    return `the core asks a person by ${answer.by}, the oracle ${told}`;
  if (answer.kind === 'allow' && refusedBy !== null) return `the core allows it, the oracle ${told}`;
  return differingTerms(order, opinion.increases, answer);
}

function differingTerms(order: Meant, increases: boolean, answer: Exclude<Answer, { kind: 'deny' }>): string | null {
  const { terms } = answer;
  const meant = {
    side: order.side,
    leg: order.leg,
    type: typeOf(order),
    purpose: order.exit ? 'exit' : 'entry',
    reduceOnly: order.exit && order.listed.product !== 'spot',
  };
  for (const [key, value] of Object.entries(meant) as [keyof typeof meant, string | boolean][])
    if (terms[key] !== value) return `the core would send ${key} ${terms[key]}, the oracle ${value}`;
  const amounts = [
    ['size', terms.size, order.size],
    ['price', terms.price, order.price],
    ['worst case', answer.worstCase, order.worstCase],
  ] as const;
  for (const [name, said, own] of amounts)
    if (!isSame(fraction(said), own)) return `the core says ${name} ${said}, the oracle ${textOf(own)}`;
  const more = less(fraction(answer.notional), order.worth);
  if (isAbove(order.worth, fraction(answer.notional)) || against(more, fraction('0.000000000001')) > 0)
    return `the core counts it as ${answer.notional} USD, the oracle as ${textOf(order.worth)}`;
  return answer.increases === increases ? null : `the core says that it increases: ${answer.increases}, the oracle: ${increases}`;
}
