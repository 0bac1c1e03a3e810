import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';

/** What became of an input: it was taken and answered, answered with a refusal, or not answered at all and the connection ended. */
export const fates = ['accepted', 'refused', 'closed'] as const;
export type Fate = (typeof fates)[number];

/** A way in while it is open. `throwAt` throws an error where something does not hold that has to. */
export type Open<Input> = AsyncDisposable & { readonly throwAt: (input: Input) => Promise<Fate> };

/** A way in, how inputs for it are made from a seed, and how they are thrown at it. */
export type Fuzzer<Input> = {
  readonly name: string;
  readonly inputs: fc.Arbitrary<Input>;
  /** Inputs of one round, which begins with a door that was opened anew. */
  readonly round: number;
  /** Inputs of the short run of `npm test`. */
  readonly few: number;
  readonly open: () => Promise<Open<Input>>;
  /** An input for a person who has to look into it; bytes as hex, whatever their length. */
  readonly show: (input: Input) => string;
};

export type Round = {
  readonly seed: number;
  readonly inputs: number;
  /** Told before the input is thrown, so that whoever watches knows which one was never heard of again. */
  readonly begins: (input: number) => void;
  readonly isOver: () => boolean;
};

export type Finding = { readonly what: string; readonly input: string };
export type Report = { readonly thrown: number; readonly fates: Readonly<Record<Fate, number>>; readonly finding: Finding | null };

export type Door = Pick<Fuzzer<unknown>, 'name' | 'round' | 'few'> & { readonly play: (round: Round) => Promise<Report> };

/** How long a finding is made smaller. */
const SHRINK_MILLISECONDS = 20_000;

/** Errors that nobody caught: of a socket, a timer, a promise that was let go. They belong to the input that is being thrown. */
const strays: Error[] = [];

/** From here on such an error is a finding and not the end of this process. */
export function catchStrays(): void {
  const take = (error: unknown): void => void strays.push(error instanceof Error ? error : new Error(String(error)));
  process.on('uncaughtException', take);
  process.on('unhandledRejection', take);
}

export function doorOf<Input>(fuzzer: Fuzzer<Input>): Door {
  return { name: fuzzer.name, round: fuzzer.round, few: fuzzer.few, play: (round) => play(fuzzer, round) };
}

async function play<Input>({ inputs, open, show }: Fuzzer<Input>, round: Round): Promise<Report> {
  const tally: Record<Fate, number> = { accepted: 0, refused: 0, closed: 0 };
  let thrown = 0;
  let failedAt: number | null = null;
  let door: Open<Input> | null = null;
  const property = fc.asyncProperty(inputs, async (input) => {
    if (round.isOver() || (failedAt !== null && performance.now() - failedAt > SHRINK_MILLISECONDS)) return;
    try {
      round.begins(thrown);
      door ??= await open();
      const fate = await door.throwAt(input);
      await turn();
      const [stray] = strays.splice(0);
      if (stray !== undefined) throw stray;
      thrown += failedAt === null ? 1 : 0;
      tally[fate] += failedAt === null ? 1 : 0;
    } catch (error) {
      failedAt ??= performance.now();
      // What an input has broken must not be blamed on a smaller one.
      await Promise.resolve(door?.[Symbol.asyncDispose]()).catch(() => {});
      door = null;
      strays.length = 0;
      throw error;
    }
  });
  const result = await fc.check(property, { seed: round.seed, numRuns: round.inputs });
  await (door as Open<Input> | null)?.[Symbol.asyncDispose]();
  if (!result.failed) return { thrown, fates: tally, finding: null };
  const { errorInstance: error, counterexample } = result;
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { thrown, fates: tally, finding: { what, input: counterexample === null ? '' : show(counterexample[0]) } };
}

/** Fails where something does not hold. */
export function holds(fact: boolean, what: string): void {
  if (!fact) throw new Error(what);
}
