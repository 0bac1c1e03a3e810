import { patience } from '../road/harness/eventually.ts';
import { noUsers } from '../road/harness/installed.ts';
import { root } from '../road/harness/program.ts';
import { type Attack, type Mode, modesOf, plantsOf, type Verdict } from './attack.ts';
import { plantedCopy } from './copy.ts';
import { Victims } from './victim.ts';

/** Both verdicts on one attack in one mode. What did not run, or broke, has no verdict and says why. */
export type Row = {
  readonly attack: Attack;
  readonly mode: Mode;
  readonly planted: Verdict | { readonly reason: string };
  readonly real: Verdict | { readonly reason: string };
  readonly outcome: Outcome;
};

export type Outcome =
  /** Succeeded where the control was removed, and failed on the code as it is. */
  | 'held'
  /** Succeeded, where SECURITY.md says that nothing is defended. */
  | 'not defended: one user'
  | 'not run'
  /** Succeeded on the code as it is. */
  | 'HOLE'
  /** Failed also where nothing was in its way, or broke off: it shows nothing. */
  | 'NO ATTACK';

const ATTEMPT_MILLISECONDS_MAX = 180_000 * patience;

/** Runs the attacks one after the other; each row is told as soon as it is known. After `ended` no other begins, and what was installed is taken away. */
export async function runAttacks(attacks: readonly Attack[], tell: (row: Row) => void, ended: AbortSignal): Promise<readonly Row[]> {
  await using victims = new Victims(root);
  const rows: Row[] = [];
  for (const attack of attacks)
    for (const mode of modesOf(attack)) {
      if (ended.aborted) return rows;
      // They share processors, users and a gateway.
      // oxlint-disable-next-line no-await-in-loop
      const row = await runAttack(attack, mode, victims);
      rows.push(row);
      tell(row);
    }
  return rows;
}

/** One attack in one mode. `victims` are of this checkout. */
export async function runAttack(attack: Attack, mode: Mode, victims: Victims): Promise<Row> {
  const missing = (mode === 'two users' ? noUsers() : '') || (attack.missing?.() ?? '');
  if (missing !== '') return { attack, mode, planted: { reason: missing }, real: { reason: missing }, outcome: 'not run' };
  const onReal = () => tried(() => attempt(attack, mode, { root, isPlanted: false, victims }));
  if (mode === attack.undefended) {
    const real = await onReal();
    const isTrue = 'succeeded' in real && real.succeeded;
    return { attack, mode, planted: { reason: 'there is no control' }, real, outcome: isTrue ? 'not defended: one user' : 'NO ATTACK' };
  }
  const planted = await tried(() => onPlant(attack, mode, victims));
  const real = await onReal();
  return { attack, mode, planted, real, outcome: outcomeOf(planted, real) };
}

/** What broke off on a machine that had too much to do is tried once more; a verdict is final. */
async function tried(attempting: () => Promise<Row['real']>): Promise<Row['real']> {
  const first = await attempting();
  return 'succeeded' in first ? first : attempting();
}

async function onPlant(attack: Attack, mode: Mode, victims: Victims): Promise<Row['planted']> {
  const plants = plantsOf(attack);
  if (plants.length === 0) return attempt(attack, mode, { root, isPlanted: true, victims });
  using copy = plantedCopy(plants, attack.isInProcess === true ? 'modules' : 'whole');
  await using itsVictims = new Victims(copy.root);
  return await attempt(attack, mode, { root: copy.root, isPlanted: true, victims: itsVictims });
}

type Ground = { readonly root: string; readonly isPlanted: boolean; readonly victims: Victims };

async function attempt(attack: Attack, mode: Mode, { root: checkout, isPlanted, victims }: Ground): Promise<Row['real']> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('it took too long')), ATTEMPT_MILLISECONDS_MAX);
  });
  try {
    return await Promise.race([attack.attempt({ root: checkout, isPlanted, mode, victim: () => victims.of(mode) }), late]);
  } catch (error) {
    return { reason: `broke off: ${error instanceof Error ? error.message : String(error)}` };
  } finally {
    clearTimeout(timer);
  }
}

function outcomeOf(planted: Row['planted'], real: Row['real']): Outcome {
  if ('succeeded' in real && real.succeeded) return 'HOLE';
  return 'succeeded' in planted && planted.succeeded && 'succeeded' in real ? 'held' : 'NO ATTACK';
}
