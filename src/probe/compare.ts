import type { Answer, Facts } from './answer.ts';
import type { Step } from './side.ts';

/** One thing that was looked at on both exchanges; undefined where one of the two did not come so far. */
export type Compared = {
  readonly what: string;
  readonly target: Seen | undefined;
  readonly reference: Seen | undefined;
  /** Names of the facts that are not the same. */
  readonly differs: readonly string[];
};

export type Seen = { readonly facts: Facts; readonly answer: Answer };

/** Puts what was seen on both sides beside each other, in sequence: a case asks both the same. */
export function compareSteps({
  target,
  reference,
}: {
  readonly target: readonly Step[];
  readonly reference: readonly Step[];
}): readonly Compared[] {
  const length = Math.max(target.length, reference.length);
  return Array.from({ length }, (_each, index) => compareStep(target[index], reference[index]));
}

function compareStep(target: Step | undefined, reference: Step | undefined): Compared {
  const what = target?.what ?? reference?.what ?? '';
  const isSame = target?.what === reference?.what;
  const names = new Set([...Object.keys(target?.facts ?? {}), ...Object.keys(reference?.facts ?? {})]);
  const differs = isSame ? [...names].filter((name) => target?.facts[name] !== reference?.facts[name]) : ['what was seen'];
  return { what, target, reference, differs };
}
