import { absolute, add, compare, decimal, formatDecimal, zero } from '../../core/money/decimal.ts';
import { entriesOf, orderIdsOf, type StepFacts } from './facts.ts';

/** What the orders of a step executed, and what the exchange said when it was asked afterwards, in words. */
export type Executions = {
  /** `bought 0.0005 BTC at 60000`; several instruments with `and`. */
  readonly filled: string;
  /** The same without prices. */
  readonly brief: string;
  readonly proof: string;
  readonly matched: string;
  readonly flat: string;
};

/** Tells it from the journal. */
export function executionsOf({ journal, wishes }: StepFacts): Executions {
  const ids = orderIdsOf(journal, wishes);
  const fills = entriesOf(journal, 'fill').filter((fill) => ids.includes(fill.client_order_id));
  const instruments = [...new Set(fills.map(({ instrument }) => instrument))];
  const known = entriesOf(journal, 'instruments').at(-1)?.instruments ?? [];
  const parts = instruments.map((id) => {
    const own = fills.filter(({ instrument }) => instrument === id);
    const size = formatDecimal(own.map((fill) => decimal(fill.size)).reduce(add, zero));
    const row = known.find((each) => each.id === id);
    const unit = row?.product === 'spot' ? row.base : 'contracts';
    const found = entriesOf(journal, 'verified').findLast(
      ({ instrument, orders }) => instrument === id && orders.some((each) => ids.includes(each)),
    );
    return { size: `${size} ${unit}`, price: own[0]?.price ?? '', side: own[0]?.side, unit, row, found };
  });
  const [first] = parts;
  if (first === undefined)
    return {
      filled: 'nothing was filled',
      brief: 'nothing was filled',
      proof: 'Nothing was asked',
      matched: 'not verified',
      flat: 'not flat',
    };
  const verb = first.side === 'buy' ? 'bought' : 'sold';
  const found = parts.flatMap((part) => (part.found === undefined ? [] : [{ ...part.found, unit: part.unit }]));
  const unlike = found.find(({ outcome }) => outcome !== 'matched');
  const held = found.map(({ exchange, unit }) => `${exchange} ${unit}`).join(' and ');
  const books = unlike === undefined ? 'as the books do' : `and the books ${unlike.books}`;
  const smallest = parts.flatMap(({ row, found: each }) =>
    row !== undefined && each !== undefined && compare(absolute(decimal(each.exchange)), decimal(row.minimum)) < 0 ? [row] : [],
  );
  const spot = smallest.find(({ product }) => product === 'spot');
  const since = spot === undefined ? '' : `, since the smallest size that trades is ${spot.minimum} ${spot.base}`;
  const isProven = found.length === parts.length;
  return {
    filled: `${verb} ${parts.map(({ size, price }) => `${size} at ${price}`).join(' and ')}`,
    brief: `${verb} ${parts.map(({ size }) => size).join(' and ')}`,
    proof: isProven
      ? `Asked afterwards, the exchange holds ${held}, ${books} (log ${found.map(({ seq }) => seq).join(', ')})`
      : 'The exchange has not confirmed it',
    matched: isProven ? (unlike?.outcome ?? 'verified') : 'not verified',
    flat: smallest.length === parts.length ? `flat${since}` : 'not flat',
  };
}
