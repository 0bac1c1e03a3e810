import { unreachable } from '../core/lang/assert.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import { compare, type Decimal, decimal, formatDecimal, isPositive, multiply, parseDecimal } from '../core/money/decimal.ts';
import { markOf } from '../core/order/identity.ts';
import type { Ceiling as CeilingFile } from '../core/policy/ceiling-file.ts';
import { clearingMost } from '../core/order/request.ts';
import type { Policy } from '../core/policy/policy.ts';
import type { WireRequest } from '../venues/okx/request.ts';
import { typeOfInstrument } from '../venues/okx/kind.ts';
import { hasExactly, isFields } from './fields.ts';
import { readAmendment, readAttached, readCancels, readStopOrder } from './protection-effect.ts';

/**
 * The most that the vault signs, whatever the gateway decided (docs/decisions/0010-vault-ceiling.md). It is checked on the bytes that
 * are signed, not on what they were made from.
 */
export type Ceiling =
  /** Largest sizes, in contracts, or base currency on spot. */
  | { readonly kind: 'file'; readonly instruments: ReadonlyMap<string, Decimal>; readonly perMinute: number }
  /** Without a file, in sim only: twice the policy, in US dollars at the limit price. */
  | {
      readonly kind: 'derived';
      readonly instruments: ReadonlySet<string>;
      readonly maxOrderUsd: Decimal;
      readonly maxExitUsd: Decimal;
      readonly perMinute: number;
    };

/** What the bytes of a write do, as the ceiling sees it. `exit` cannot raise exposure: the exchange itself enforces that. */
export type Effect =
  | {
      readonly kind: 'entry' | 'exit';
      readonly clientOrderId: string;
      /** The id of the stop order that travels with it; empty for none. */
      readonly attachedId: string;
      readonly sized: Sized;
    }
  /** Moves the triggers of a stop order, which stays as large as it was. */
  | { readonly kind: 'amend' }
  | { readonly kind: 'cancel' }
  | { readonly kind: 'leverage'; readonly instrument: string; readonly leverage: Decimal };

type Sized = {
  readonly instrument: string;
  readonly spot: boolean;
  readonly size: Decimal;
  readonly price: Decimal;
};

/** Exits and cancels have a budget of their own, so that a flood of entries cannot use up the way out. */
const EXITS_PER_ENTRY = 10;
const SECONDS = 60;
const two = decimal('2');
/** A position grows by several orders and leaves by one. */
const exitFactor = decimal('4');
const one = decimal('1');

/** US dollars or base currency in one contract of the embedded exchange, the only one that trades without a file. */
const contractsOfSim: ReadonlyMap<string, { readonly value: Decimal; readonly inverse: boolean }> = new Map([
  ['BTC-USDT-SWAP', { value: decimal('0.01'), inverse: false }],
  ['ETH-USDT-SWAP', { value: decimal('0.1'), inverse: false }],
  ['BTC-USD-SWAP', { value: decimal('100'), inverse: true }],
]);

/** The ceiling of `ceiling.toml`. */
export function fileCeiling({ instruments, perMinute }: CeilingFile): Ceiling {
  return { kind: 'file', instruments, perMinute };
}

/** Twice the policy: enough that the vault never meets what the policy let pass, and an end to what it should have stopped. */
export function derivedCeiling(policy: Policy): Ceiling {
  return {
    kind: 'derived',
    instruments: new Set(policy.instruments),
    maxOrderUsd: multiply(policy.maxOrderSize, two),
    maxExitUsd: multiply(policy.maxPositionSize, exitFactor),
    perMinute: 2 * policy.maxOrderRate.perMinute,
  };
}

/** Reads what the bytes say. A key that this reader does not know could mean anything, so it is refused. */
export function effectOf(wire: WireRequest): Result<Effect> {
  let body: unknown;
  try {
    body = JSON.parse(wire.body);
  } catch {
    return err('the bytes are not JSON');
  }
  // Written again they must be the same bytes: no key twice, no other spelling, nothing that another reader could see otherwise.
  if (JSON.stringify(body) !== wire.body) return err('the bytes can be read in two ways');
  if (wire.path === '/api/v5/trade/cancel-algos')
    return done(readCancels(body, { most: clearingMost.clear_algos, name: 'algoId' }), 'cancel');
  if (wire.path === '/api/v5/trade/cancel-batch-orders')
    return done(readCancels(body, { most: clearingMost.clear_orders, name: 'ordId' }), 'cancel');
  if (!isFields(body)) return err('the bytes are not one order');
  if (wire.path === '/api/v5/trade/amend-algos') return done(readAmendment(body), 'amend');
  if (wire.path === '/api/v5/trade/order-algo') {
    const stop = readStopOrder(body);
    return stop.ok ? ok({ kind: 'exit', attachedId: '', ...stop.value }) : stop;
  }
  if (wire.path === '/api/v5/trade/cancel-order')
    return hasExactly(body, ['instId', 'clOrdId']) ? ok({ kind: 'cancel' }) : err('the bytes of the cancel hold an unknown key');
  if (wire.path === '/api/v5/trade/cancel-all-after') return done(readTimer(body), 'cancel');
  if (wire.path === '/api/v5/account/set-leverage') return effectOfLeverage(body);
  return effectOfPlacement(body);
}

function effectOfLeverage({ instId, lever, ...rest }: { readonly [key: string]: unknown }): Result<Effect> {
  const leverage = parseDecimal(lever);
  if (!hasExactly(rest, ['mgnMode']) || rest['mgnMode'] !== 'cross') return err('the bytes are no leverage in cross margin');
  if (typeof instId !== 'string' || !leverage.ok) return err('the bytes name no instrument or no leverage');
  return ok({ kind: 'leverage', instrument: instId, leverage: leverage.value });
}

/** What the vault knows of leverage, from twokey.toml as it read it itself: for these instruments alone, and never more. */
export type LeverageBound = { readonly instruments: readonly string[]; readonly most: Decimal };

/** Whether a leverage is within the policy; without one none is. */
export function underBound(
  bound: LeverageBound | undefined,
  { instrument, leverage }: Extract<Effect, { kind: 'leverage' }>,
): Result<null> {
  if (bound === undefined || !bound.instruments.includes(instrument))
    return err(`${instrument} is not among the instruments of twokey.toml`);
  return compare(leverage, one) >= 0 && compare(leverage, bound.most) <= 0
    ? ok(null)
    : err(`${instrument} at ${formatDecimal(leverage)} times, of at most ${formatDecimal(bound.most)} (max_leverage in twokey.toml)`);
}

/** A timer of the exchange only ever cancels. */
function readTimer({ tag, ...rest }: { readonly [key: string]: unknown }): Result<null> {
  const known = hasExactly(rest, ['timeOut']) && typeof rest['timeOut'] === 'string' && (tag === undefined || typeof tag === 'string');
  return known ? ok(null) : err('the bytes of the timer hold an unknown key');
}

function done(read: Result<null>, kind: 'amend' | 'cancel'): Result<Effect> {
  return read.ok ? ok({ kind }) : read;
}

function effectOfPlacement(body: { readonly [key: string]: unknown }): Result<Effect> {
  const { reduceOnly, posSide, pxAmendType, attachAlgoOrds, ...rest } = body;
  if (!hasExactly(rest, ['instId', 'tdMode', 'clOrdId', 'tag', 'side', 'ordType', 'px', 'sz', 'stpMode']))
    return err('the bytes of the order lack a key or hold an unknown one');
  const { instId, tdMode, clOrdId, side, ordType } = rest;
  const size = parseDecimal(rest['sz']);
  const price = parseDecimal(rest['px']);
  if (!size.ok || !price.ok || !isPositive(size.value) || !isPositive(price.value))
    return err('the bytes hold no size and price above zero');
  if (typeof instId !== 'string' || typeof clOrdId !== 'string') return err('the bytes name no instrument or no order');
  if (rest['tag'] !== markOf(clOrdId)) return err('the bytes hold a tag that is not the mark of the order');
  if (side !== 'buy' && side !== 'sell') return err('the bytes hold no side');
  // Only a type with a limit price bounds what is paid; a market order has none.
  if (ordType !== 'limit' && ordType !== 'post_only' && ordType !== 'ioc') return err('the bytes hold an order type without a limit price');
  if (reduceOnly !== undefined && reduceOnly !== true) return err('the bytes hold an unclear reduceOnly');
  const type = typeOfInstrument(instId);
  if (type === undefined) return err('the bytes name an instrument of unknown kind');
  const spot = type === 'SPOT';
  if (tdMode !== (spot ? 'cash' : 'cross')) return err('the bytes hold another margin mode than cash on spot or cross on swaps');
  if (spot && (reduceOnly === true || posSide !== undefined)) return err('the bytes hold reduceOnly or a leg on spot');
  if (posSide !== undefined && posSide !== 'long' && posSide !== 'short') return err('the bytes hold an unclear leg');
  if (posSide !== undefined && reduceOnly === true) return err('the bytes hold reduceOnly beside a leg');
  if (pxAmendType !== undefined && pxAmendType !== '1') return err('the bytes hold an unclear pxAmendType');
  // Cash spot cannot sell more than is there, and the exchange refuses a reduce-only order that would do more than reduce.
  const closesLeg = posSide === (side === 'sell' ? 'long' : 'short');
  const exit = spot ? side === 'sell' : reduceOnly === true || closesLeg;
  if (exit && attachAlgoOrds !== undefined) return err('the bytes attach a stop order to an exit');
  const attached = attachAlgoOrds === undefined ? ok('') : readAttached(attachAlgoOrds, spot);
  if (!attached.ok) return attached;
  return ok({
    kind: exit ? 'exit' : 'entry',
    clientOrderId: clOrdId,
    attachedId: attached.value,
    sized: { instrument: instId, spot, size: size.value, price: price.value },
  });
}

/** Whether a write is under the ceiling; the error says by how much it is not. */
export function underCeiling(ceiling: Ceiling, effect: Effect): Result<null> {
  if (effect.kind === 'cancel' || effect.kind === 'amend' || effect.kind === 'leverage') return ok(null);
  const { sized } = effect;
  // On derivatives the exchange bounds an exit by the position; refusing one could only keep a risk open.
  if (effect.kind === 'exit' && !sized.spot) return ok(null);
  switch (ceiling.kind) {
    case 'file': {
      const limit = ceiling.instruments.get(sized.instrument);
      if (limit === undefined) return err(`${sized.instrument} has no max_size in ceiling.toml`);
      const most = effect.kind === 'exit' ? multiply(limit, exitFactor) : limit;
      const name = effect.kind === 'exit' ? 'four times max_size' : 'max_size';
      return compare(sized.size, most) <= 0
        ? ok(null)
        : err(`${sized.instrument} ${formatDecimal(sized.size)} of at most ${formatDecimal(most)} (${name} in ceiling.toml)`);
    }
    case 'derived': {
      if (effect.kind === 'entry' && !ceiling.instruments.has(sized.instrument))
        return err(`${sized.instrument} is not among the instruments of twokey.toml`);
      const dollars = dollarsOf(sized);
      if (!dollars.ok) return dollars;
      const most = effect.kind === 'exit' ? ceiling.maxExitUsd : ceiling.maxOrderUsd;
      const text = `${sized.instrument} for ${formatDecimal(dollars.value)} USD of at most ${formatDecimal(most)} (from the policy, as there is no ceiling.toml)`;
      return compare(dollars.value, most) <= 0 ? ok(null) : err(text);
    }
    default:
      return unreachable(ceiling);
  }
}

/** Value at the limit price; a tether counts as a dollar. */
function dollarsOf({ instrument, spot, size, price }: Sized): Result<Decimal> {
  if (spot)
    return /-(USDT|USDC|USD)$/.test(instrument)
      ? ok(multiply(size, price))
      : err(`${instrument} is not quoted in dollars; write ceiling.toml`);
  const contract = contractsOfSim.get(instrument);
  if (contract === undefined) return err(`the vault does not know the contract of ${instrument}; write ceiling.toml`);
  return ok(multiply(multiply(size, contract.value), contract.inverse ? one : price));
}

/** Counts signatures in the last minute, by whole seconds. */
export class MinuteCount {
  readonly most: number;
  readonly #counts = Array.from({ length: SECONDS }, () => 0);
  #second = 0;
  #total = 0;

  constructor(most: number) {
    this.most = most;
  }

  /** False when one more would be over the limit; counts it otherwise. `monotonicMilliseconds` never goes back. */
  take(monotonicMilliseconds: number): boolean {
    this.#advance(Math.floor(monotonicMilliseconds / 1000));
    if (this.#total >= this.most) return false;
    this.#total += 1;
    const slot = this.#second % SECONDS;
    this.#counts[slot] = (this.#counts[slot] ?? 0) + 1;
    return true;
  }

  #advance(second: number): void {
    const steps = Math.min(second - this.#second, SECONDS);
    for (let step = 1; step <= steps; step += 1) {
      const slot = (second - steps + step) % SECONDS;
      this.#total -= this.#counts[slot] ?? 0;
      this.#counts[slot] = 0;
    }
    this.#second = Math.max(second, this.#second);
  }
}

/** The two budgets of a ceiling. */
export function budgetsOf(ceiling: Ceiling): { readonly entries: MinuteCount; readonly exits: MinuteCount } {
  return { entries: new MinuteCount(ceiling.perMinute), exits: new MinuteCount(EXITS_PER_ENTRY * ceiling.perMinute) };
}
