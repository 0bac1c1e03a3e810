import { unreachable } from '../../core/lang/assert.ts';
import { decimal, divideUp, formatDecimal, one } from '../../core/money/decimal.ts';
import { executionsOf } from './executions.ts';
import { entriesOf, isOf, type LedgerOrder, orderIdsOf, type StepFacts, stopsOf } from './facts.ts';

/** What twokey did in a step: a sentence or two, and the few words that fit into a table. */
export type Outcome = { readonly whole: string; readonly brief: string };

/** Tells an outcome from the journal and the ledger, and from nothing that an agent said but the limits that it was told. */
export function outcomeOf(facts: StepFacts): Outcome {
  switch (facts.kind) {
    case 'limits':
      return limitsTold(facts);
    case 'fill':
      return executed(facts, 'allowed it, wrote it down, sent it once: ');
    case 'refusal':
    case 'units':
    case 'cheap_sale':
      return refused(facts);
    case 'stop':
      return tightened(facts);
    case 'slices':
      return sliced(facts);
    case 'crowd':
      return crowd(facts);
    case 'cancel':
      return cancelled(facts);
    case 'lost_answer':
      return lost(facts);
    case 'close':
      return closed(facts);
    case 'halt':
      return halted(facts);
    default:
      return unreachable(facts.kind);
  }
}

function limitsTold({ told }: StepFacts): Outcome {
  const most = (name: string): string => told[name] ?? 'not told';
  const brief = `at most ${most('max_order_size')} USD an order, ${most('max_position_size')} USD a position`;
  const person = `above ${most('approval.above')} USD of one coin in ten minutes a person is asked`;
  return { brief, whole: `${brief}, ${most('max_open_orders')} open orders; ${person}; no tool changes any of it` };
}

function executed(facts: StepFacts, how: string): Outcome {
  const { filled, brief, proof, matched } = executionsOf(facts);
  return { whole: `${how}${filled}. ${proof}`, brief: `${brief}, ${matched}` };
}

function closed(facts: StepFacts): Outcome {
  const { whole, brief } = executed(facts, '');
  const { flat } = executionsOf(facts);
  return { whole: `${whole}: ${flat}`, brief: `${brief}, ${flat.split(',')[0] ?? ''}` };
}

function lost(facts: StepFacts): Outcome {
  const doubt = entriesOf(facts.journal, 'unknown').some((entry) =>
    orderIdsOf(facts.journal, facts.wishes).includes(entry.client_order_id),
  );
  const how = doubt ? 'noted the outcome as unknown, looked it up instead of sending again' : 'had an answer';
  const found = `${ordersOf(facts).length} order at the exchange`;
  const { whole } = executed(facts, '');
  return {
    whole: `${how}, found ${found}: ${whole}`,
    brief: `${doubt ? 'unknown, looked up' : 'answered'}: ${found}, ${executionsOf(facts).matched}`,
  };
}

function refused(facts: StepFacts): Outcome {
  const denials = denialsIn(facts);
  const sent = orderIdsOf(facts.journal, facts.wishes).length;
  const before = sent === 0 ? '' : `${sent} sent; `;
  if (denials.length === 0) return { whole: `${before}not denied`, brief: `${before}not denied` };
  const codes = [...new Set(denials.map(({ code }) => code))].join(', ');
  return {
    whole: `${before}${denials.map(({ message }) => message).join('. Then ')}`,
    brief: `${before}${denials.length > 1 ? `${denials.length} ` : ''}denied: ${codes}`,
  };
}

function tightened(facts: StepFacts): Outcome {
  const ids = orderIdsOf(facts.journal, facts.wishes);
  const attached = entriesOf(facts.journal, 'submitting').find((entry) => ids.includes(entry.client_order_id))?.protection;
  const [first = 'nowhere', ...moved] = stopsOf(facts.journal).find(({ id }) => id === attached?.client_order_id)?.places ?? [];
  const there = facts.ledger.algos.find(({ algoClOrdId }) => algoClOrdId === attached?.client_order_id)?.slTriggerPx ?? 'nowhere';
  const [denial] = denialsIn(facts);
  const { filled } = executionsOf(facts);
  const change = moved.length === 0 ? 'not moved' : `moved to ${moved.at(-1)}`;
  const then = denial?.message ?? 'not denied';
  return {
    whole: `${filled}, with a stop at ${first} that waits at the exchange itself; ${change}. Then ${then}. The exchange has it at ${there}`,
    brief: `stop ${change}, wider ${denial === undefined ? 'not denied' : `denied: ${denial.code}`}`,
  };
}

function sliced(facts: StepFacts): Outcome {
  const { journal } = facts;
  const mine = (entry: { readonly principal: string; readonly intent_id: string }): boolean =>
    facts.wishes.some((wish) => isOf(wish)(entry));
  const asked = entriesOf(journal, 'approval_asked').filter(mine);
  const ended = entriesOf(journal, 'approval_ended').filter(mine);
  const threshold = entriesOf(journal, 'decision').find((decision) => mine(decision) && decision.outcome === 'needs_approval')?.limit?.max;
  const sent = ordersOf(facts).length;
  const said = ended.some(({ outcome }) => outcome === 'denied') ? 'who said no' : 'who did not answer';
  const [first] = asked;
  const whole =
    first === undefined
      ? `${executionsOf(facts).filled}; nothing waited for a person`
      : `${executionsOf(facts).filled}. With the next, all agents together would have ${usdText(first.window_usd)} USD of entries on ${baseOf(first.instrument)} in ` +
        `ten minutes, of at most ${threshold ?? '?'} USD without a person (approval.above): ${asked.length} waited for one, ${said}`;
  return {
    whole: `${whole} (log ${ended.map(({ seq }) => seq).join(', ')})`,
    brief: `${sent} sent, ${asked.length} waited for a person, ${said}`,
  };
}

/** Rounded up to whole cents, as twokey tells amounts. */
function usdText(amount: string): string {
  return formatDecimal(divideUp({ dividend: decimal(amount), divisor: one, digits: 2 }));
}

function crowd(facts: StepFacts): Outcome {
  const resting = ordersOf(facts).filter(({ state }) => state === 'live').length;
  const denials = denialsIn(facts);
  const limit = denials[0]?.limit ?? null;
  const because = limit === null ? '' : ` (${limit.name}, ${limit.max} ${limit.unit})`;
  return {
    whole: `decided them one after the other, each over the worst case of all before it: ${resting} rest at the exchange, ${denials.length} denied${because}`,
    brief: `${resting} sent, ${denials.length} denied`,
  };
}

function cancelled({ journal, ledger }: StepFacts): Outcome {
  const asked = new Set(entriesOf(journal, 'cancelling').map((entry) => entry.client_order_id));
  const ended = ledger.orders.filter(({ clOrdId, state }) => asked.has(clOrdId) && state === 'canceled').length;
  const open = ledger.orders.filter(({ state }) => state === 'live' || state === 'partially_filled').length;
  const brief = `${ended} of ${asked.size} cancelled, ${open} open`;
  return { brief, whole: `${ended} of ${asked.size} cancelled, each asked about afterwards; ${open} open at the exchange` };
}

function halted(facts: StepFacts): Outcome {
  const halt = entriesOf(facts.journal, 'mode').findLast(({ to }) => to === 'HALTED');
  const stop = halt === undefined ? 'not halted' : `${halt.to} by the ${halt.by}`;
  const { whole, brief } = refused(facts);
  return { whole: `${stop}${halt === undefined ? '' : ` (log ${halt.seq})`}. Then ${whole}`, brief: `${stop}, then ${brief}` };
}

function ordersOf({ journal, wishes, ledger }: StepFacts): readonly LedgerOrder[] {
  const ids = orderIdsOf(journal, wishes);
  return ledger.orders.filter(({ clOrdId }) => ids.includes(clOrdId));
}

function denialsIn({ journal, wishes }: StepFacts) {
  return entriesOf(journal, 'decision').filter((decision) => decision.outcome === 'deny' && wishes.some((wish) => isOf(wish)(decision)));
}

function baseOf(instrument: string): string {
  return instrument.split('-')[0] ?? '';
}
