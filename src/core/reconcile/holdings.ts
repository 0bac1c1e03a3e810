import type { State } from '../account/state.ts';
import type { DifferenceBody, DifferenceClass } from '../journal/entry.ts';
import type { InstrumentId } from '../market/instrument.ts';
import { type Decimal, equals, formatDecimal, isZero, subtract, zero } from '../money/decimal.ts';
import type { Leg } from '../order/leg.ts';
import type { BalanceReport, PositionReport } from '../order/report.ts';
import { expectedHolding, expectedPosition } from '../verify/verify.ts';

const legs: readonly Leg[] = ['net', 'long', 'short'];

/** Contracts by leg: two legs of one instrument are two positions, and one that grew while the other shrank is no agreement. */
export function positionDifferences(state: State, said: readonly PositionReport[]): readonly DifferenceBody[] {
  const traded = [...state.positions.values()].map(({ instrument }) => instrument);
  const before = [...state.baseline.contracts.keys()].map((key) => (key.split('/')[0] ?? '') as InstrumentId);
  const known = [...traded, ...before].filter((id) => state.instruments.get(id)?.kind !== 'spot');
  return [...new Set([...said.map(({ instrument }) => instrument), ...known])].flatMap((id) =>
    legs.flatMap((leg): readonly DifferenceBody[] => {
      const books = expectedPosition(state, id, leg);
      const exchange = said.find((position) => position.instrument === id && position.leg === leg)?.size ?? zero;
      if (equals(books, exchange)) return [];
      const named = leg === 'net' ? {} : { leg };
      return [
        {
          kind: 'position',
          class: sortOf(books, exchange),
          subject: id,
          books: formatDecimal(books),
          exchange: formatDecimal(exchange),
          ...named,
        },
      ];
    }),
  );
}

/** Something that only one side knows of is told apart from two sizes of the same. */
export function sortOf(books: Decimal, exchange: Decimal): DifferenceClass {
  return isZero(books) || isZero(exchange) ? 'phantom_position' : 'position_drift';
}

/** Currencies that twokey trades as the base of a spot pair must agree to the last digit; others are followed by their bills. */
export function balanceDifferences(state: State, said: BalanceReport): readonly DifferenceBody[] {
  const totals = new Map(said.currencies.map(({ currency, total }) => [currency, total]));
  const differences: DifferenceBody[] = [];
  const seen = new Set<string>();
  for (const instrument of state.instruments.values()) {
    if (instrument.kind !== 'spot' || seen.has(instrument.base)) continue;
    seen.add(instrument.base);
    const books = expectedHolding(state, instrument);
    const exchange = totals.get(instrument.base) ?? zero;
    if (equals(books, exchange)) continue;
    const sort = isMoved(state, instrument.base, subtract(exchange, books)) ? 'movement' : sortOf(books, exchange);
    differences.push({
      kind: 'balance',
      class: sort,
      subject: instrument.base,
      books: formatDecimal(books),
      exchange: formatDecimal(exchange),
    });
  }
  return differences;
}

/** Whether bills say that just so much came, or went, without a trade. */
function isMoved({ statement }: State, currency: string, change: Decimal): boolean {
  const moved = statement?.moved.get(currency);
  return moved !== undefined && equals(moved, change);
}
