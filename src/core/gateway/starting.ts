import type { State } from '../account/state.ts';
import type { Entry, InstrumentBody } from '../journal/entry.ts';
import { canonicalJson } from '../lang/canonical.ts';
import type { Instrument } from '../market/instrument.ts';
import { formatDecimal } from '../money/decimal.ts';
import { type Effect, type Event, nothing, type Step } from './events.ts';

/** A start: genesis where there is none, a new epoch, and a question about every order that was open. */
export function started(state: State, event: Extract<Event, { kind: 'started' }>): Step {
  const entries: Entry[] = [];
  if (state.journal === '')
    entries.push({ kind: 'genesis', journal: event.journal, environment: event.environment, version: event.version });
  entries.push({
    kind: 'started',
    epoch: state.epoch + 1,
    policy_hash: event.policyHash,
    version: event.version,
    read_only: event.readOnly,
  });
  const effects: Effect[] = [];
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
    else effects.push({ kind: 'inspect', clientOrderId: order.clientOrderId, afterMilliseconds: 0 });
  }
  return { entries, effects };
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
