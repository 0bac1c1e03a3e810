import { plantsOf } from './attack.ts';
import type { Row } from './run.ts';

const SAW_CHARACTERS_MAX = 160;

/** One attack in one mode, for people: what it was, what was seen where its control was removed, and what on the code as it is. */
export function renderRow({ attack, mode, planted, real, outcome }: Row): string {
  const isGood = outcome !== 'HOLE' && outcome !== 'NO ATTACK';
  const head = `${isGood ? (outcome === 'not run' ? '–' : '✓') : '✗'} ${outcome.padEnd(22)} ${mode.padEnd(9)}  ${attack.name}`;
  if (outcome === 'not run') return `${head}\n    ${said(real)}`;
  if (outcome === 'not defended: one user') return `${head}\n    as it is:        ${said(real)}`;
  return `${head}\n    without control: ${said(planted)}\n    as it is:        ${said(real)}`;
}

/** What all of it came to. */
export function renderSum(rows: readonly Row[]): string {
  const count = (outcome: Row['outcome']): number => rows.filter((row) => row.outcome === outcome).length;
  const attacks = new Set(rows.map(({ attack }) => attack.name)).size;
  const told = (['held', 'not defended: one user', 'not run', 'HOLE', 'NO ATTACK'] as const).map(
    (outcome) => `${count(outcome)} ${outcome}`,
  );
  return `${attacks} attacks, ${rows.length} rows: ${told.join(', ')}`;
}

/** The same for programs. */
export function documentOf(rows: readonly Row[]): readonly object[] {
  return rows.map(({ attack, mode, planted, real, outcome }) => ({
    name: attack.name,
    adversary: attack.adversary,
    asset: attack.asset,
    control: attack.control,
    mode,
    plant: 'setting' in attack.plant ? attack.plant : plantsOf(attack).map(({ file }) => file),
    planted,
    real,
    outcome,
  }));
}

/** Whether everything that ran is as it is claimed to be. */
export function isGood(rows: readonly Row[]): boolean {
  return rows.every(({ outcome }) => outcome !== 'HOLE' && outcome !== 'NO ATTACK');
}

function said(verdict: Row['real']): string {
  const text = 'reason' in verdict ? verdict.reason : `${verdict.succeeded ? 'succeeded' : 'failed'}: ${verdict.saw}`;
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length > SAW_CHARACTERS_MAX ? `${line.slice(0, SAW_CHARACTERS_MAX)} …` : line;
}
