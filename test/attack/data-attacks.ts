import type { Attack } from './attack.ts';
import { clockAttacks } from './clock-attacks.ts';
import { journalAttacks } from './journal-attacks.ts';
import { networkAttacks } from './network-attacks.ts';
import { policyAttacks } from './policy-attacks.ts';

/** What is done to files, clocks and wires rather than said at a door. */
export const dataAttacks: readonly Attack[] = [...journalAttacks, ...policyAttacks, ...clockAttacks, ...networkAttacks];
