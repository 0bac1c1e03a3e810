import { fileURLToPath } from 'node:url';
import { runDrills } from '../doors/drill/command.ts';
import { readConfiguration } from './operator/home.ts';
import { makeHome, setStage } from './try/stage.ts';

const scenarios = fileURLToPath(new URL('../../scenarios', import.meta.url));

/** Stages accidents, each in a home that is made for it and removed with it: no other home, key or gateway is ever looked at. */
export function main(argv: readonly string[]): Promise<number> {
  return runDrills(argv, {
    scenarios,
    open: async ({ limits, seed }, running) => {
      const home = makeHome(running);
      const stage = await setStage({ home, limits, seed }, running);
      const declared = readConfiguration(home);
      if (!declared.ok) throw new Error(declared.error);
      return { stage, declared: declared.value, ended: stage.ended };
    },
  });
}
