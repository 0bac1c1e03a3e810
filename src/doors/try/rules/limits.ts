import { add, compare, type Decimal, decimal, formatDecimal, isPositive, negate, subtract } from '../../../core/money/decimal.ts';
import { type Configuration, policyFor } from '../../../core/policy/configuration.ts';
import { policyJson } from '../../../core/policy/policy.ts';
import { entriesOf, isOf, type LedgerOrder, orderIdsOf, type StepFacts } from '../facts.ts';
import { amountOf, instrumentOf, isOpen, nameOf, sum, worthOf } from './amounts.ts';

/** Nothing at the exchange is beyond what twokey.toml declares: each order, all orders, what is held and may still be bought. */
export function everyLimit({ ledger, journal }: StepFacts, declared: Configuration): readonly string[] {
  const { policy } = declared;
  const open = ledger.orders.filter(isOpen);
  const beyond = entriesOf(journal, 'submitting').flatMap((entry) => {
    const order = ledger.orders.find(({ clOrdId }) => clOrdId === entry.client_order_id);
    const limits = policyFor(declared, entry.principal);
    if (order === undefined || entry.purpose === 'exit') return [];
    const instrument = instrumentOf(journal, order.instId);
    if (instrument === undefined) return [`${order.instId} is no instrument of the journal`];
    const worth = worthOf({ instrument, size: decimal(order.sz), price: decimal(order.px) });
    const over = compare(worth, limits.maxOrderSize) > 0;
    const named = limits.instruments.some((id) => id === order.instId);
    return [
      ...(over ? [`the order ${order.clOrdId} is above max_order_size`] : []),
      ...(named ? [] : [`the order ${order.clOrdId} is in ${order.instId}, which no policy names`]),
    ];
  });
  const heavy = [...new Set(ledger.orders.map(({ instId }) => instId))].filter((instId) => {
    const instrument = instrumentOf(journal, instId);
    if (instrument === undefined) return true;
    const fills = ledger.fills.filter((fill) => fill.instId === instId);
    const held = sum(fills.map(({ side, sz }) => (side === 'buy' ? decimal(sz) : negate(decimal(sz)))));
    const value = worthOf({ instrument, size: held, price: decimal(fills.at(-1)?.px ?? '0') });
    const waiting = (side: LedgerOrder['side']): Decimal => {
      const orders = open.filter((order) => order.instId === instId && order.side === side);
      return sum(
        orders.map(({ sz, accFillSz, px }) => worthOf({ instrument, size: subtract(decimal(sz), decimal(accFillSz)), price: decimal(px) })),
      );
    };
    const ends = [add(value, waiting('buy')), subtract(waiting('sell'), value)];
    return ends.some((end) => compare(end, policy.maxPositionSize) > 0);
  });
  return [
    ...beyond,
    ...heavy.map((instId) => `${instId} could reach more than max_position_size`),
    ...(open.length > policy.maxOpenOrders ? [`${open.length} orders are open, of at most ${policy.maxOpenOrders}`] : []),
  ];
}

/** One policy from the first decision to the last; what was denied left nothing; what came after a halt left nothing. */
export function everyDecision({ journal }: StepFacts): readonly string[] {
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

export function onlyToldLimits({ told, wishes }: StepFacts, declared: Configuration): readonly string[] {
  const limits: Readonly<Record<string, unknown>> = policyJson(policyFor(declared, wishes[0]?.principal ?? ''));
  const names = Object.keys(told);
  const wrong = names.filter(
    (name) => (typeof limits[name] === 'string' || typeof limits[name] === 'number') && String(limits[name]) !== told[name],
  );
  const { threshold } = declared.approval;
  const above = threshold.kind === 'above' ? formatDecimal(threshold.amount) : undefined;
  return [
    ...(told['approval.above'] === above ? [] : [`approval.above was told as ${told['approval.above']}`]),
    ...['max_order_size', 'max_position_size', 'max_open_orders']
      .filter((name) => !names.includes(name))
      .map((name) => `${name} was not told`),
    ...wrong.map((name) => `${name} was told as ${told[name]}`),
  ];
}

/** Denied for a limit that twokey.toml declares, and told what would pass. */
export function refused({ wishes, journal }: StepFacts, declared: Configuration): readonly string[] {
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
export function crowd({ wishes, journal, ledger }: StepFacts, declared: Configuration): readonly string[] {
  const decisions = entriesOf(journal, 'decision').filter((decision) => wishes.some((wish) => isOf(wish)(decision)));
  const worth = decisions.map((decision) => ({ decision, usd: amountOf(decision, 'quantity') }));
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
