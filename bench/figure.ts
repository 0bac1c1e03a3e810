/** One line of the result: what was measured, what it may be at most, and what the peer needed in the same run. */
export type Figure = {
  /** By which `--only` chooses it. */
  readonly name: string;
  readonly what: string;
  readonly budget: string;
  readonly measured: string;
  /** Empty where no peer does the same. */
  readonly peer: string;
  readonly verdict: Verdict;
  /** The numbers behind the texts, for `--json`. */
  readonly values: Readonly<Record<string, number>>;
};

export type Verdict = 'MET' | 'MISSED' | 'NOT MEASURED';

/** A missing number is never good news: only what was measured can be met. */
export function verdict(met: boolean): Verdict {
  return met ? 'MET' : 'MISSED';
}

/** A figure that could not be measured, with the reason in the place of the number. */
export function notMeasured({ name, what, budget, why }: Pick<Figure, 'name' | 'what' | 'budget'> & { readonly why: string }): Figure {
  return { name, what, budget, measured: why, peer: '', verdict: 'NOT MEASURED', values: {} };
}

/** The figures as a table of text, one line each. */
export function table(figures: readonly Figure[]): string {
  const lines = figures.map(({ what, budget, measured, peer, verdict: told }) => [what, budget, measured, peer === '' ? '–' : peer, told]);
  const all = [['what', 'budget', 'measured', 'peer', ''], ...lines];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  return all.map((line) => line.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')).join('\n');
}

/** The value below which the share `part` of the samples lies, by the nearest rank. */
export function quantile(samples: readonly number[], part: number): number {
  const ranked = samples.toSorted((left, right) => left - right);
  return ranked[Math.max(0, Math.ceil(part * ranked.length) - 1)] ?? Number.NaN;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

export function milliseconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`;
}
