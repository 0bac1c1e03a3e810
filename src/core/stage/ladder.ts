import type { Environment } from '../policy/policy.ts';

/**
 * The ladder of the roll-out (reference/risk.md §6.5): a simulation, demo trading, reading live data, and live with limits that grow from rung to rung.
 * Nobody climbs by themselves; everybody falls by themselves.
 */
export const stages = ['SIM', 'DEMO', 'SHADOW', 'LIVE-0', 'LIVE-1', 'LIVE-2', 'LIVE-3', 'LIVE-4'] as const;

export type Stage = (typeof stages)[number];

/** The stages that may open something with real money, each with limits of its own. */
export type LiveStage = Extract<Stage, `LIVE-${number}`>;

/** Where an account of an environment begins, and the ends of its part of the ladder: another environment is another account. */
const parts: { readonly [Each in Environment]: { readonly lowest: Stage; readonly first: Stage; readonly highest: Stage } } = {
  sim: { lowest: 'SIM', first: 'SIM', highest: 'SIM' },
  demo: { lowest: 'SIM', first: 'DEMO', highest: 'DEMO' },
  live: { lowest: 'SHADOW', first: 'SHADOW', highest: 'LIVE-4' },
};

/** The stage of a new account. An environment that this version does not know reads and trades nothing. */
export function firstStage(environment: string): Stage {
  return isEnvironment(environment) ? parts[environment].first : 'SHADOW';
}

/** Whether entries pass at all. What reduces passes at every stage. */
export function opensEntries(environment: string, stage: Stage): boolean {
  return environment === 'sim' || (environment === 'demo' && stage === 'DEMO') || (environment === 'live' && isLiveStage(stage));
}

export function isLiveStage(stage: Stage): stage is LiveStage {
  return stage.startsWith('LIVE-');
}

export function parseStage(text: string): Stage | undefined {
  return stages.find((stage) => stage === text);
}

/** The rung above, of this environment's; `null` at its top. */
export function stageAbove(environment: string, stage: Stage): Stage | null {
  if (!isEnvironment(environment) || stage === parts[environment].highest) return null;
  return stages[stages.indexOf(stage) + 1] ?? null;
}

/** The rung below, of this environment's; `null` at its foot. */
export function stageBelow(environment: string, stage: Stage): Stage | null {
  if (!isEnvironment(environment) || stage === parts[environment].lowest) return null;
  return stages[stages.indexOf(stage) - 1] ?? null;
}

function isEnvironment(text: string): text is Environment {
  return Object.hasOwn(parts, text);
}
