import { compare, decimal, equals } from '../../../core/money/decimal.ts';
import { entriesOf, isOf, type LedgerOrder, orderIdsOf, type StepFacts } from '../facts.ts';
import { alike, missing, nameOf, plain, sum, twice } from './amounts.ts';

/** Two keys: an order at the exchange was asked for once, allowed once and written down before, with the same terms. */
export function everyOrder({ ledger, journal }: StepFacts): readonly string[] {
  const submitted = entriesOf(journal, 'submitting');
  const decisions = entriesOf(journal, 'decision');
  const wishes = submitted.map(({ principal, intent_id: intentId }) => ({ principal, intentId }));
  return [
    ...twice(ledger.orders.map(({ clOrdId }) => clOrdId)).map((id) => `the exchange has two orders named ${id}`),
    ...twice(wishes.map(nameOf)).map((name) => `${name} was submitted twice`),
    ...ledger.orders.flatMap((order) => {
      const entry = submitted.find(({ client_order_id: id }) => id === order.clOrdId);
      if (entry === undefined) return [`the exchange has the order ${order.clOrdId}, which the journal does not know`];
      const same = entry.instrument === order.instId && entry.side === order.side && alike(entry.size, order.sz) && isAsGood(entry, order);
      const wish = { principal: entry.principal, intentId: entry.intent_id };
      const allowed = decisions.filter((decision) => isOf(wish)(decision) && decision.outcome === 'allow' && decision.seq < entry.seq);
      return [
        ...(order.origin === 'api' ? [] : [`the order ${order.clOrdId} was placed by somebody else`]),
        ...(same ? [] : [`the order ${order.clOrdId} is not the one that was written down`]),
        ...(allowed.length === 1 ? [] : [`${nameOf(wish)} has an order and ${allowed.length} decisions that allow it`]),
      ];
    }),
  ];
}

/** What the exchange executed is what was booked, no more and no less. */
export function everyFill({ ledger, journal }: StepFacts): readonly string[] {
  const told = ledger.fills.map(({ clOrdId, side, sz, px }) => `${clOrdId} ${side} ${plain(sz)} at ${plain(px)}`);
  const booked = entriesOf(journal, 'fill').map(
    (fill) => `${fill.client_order_id} ${fill.side} ${plain(fill.size)} at ${plain(fill.price)}`,
  );
  const executed = ledger.orders.filter(({ clOrdId, accFillSz }) => {
    const fills = ledger.fills.filter((fill) => fill.clOrdId === clOrdId);
    return !equals(sum(fills.map(({ sz }) => decimal(sz))), decimal(accFillSz));
  });
  return [
    ...missing(told, booked).map((fill) => `the fill ${fill} is not booked`),
    ...missing(booked, told).map((fill) => `the fill ${fill} is booked, and the exchange has none`),
    ...executed.map(({ clOrdId, accFillSz }) => `the order ${clOrdId} executed ${accFillSz}, and its fills come to something else`),
  ];
}

export function nothingNew({ ledger, before }: StepFacts): readonly string[] {
  const news = [...ledger.orders, ...ledger.fills, ...ledger.algos].filter(({ seq }) => seq > before.ledger);
  return news.length === 0 ? [] : [`${news.length} things happened at the exchange in a step that allowed none`];
}

/** Each wish has one order that executed whole, and the exchange was asked afterwards and agreed with the books. */
export function proven({ wishes, journal, ledger }: StepFacts): readonly string[] {
  if (wishes.length === 0) return ['nothing was asked'];
  return wishes.flatMap((wish) => {
    const [id, ...more] = orderIdsOf(journal, [wish]);
    const order = ledger.orders.find(({ clOrdId }) => clOrdId === id);
    if (id === undefined || more.length > 0 || order === undefined) return [`${nameOf(wish)} has not exactly one order`];
    if (order.state !== 'filled') return [`the order of ${nameOf(wish)} is ${order.state}`];
    const booked = entriesOf(journal, 'fill').findLast((fill) => fill.client_order_id === id);
    const proof = entriesOf(journal, 'verified').findLast(({ orders }) => orders.includes(id));
    if (booked === undefined || proof === undefined || proof.seq < booked.seq) return [`nothing proves the order of ${nameOf(wish)}`];
    const agrees = proof.outcome === 'matched' && alike(proof.books, proof.exchange) && /^[0-9a-f]{64}$/.test(proof.evidence);
    return agrees ? [] : [`the exchange does not agree with the books on the order of ${nameOf(wish)}`];
  });
}

/** The answer was really lost, and it was known that it was, before the order was found. */
export function lost({ wishes, journal }: StepFacts): readonly string[] {
  return orderIdsOf(journal, wishes).flatMap((id) => {
    const doubt = entriesOf(journal, 'unknown').find((entry) => entry.client_order_id === id);
    const found = entriesOf(journal, 'reported').find((entry) => entry.client_order_id === id);
    return doubt === undefined || found === undefined || found.seq < doubt.seq ? [`the outcome of ${id} was never in doubt`] : [];
  });
}

/** The price that was written down. The exchange may bring an exit nearer to the market, to its own price limit (decision 0011). */
function isAsGood({ price, purpose }: { readonly price: string; readonly purpose: string }, { side, px }: LedgerOrder): boolean {
  const distance = compare(decimal(px), decimal(price));
  return distance === 0 || (purpose === 'exit' && (side === 'sell' ? distance > 0 : distance < 0));
}
