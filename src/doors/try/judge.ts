import { unreachable } from '../../core/lang/assert.ts';
import {
  add,
  compare,
  type Decimal,
  decimal,
  equals,
  formatDecimal,
  isPositive,
  multiply,
  subtract,
  zero,
} from '../../core/money/decimal.ts';
import { type Configuration, policyFor } from '../../core/policy/configuration.ts';
import { policyJson } from '../../core/policy/policy.ts';
import { entriesOf, isOf, type Ledger, orderIdsOf, type StepFacts, type Wish } from './facts.ts';

/** The account that the gateway trades on; the exchange has others. */
const ACCOUNT = '1001';

/**
 * Whether a step went as it must, from what the exchange and the journal say and from the limits in twokey.toml. It knows nothing of
 * the story: not what was asked for, and not what anybody hoped for. Returns what is wrong; nothing when all is well.
 */
export function judge(facts: StepFacts, declared: Configuration): readonly string[] {
  const own = { ...facts, ledger: ofAccount(facts.ledger) };
  return [...everyOrder(own), ...everyFill(own), ...everyLimit(own, declared), ...everyDecision(own), ...theStep(own, declared)];
}

function ofAccount({ orders, fills, positions, balances }: Ledger): Ledger {
  const mine = ({ account }: { readonly account: string }): boolean => account === ACCOUNT;
  return { orders: orders.filter(mine), fills: fills.filter(mine), positions: positions.filter(mine), balances: balances.filter(mine) };
}

/** Two keys: an order at the exchange was asked for once, allowed once and written down before, with the same terms. */
function everyOrder({ ledger, journal }: StepFacts): readonly string[] {
  const submitted = entriesOf(journal, 'submitting');
  const decisions = entriesOf(journal, 'decision');
  const wishes = submitted.map(({ principal, intent_id: intentId }) => ({ principal, intentId }));
  return [
    ...twice(ledger.orders.map(({ clOrdId }) => clOrdId)).map((id) => `the exchange has two orders named ${id}`),
    ...twice(wishes.map(nameOf)).map((name) => `${name} was submitted twice`),
    ...ledger.orders.flatMap((order) => {
      const entry = submitted.find(({ client_order_id: id }) => id === order.clOrdId);
      if (entry === undefined) return [`the exchange has the order ${order.clOrdId}, which the journal does not know`];
      const same =
        entry.instrument === order.instId && entry.side === order.side && alike(entry.size, order.sz) && alike(entry.price, order.px);
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
function everyFill({ ledger, journal }: StepFacts): readonly string[] {
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

/** Nothing at the exchange is beyond what twokey.toml declares: each order, all orders, what is held and may still be bought. */
function everyLimit({ ledger, journal }: StepFacts, declared: Configuration): readonly string[] {
  const { policy } = declared;
  const open = ledger.orders.filter(isOpen);
  const beyond = entriesOf(journal, 'submitting').flatMap((entry) => {
    const order = ledger.orders.find(({ clOrdId }) => clOrdId === entry.client_order_id);
    const limits = policyFor(declared, entry.principal);
    if (order === undefined || entry.purpose === 'exit') return [];
    const over = compare(multiply(decimal(order.sz), decimal(order.px)), limits.maxOrderSize) > 0;
    const named = limits.instruments.some((id) => id === order.instId);
    return [
      ...(over ? [`the order ${order.clOrdId} is above max_order_size`] : []),
      ...(named ? [] : [`the order ${order.clOrdId} is in ${order.instId}, which no policy names`]),
    ];
  });
  const heavy = [...new Set(ledger.orders.map(({ instId }) => instId))].filter((instId) => {
    const fills = ledger.fills.filter((fill) => fill.instId === instId);
    const held = sum(fills.map(({ side, sz }) => (side === 'buy' ? decimal(sz) : subtract(zero, decimal(sz)))));
    const value = multiply(held, decimal(fills.at(-1)?.px ?? '0'));
    const buys = open.filter((order) => order.instId === instId && order.side === 'buy');
    const waiting = buys.map(({ sz, accFillSz, px }) => multiply(subtract(decimal(sz), decimal(accFillSz)), decimal(px)));
    return compare(sum([value, ...waiting]), policy.maxPositionSize) > 0;
  });
  return [
    ...beyond,
    ...heavy.map((instId) => `${instId} could reach more than max_position_size`),
    ...(open.length > policy.maxOpenOrders ? [`${open.length} orders are open, of at most ${policy.maxOpenOrders}`] : []),
  ];
}

/** One policy from the first decision to the last; what was denied left nothing; what came after a halt left nothing. */
function everyDecision({ journal }: StepFacts): readonly string[] {
  const decisions = entriesOf(journal, 'decision');
  const submitted = entriesOf(journal, 'submitting');
  const halt = entriesOf(journal, 'mode').find(({ to }) => to === 'HALTED');
  const policies = new Set(decisions.map(({ inputs }) => inputs.policy_hash));
  const denied = decisions.filter(({ outcome }) => outcome === 'deny');
  return [
    ...(policies.size > 1 ? ['the limits changed between two decisions'] : []),
    ...denied.flatMap((decision) => {
      const wish = { principal: decision.principal, intentId: decision.intent_id };
      return submitted.some(isOf(wish)) ? [`${nameOf(wish)} was denied and has an order`] : [];
    }),
    ...(halt !== undefined && submitted.some(({ seq }) => seq > halt.seq) ? ['an order was submitted after the halt'] : []),
  ];
}

function theStep(facts: StepFacts, declared: Configuration): readonly string[] {
  switch (facts.kind) {
    case 'limits':
      return [...onlyToldLimits(facts, declared), ...nothingNew(facts)];
    case 'fill':
      return proven(facts);
    case 'refusal':
      return [...refused(facts, declared), ...nothingNew(facts)];
    case 'crowd':
      return crowd(facts, declared);
    case 'cancel':
      return facts.ledger.orders.filter(isOpen).map(({ clOrdId }) => `the order ${clOrdId} is still open`);
    case 'lost_answer':
      return [...lost(facts), ...proven(facts)];
    case 'close':
      return [...flat(facts), ...proven(facts)];
    case 'halt':
      return [...halted(facts), ...nothingNew(facts)];
    default:
      return unreachable(facts.kind);
  }
}

function onlyToldLimits({ told, wishes }: StepFacts, declared: Configuration): readonly string[] {
  const limits: Readonly<Record<string, unknown>> = policyJson(policyFor(declared, wishes[0]?.principal ?? ''));
  const names = Object.keys(told);
  const wrong = names.filter(
    (name) => (typeof limits[name] === 'string' || typeof limits[name] === 'number') && String(limits[name]) !== told[name],
  );
  return [
    ...['max_order_size', 'max_position_size', 'max_open_orders']
      .filter((name) => !names.includes(name))
      .map((name) => `${name} was not told`),
    ...wrong.map((name) => `${name} was told as ${told[name]}`),
  ];
}

function nothingNew({ ledger, before }: StepFacts): readonly string[] {
  const news = [...ledger.orders, ...ledger.fills].filter(({ seq }) => seq > before.ledger);
  return news.length === 0 ? [] : [`${news.length} things happened at the exchange in a step that allowed none`];
}

/** Each wish has one order that executed whole, and the exchange was asked afterwards and agreed with the books. */
function proven({ wishes, journal, ledger }: StepFacts): readonly string[] {
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

/** Denied for a limit that twokey.toml declares, and told what would pass. */
function refused({ wishes, journal }: StepFacts, declared: Configuration): readonly string[] {
  if (wishes.length === 0) return ['nothing was asked'];
  return wishes.flatMap((wish) => {
    const decision = entriesOf(journal, 'decision').find(isOf(wish));
    if (decision?.outcome !== 'deny') return [`${nameOf(wish)} was not denied`];
    const limits: Readonly<Record<string, unknown>> = policyJson(policyFor(declared, wish.principal));
    const { limit, would_be_allowed: passes } = decision;
    if (limit === null || limits[limit.name] !== limit.max) return [`${nameOf(wish)} was denied for no limit of twokey.toml`];
    return passes !== null && isPositive(decimal(passes)) ? [] : [`${nameOf(wish)} was not told what would pass`];
  });
}

/** Many at once: what was let in stays below the limit, and not one more of the others would have fitted. */
function crowd({ wishes, journal, ledger }: StepFacts, declared: Configuration): readonly string[] {
  const decisions = entriesOf(journal, 'decision').filter((decision) => wishes.some((wish) => isOf(wish)(decision)));
  const worth = decisions.map((decision) => ({ decision, usd: notionalOf(decision) }));
  const allowed = worth.filter(({ decision }) => decision.outcome === 'allow');
  const denied = worth.filter(({ decision }) => decision.outcome === 'deny');
  const ids = orderIdsOf(journal, wishes);
  const resting = ledger.orders.filter((order) => ids.includes(order.clOrdId) && order.state === 'live');
  const within = sum(allowed.map(({ usd }) => usd));
  const limit = declared.policy.maxPositionSize;
  const fits = denied.filter(({ usd }) => compare(add(within, usd), limit) <= 0);
  return [
    ...(new Set(wishes.map(({ principal }) => principal)).size < 2 ? ['only one agent asked'] : []),
    ...(decisions.length === wishes.length ? [] : [`${wishes.length} were asked and ${decisions.length} decided`]),
    ...(resting.length === allowed.length && allowed.length > 0 ? [] : [`${allowed.length} were allowed and ${resting.length} rest`]),
    ...(compare(within, limit) > 0 ? ['more was let in than fits'] : []),
    ...(denied.length === 0 ? ['nothing was denied'] : []),
    ...fits.map(({ decision }) => `${decision.intent_id} was denied and would have fitted`),
  ];
}

type Valued = { readonly arguments: unknown };

/** What an order in US dollars was asked to be worth. */
function notionalOf({ arguments: asked }: Valued): Decimal {
  const quantity = typeof asked === 'object' && asked !== null && 'quantity' in asked ? asked.quantity : undefined;
  return decimal(typeof quantity === 'string' ? quantity : '0');
}

/** The answer was really lost, and it was known that it was, before the order was found. */
function lost({ wishes, journal }: StepFacts): readonly string[] {
  return orderIdsOf(journal, wishes).flatMap((id) => {
    const doubt = entriesOf(journal, 'unknown').find((entry) => entry.client_order_id === id);
    const found = entriesOf(journal, 'reported').find((entry) => entry.client_order_id === id);
    return doubt === undefined || found === undefined || found.seq < doubt.seq ? [`the outcome of ${id} was never in doubt`] : [];
  });
}

/** Nothing is left of what was closed but what is too small to trade. */
function flat({ wishes, journal, ledger }: StepFacts): readonly string[] {
  const instruments = entriesOf(journal, 'instruments').at(-1)?.instruments ?? [];
  const closed = entriesOf(journal, 'submitting').filter((entry) => wishes.some((wish) => isOf(wish)(entry)));
  return closed.flatMap(({ instrument: id, purpose }) => {
    const instrument = instruments.find((each) => each.id === id);
    if (instrument === undefined) return [`${id} is no instrument of the journal`];
    const total = decimal(ledger.balances.find(({ ccy }) => ccy === instrument.base)?.total ?? '0');
    return [
      ...(purpose === 'exit' ? [] : [`what was meant to close ${id} was an entry`]),
      ...(compare(total, decimal(instrument.minimum)) < 0 ? [] : [`${formatDecimal(total)} ${instrument.base} are left`]),
      ...(ledger.positions.some(({ instId }) => instId === id) ? [`a position in ${id} is left`] : []),
    ];
  });
}

function halted({ wishes, journal, before }: StepFacts): readonly string[] {
  const halt = entriesOf(journal, 'mode').find(({ seq, to, by }) => seq > before.entry && to === 'HALTED' && by === 'operator');
  if (halt === undefined) return ['no halt of the operator is in the journal'];
  if (wishes.length === 0) return ['nothing was asked after the halt'];
  return wishes.flatMap((wish) => {
    const decision = entriesOf(journal, 'decision').find(isOf(wish));
    const stopped = decision?.outcome === 'deny' && decision.code === 'HALTED' && decision.seq > halt.seq;
    return stopped ? [] : [`${nameOf(wish)} was not stopped by the halt`];
  });
}

function isOpen({ state }: { readonly state: string }): boolean {
  return state === 'live' || state === 'partially_filled';
}

function nameOf({ principal, intentId }: Wish): string {
  return `${principal}/${intentId}`;
}

function alike(left: string, right: string): boolean {
  return equals(decimal(left), decimal(right));
}

function plain(text: string): string {
  return formatDecimal(decimal(text));
}

function sum(values: readonly Decimal[]): Decimal {
  return values.reduce(add, zero);
}

function twice(names: readonly string[]): readonly string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

/** What of the first list the second lacks, each as often as it lacks it. */
function missing(names: readonly string[], among: readonly string[]): readonly string[] {
  const left = [...among];
  return names.filter((name) => {
    const index = left.indexOf(name);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}
