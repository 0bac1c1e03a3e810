import { err, ok, type Result } from '../lang/result.ts';
import { type InstrumentId, parseInstrumentId } from '../market/instrument.ts';
import { absolute, add, compare, type Decimal, isPositive, one, parseDecimal, zero } from '../money/decimal.ts';
import type { Price, Usd } from '../money/units.ts';
import {
  bars,
  bounds,
  expected,
  expectedChoice,
  expectedInteger,
  intentTypes,
  isEvidence,
  isReason,
  marketViews,
  quantityUnits,
  sides,
} from './bounds.ts';
import type {
  CancelIntent,
  CloseIntent,
  HaltIntent,
  Intent,
  IntentId,
  PlaceIntent,
  Principal,
  ProtectIntent,
  RebalanceIntent,
  Target,
} from './intent.ts';
import type { ClientOrderId } from './order.ts';

/** What is wrong with a call: the argument by its path (`evidence[3]`; `arguments` for the whole), and what was expected. */
export type SchemaProblem = { readonly path: string; readonly message: string };

/** One call of a tool, after its envelope was read and before its arguments were. */
export type Asking = { readonly principal: Principal; readonly tool: string; readonly arguments: unknown };

export type Bar = (typeof bars)[number];

/** A question that changes nothing. */
export type Query =
  | { readonly kind: 'limits' }
  | { readonly kind: 'portfolio' }
  | { readonly kind: 'market'; readonly instrument: InstrumentId; readonly view: MarketView }
  | { readonly kind: 'intent'; readonly intentId: IntentId; readonly waitMilliseconds: number };

export type MarketView =
  | { readonly kind: 'ticker' }
  | { readonly kind: 'book'; readonly depth: number }
  | { readonly kind: 'candles'; readonly bar: Bar; readonly count: number };

/** Used where the asker did not say. */
export const marketDefaults = { depth: 10, bar: '1m', count: 20 } as const;

/**
 * Reads the arguments of `place_order`, `preview_order` (the same wish, only asked about), `close_position`, `cancel_orders`, `rebalance` and
 * `halt_trading`. Refuses unknown arguments, and never repairs. A blank reason is readable: whether one is needed is the policy's.
 */
export function parseIntent({ principal, tool, arguments: given }: Asking): Result<Intent, SchemaProblem> {
  switch (tool) {
    case 'place_order':
    case 'preview_order':
      return reading(given, placeArguments, (fields) => place(principal, fields));
    case 'close_position':
      return reading(given, ['intent_id', 'instrument', 'quantity', 'reason', 'evidence', 'strategy'], (fields) =>
        close(principal, fields),
      );
    case 'cancel_orders':
      return reading(given, ['intent_id', 'instrument', 'client_order_id', 'reason'], (fields) => cancel(principal, fields));
    case 'set_protection':
      return reading(given, ['intent_id', 'instrument', 'stop_loss', 'take_profit', 'reason', 'evidence', 'strategy'], (fields) =>
        protect(principal, fields),
      );
    case 'rebalance':
      return reading(given, rebalanceArguments, (fields) => rebalance(principal, fields));
    case 'halt_trading':
      return reading(given, ['intent_id', 'reason'], (fields): HaltIntent => ({ kind: 'halt', ...asked(principal, fields) }));
    default:
      return err({ path: 'tool', message: 'is not a tool that acts' });
  }
}

/** Reads the arguments of `get_limits`, `get_portfolio`, `get_market` and `get_intent`. */
export function parseQuery({ tool, arguments: given }: Omit<Asking, 'principal'>): Result<Query, SchemaProblem> {
  switch (tool) {
    case 'get_limits':
      return reading(given, [], () => ({ kind: 'limits' }));
    case 'get_portfolio':
      return reading(given, [], () => ({ kind: 'portfolio' }));
    case 'get_market':
      return reading(given, ['instrument', 'view', 'depth', 'bar', 'count'], market);
    case 'get_intent':
      return reading(given, ['intent_id', 'wait_s'], intentQuery);
    default:
      return err({ path: 'tool', message: 'is not a tool that only looks' });
  }
}

/** Reads the name of an agent: `[a-z0-9-]{1,32}`. */
export function parsePrincipal(value: unknown): Result<Principal> {
  if (typeof value !== 'string' || !bounds.principal.test(value)) return err('expected a name of 1 to 32 of a-z 0-9 -');
  return ok(value as Principal);
}

const placeArguments = [
  'intent_id',
  'instrument',
  'side',
  'type',
  'quantity',
  'quantity_unit',
  'price',
  'reduce_only',
  'take_profit',
  'stop_loss',
  'expected_notional_usd',
  'max_holding',
  'reason',
  'evidence',
  'strategy',
];

function place(principal: Principal, fields: Fields): PlaceIntent {
  const type = fields.choice('type', intentTypes);
  const price: Price | null = fields.optionalAmount('price');
  if (type === 'market' && price !== null) fields.contradict('price', expected.priceOfMarket);
  if (type !== 'market' && price === null) fields.contradict('price', expected.priceMissing);
  const quantityUnit = fields.choice('quantity_unit', quantityUnits);
  const expectedNotionalUsd: Usd | null = fields.optionalAmount('expected_notional_usd');
  // No decision rests on it: it is journaled with the request, and alerts are measured by it (core/alert/stated.ts).
  if (fields.has('max_holding')) fields.holding('max_holding');
  if (quantityUnit !== 'usd' && expectedNotionalUsd === null) fields.contradict('expected_notional_usd', expected.notionalMissing);
  return {
    kind: 'place',
    ...asked(principal, fields),
    instrument: fields.instrument('instrument'),
    side: fields.choice('side', sides),
    type,
    quantity: fields.amount('quantity'),
    quantityUnit,
    price,
    reduceOnly: fields.flag('reduce_only'),
    takeProfit: fields.optionalAmount('take_profit'),
    stopLoss: fields.optionalAmount('stop_loss'),
    expectedNotionalUsd,
  };
}

function close(principal: Principal, fields: Fields): CloseIntent {
  return {
    kind: 'close',
    ...asked(principal, fields),
    instrument: fields.instrument('instrument'),
    quantity: fields.optionalAmount('quantity'),
  };
}

function protect(principal: Principal, fields: Fields): ProtectIntent {
  const [stopLoss, takeProfit] = [fields.optionalAmount('stop_loss'), fields.optionalAmount('take_profit')];
  if (stopLoss === null && takeProfit === null) fields.contradict('stop_loss', expected.someTrigger);
  return { kind: 'protect', ...asked(principal, fields), instrument: fields.instrument('instrument'), stopLoss, takeProfit };
}

function cancel(principal: Principal, fields: Fields): CancelIntent {
  return { kind: 'cancel', ...asked(principal, fields), target: cancelTarget(fields) };
}

function cancelTarget(fields: Fields): CancelIntent['target'] {
  const instrument = fields.has('instrument') ? fields.instrument('instrument') : null;
  const clientOrderId = fields.has('client_order_id') ? fields.clientOrderId('client_order_id') : null;
  if (instrument !== null && clientOrderId !== null) fields.contradict('client_order_id', expected.oneTarget);
  if (instrument !== null) return { kind: 'instrument', instrument };
  return clientOrderId === null ? { kind: 'all' } : { kind: 'order', clientOrderId };
}

const rebalanceArguments = ['intent_id', 'targets', 'base_usd', 'min_trade_usd', 'dry_run', 'reason', 'evidence', 'strategy'];

function rebalance(principal: Principal, fields: Fields): RebalanceIntent {
  const targets = fields.targets('targets');
  const problem = problemOfTargets(targets);
  if (problem !== null) fields.contradict('targets', problem);
  return {
    kind: 'rebalance',
    ...asked(principal, fields),
    targets,
    baseUsd: fields.amount('base_usd'),
    minTradeUsd: fields.optionalAmount('min_trade_usd'),
    dryRun: fields.flag('dry_run'),
  };
}

/** What no single target can show: the same instrument twice, or more than there is. The second is how a percentage is found. */
function problemOfTargets(targets: readonly Target[]): string | null {
  if (new Set(targets.map(({ instrument }) => instrument)).size < targets.length) return expected.targetTwice;
  const sum = targets.reduce((whole: Decimal, { weight }) => add(whole, absolute(weight)), zero);
  return compare(sum, one) > 0 ? expected.weightsAboveOne : null;
}

function asked(principal: Principal, fields: Fields) {
  return {
    principal,
    intentId: fields.intentId('intent_id'),
    reason: fields.reason('reason'),
    evidence: fields.evidence('evidence'),
    strategy: fields.label('strategy'),
  };
}

function market(fields: Fields): Query {
  const kind = fields.has('view') ? fields.choice('view', marketViews) : 'ticker';
  if (kind !== 'book' && fields.has('depth')) fields.contradict('depth', expected.depthOfBook);
  if (kind !== 'candles' && fields.has('bar')) fields.contradict('bar', expected.candlesOnly);
  if (kind !== 'candles' && fields.has('count')) fields.contradict('count', expected.candlesOnly);
  return { kind: 'market', instrument: fields.instrument('instrument'), view: marketView(kind, fields) };
}

function marketView(kind: MarketView['kind'], fields: Fields): MarketView {
  const depth = fields.integer('depth', { from: 1, to: bounds.depthMax, otherwise: marketDefaults.depth });
  const count = fields.integer('count', { from: 1, to: bounds.candlesMax, otherwise: marketDefaults.count });
  const bar = fields.has('bar') ? fields.choice('bar', bars) : marketDefaults.bar;
  if (kind === 'book') return { kind, depth };
  return kind === 'candles' ? { kind, bar, count } : { kind };
}

function intentQuery(fields: Fields): Query {
  const seconds = fields.integer('wait_s', { from: 0, to: bounds.waitSecondsMax, otherwise: 0 });
  return { kind: 'intent', intentId: fields.intentId('intent_id'), waitMilliseconds: seconds * 1000 };
}

/**
 * Hands the arguments out one by one and collects what is wrong. A reader gets a stand-in for what it asked badly and goes on;
 * nothing that it builds is used once there is a problem. Told is the first problem in the order of the arguments, and what
 * does not go together only when each argument by itself is right, so that the same call always gets the same words.
 */
function reading<Value>(given: unknown, known: readonly string[], read: (fields: Fields) => Value): Result<Value, SchemaProblem> {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return err({ path: 'arguments', message: expected.object });
  const values = new Map<string, unknown>(Object.entries(given));
  for (const key of values.keys()) {
    // The name itself is the asker's text, and is repeated only where it is harmless.
    if (!known.includes(key)) return err({ path: bounds.intentId.test(key) ? key : 'arguments', message: expected.known });
  }
  const problems = new Map<string, SchemaProblem>();
  const contradictions: SchemaProblem[] = [];
  const fields = fieldsOf(values, {
    refuse: (path, message) => void problems.set(path.replace(/\[.*/, ''), { path, message }),
    contradict: (path, message) => void contradictions.push({ path, message }),
  });
  const value = read(fields);
  const first = known.map((name) => problems.get(name)).find((problem) => problem !== undefined) ?? contradictions[0];
  return first === undefined ? ok(value) : err(first);
}

type Note = (path: string, message: string) => void;
type Fields = ReturnType<typeof fieldsOf>;

function fieldsOf(values: ReadonlyMap<string, unknown>, { refuse, contradict }: { readonly refuse: Note; readonly contradict: Note }) {
  /** A text that passes, or a stand-in after the problem was noted. */
  function text(path: string, { fits, message }: { readonly fits: (value: string) => boolean; readonly message: string }): string {
    const value = values.get(path);
    if (typeof value === 'string' && fits(value)) return value;
    refuse(path, value === undefined ? expected.present : message);
    return '';
  }

  function amount(path: string): Decimal {
    const parsed = parseDecimal(values.get(path));
    if (parsed.ok && isPositive(parsed.value)) return parsed.value;
    refuse(path, values.has(path) ? expected.amount : expected.present);
    return { coefficient: 0n, scale: 0 };
  }

  return {
    contradict,
    has: (path: string) => values.has(path),
    amount,
    optionalAmount: (path: string) => (values.has(path) ? amount(path) : null),
    intentId: (path: string) => text(path, { fits: (value) => bounds.intentId.test(value), message: expected.intentId }) as IntentId,
    clientOrderId: (path: string) =>
      text(path, { fits: (value) => bounds.clientOrderId.test(value), message: expected.clientOrderId }) as ClientOrderId,
    instrument: (path: string) =>
      text(path, { fits: (value) => parseInstrumentId(value).ok, message: expected.instrument }) as InstrumentId,
    holding: (path: string) => text(path, { fits: (value) => bounds.holding.test(value), message: expected.holding }),
    reason: (path: string) => text(path, { fits: isReason, message: expected.reason }),
    label: (path: string) => (values.has(path) ? text(path, { fits: (value) => bounds.label.test(value), message: expected.label }) : ''),

    choice<Choice extends string>(path: string, choices: readonly [Choice, ...Choice[]]): Choice {
      const found = choices.find((choice) => choice === values.get(path));
      if (found === undefined) refuse(path, values.has(path) ? expectedChoice(choices) : expected.present);
      return found ?? choices[0];
    },

    flag(path: string): boolean {
      const value = values.get(path);
      if (value !== undefined && typeof value !== 'boolean') refuse(path, expected.flag);
      return value === true;
    },

    integer(path: string, { from, to, otherwise }: { readonly from: number; readonly to: number; readonly otherwise: number }): number {
      if (!values.has(path)) return otherwise;
      const value = values.get(path);
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= from && value <= to) return value;
      refuse(path, expectedInteger({ from, to }));
      return otherwise;
    },

    targets(path: string): readonly Target[] {
      const items: unknown = values.get(path);
      if (!Array.isArray(items) || items.length === 0 || items.length > bounds.targetsMax) {
        refuse(path, items === undefined ? expected.present : expected.targets);
        return [];
      }
      const targets = items.map(targetOf);
      const wrong = targets.indexOf(null);
      if (wrong !== -1) refuse(`${path}[${wrong}]`, expected.target);
      return targets.filter((target) => target !== null);
    },

    evidence(path: string): readonly string[] {
      if (!values.has(path)) return [];
      const items: unknown = values.get(path);
      if (!Array.isArray(items) || items.length > bounds.evidenceItemsMax) {
        refuse(path, expected.evidence);
        return [];
      }
      const texts = items.filter((item: unknown): item is string => typeof item === 'string' && isEvidence(item));
      if (texts.length < items.length) {
        const wrong = items.findIndex((item: unknown) => typeof item !== 'string' || !isEvidence(item));
        refuse(`${path}[${wrong}]`, expected.evidenceItem);
      }
      return texts;
    },
  };
}

/** One target, or `null` for anything that is not exactly one. */
function targetOf(value: unknown): Target | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const { instrument, weight, ...rest } = value as Readonly<Record<string, unknown>>;
  if (Object.keys(rest).length > 0 || typeof weight !== 'string' || !bounds.weight.test(weight)) return null;
  const id = parseInstrumentId(instrument);
  const share = parseDecimal(weight);
  return id.ok && share.ok ? { instrument: id.value, weight: share.value } : null;
}
