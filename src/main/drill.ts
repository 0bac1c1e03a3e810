import { fileURLToPath } from 'node:url';
import { runDrills, type Theatre } from '../doors/drill/command.ts';
import { readConfiguration } from './operator/home.ts';
import { makeHome, setStage } from './try/stage.ts';

/** The longest that twokey takes for anything by itself is the minute after which it does not wait for an outcome any more. */
const PATIENCE_MILLISECONDS = 90_000;

/** Each accident has a home that is made for it and removed with it: no other home, key or gateway is ever looked at. */
export const theatre: Theatre = {
  scenarios: fileURLToPath(new URL('../../scenarios', import.meta.url)),
  patienceMilliseconds: PATIENCE_MILLISECONDS,
  print: (line) => void process.stdout.write(`${line}\n`),
  open: async ({ limits, seed }, running) => {
    const home = makeHome(running);
    const stage = await setStage({ home, limits, seed }, running);
    const declared = readConfiguration(home);
    if (!declared.ok) throw new Error(declared.error);
    return { stage, declared: declared.value, ended: stage.ended };
  },
};

export function main(argv: readonly string[]): Promise<number> {
  return runDrills(argv, theatre);
}
