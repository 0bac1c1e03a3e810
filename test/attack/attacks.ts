import type { Attack } from './attack.ts';
import { dataAttacks } from './data-attacks.ts';
import { doorAttacks } from './door-attacks.ts';
import { gatewayAttacks } from './gateway-attacks.ts';
import { homeAttacks } from './home-attacks.ts';
import { processAttacks } from './process-attacks.ts';
import { shellAttacks } from './shell-attacks.ts';

/** Every attack, in the order of the table. */
export const attacks: readonly Attack[] = [
  ...shellAttacks,
  ...processAttacks,
  ...gatewayAttacks,
  ...homeAttacks,
  ...doorAttacks,
  ...dataAttacks,
];
