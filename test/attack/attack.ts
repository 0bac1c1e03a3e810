import type { Plant } from '../simulation/planted.ts';
import type { Victim } from './victim.ts';

/** Whether the attacker is the gateway's own user (advisory), or another one of the same machine (isolated). */
export type Mode = 'one user' | 'two users';

/** What came of an attempt, and what the attacker saw: the sentence that stands in the table. */
export type Verdict = { readonly succeeded: boolean; readonly saw: string };

/** What is attacked. */
export type Target = {
  /** The checkout whose twokey is attacked, or the copy of it that has the control removed from its source. */
  readonly root: string;
  /** Whether the control is removed. Where that is a setting and no text of a source file, the attempt itself removes it, and puts it back. */
  readonly isPlanted: boolean;
  readonly mode: Mode;
  /** A gateway that runs from `root`, with the attacker's shell beside it. The attacks of one run share it, so that each leaves it as it was. */
  readonly victim: () => Promise<Victim>;
};

/** One attack, run for real: first where its control is removed, and it has to succeed; then on the code as it is, and it has to fail. */
export type Attack = {
  /** What the attacker does: one plain sentence, and the attack's only name. */
  readonly name: string;
  /** Who does it, what for, and what stands in the way, in the words of SECURITY.md. */
  readonly adversary: string;
  readonly asset: string;
  readonly control: string;
  readonly modes: Mode | 'both';
  /** How the control is removed: texts replaced in source files, or, for a file mode, an owner or a setting, what is undone, in words. */
  readonly plant: Plant | readonly Plant[] | { readonly setting: string };
  /** Where SECURITY.md says that nothing is defended between processes of one user: there the attack is made once, and has to succeed. */
  readonly undefended?: 'one user';
  /** Why this machine cannot run it; empty where it can. */
  readonly missing?: () => string;
  /** Whether `npm test` runs it too: it takes a second or two. */
  readonly isQuick?: true;
  /** Whether it loads modules of the attacked twokey and starts no process of it: then its packages need no copy. */
  readonly isInProcess?: true;
  readonly attempt: (target: Target) => Promise<Verdict>;
};

/** The texts that are replaced; none where the control is a setting. */
export function plantsOf({ plant }: Pick<Attack, 'plant'>): readonly Plant[] {
  return 'setting' in plant ? [] : [plant].flat();
}

export function modesOf({ modes }: Pick<Attack, 'modes'>): readonly Mode[] {
  return modes === 'both' ? ['one user', 'two users'] : [modes];
}
