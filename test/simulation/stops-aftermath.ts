import { orderOf } from '../../src/core/account/apply.ts';
import type { State } from '../../src/core/account/state.ts';
import { formatDecimal } from '../../src/core/money/decimal.ts';
import type { Order, Triggers } from '../../src/core/order/order.ts';
import { amountOf } from './amount.ts';
import { demand } from './demand.ts';
import { isForeign, mayStayUnknown } from './foreign.ts';
import { isAt } from './stop-judge.ts';
import type { LedgerAlgo } from './venue.ts';
import { judgeVerified } from './verified.ts';
import type { World } from './world.ts';

function algoOf({ venue }: World, id: string): LedgerAlgo | undefined {
  return venue.ledger().algos.find(({ algoClOrdId }) => algoClOrdId === id);
}

function texts({ stopLoss, takeProfit }: Triggers): { readonly stopLoss: string; readonly takeProfit: string } {
  return {
    stopLoss: stopLoss === null ? '' : formatDecimal(stopLoss),
    takeProfit: takeProfit === null ? '' : formatDecimal(takeProfit),
  };
}

/** A stop order that is open in the books waits at the exchange as the books say, or with an entry that has not ended. */
export function judgeWaiting(world: World, state: State, order: Order): void {
  const { clientOrderId: id, life, stop, size } = order;
  if (stop === null) return;
  if (life.kind === 'unknown' && mayStayUnknown(world, order)) return;
  demand(life.kind === 'armed', 'I-U4', () => `stop order ${id} is still ${life.kind}`);
  const parent = stop.parent === null ? undefined : orderOf(state, stop.parent);
  if (parent !== undefined && parent.life.kind !== 'done') return;
  const real = algoOf(world, id);
  demand(
    real?.state === 'live',
    'I-S1',
    () => `stop order ${id} waits by the books, and at the exchange it is ${real?.state ?? 'nothing'}`,
  );
  world.tally.add('stop: waits at the end');
  demand(stop.moving === null, 'I-U4', () => `whether stop order ${id} was moved is still not known`);
  demand(
    isAt(real, texts(stop.triggers)),
    'I-A2',
    () => `stop order ${id} is at ${real.slTriggerPx}/${real.tpTriggerPx}, and not where the books say`,
  );
  demand(
    amountOf(real.sz) === amountOf(formatDecimal(size)),
    'I-A2',
    () => `stop order ${id} would close ${real.sz}, and by the books ${formatDecimal(size)}`,
  );
}

/** Nothing waits at the exchange of which the books think that it ended. */
export function judgeStopsLeft({ venue, people, oracle }: World, state: State): void {
  if (isForeign({ people, oracle })) return;
  for (const { algoClOrdId, state: real, origin } of venue.ledger().algos)
    if (origin === 'api' && real === 'live')
      demand(
        orderOf(state, algoClOrdId)?.life.kind === 'armed',
        'I-U3',
        () => `stop order ${algoClOrdId} waits at the exchange, and the books think that it ended`,
      );
}

/** A stop order that has ended in the books ended at the exchange the same way, and what it executed stands under its own id. */
export function judgeEndedStop(world: World, order: Order): void {
  const { clientOrderId: id, life } = order;
  if (life.kind !== 'done') return;
  const real = algoOf(world, id);
  world.tally.add(`stop: done ${life.outcome}`);
  const never = life.outcome === 'rejected' || life.outcome === 'absent';
  demand(
    never === (real === undefined),
    'I-U1',
    () => `stop order ${id} is ${life.outcome} in the books, and at the exchange ${real?.state ?? 'nothing'}`,
  );
  if (real === undefined) return;
  const sent = world.venue.ledger().orders.find(({ ordId, algoClOrdId }) => ordId === real.ordId && algoClOrdId === id);
  const executed = amountOf(sent?.accFillSz ?? '0');
  demand(
    executed === amountOf(formatDecimal(order.filled)),
    'I-A2',
    () => `stop order ${id} executed ${sent?.accFillSz ?? '0'}, and ${formatDecimal(order.filled)} is booked`,
  );
  if (executed > 0n) judgeVerified(world, order);
}
