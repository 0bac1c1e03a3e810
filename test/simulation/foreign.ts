import type { World } from './world.ts';

/** Whether the exchange holds what no gateway can have in its books: somebody else's orders, or those of ours that the disk has lost. */
export function isForeign({ people, oracle }: Pick<World, 'people' | 'oracle'>): boolean {
  return people.interfered || oracle.lost.reached;
}
