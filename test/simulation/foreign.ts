import type { Order } from '../../src/core/order/order.ts';
import type { World } from './world.ts';

/** Whether what became of an order may stay unknown: absence is proven by what the exchange holds too, and where others trade a person has to look. */
export function mayStayUnknown(world: Pick<World, 'people' | 'oracle'>, { instrument }: Pick<Order, 'instrument'>): boolean {
  return isForeign(world) || instrument === world.people.liquidated;
}

/** Whether the exchange holds what no gateway can have in its books: somebody else's orders, or those of ours that the disk has lost. */
export function isForeign({ people, oracle }: Pick<World, 'people' | 'oracle'>): boolean {
  return people.interfered || oracle.lost.reached;
}
