import { AsyncLocalStorage } from 'node:async_hooks';
import { test as played, type TestContext } from 'node:test';

type Play = { isHeldUp: boolean };
type Body = (context: TestContext) => Promise<void> | void;
type Options = { readonly skip?: string | boolean };

const plays = new AsyncLocalStorage<Play>();
const PLAYS_MAX = 3;

/**
 * A test with gateways of its own. A machine that lets one of them wait for longer than a second makes it close entries, as it must, and what
 * the test shows is then something else: where such a play fails it is told and played again. What fails for another reason fails at once.
 */
export function test(name: string, ...given: readonly [Body] | readonly [Options, Body]): void {
  const [options, body] = given.length === 1 ? [{}, given[0]] : given;
  void played(name, options, async (context) => {
    for (let attempt = 1; ; attempt += 1) {
      const play: Play = { isHeldUp: false };
      try {
        // One play after the other.
        // oxlint-disable-next-line no-await-in-loop
        await plays.run(play, () => body(context));
        return;
      } catch (error) {
        if (!play.isHeldUp || attempt === PLAYS_MAX) throw error;
        context.diagnostic(`played again, for the machine held a gateway up: ${String(error)}`);
      }
    }
  });
}

/** The test that is being played, for whatever ends with it to tell it what became of its gateways. */
export function currentPlay(): Play | undefined {
  return plays.getStore();
}
