import assert from 'node:assert/strict';
import { lastOf, type LedgerOrder, type LedgerStop, type Recorded, type StepFacts } from '../../src/doors/try/facts.ts';

// What two denied requests and a slice could have said instead.
const rightUnits = { instrument: 'BTC-USDT', side: 'buy', quantity: '40', quantity_unit: 'usd', expected_notional_usd: '40' };
const smallSale = { instrument: 'BTC-USDT-SWAP', side: 'sell', quantity: '0.02', quantity_unit: 'contracts', price: '59000' };
const tinySlice = { instrument: 'BTC-USDT', side: 'buy', quantity: '0.5', quantity_unit: 'usd' };

/** What is made false in the facts of the last step of a kind, and what the judge has to say of it. */
type Lie = readonly [name: string, kind: StepFacts['kind'], falsify: (facts: StepFacts) => StepFacts, complaint: RegExp];

export const lies: readonly Lie[] = [
  ['a second order for one intent, under another name', 'lost_answer', again('t-again'), /submitted twice/],
  [
    'a second order for one intent, under the same name',
    'lost_answer',
    orders((all) => [...all, copy(all.at(-1), {})]),
    /two orders named/,
  ],
  ['an order that the journal does not know', 'fill', orders((all) => [...all, copy(all[0], { clOrdId: 'stray' })]), /does not know/],
  ['an order by somebody else', 'fill', orders((all) => all.map((order) => ({ ...order, origin: 'external' }))), /somebody else/],
  [
    'an order that nobody allowed',
    'fill',
    journal((all) => all.filter(({ entry }) => entry.kind !== 'decision')),
    /0 decisions that allow/,
  ],
  ['an order of another size than was written down', 'fill', orders((all) => all.map((order) => ({ ...order, sz: '0.5' }))), /not the one/],
  ['an order above the limit in both books', 'fill', larger, /above max_order_size/],
  ['a position above the limit', 'crowd', more, /more than max_position_size/],
  ['a fill that is missing at the exchange', 'fill', fills(() => []), /exchange has none/],
  ['a fill that is missing in the journal', 'fill', journal((all) => all.filter(({ entry }) => entry.kind !== 'fill')), /is not booked/],
  ['a fill that is there twice', 'fill', fills((all) => [...all, ...all]), /is not booked/],
  ['an order that is not verified', 'fill', journal((all) => all.filter(({ entry }) => entry.kind !== 'verified')), /nothing proves/],
  ['a verification that found a difference', 'fill', change('verified', { exchange: '7' }), /does not agree/],
  ['a denial of something that was sent', 'fill', change('decision', { outcome: 'deny' }), /denied and has an order/],
  ['limits that changed between two decisions', 'refusal', firstHash, /the limits changed/],
  [
    'a limit that is not in twokey.toml',
    'refusal',
    change('decision', { limit: { name: 'max_order_size', max: '51', used: '0', unit: 'USD' } }),
    /no limit of twokey/,
  ],
  [
    'an order in a step that allows none',
    'refusal',
    (facts) => ({ ...facts, before: { ...facts.before, ledger: lastOf(facts.ledger) - 1 } }),
    /allowed none/,
  ],
  ['a limit that was told wrong', 'limits', (facts) => ({ ...facts, told: { ...facts.told, max_order_size: '500' } }), /told as 500/],
  ['one of the forty that never arrived', 'crowd', orders((all) => all.slice(0, -1)), /were allowed and 2 rest/],
  ['one of the forty that would have fitted', 'crowd', smallest, /would have fitted/],
  [
    'one agent alone',
    'crowd',
    (facts) => ({ ...facts, wishes: facts.wishes.map((wish) => ({ ...wish, principal: 'alice' })) }),
    /only one agent/,
  ],
  ['an order that is still open', 'cancel', orders((all) => all.map((order) => ({ ...order, state: 'live' }))), /still open/],
  ['an answer that was never lost', 'lost_answer', journal((all) => all.filter(({ entry }) => entry.kind !== 'unknown')), /never in doubt/],
  ['a threshold that was told wrong', 'limits', (facts) => ({ ...facts, told: { ...facts.told, 'approval.above': '500' } }), /told as 500/],
  ['an order that was worth what was meant', 'units', change('decision', { arguments: rightUnits }), /worth what it was meant to be/],
  ['a mix-up that was denied for something else', 'units', change('decision', { code: 'MAX_ORDER_SIZE' }), /not for its units/],
  ['a mix-up that was let through', 'units', change('decision', { outcome: 'allow' }), /was not denied/],
  [
    'an order that was meant to be large',
    'units',
    change('decision', { arguments: { ...rightUnits, quantity_unit: 'base', expected_notional_usd: '51' } }),
    /was meant to be large/,
  ],
  [
    'a sale that looked as large as it was',
    'cheap_sale',
    change('decision', { arguments: { ...smallSale, quantity: '9' } }),
    /looked smaller/,
  ],
  ['a sale that no collar stopped', 'cheap_sale', change('decision', { limit: null }), /no sale was stopped by the collar/],
  ['a sale that was let through', 'cheap_sale', change('decision', { outcome: 'allow' }), /was not denied/],
  ['a sale that was counted at its own price', 'cheap_sale', sizeDenial({ used: '357.6' }), /counted below the market/],
  ['a sale that the collar alone stopped', 'cheap_sale', sizeDenial({ name: 'price_collar' }), /no sale was counted at the market/],
  ['a sale that was small', 'cheap_sale', change('decision', { arguments: smallSale }), /within the limit at the market/],
  ['a sale at the market', 'cheap_sale', change('decision', { arguments: { ...smallSale, price: '90000' } }), /no sale below the market/],
  [
    'a stop that stands elsewhere',
    'stop',
    stops((all) => all.map((stop) => ({ ...stop, slTriggerPx: '51000' }))),
    /is at 51000, and the journal/,
  ],
  ['a stop that went away from the market, in both books', 'stop', widened, /went away from the market/],
  ['a wider stop that was allowed', 'stop', change('decision', { outcome: 'allow' }), /was allowed to widen/],
  ['a stop that nobody wanted wider', 'stop', change('decision', { arguments: { stop_loss: '59900' } }), /nobody asked for a wider stop/],
  ['a stop that never moved', 'stop', unmoved, /never came nearer/],
  ['a stop that is gone', 'stop', stops((all) => all.map((stop) => ({ ...stop, state: 'canceled' }))), /no stop waits/],
  ['a stop that the exchange never had', 'stop', stops(() => []), /the exchange has no stop/],
  ['a stop for a part of the position', 'stop', stops((all) => all.map((stop) => ({ ...stop, sz: '0.01' }))), /not behind a stop/],
  [
    'a stop that the journal does not know',
    'stop',
    stops((all) => all.map((stop) => ({ ...stop, algoClOrdId: 'stray' }))),
    /the stop stray, which/,
  ],
  ['a stop by somebody else', 'stop', stops((all) => all.map((stop) => ({ ...stop, origin: 'external' }))), /by somebody else/],
  ['a slice that was sent without a person', 'slices', sentAnyway, /above the threshold without a person/],
  ['a slice that was sent although a person said no', 'slices', sentAnyway, /not agreed to and has an order/],
  ['slices that nobody was asked about', 'slices', change('approval_ended', { principal: 'nobody' }), /nobody answered for/],
  ['slices that need no person', 'slices', change('decision', { outcome: 'deny' }), /nothing waited for a person/],
  ['slices that would have fitted', 'slices', change('decision', { arguments: tinySlice }), /would have fitted/],
  [
    'slices of one agent',
    'slices',
    (facts) => ({ ...facts, wishes: facts.wishes.map((wish) => ({ ...wish, principal: 'alice' })) }),
    /only one agent asked/,
  ],
  ['slices of one instrument', 'slices', change('decision', { arguments: tinySlice }), /only one instrument/],
  ['a slice that is large by itself', 'slices', change('decision', { arguments: { ...tinySlice, quantity: '51' } }), /too large by itself/],
  [
    'a slice that was never decided',
    'slices',
    journal((all) => all.filter(({ entry }) => !isFirstSlice(entry))),
    /3 were asked and 2 decided/,
  ],
  [
    'a stop left after the close',
    'close',
    stops((all) => all.map((stop) => ({ ...stop, state: 'live' }))),
    /a stop in BTC-USDT-SWAP is left/,
  ],
  ['an exit at a worse price than was written down', 'close', orders((all) => all.map((order) => ({ ...order, px: '1' }))), /not the one/],
  ['something left after the close', 'close', balances('0.0004'), /0.0004 BTC are left/],
  ['a halt of nobody', 'halt', change('mode', { by: 'alice' }), /no halt of the operator/],
  ['an order after the halt', 'halt', again('t-late'), /submitted after the halt/],
];

function orders(falsify: (all: readonly LedgerOrder[]) => readonly LedgerOrder[]): Lie[2] {
  return (facts) => ({ ...facts, ledger: { ...facts.ledger, orders: [...falsify(facts.ledger.orders)] } });
}

function stops(falsify: (all: readonly LedgerStop[]) => readonly LedgerStop[]): Lie[2] {
  return (facts) => ({ ...facts, ledger: { ...facts.ledger, algos: [...falsify(facts.ledger.algos)] } });
}

function fills(falsify: (all: StepFacts['ledger']['fills']) => StepFacts['ledger']['fills']): Lie[2] {
  return (facts) => ({ ...facts, ledger: { ...facts.ledger, fills: falsify(facts.ledger.fills) } });
}

function balances(total: string): Lie[2] {
  return (facts) => ({ ...facts, ledger: { ...facts.ledger, balances: facts.ledger.balances.map((each) => ({ ...each, total })) } });
}

function journal(falsify: (all: readonly Recorded[]) => readonly Recorded[]): Lie[2] {
  return (facts) => ({ ...facts, journal: falsify(facts.journal) });
}

function change(kind: Recorded['entry']['kind'], fields: object): Lie[2] {
  return journal((all) => all.map((row) => (row.entry.kind === kind ? { ...row, entry: { ...row.entry, ...fields } } : row)));
}

function copy(order: LedgerOrder | undefined, fields: Partial<LedgerOrder>): LedgerOrder {
  assert(order !== undefined);
  return { ...order, ...fields, seq: order.seq + 1000, ordId: `${order.ordId}9` };
}

/** The last order once more, in both books. */
function again(name: string): Lie[2] {
  return (facts) => {
    const last = facts.journal.findLast(({ entry }) => entry.kind === 'submitting');
    assert(last?.entry.kind === 'submitting');
    const seq = (facts.journal.at(-1)?.seq ?? 0) + 1;
    const rows = [...facts.journal, { seq, entry: { ...last.entry, client_order_id: name } }];
    return orders((all) => [...all, copy(all.at(-1), { clOrdId: name })])({ ...facts, journal: rows });
  };
}

function larger(facts: StepFacts): StepFacts {
  const grown = orders((all) => all.map((order) => ({ ...order, sz: '0.9' })))(facts);
  return change('submitting', { size: '0.9' })(grown);
}

/** Every order of the crowd four times as large, in both books. */
function more(facts: StepFacts): StepFacts {
  const grown = orders((all) => all.map((order) => (order.state === 'live' ? { ...order, sz: '0.02' } : order)))(facts);
  return journal((all) =>
    all.map((row) =>
      row.entry.kind === 'submitting' && row.entry.type === 'limit' ? { ...row, entry: { ...row.entry, size: '0.02' } } : row,
    ),
  )(grown);
}

function firstHash(facts: StepFacts): StepFacts {
  const first = facts.journal.find(({ entry }) => entry.kind === 'decision');
  const falsify = (row: Recorded): Recorded =>
    row === first && row.entry.kind === 'decision'
      ? { ...row, entry: { ...row.entry, inputs: { ...row.entry.inputs, policy_hash: 'other' } } }
      : row;
  return journal((all) => all.map(falsify))(facts);
}

function smallest(facts: StepFacts): StepFacts {
  const last = facts.journal.findLast(({ entry }) => entry.kind === 'decision' && entry.outcome === 'deny');
  return journal((all) =>
    all.map((row) =>
      row === last && row.entry.kind === 'decision' ? { ...row, entry: { ...row.entry, arguments: { quantity: '1' } } } : row,
    ),
  )(facts);
}

/** The denial of a step that counted a size, with other words about the limit. */
function sizeDenial(fields: object): Lie[2] {
  return journal((all) =>
    all.map((row) =>
      row.entry.kind === 'decision' && row.entry.limit?.name === 'max_order_size'
        ? { ...row, entry: { ...row.entry, limit: { ...row.entry.limit, ...fields } } }
        : row,
    ),
  );
}

/** The last change of the stop leads away from the market, at the exchange and in the journal. */
function widened(facts: StepFacts): StepFacts {
  const there = stops((all) => all.map((stop) => ({ ...stop, slTriggerPx: '51000' })))(facts);
  return change('moved', { stop_loss: '51000' })(there);
}

/** The slice that waits has an order in both books. */
function sentAnyway(facts: StepFacts): StepFacts {
  const waited = facts.journal.find(({ entry }) => entry.kind === 'approval_asked');
  const template = facts.journal.findLast(({ entry }) => entry.kind === 'submitting');
  assert(waited?.entry.kind === 'approval_asked');
  assert(template?.entry.kind === 'submitting');
  const { principal, intent_id, instrument, side, size, price } = waited.entry;
  const entry = { ...template.entry, principal, intent_id, instrument, side, size, price, client_order_id: 't-anyway' };
  const seq = (facts.journal.at(-1)?.seq ?? 0) + 1;
  const order = { clOrdId: 't-anyway', instId: instrument, side, sz: size, px: price };
  return orders((all) => [...all, copy(all.at(-1), order)])({ ...facts, journal: [...facts.journal, { seq, entry }] });
}

/** Nobody ever moved the stop. */
function unmoved(facts: StepFacts): StepFacts {
  const first = facts.journal.find(({ entry }) => entry.kind === 'submitting' && entry.protection !== undefined);
  assert(first?.entry.kind === 'submitting');
  const place = first.entry.protection?.stop_loss ?? '';
  const there = stops((all) => all.map((stop) => ({ ...stop, slTriggerPx: place })))(facts);
  return journal((all) => all.filter(({ entry }) => entry.kind !== 'moved'))(there);
}

function isFirstSlice(entry: Recorded['entry']): boolean {
  return entry.kind === 'decision' && entry.intent_id === 'slice-1';
}
