import { bars, bounds, intentTypes, marketViews, quantityUnits, sides } from '../core/order/bounds.ts';

/**
 * The one table of what an agent may ask for. It feeds the MCP tool list, the commands of `twokey` and docs/tools.md, and tests
 * hold all three against it. The texts are part of the contract: an agent reads them, and tools pin the list by its hash.
 */
export type Tool = {
  readonly name: string;
  /** The word of the command line; `null` where a verb of the operator does the same. */
  readonly command: string | null;
  /** The arguments that the command takes as plain words, in this order; each can be given as a flag too. */
  readonly words: readonly string[];
  readonly title: string;
  readonly description: string;
  /** Whether a call may change something outside; an unanswered one then has an outcome that nobody knows. */
  readonly acts: boolean;
  readonly annotations: Annotations;
  readonly arguments: readonly Argument[];
  /** Arguments of a call that passes, for the docs; also sent through both parsers by a test. */
  readonly example: Readonly<Record<string, unknown>>;
};

/** Hints for hosts, where they differ from what the protocol assumes (a tool writes, into an open world). Nothing here relies on them. */
export type Annotations = {
  readonly readOnlyHint?: boolean;
  readonly destructiveHint?: boolean;
  readonly idempotentHint?: boolean;
};

export type Argument = {
  readonly name: string;
  readonly required: boolean;
  /** Empty where the name says it all; every byte is sent to every agent. */
  readonly about: string;
  readonly takes: Takes;
};

/** What an argument takes; the shapes behind the words are in core/order/bounds. */
export type Takes =
  | { readonly kind: 'amount' }
  | { readonly kind: 'intent_id' }
  | { readonly kind: 'client_order_id' }
  | { readonly kind: 'instrument' }
  | { readonly kind: 'label' }
  /** How long something is meant to be held, such as `8h`. */
  | { readonly kind: 'holding' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'reason' }
  | { readonly kind: 'evidence' }
  /** A list of instruments with a weight each; on the command line `INSTRUMENT=WEIGHT`, once for each. */
  | { readonly kind: 'targets' }
  | { readonly kind: 'choice'; readonly choices: readonly [string, ...string[]] }
  | { readonly kind: 'integer'; readonly from: number; readonly to: number };

const looks: Annotations = { readOnlyHint: true };
/** An order is destructive to a host; it is idempotent because one intent_id happens once. */
const trades: Annotations = { destructiveHint: true, idempotentHint: true };
/** Less risk must meet no friction: hosts ask people before what is called destructive. */
const calms: Annotations = { destructiveHint: false, idempotentHint: true };

const intentId = required('intent_id', { kind: 'intent_id' }, 'your own name of this wish; one wish happens once');
const instrument = required('instrument', { kind: 'instrument' }, 'such as BTC-USDT or BTC-USDT-SWAP');
const reason = required('reason', { kind: 'reason' }, 'why, for the log');

const orderArguments: readonly Argument[] = [
  intentId,
  instrument,
  required('side', { kind: 'choice', choices: sides }, ''),
  required('type', { kind: 'choice', choices: intentTypes }, ''),
  required('quantity', { kind: 'amount' }, ''),
  required('quantity_unit', { kind: 'choice', choices: quantityUnits }, ''),
  optional('price', { kind: 'amount' }, 'for every type but market'),
  optional('reduce_only', { kind: 'flag' }, ''),
  optional('take_profit', { kind: 'amount' }, 'trigger price'),
  optional('stop_loss', { kind: 'amount' }, 'trigger price'),
  optional(
    'expected_notional_usd',
    { kind: 'amount' },
    'what you believe the order is worth; required unless the unit is usd; 5 % tolerance',
  ),
  optional('max_holding', { kind: 'holding' }, 'such as 8h'),
  reason,
  optional('evidence', { kind: 'evidence' }, ''),
  optional('strategy', { kind: 'label' }, ''),
];

const orderExample = {
  intent_id: 'dip-2026-11-23-1',
  instrument: 'BTC-USDT',
  side: 'buy',
  type: 'limit',
  quantity: '0.0002',
  quantity_unit: 'base',
  price: '90000',
  expected_notional_usd: '18',
  reason: 'price fell 2 % in an hour on low volume',
};

export const tools: readonly Tool[] = [
  {
    name: 'get_limits',
    command: null,
    words: [],
    title: 'Limits',
    description: 'Your limits and their use, the mode, the allowed instruments. Read it before the first order.',
    acts: false,
    annotations: looks,
    arguments: [],
    example: {},
  },
  {
    name: 'get_portfolio',
    command: 'portfolio',
    words: [],
    title: 'Portfolio',
    description: 'Balances, positions, open orders and exposure.',
    acts: false,
    annotations: looks,
    arguments: [],
    example: {},
  },
  {
    name: 'get_market',
    command: 'market',
    words: ['instrument'],
    title: 'Market',
    description: 'Prices of one instrument: ticker (default), order book or candles.',
    acts: false,
    annotations: looks,
    arguments: [
      instrument,
      optional('view', { kind: 'choice', choices: marketViews }, ''),
      optional('depth', { kind: 'integer', from: 1, to: bounds.depthMax }, 'levels of the book'),
      optional('bar', { kind: 'choice', choices: bars }, ''),
      optional('count', { kind: 'integer', from: 1, to: bounds.candlesMax }, 'of candles'),
    ],
    example: { instrument: 'BTC-USDT', view: 'book', depth: 5 },
  },
  {
    name: 'preview_order',
    command: 'preview',
    words: ['instrument', 'side'],
    title: 'Preview an order',
    description: 'What place_order would decide now, the binding limit and the largest quantity that passes. Sends nothing.',
    acts: false,
    annotations: looks,
    // What each is about stands with place_order.
    arguments: orderArguments.map((argument) => ({ ...argument, about: '' })),
    example: orderExample,
  },
  {
    name: 'place_order',
    command: 'place',
    words: ['instrument', 'side'],
    title: 'Place an order',
    description:
      'Places one order if the limits allow it. The answer says whether anything was sent. The same intent_id gives the same answer and never a second order. If the status is unknown, ask get_intent.',
    acts: true,
    annotations: trades,
    arguments: orderArguments,
    example: orderExample,
  },
  {
    name: 'cancel_orders',
    command: 'cancel',
    words: [],
    title: 'Cancel orders',
    description: 'Cancels your open orders: one by client_order_id, those of an instrument, or all.',
    acts: true,
    annotations: calms,
    arguments: [
      intentId,
      optional('instrument', { kind: 'instrument' }, ''),
      optional('client_order_id', { kind: 'client_order_id' }, ''),
      reason,
    ],
    example: { intent_id: 'cancel-1', instrument: 'BTC-USDT', reason: 'the signal is gone' },
  },
  {
    name: 'close_position',
    command: 'close',
    words: ['instrument'],
    title: 'Close a position',
    description:
      'Closes what you opened in an instrument, all of it or a quantity in contracts (spot: base currency). Never opens the other side.',
    acts: true,
    annotations: trades,
    arguments: [
      intentId,
      instrument,
      optional('quantity', { kind: 'amount' }, ''),
      reason,
      optional('evidence', { kind: 'evidence' }, ''),
      optional('strategy', { kind: 'label' }, ''),
    ],
    example: { intent_id: 'close-1', instrument: 'BTC-USDT-SWAP', reason: 'target reached' },
  },
  {
    name: 'set_protection',
    command: 'protect',
    words: ['instrument'],
    title: 'Protect a position',
    description: 'Sets stops for what you hold. A stop may only tighten.',
    acts: true,
    annotations: calms,
    arguments: [
      required('intent_id', { kind: 'intent_id' }, ''),
      required('instrument', { kind: 'instrument' }, ''),
      optional('stop_loss', { kind: 'amount' }, ''),
      optional('take_profit', { kind: 'amount' }, ''),
      required('reason', { kind: 'reason' }, ''),
      optional('evidence', { kind: 'evidence' }, ''),
      optional('strategy', { kind: 'label' }, ''),
    ],
    example: { intent_id: 'stop-1', instrument: 'BTC-USDT-SWAP', stop_loss: '88000', reason: 'the range low is there' },
  },
  {
    name: 'rebalance',
    command: 'rebalance',
    words: [],
    title: 'Rebalance',
    description: 'Trades what you hold of the named instruments to these shares of base_usd. All orders are allowed or none is sent.',
    acts: true,
    annotations: trades,
    arguments: [
      required('intent_id', { kind: 'intent_id' }, ''),
      required('targets', { kind: 'targets' }, 'up to 10; weight -1 to 1, below 0 is short'),
      required('base_usd', { kind: 'amount' }, ''),
      optional('min_trade_usd', { kind: 'amount' }, ''),
      optional('dry_run', { kind: 'flag' }, ''),
      required('reason', { kind: 'reason' }, ''),
      optional('evidence', { kind: 'evidence' }, ''),
      optional('strategy', { kind: 'label' }, ''),
    ],
    example: {
      intent_id: 'week-48',
      targets: [
        { instrument: 'BTC-USDT', weight: '0.25' },
        { instrument: 'BTC-USDT-SWAP', weight: '-0.1' },
      ],
      base_usd: '120',
      reason: 'weekly rebalance',
    },
  },
  {
    name: 'get_intent',
    command: 'intent',
    words: ['intent_id'],
    title: 'Ask about an intent',
    description: 'What became of an intent_id: decision, order, fills, verification. Waits up to wait_s for an outcome.',
    acts: false,
    annotations: looks,
    arguments: [intentId, optional('wait_s', { kind: 'integer', from: 0, to: bounds.waitSecondsMax }, '')],
    example: { intent_id: 'dip-2026-11-23-1', wait_s: 5 },
  },
  {
    name: 'halt_trading',
    command: null,
    words: [],
    title: 'Stop trading',
    description: 'Stops new risk for the whole account at once. Only a human can resume. Use it when anything looks wrong.',
    acts: true,
    annotations: calms,
    arguments: [optional('intent_id', { kind: 'intent_id' }, ''), reason],
    example: { reason: 'the positions do not look like mine' },
  },
];

/** The row of a tool, if there is one of that name. */
export function toolNamed(name: string): Tool | undefined {
  return tools.find((tool) => tool.name === name);
}

/**
 * The arguments as the gateway wants them. Whoever stops trading in an emergency need not think of a name: the door gives one,
 * drawn by chance, because a name that came back from an earlier halt would be answered from memory and stop nothing.
 */
export function withIntentId(
  given: Readonly<Record<string, unknown>>,
  { tool, drawn }: { readonly tool: Tool; readonly drawn: string },
): Readonly<Record<string, unknown>> {
  const row = tool.arguments.find((argument) => argument.name === 'intent_id');
  return row === undefined || row.required || given['intent_id'] !== undefined ? given : { ...given, intent_id: drawn };
}

function required(name: string, takes: Takes, about: string): Argument {
  return { name, required: true, about, takes };
}

function optional(name: string, takes: Takes, about: string): Argument {
  return { name, required: false, about, takes };
}
