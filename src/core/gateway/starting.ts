import { orderOf } from '../account/apply.ts';
import type { State } from '../account/state.ts';
import type { Entry, InstrumentBody } from '../journal/entry.ts';
import { canonicalJson } from '../lang/canonical.ts';
import type { Instrument } from '../market/instrument.ts';
import { formatDecimal } from '../money/decimal.ts';
import { mayBeSeen } from './protections.ts';
import { isolationWords } from '../policy/isolation.ts';
import type { Order } from '../order/order.ts';
import { type Context, type Effect, type Event, nothing, type Step } from './events.ts';
import { cutOff } from './flattening.ts';
import { orphans } from './freezing.ts';
import { latched } from './modes.ts';
import { changedUnder, changeSince } from './staging.ts';

/** A start: genesis where there is none, a new epoch, a question about every order that was open, and a look for what nobody owns any more. */
export function started(
  state: State,
  event: Extract<Event, { kind: 'started' }>,
  { configuration, circumstances }: Pick<Context, 'configuration' | 'circumstances'>,
): Step {
  const entries: Entry[] = [];
  if (state.journal === '')
    entries.push({ kind: 'genesis', journal: event.journal, environment: event.environment, version: event.version });
  entries.push({
    kind: 'started',
    epoch: state.epoch + 1,
    policy_hash: event.policyHash,
    version: event.version,
    read_only: event.readOnly,
    ...(event.positionMode === undefined || event.positionMode === 'net' ? {} : { position_mode: event.positionMode }),
    ...(event.isolation === undefined ? {} : { isolation: event.isolation.kind, isolation_says: isolationWords(event.isolation) }),
  });
  entries.push(...cutOff(state));
  const effects: Effect[] = [];
  // Real money waits for a person from the very first second (DESIGN §3.8).
  if (state.journal === '' && event.environment === 'live')
    entries.push(
      ...latched(state, { to: 'HALTED', by: 'twokey', cause: 'the first start in live: nothing is sent before the operator resumes' }),
    );
  // A kill takes risk away and no more: it goes on whoever is there to see it.
  if (state.killing !== null) effects.push({ kind: 'enumerate', afterMilliseconds: 0 });
  for (const order of state.openOrders.values()) {
    // A request that was on its way when the process died counts as timed out: looked up, never resent (DESIGN §2).
    if (order.life.kind === 'submitting')
      entries.push({
        kind: 'unknown',
        client_order_id: order.clientOrderId,
        cause: 'the gateway stopped while the request was on its way',
      });
    if (order.life.kind === 'submitting' || order.life.kind === 'unknown')
      effects.push({ kind: 'search', clientOrderId: order.clientOrderId, afterMilliseconds: 0 });
    else if (order.life.kind !== 'armed' || mayBeSeen(state, order))
      effects.push({ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: 0 });
  }
  // A refusal is looked at in case the exchange did what it refused, and the process may have died before it looked.
  const refused = state.traceless.flatMap((id) => orderOf(state, id) ?? []).filter(isRefused);
  for (const { clientOrderId } of refused.slice(-REFUSALS_MAX)) effects.push({ kind: 'inspect', clientOrderId, afterMilliseconds: 0 });
  const orphaned = orphans(state, configuration);
  const change = changeSince(state, event);
  const fall = change === null ? nothing : changedUnder(state, change, circumstances.now);
  return {
    entries: [...entries, ...orphaned.entries, ...fall.entries],
    effects: [...effects, ...orphaned.effects, ...fall.effects],
  };
}

/** Refusals that a start looks at again: more than can have been on their way at once, few enough to ask about at once. */
const REFUSALS_MAX = 10;

function isRefused({ life }: Order): boolean {
  return life.kind === 'done' && life.outcome === 'rejected';
}

/** The exchange's table of what may be traded. */
export function instrumentsRead(state: State, instruments: readonly Instrument[]): Step {
  const listed = new Set(instruments.map(({ id }) => id));
  // What the exchange lists no more may still be held or open here: it stays known, and nothing new is opened in it.
  const gone = [...state.instruments.values()]
    .filter(({ id }) => !listed.has(id))
    .map((each): Instrument => ({ ...each, tradable: false }));
  const bodies = [...instruments, ...gone].map(bodyOf).toSorted((left, right) => (left.id < right.id ? -1 : 1));
  const known = [...state.instruments.values()].map(bodyOf).toSorted((left, right) => (left.id < right.id ? -1 : 1));
  // The table is journaled when it changed, so that replay values old fills with the sizes that were true then.
  return canonicalJson(bodies) === canonicalJson(known)
    ? nothing
    : { entries: [{ kind: 'instruments', instruments: bodies }], effects: [] };
}

function bodyOf(instrument: Instrument): InstrumentBody {
  return {
    id: instrument.id,
    product: instrument.kind,
    base: instrument.base,
    quote: instrument.quote,
    settle: instrument.settle,
    tick: formatDecimal(instrument.tick),
    lot: formatDecimal(instrument.lot),
    minimum: formatDecimal(instrument.minimum),
    maximum: formatDecimal(instrument.maximum),
    contract_value: instrument.kind === 'spot' ? '1' : formatDecimal(instrument.contractValue),
    tradable: instrument.tradable,
    ...(instrument.kind === 'spot' || instrument.expiry === null ? {} : { expiry: instrument.expiry }),
  };
}
