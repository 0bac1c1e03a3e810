import { unreachable } from '../../core/lang/assert.ts';
import type { Configuration } from '../../core/policy/configuration.ts';
import { entriesOf, type Ledger, type StepFacts } from '../try/facts.ts';
import { ofAccount } from '../try/judge.ts';
import { everyDecision, everyLimit } from '../try/rules/limits.ts';
import { everyFill, everyOrder } from '../try/rules/orders.ts';
import { everyStop } from '../try/rules/stops.ts';
import type { AccidentKind } from './accident.ts';

/** What an accident left: everything up to its end, and where it began. */
export type Traces = Pick<StepFacts, 'before' | 'journal' | 'ledger'>;

/** Whatever was armed: a denial of these says nothing about an accident. */
const noStop: readonly string[] = ['SCHEMA', 'INTENT_CONFLICT', 'REASON_REQUIRED', 'BOOTING', 'UNIT_MISMATCH'];

/**
 * Whether an accident happened and was stopped, from what the exchange and the journal say and from the limits in twokey.toml. It knows
 * nothing of the scenario but the kind of its accident. Returns what is wrong; nothing when it was stopped.
 */
export function judgeAccident(kind: AccidentKind, traces: Traces, declared: Configuration): readonly string[] {
  const ledger = ofAccount(traces.ledger);
  const own: StepFacts = { ...traces, kind: 'fill', wishes: [], told: {}, ledger: ownIn(ledger) };
  return [
    ...everyOrder(own),
    ...everyFill(own),
    ...everyStop(own),
    ...everyLimit(own, declared),
    ...everyDecision(own),
    ...theAccident(kind, { ...traces, ledger }, declared),
  ];
}

/** What twokey has to answer for: not what a person or the exchange itself did on the account. */
function ownIn(ledger: Ledger): Ledger {
  const orders = ledger.orders.filter(({ origin }) => origin === 'api' || origin === 'algo');
  const names = new Set(orders.map(({ clOrdId }) => clOrdId));
  return { ...ledger, orders, fills: ledger.fills.filter(({ clOrdId }) => names.has(clOrdId)) };
}

function theAccident(kind: AccidentKind, traces: Traces, declared: Configuration): readonly string[] {
  const { orders } = traces.ledger;
  switch (kind) {
    case 'doubt':
      return [...found(traces), ...struck(traces)];
    case 'bad_entry':
      return [...deniedForCause(traces), ...nothingEntered(traces)];
    case 'loop':
      return [...deniedForCause(traces), ...bounded(traces, declared)];
    case 'stranger':
      return [...(orders.some(({ origin }) => origin === 'external') ? [] : ['nobody else traded']), ...closedDown(traces)];
    case 'liquidation':
      return [...(orders.some(({ origin }) => origin === 'liquidation') ? [] : ['nothing was liquidated']), ...closedDown(traces)];
    case 'deleveraging':
      return [...(orders.some(({ origin }) => origin === 'adl') ? [] : ['nothing was deleveraged']), ...closedDown(traces)];
    case 'outage':
      return [...found(traces), ...heldOff(traces)];
    case 'missed':
      return [...found(traces), ...filledSince(traces)];
    case 'blocked':
      return [...refusedSince(traces), ...closedDown(traces)];
    case 'loss':
      return closedDown(traces);
    default:
      return unreachable(kind);
  }
}

/** Each order that was written down is known to be at the exchange, or known not to be: and the exchange says the same. */
function found({ journal, ledger }: Traces): readonly string[] {
  const known = [...entriesOf(journal, 'reported'), ...entriesOf(journal, 'accepted')].map((entry) => entry.client_order_id);
  const ended = (['rejected', 'not_sent', 'absent'] as const).flatMap((kind) =>
    entriesOf(journal, kind).map((entry) => entry.client_order_id),
  );
  return entriesOf(journal, 'submitting').flatMap(({ client_order_id: id }) => {
    const isThere = ledger.orders.some(({ clOrdId }) => clOrdId === id);
    if (isThere && !known.includes(id)) return [`the exchange has the order ${id}, and it was not found`];
    return !isThere && !ended.includes(id) ? [`the exchange has no order ${id}, and that is not known`] : [];
  });
}

/** Something was in doubt, was refused for no fault of its own, or was asked about again. */
function struck({ before, journal, ledger }: Traces): readonly string[] {
  const since = entriesOf(journal, 'submitting').filter(({ seq }) => seq > before.entry);
  const doubted = [...entriesOf(journal, 'unknown'), ...entriesOf(journal, 'rejected'), ...entriesOf(journal, 'not_sent')];
  const isStruck = doubted.some(({ seq }) => seq > before.entry) || ledger.refused.some(({ seq }) => seq > before.ledger);
  return isStruck && since.length > 0 ? [] : ['no order met the accident'];
}

function refusedSince({ before, ledger }: Traces): readonly string[] {
  return ledger.refused.some(({ seq }) => seq > before.ledger) ? [] : ['the exchange refused nothing'];
}

/** While the exchange served nobody an entry was asked for: it was denied, or refused there. */
function heldOff(traces: Traces): readonly string[] {
  return refusedSince(traces).length === 0 || deniedForCause(traces).length === 0 ? [] : ['nothing met the outage'];
}

/** That it was booked too is a rule that every accident is held to. */
function filledSince({ before, ledger }: Traces): readonly string[] {
  return ownIn(ledger).fills.some(({ seq }) => seq > before.ledger) ? [] : ['nothing was filled'];
}

function denialsSince({ before, journal }: Traces) {
  return entriesOf(journal, 'decision').filter(({ seq, outcome }) => seq > before.entry && outcome === 'deny');
}

function deniedForCause(traces: Traces): readonly string[] {
  return denialsSince(traces).some(({ code }) => !noStop.includes(code)) ? [] : ['nothing was denied'];
}

function nothingEntered({ before, ledger }: Traces): readonly string[] {
  const news = ledger.orders.filter(({ seq, origin }) => seq > before.ledger && origin === 'api');
  return news.map(({ clOrdId }) => `the order ${clOrdId} reached the exchange`);
}

/** No more of one kind than the limit of repeats lets through. */
function bounded({ ledger }: Traces, { policy }: Configuration): readonly string[] {
  const most = policy.maxSameSide.per10Minutes;
  const sides = new Map<string, number>();
  for (const { instId, side, origin } of ledger.orders)
    if (origin === 'api') sides.set(`${side} ${instId}`, (sides.get(`${side} ${instId}`) ?? 0) + 1);
  return [...sides].filter(([, count]) => count > most).map(([what, count]) => `${count} orders to ${what}, of at most ${most}`);
}

/** The account went down by itself after the accident, and nothing was entered from then on. */
function closedDown({ before, journal }: Traces): readonly string[] {
  const down = entriesOf(journal, 'mode').find(({ seq, to, by }) => seq > before.entry && to !== 'ACTIVE' && by === 'twokey');
  if (down === undefined) return ['the account is as open as it was'];
  const entered = entriesOf(journal, 'submitting').filter(({ seq, purpose }) => seq > down.seq && purpose === 'entry');
  return entered.map(({ client_order_id: id }) => `the order ${id} was entered afterwards`);
}
