import { type Check, fine, warned } from '../operator/checks.ts';

/** What the system does with the memory of a process; `null` where it does not say. */
export type MemoryFacts = {
  /** Of the largest file that a crash may leave, in bytes or `unlimited`; `null` where no vault runs. */
  readonly coreLimit: string | null;
  /** Begins with `|` where a crash is handed to a program. */
  readonly corePattern: string | null;
  /** Where memory may be moved to; parts of the memory itself are left out. */
  readonly swaps: readonly string[];
  /** Whether the process is kept out of there by its group. */
  readonly isKeptOutOfSwap: boolean;
  /** Yama's answer to who may read the memory of others of one user; `null` where there is no Yama. */
  readonly ptraceScope: string | null;
};

/** Where the memory of the vault could end up beside the vault, as far as the system says. A user of its own keeps other users out in any case. */
export function memoryCheck(facts: MemoryFacts | null): readonly Check[] {
  const name = 'memory of the vault';
  if (facts === null) return [warned(name, 'it is not looked at on this system', 'switch core dumps off and encrypt swap yourself')];
  const parts = [coreOf(facts), swapOf(facts)];
  const details = [...parts.map(({ detail }) => detail), readersOf(facts)].join('; ');
  const fixes = parts.flatMap(({ fix }) => (fix === '' ? [] : [fix]));
  return [fixes.length === 0 ? fine(name, details) : warned(name, details, fixes.join('; '))];
}

type Part = { readonly detail: string; readonly fix: string };

function coreOf({ coreLimit, corePattern }: MemoryFacts): Part {
  if (coreLimit === null) return { detail: 'no vault runs, whose core dumps would be off', fix: '' };
  const fix = 'start the gateway by the unit of twokey install (LimitCORE=1), or have /usr/bin/prlimit there (util-linux)';
  const isPiped = corePattern?.startsWith('|') === true;
  // Linux heeds no limit for a program that dumps are handed to, but for this one number.
  if (coreLimit === '1' || (coreLimit === '0' && !isPiped)) return { detail: `core dumps are off (limit ${coreLimit})`, fix: '' };
  return { detail: `a crash would write its memory, keys included, to ${corePattern ?? 'a file'} (limit ${coreLimit})`, fix };
}

function swapOf({ swaps, isKeptOutOfSwap }: MemoryFacts): Part {
  if (isKeptOutOfSwap) return { detail: 'it is kept out of swap', fix: '' };
  if (swaps.length === 0) return { detail: 'there is no swap on a disk', fix: '' };
  return {
    detail: `it may be moved to ${swaps.join(', ')}`,
    fix: 'start the gateway by the unit of twokey install (MemorySwapMax=0), encrypt swap, or switch it off',
  };
}

function readersOf({ ptraceScope }: MemoryFacts): string {
  const held = ptraceScope === '1' ? 'its parents alone' : 'root alone';
  const readers = ptraceScope === null || ptraceScope === '0' ? 'every process of its own user' : held;
  return `${readers} may read it while it runs (ptrace_scope ${ptraceScope ?? 'is not there'})`;
}
