import { absolute, compare, type Decimal, decimal, equals, isPositive } from '../../../core/money/decimal.ts';
import { entriesOf, isOf, type LedgerStop, type StepFacts, stopsOf } from '../facts.ts';
import { alike, amountOf, missing, nameOf, sum, twice } from './amounts.ts';
import { proven } from './orders.ts';

/** Every stop at the exchange was asked for and written down, stands where the journal says, and never went away from the market. */
export function everyStop({ ledger, journal }: StepFacts): readonly string[] {
  const known = stopsOf(journal);
  const ids = ledger.algos.map(({ algoClOrdId }) => algoClOrdId);
  return [
    ...twice(ids).map((id) => `the exchange has two stops named ${id}`),
    ...missing(
      known.map(({ id }) => id),
      ids,
    ).map((id) => `the exchange has no stop ${id}`),
    ...ledger.algos.flatMap((stop) => {
      const entry = known.find(({ id }) => id === stop.algoClOrdId);
      if (entry === undefined) return [`the exchange has the stop ${stop.algoClOrdId}, which the journal does not know`];
      const { id, instrument, side, places } = entry;
      const back = places.some((place, index) => index > 0 && isFarther(side, decimal(place), decimal(places[index - 1] ?? '0')));
      const same = instrument === stop.instId && side === stop.side && alike(places.at(-1) ?? '0', stop.slTriggerPx);
      return [
        ...(stop.origin === 'api' ? [] : [`the stop ${id} was placed by somebody else`]),
        ...(same ? [] : [`the stop ${id} is at ${stop.slTriggerPx}, and the journal says ${places.at(-1)}`]),
        ...(back ? [`the stop ${id} went away from the market`] : []),
      ];
    }),
  ];
}

/** What was bought waits behind a stop, which came nearer to the market and was not let go farther from it. */
export function onlyTightened(facts: StepFacts): readonly string[] {
  const { wishes, journal, ledger, before } = facts;
  const decisions = entriesOf(journal, 'decision').filter((decision) => wishes.some((wish) => isOf(wish)(decision)));
  const orders = wishes.filter((wish) => decisions.some((decision) => isOf(wish)(decision) && decision.tool === 'place_order'));
  const changes = decisions.filter(({ tool }) => tool === 'set_protection');
  const stops = ledger.algos.filter(({ seq, state }) => seq > before.ledger && state === 'live');
  const [stop] = stops;
  if (stop === undefined) return ['no stop waits at the exchange'];
  const first = stopsOf(journal).find(({ id }) => id === stop.algoClOrdId)?.places[0] ?? '0';
  const tighter = changes.filter(({ outcome }) => outcome === 'allow');
  const wider = changes.filter((change) => isFarther(stop.side, amountOf(change, 'stop_loss'), decimal(stop.slTriggerPx)));
  return [
    ...proven({ ...facts, wishes: orders }),
    ...uncovered(facts, stops),
    ...(isFarther(stop.side, decimal(first), decimal(stop.slTriggerPx)) ? [] : ['the stop never came nearer to the market']),
    ...(tighter.length > 0 ? [] : ['no change of the stop was allowed']),
    ...(wider.length > 0 ? [] : ['nobody asked for a wider stop']),
    ...wider
      .filter(({ outcome }) => outcome !== 'deny')
      .map(({ principal, intent_id: intentId }) => `${nameOf({ principal, intentId })} was allowed to widen the stop`),
  ];
}

/** Positions of which a part would not be sold when the stops are reached. */
function uncovered({ ledger }: StepFacts, stops: readonly LedgerStop[]): readonly string[] {
  return ledger.positions
    .filter(({ instId, pos }) => {
      const closing = stops.filter((stop) => stop.instId === instId && (stop.side === 'sell') === isPositive(decimal(pos)));
      return !equals(sum(closing.map(({ sz }) => decimal(sz === '' ? '0' : sz))), absolute(decimal(pos)));
    })
    .map(({ instId }) => `the position in ${instId} is not behind a stop`);
}

/** A stop that sells waits below the market, so that lower is farther; one that buys waits above. */
function isFarther(side: LedgerStop['side'], one: Decimal, other: Decimal): boolean {
  const distance = compare(one, other);
  return side === 'sell' ? distance < 0 : distance > 0;
}
