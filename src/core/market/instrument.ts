import type { Brand } from '../lang/brand.ts';
import { err, ok, type Result } from '../lang/result.ts';
import type { BaseQuantity, Price, Size, Usd } from '../money/units.ts';

/** An exchange's name of what is traded, such as `BTC-USDT` or `BTC-USDT-SWAP`. */
export type InstrumentId = Brand<string, 'InstrumentId'>;

/** Reads an instrument's name: 3 to 32 of `A-Z`, `0-9` and `-`. */
export function parseInstrumentId(value: unknown): Result<InstrumentId> {
  if (typeof value !== 'string' || !/^[A-Z0-9][A-Z0-9-]{1,30}[A-Z0-9]$/.test(value))
    return err('expected an instrument such as "BTC-USDT"');
  return ok(value as InstrumentId);
}

type Common = {
  readonly id: InstrumentId;
  /** What is traded: BTC in BTC-USDT and BTC-USD-SWAP. Also names the underlying that limits aggregate over. */
  readonly base: string;
  readonly quote: string;
  /** The currency in which profit, loss and derivative fees are paid. */
  readonly settle: string;
  /** Prices are multiples of this. */
  readonly tick: Price;
  /** Sizes are multiples of this. */
  readonly lot: Size;
  /** The smallest size the exchange takes; what is left below it is dust. */
  readonly minimum: Size;
  /** The largest size of one limit order. */
  readonly maximum: Size;
  /** Whether the exchange says that it trades normally now. */
  readonly tradable: boolean;
};

export type SpotInstrument = Common & { readonly kind: 'spot' };
/** UTC milliseconds at which a dated future is delivered; `null` on swaps, which never are. */
type Dated = { readonly expiry: number | null };
/** Settled in the quote currency; a contract is a fixed quantity of the base currency (ctVal × ctMult). */
export type LinearInstrument = Common & Dated & { readonly kind: 'linear'; readonly contractValue: BaseQuantity };
/** Settled in the base currency; a contract is a fixed number of US dollars (ctVal × ctMult, ctValCcy USD). */
export type InverseInstrument = Common & Dated & { readonly kind: 'inverse'; readonly contractValue: Usd };

/** The three products twokey trades; any other combination of fields is refused when it is read (reference/risk.md §4.4). */
export type Instrument = SpotInstrument | LinearInstrument | InverseInstrument;
export type Product = Instrument['kind'];

/** Whether longs and shorts pay each other while it is held: swaps do; spot and dated futures do not. */
export function paysFunding(instrument: Instrument): boolean {
  return instrument.kind !== 'spot' && instrument.expiry === null;
}
