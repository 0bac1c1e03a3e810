import type { Order } from '../../src/core/order/order.ts';
import { demand } from './demand.ts';
import type { World } from './world.ts';

/** What was filled was compared with what the exchange holds, and was right. */
export function judgeVerified({ tally, people, oracle }: World, { clientOrderId, verification }: Order): void {
  if (people.interfered || oracle.interfered) return;
  demand(verification !== 'pending' && verification !== 'none', 'I-A2', () => `${clientOrderId} was filled, and is ${verification}`);
  tally.add(`verification: ${verification}`);
  demand(
    verification === 'matched' || tally.count('fault: stale_read executed') > 0,
    'I-A2',
    () => `${clientOrderId} was filled, and is ${verification}`,
  );
}
