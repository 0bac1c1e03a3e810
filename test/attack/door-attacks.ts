import { agentAttacks } from './agent-attacks.ts';
import { approvalAttacks } from './approval-attacks.ts';
import type { Attack } from './attack.ts';
import { httpAttacks } from './http-attacks.ts';
import { packageAttacks } from './package-attacks.ts';

/** What comes in by the doors of agents, and of the operator. */
export const doorAttacks: readonly Attack[] = [...approvalAttacks, ...packageAttacks, ...httpAttacks, ...agentAttacks];
