import { agentSubject, freezeOf, instrumentSubject, type Subject } from '../account/freeze.ts';
import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type { Principal } from '../order/intent.ts';
import type { Write } from '../order/request.ts';
import { isLatched } from '../policy/activity.ts';
import { type Configuration, policyFor, reservedNames } from '../policy/configuration.ts';
import type { Trip } from '../policy/tripwire.ts';
import { type Event, nothing, type Step } from './events.ts';
import { cancelling, down } from './modes.ts';

/** Freezes one instrument or one agent: latched, told, and its open entries cancelled. Exits stay, and more of them pass. */
export function freeze(
  state: State,
  { subject, by, cause }: { readonly subject: Subject; readonly by: string; readonly cause: string },
): Step {
  if (state.frozen.has(subject)) return nothing;
  const entrants = [...state.openOrders.values()].filter(
    (order) => order.purpose === 'entry' && order.cancel === 'none' && subjectsOf(order).includes(subject),
  );
  const cancels = cancelling(entrants, { principal: 'twokey', intentId: '', reason: `${subject} frozen: ${cause}` });
  const alert: Entry = { kind: 'alert', severity: 'amber', code: 'FROZEN', message: `${subject}: ${cause}` };
  return { entries: [{ kind: 'frozen', subject, by, cause }, alert, ...cancels.entries], effects: cancels.effects };
}

const TRIPWIRE = 'TRIPWIRE';
const WORDS_CHARACTERS_MAX = 240;

/**
 * An agent reached for what is the operator's, or asked for keys: people are told at once, and where its policy says so it opens nothing more until
 * one of them has looked. Only our own words stand in the first line. What is frozen for it already is told no second time.
 */
export function tripped(state: State, principal: Principal, trip: Trip, configuration: Configuration): Step {
  const subject = agentSubject(principal);
  if (state.frozen.get(subject)?.cause.startsWith(TRIPWIRE.toLowerCase()) === true) return nothing;
  const did =
    trip.kind === 'tool'
      ? `called a tool that does not exist, for what is the operator's (${trip.what})`
      : `wrote a text that asks for ${trip.what}`;
  const freezes = policyFor(configuration, principal).tripwire === 'freeze';
  const frozen = freezes ? freeze(state, { subject, by: 'twokey', cause: `tripwire: it ${did}` }) : nothing;
  const alert: Entry = {
    kind: 'alert',
    severity: 'red',
    code: TRIPWIRE,
    message: `agent ${principal} ${did}; something may have talked it into it`,
    action: freezes
      ? `it is frozen: what reduces passes; look at what it read, then twokey unfreeze ${subject}`
      : 'none: tripwire = "alert"',
    // Each freeze is told; without one the same agent is told of once in a while.
    key: frozen.entries.length > 0 ? `${TRIPWIRE} ${principal} ${state.seq}` : `${TRIPWIRE} ${principal}`,
    details: [`the agent's own words, which nobody has checked: ${trip.words.slice(0, WORDS_CHARACTERS_MAX).toWellFormed()}`],
  };
  return { entries: [...frozen.entries.filter(({ kind }) => kind !== 'alert'), alert], effects: frozen.effects };
}

function subjectsOf({ instrument, principal }: { readonly instrument: InstrumentId; readonly principal: Principal }): readonly Subject[] {
  return [instrumentSubject(instrument), agentSubject(principal)];
}

/** The operator's word on one instrument or agent. */
export function freezeAsked(state: State, { verb, subject, reason }: Extract<Event, { kind: 'freeze_asked' }>): Step {
  if (verb === 'freeze') return freeze(state, { subject, by: 'operator', cause: reason === '' ? 'the operator froze it' : reason });
  return isFrozen(state, subject) ? { entries: [{ kind: 'thawed', subject, by: 'operator', cause: reason }], effects: [] } : nothing;
}

function isFrozen(state: State, subject: Subject): boolean {
  return (
    state.frozen.has(subject) || (subject.startsWith('agent:') && isLatched(state.activity, subject.slice('agent:'.length) as Principal))
  );
}

/** Why freezing or thawing is refused, with the fix; `null` when it is not. */
export function mayNotFreeze(
  state: State,
  { verb, subject, reason }: Omit<Extract<Event, { kind: 'freeze_asked' }>, 'kind'>,
  { agents }: Pick<Configuration, 'agents'>,
): string | null {
  if (verb === 'unfreeze') {
    if (reason.trim() === '') return 'say with --reason what was looked at; it stands in the journal';
    return isFrozen(state, subject) ? null : `${subject} is not frozen; twokey status lists what is`;
  }
  if (state.frozen.has(subject)) return `${subject} is frozen already`;
  const name = subject.slice(subject.indexOf(':') + 1);
  if (subject.startsWith('instrument:'))
    return state.instruments.has(name as InstrumentId)
      ? null
      : `${name} is not an instrument of this gateway: ${[...state.instruments.keys()].join(', ')}`;
  return agents.has(name) ? null : `${name} is not an agent of this gateway: ${[...agents.keys()].join(', ')}`;
}

/**
 * The exchange says that an instrument does not trade normally, or that the account may only reduce. The same is done here, and it stays
 * until a person has looked: what ended by itself may begin again (reference/risk.md P17, §4.10).
 */
export function restricted(state: State, { scope, instrument, cause }: Extract<Event, { kind: 'restricted' }>): Step {
  if (scope === 'account') return down(state, { to: 'REDUCE_ONLY', by: 'twokey', cause });
  return freeze(state, { subject: instrumentSubject(instrument), by: 'twokey', cause });
}

/** What keeps an order that was found from staying open beside the mode. */
export function isBarred(state: State, order: { readonly instrument: InstrumentId; readonly principal: Principal }): boolean {
  return (
    state.mode !== 'ACTIVE' ||
    !state.standing.opens ||
    freezeOf(state, order) !== undefined ||
    state.grants.get(order.principal)?.kind === 'revoked'
  );
}

/** Whether another order on the instrument of a placement is of unknown outcome: nothing new leaves before it is found (reference/risk.md §6.2). */
export function isClouded({ openOrders }: State, { clientOrderId, terms }: Extract<Write, { kind: 'place' }>): boolean {
  return [...openOrders.values()].some(
    (order) => order.clientOrderId !== clientOrderId && order.instrument === terms.instrument && order.life.kind === 'unknown',
  );
}

/**
 * Somebody traded here who is not an agent any more, so that nobody would look after it: told when they are revoked and at every start, entries
 * cancelled. What is held waits for the operator. `names`: of these alone.
 */
export function orphans(state: State, { agents }: Pick<Configuration, 'agents'>, names?: readonly string[]): Step {
  const isOrphan = (name: string): boolean => (names?.includes(name) ?? true) && !agents.has(name) && !reservedNames.includes(name);
  const orders = [...state.openOrders.values()].filter(({ principal }) => isOrphan(principal));
  const entrants = orders.filter(({ purpose, cancel }) => purpose === 'entry' && cancel === 'none');
  const cancels = cancelling(entrants, { principal: 'twokey', intentId: '', reason: 'its agent is no agent of this gateway any more' });
  const held = [...state.positions.values()].flatMap(({ instrument: id, owners }) =>
    [...owners.keys()].filter(isOrphan).map((name) => ({ name, id })),
  );
  const left = new Set([...held.map(({ name }) => name), ...orders.map(({ principal }) => principal)]);
  const alerts = [...left].toSorted().map((name): Entry => {
    const positions = held.filter((each) => each.name === name).map(({ id }) => id);
    const open = orders.filter(({ principal }) => principal === name).length;
    const what = [positions.length === 0 ? '' : `holds ${positions.join(', ')}`, open === 0 ? '' : `has ${open} open orders`];
    const message = `agent ${name} is no agent of this gateway any more and ${what.filter((text) => text !== '').join(' and ')}; its entries are cancelled, and what it holds is the operator's to close (twokey flatten INSTRUMENT)`;
    return { kind: 'alert', severity: 'amber', code: 'ORPHAN', message };
  });
  return { entries: [...alerts, ...cancels.entries], effects: cancels.effects };
}
