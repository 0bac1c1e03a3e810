import { err, ok, type Result } from '../lang/result.ts';
import { type InstrumentId, parseInstrumentId } from '../market/instrument.ts';
import type { Principal } from '../order/intent.ts';
import { parsePrincipal } from '../order/parse-intent.ts';

/** What may be frozen by itself: `instrument:ID` or `agent:NAME`. Nothing new is opened on it or by it; exits and cancels pass. */
export type Subject = `instrument:${string}` | `agent:${string}`;

/** Why a subject is frozen, until the operator thaws it. */
export type Freeze = { readonly by: string; readonly cause: string; readonly at: number };

const SHAPE = 'expected an instrument such as BTC-USDT, or agent:NAME';

export function instrumentSubject(id: InstrumentId): Subject {
  return `instrument:${id}`;
}

export function agentSubject(name: Principal): Subject {
  return `agent:${name}`;
}

/** Reads a subject as a person writes it. An instrument may be named without its kind, an agent never: a slip must not freeze the other. */
export function parseSubject(text: unknown): Result<Subject> {
  if (typeof text !== 'string') return err(SHAPE);
  const [kind, name] = text.includes(':') ? [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)] : ['instrument', text];
  if (kind === 'agent') {
    const agent = parsePrincipal(name);
    return agent.ok ? ok(agentSubject(agent.value)) : err(`expected agent:NAME: ${agent.error}`);
  }
  if (kind !== 'instrument') return err(SHAPE);
  const instrument = parseInstrumentId(name);
  return instrument.ok ? ok(instrumentSubject(instrument.value)) : err(SHAPE);
}

type Frozen = { readonly frozen: ReadonlyMap<Subject, Freeze> };

/** Whether one of them is frozen. Mostly nothing is, and then its name need not be put together for every decision. */
export function isFrozen<Id>({ frozen }: Frozen, subjectOf: (id: Id) => Subject, id: Id): boolean {
  return frozen.size > 0 && frozen.has(subjectOf(id));
}

/** The freeze that keeps an entry of somebody on an instrument from passing; `undefined` where there is none. */
export function freezeOf(
  { frozen }: Frozen,
  { instrument, principal }: { readonly instrument: InstrumentId; readonly principal: Principal },
): Freeze | undefined {
  return frozen.get(instrumentSubject(instrument)) ?? frozen.get(agentSubject(principal));
}
