import { unreachable } from '../../core/lang/assert.ts';
import { add, compare, decimal, formatDecimal, zero } from '../../core/money/decimal.ts';
import { entriesOf, isOf, type LedgerOrder, orderIdsOf, type StepFacts } from './facts.ts';

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
      return refused(facts);
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
  return { brief, whole: `${brief}, ${most('max_open_orders')} open orders; no tool changes them` };
}

function executed(facts: StepFacts, how: string): Outcome {
  const orders = ordersOf(facts);
  const filled = filledIn(facts);
  const { proof, matched } = proofIn(facts);
  const count = orders.length === 1 ? '' : ` in ${orders.length} orders`;
  return { whole: `${how}${filled}${count}. ${proof}`, brief: `${filled.split(' at ')[0] ?? ''}${count}, ${matched}` };
}

function closed(facts: StepFacts): Outcome {
  const { whole, brief } = executed(facts, '');
  const { found } = proofIn(facts);
  const instruments = entriesOf(facts.journal, 'instruments').at(-1)?.instruments ?? [];
  const instrument = instruments.find(({ id }) => id === found?.instrument);
  if (found === undefined || instrument === undefined) return { whole, brief };
  const flat = compare(decimal(found.exchange), decimal(instrument.minimum)) < 0 ? 'flat' : 'not flat';
  const smallest = `the smallest size that trades is ${instrument.minimum} ${instrument.base}`;
  return { whole: `${whole}: ${flat}, since ${smallest}`, brief: `${brief}, ${flat}` };
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
    brief: `${doubt ? 'unknown, looked up' : 'answered'}: ${found}, ${proofIn(facts).matched}`,
  };
}

function refused(facts: StepFacts): Outcome {
  const [denial] = denialsIn(facts);
  const sent = orderIdsOf(facts.journal, facts.wishes).length;
  const before = sent === 0 ? '' : `${sent} sent; `;
  if (denial === undefined) return { whole: `${before}not denied`, brief: `${before}not denied` };
  return { whole: `${before}${denial.message}`, brief: `${before}denied: ${denial.code}` };
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

function filledIn({ journal, wishes }: StepFacts): string {
  const ids = orderIdsOf(journal, wishes);
  const fills = entriesOf(journal, 'fill').filter((fill) => ids.includes(fill.client_order_id));
  const [first] = fills;
  if (first === undefined) return 'nothing was filled';
  const size = formatDecimal(fills.map((fill) => decimal(fill.size)).reduce(add, zero));
  return `${first.side === 'buy' ? 'bought' : 'sold'} ${size} ${baseOf(first.instrument)} at ${first.price}`;
}

function proofIn({ journal, wishes }: StepFacts) {
  const ids = orderIdsOf(journal, wishes);
  const found = entriesOf(journal, 'verified').findLast(({ orders }) => orders.some((id) => ids.includes(id)));
  if (found === undefined) return { proof: 'The exchange has not confirmed it', matched: 'not verified', found };
  const books = found.outcome === 'matched' ? 'as the books do' : `and the books ${found.books}`;
  const proof = `Asked afterwards, the exchange holds ${found.exchange} ${baseOf(found.instrument)}, ${books} (log ${found.seq})`;
  return { proof, matched: found.outcome === 'matched' ? 'verified' : found.outcome, found };
}

function baseOf(instrument: string): string {
  return instrument.split('-')[0] ?? '';
}
