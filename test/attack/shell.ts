import type { Ran } from '../road/harness/world.ts';
import type { Attack, Target, Verdict } from './attack.ts';
import type { Victim } from './victim.ts';

/** A line for a shell, about this victim. */
export type Script = (victim: Victim) => string;

export type ShellAttack = Pick<Attack, 'name' | 'asset' | 'control'> &
  Partial<Pick<Attack, 'modes'>> & {
    /** What the attacker types. It ends with 0 only if it worked. */
    readonly script: Script;
    /** How the owner of the machine removes the control, in words and for a shell, and puts it back. */
    readonly setting: string;
    readonly remove: Script;
    readonly restore: Script;
    /** What there has to be for the attack to make sense, with and without the control, and how it goes away again. */
    readonly before?: Script;
    readonly after?: Script;
  };

/** An agent with a shell goes for a file or a socket. Its control is an owner or a mode, which is taken away and put back. */
export function byShell({ name, asset, control, modes = 'both', setting, ...scripts }: ShellAttack): Attack {
  return {
    name,
    adversary: 'an agent with a shell, as a user of its own',
    asset,
    control,
    modes,
    plant: { setting },
    ...(modes === 'both' ? { undefended: 'one user' } : {}),
    attempt: (target) => typed(target, scripts),
  };
}

async function typed({ victim: find, isPlanted }: Target, scripts: Omit<ShellAttack, keyof Attack | 'setting'>): Promise<Verdict> {
  const victim = await find();
  const { script, remove, restore, before, after } = scripts;
  if (before !== undefined) done(victim.owner(before(victim)));
  try {
    if (isPlanted) done(victim.owner(remove(victim)));
    try {
      return verdictOn(victim.attacker(script(victim)));
    } finally {
      if (isPlanted) done(victim.owner(restore(victim)));
    }
  } finally {
    if (after !== undefined) done(victim.owner(after(victim)));
  }
}

/**
 * An agent with a shell goes for the gateway's processes. What stands in its way is that they are another user's, so that the control is removed by
 * giving the attacker that user's shell.
 */
export function asInsider(
  attack: Pick<Attack, 'name' | 'asset'> & { readonly attempt: (victim: Victim, shell: Victim['attacker']) => Promise<Verdict> },
): Attack {
  return {
    name: attack.name,
    adversary: 'an agent with a shell, as a user of its own',
    asset: attack.asset,
    control: 'the gateway has its own user',
    modes: 'both',
    plant: { setting: 'the attacker is given the user of the gateway' },
    undefended: 'one user',
    attempt: async ({ victim: find, isPlanted }) => {
      const victim = await find();
      return attack.attempt(victim, isPlanted ? victim.insider : victim.attacker);
    },
  };
}

/** By how a shell ended, and what it said last. */
export function verdictOn({ code, stdout, stderr }: Ran): Verdict {
  const succeeded = code === 0;
  const [said = ''] = (succeeded ? stdout : stderr || stdout).trim().split('\n').slice(-1);
  return { succeeded, saw: said === '' ? `the shell ended with ${code ?? 'a signal'}` : said };
}

/** What the owner of the machine does has to work, or the attempt shows nothing. */
export function done({ code, stdout, stderr }: Ran): void {
  if (code !== 0) throw new Error(`what the attack needs could not be done: ${stderr}${stdout}`);
}
