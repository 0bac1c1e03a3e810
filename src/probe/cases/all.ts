import type { Case } from '../case.ts';
import { contractCases } from './contracts.ts';
import { legCases } from './legs.ts';
import { marketCases } from './market.ts';
import { moneyCases } from './money.ts';
import { orderCases } from './orders.ts';
import { requestCases } from './requests.ts';
import { socketCases } from './sockets.ts';
import { stopCases } from './stops.ts';

/**
 * One case for each rule of the simulator that was assumed, what only reads first; the one that waits longest stands between those that ask
 * most, because the exchange counts. A test keeps this list and the rules the same.
 */
export const cases: readonly Case[] = [
  ...requestCases,
  ...marketCases,
  ...stopCases,
  ...orderCases,
  ...moneyCases,
  ...contractCases,
  ...legCases,
  ...socketCases,
];
