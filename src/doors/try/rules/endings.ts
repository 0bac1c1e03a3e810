import { compare, decimal, formatDecimal } from '../../../core/money/decimal.ts';
import { entriesOf, isOf, type StepFacts } from '../facts.ts';
import { nameOf } from './amounts.ts';

/** Nothing is left of what was closed but what is too small to trade, and no stop that would sell it once more. */
export function flat({ wishes, journal, ledger }: StepFacts): readonly string[] {
  const instruments = entriesOf(journal, 'instruments').at(-1)?.instruments ?? [];
  const closed = entriesOf(journal, 'submitting').filter((entry) => wishes.some((wish) => isOf(wish)(entry)));
  return closed.flatMap(({ instrument: id, purpose }) => {
    const instrument = instruments.find((each) => each.id === id);
    if (instrument === undefined) return [`${id} is no instrument of the journal`];
    const total = decimal((isSpot(instrument) ? ledger.balances.find(({ ccy }) => ccy === instrument.base)?.total : undefined) ?? '0');
    return [
      ...(purpose === 'exit' ? [] : [`what was meant to close ${id} was an entry`]),
      ...(compare(total, decimal(instrument.minimum)) < 0 ? [] : [`${formatDecimal(total)} ${instrument.base} are left`]),
      ...(ledger.positions.some(({ instId }) => instId === id) ? [`a position in ${id} is left`] : []),
      ...(ledger.algos.some(({ instId, state }) => instId === id && state === 'live') ? [`a stop in ${id} is left`] : []),
    ];
  });
}

export function halted({ wishes, journal, before }: StepFacts): readonly string[] {
  const halt = entriesOf(journal, 'mode').find(({ seq, to, by }) => seq > before.entry && to === 'HALTED' && by === 'operator');
  if (halt === undefined) return ['no halt of the operator is in the journal'];
  if (wishes.length === 0) return ['nothing was asked after the halt'];
  return wishes.flatMap((wish) => {
    const decision = entriesOf(journal, 'decision').find(isOf(wish));
    const stopped = decision?.outcome === 'deny' && decision.code === 'HALTED' && decision.seq > halt.seq;
    return stopped ? [] : [`${nameOf(wish)} was not stopped by the halt`];
  });
}

function isSpot({ product }: { readonly product: string }): boolean {
  return product === 'spot';
}
