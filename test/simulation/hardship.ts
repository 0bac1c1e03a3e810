import { readKinds, type Storm, writeKinds } from './storm.ts';
import type { Tally } from './tally.ts';

/** What one world had to bear. */
export type Hardship = { readonly requests: number; readonly agents: number; readonly faults: number; readonly crashes: number };

/** The least that a world from a seed has of each; one with less has shown little. */
export const least: Hardship = { requests: 200, agents: 2, faults: 20, crashes: 1 };

/** Requests are those of agents, and crashes those at a moment that was aimed at. */
export function hardship(tally: Tally): Hardship {
  const { kinds: agents, times: requests } = tally.group('requests');
  return { requests, agents, faults: tally.group('fault').times, crashes: tally.group('crash').times };
}

/** What there is too little of. */
export function scarce(had: Hardship): readonly (keyof Hardship)[] {
  return (Object.keys(least) as (keyof Hardship)[]).filter((what) => had[what] < least[what]);
}

/** The same weather, an exchange that fails each second or so in every way that it can, and a network that is not much better. */
export function worse(storm: Storm): Storm {
  const network = { ...storm.network, 'request delayed': 0.01, 'answer lost': 0.01 };
  return { ...storm, network, deskMilliseconds: 1000, deskKinds: [...writeKinds, ...readKinds] };
}

/** "412 requests of 3 agents, 57 faults, 2 crashes" */
export function told({ requests, agents, faults, crashes }: Hardship): string {
  return `${requests} requests of ${agents} agents, ${faults} faults, ${crashes} ${crashes === 1 ? 'crash' : 'crashes'}`;
}
