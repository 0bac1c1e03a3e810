import { rmSync } from 'node:fs';
import { clear } from './clear.ts';
import { Life } from './life.ts';
import type { Options } from './options.ts';
import { baskets } from './steps/baskets.ts';
import { beginning } from './steps/beginning.ts';
import { contracts } from './steps/contracts.ts';
import { control } from './steps/control.ts';
import { looking } from './steps/looking.ts';
import { orders } from './steps/orders.ts';
import { reading } from './steps/reading.ts';

/** A part of the story. It throws when its name is not true, and returns the reason where it was left out. */
export type Step = { readonly name: string; readonly play: (life: Life) => Promise<string | void> };

const steps: readonly Step[] = [...beginning, ...looking, ...orders, ...contracts, ...baskets, ...control, ...reading];

/** Plays the whole life once, each step on what the last has left, and clears what it made however that ends. @returns whether all is well. */
export async function play(options: Options, tell: (line: string) => void, interrupted: AbortSignal): Promise<boolean> {
  await using life = new Life(options, tell, interrupted);
  let [done, skipped] = [0, 0];
  let failure: string | undefined;
  for (const { name, play: playStep } of steps) {
    try {
      // oxlint-disable-next-line no-await-in-loop
      const reason = await playStep(life);
      if (typeof reason === 'string') skipped += 1;
      else done += 1;
      tell(typeof reason === 'string' ? `skipped  ${name}\n         because ${reason}` : `ok       ${name}`);
    } catch (error) {
      failure = `FAILED   ${name}\n         ${error instanceof Error ? error.message : String(error)}`;
      tell(failure);
      break;
    }
  }
  life.interrupted = undefined;
  const left = await clear(life);
  for (const line of left) tell(`LEFT     ${line}`);
  const rest = steps.length - done - skipped - (failure === undefined ? 0 : 1);
  tell(`${options.environment}: ${done} passed, ${skipped} skipped, ${failure === undefined ? 0 : 1} failed, ${rest} not reached`);
  const isWell = failure === undefined && left.length === 0;
  await life.down();
  if (isWell) rmSync(life.home, { recursive: true, force: true, maxRetries: 5 });
  else tell(`what was written, without the key: ${life.keep()}`);
  return isWell;
}
