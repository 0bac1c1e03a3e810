import { worstCase } from '../exposure/worst-case.ts';
import { highestPrice, notionalUsd } from '../market/valuation.ts';
import { add, divideUp, multiply, one, zero } from '../money/decimal.ts';
import type { Usd } from '../money/units.ts';
import type { InstrumentId } from '../market/instrument.ts';
import type { Proposal } from './control.ts';
import { isHeldFresh } from './draft.ts';

/** What the derivatives of the account are worth and tie up at worst; spot is paid for and cannot be liquidated. */
export type Margin =
  | { readonly kind: 'known'; readonly worthUsd: Usd; readonly initialUsd: Usd }
  /** The first instrument of which price or leverage is not known. */
  | { readonly kind: 'unknown'; readonly instrument: InstrumentId };

const USD_DIGITS = 8;

/** Worst case of every derivative position at the valuation price, and divided by its leverage the initial margin; the asked order is not in it. */
export function marginBeside({ question: { books, circumstances, policy }, instrument, situation }: Proposal): Margin {
  let worthUsd: Usd = zero;
  let initialUsd: Usd = zero;
  for (const holding of situation.holdings.values()) {
    const other = books.instruments.get(holding.instrument);
    if (holding.instrument === instrument.id || other?.kind === 'spot') continue;
    const quote = circumstances.quotes.get(holding.instrument);
    const leverage = circumstances.leverage.get(holding.instrument);
    if (other === undefined || quote === undefined || leverage === undefined || !isHeldFresh(quote, circumstances.now, policy))
      return { kind: 'unknown', instrument: holding.instrument };
    const price = multiply(highestPrice(quote, holding.highestLimit), add(one, policy.priceCollar));
    const worth = notionalUsd({ instrument: other, size: worstCase(holding), price });
    worthUsd = add(worthUsd, worth);
    initialUsd = add(initialUsd, initialMargin(worth, leverage));
  }
  return { kind: 'known', worthUsd, initialUsd };
}

/** Worth over leverage, rounded up. */
export function initialMargin(worth: Usd, leverage: Usd): Usd {
  return divideUp({ dividend: worth, divisor: leverage, digits: USD_DIGITS });
}
