// What one changed place of the code is called. The number that Stryker gives counts through all files and means another mutant after
// the next edit anywhere; this name stays until the function it stands in changes at the very place.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

export type Mutant = {
  readonly id: string;
  /** The folder that the score is told for, as `src/core/policy`. */
  readonly folder: string;
  readonly where: string;
  readonly from: string;
  readonly to: string;
  readonly outcome: 'killed' | 'timed out' | 'survived';
};

type Position = { readonly line: number; readonly column: number };

/** The part that we read of what Stryker says of a mutant. Lines and columns count from 1. */
export type Result = {
  readonly fileName: string;
  readonly location: { readonly start: Position; readonly end: Position };
  readonly replacement?: string;
  readonly status: string;
};

/**
 * Names every mutant: file, the declaration it stands in, and a hash of the changed text, its replacement, and how many equal changes came
 * before it in that declaration.
 */
export function nameAll(results: readonly Result[], root: string): readonly Mutant[] {
  const texts = new Map<string, string>();
  const seen = new Map<string, number>();
  const inOrder = [...results].sort(
    (one, other) =>
      one.fileName.localeCompare(other.fileName) ||
      one.location.start.line - other.location.start.line ||
      one.location.start.column - other.location.start.column ||
      one.location.end.line - other.location.end.line ||
      one.location.end.column - other.location.end.column,
  );
  return inOrder.map((result) => {
    const text = texts.get(result.fileName) ?? readFileSync(result.fileName, 'utf8');
    texts.set(result.fileName, text);
    const file = result.fileName.slice(root.length);
    const from = textAt(text, result.location);
    const to = result.replacement ?? '';
    const place = `${file.replace(/^src\/core\//, '').replace(/\.ts$/, '')}:${declarationAt(text, result.location.start.line)}`;
    const change = JSON.stringify([place, from, to]);
    const before = seen.get(change) ?? 0;
    seen.set(change, before + 1);
    const hash = createHash('sha256').update(`${change}${before}`).digest('hex').slice(0, 6);
    return {
      id: `${place}:${hash}`,
      folder: file.slice(0, file.lastIndexOf('/')),
      where: `${file}:${result.location.start.line}`,
      from,
      to,
      outcome: outcomeOf(result.status),
    };
  });
}

/** A status that we do not know stops the run: it must not count for or against. */
function outcomeOf(status: string): Mutant['outcome'] {
  if (status === 'Killed') return 'killed';
  if (status === 'Timeout') return 'timed out';
  if (status === 'Survived' || status === 'NoCoverage') return 'survived';
  throw new Error(`a mutant came back as ${status}`);
}

function textAt(text: string, { start, end }: Result['location']): string {
  const lines = text.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  lines[last] = (lines[last] ?? '').slice(0, end.column - 1);
  lines[0] = (lines[0] ?? '').slice(start.column - 1);
  return lines.join('\n');
}

/** The nearest name that is declared at the margin above a line. */
function declarationAt(text: string, line: number): string {
  for (const above of text.split('\n').slice(0, line).reverse()) {
    const name = /^(?:export )?(?:function\*?|const|let|class|type) (\w+)/.exec(above)?.[1];
    if (name !== undefined) return name;
  }
  return 'file';
}
