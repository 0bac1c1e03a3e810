// Pages that promise a test for each of their rows: which tests a row names, and whether a file has a test of that name.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Named = { readonly file: string; readonly name: string };

/** Every test that a text names, with the file of the link before it, below the root. */
export function testsNamedIn(text: string): readonly Named[] {
  let file = '';
  const named = [];
  for (const [, link, name] of text.matchAll(/\[[^\]]+\]\(\.\.\/([^)]+)\)|"([^"]+)"/g)) {
    if (link !== undefined) file = link;
    else if (name !== undefined) named.push({ file, name });
  }
  return named;
}

/** Whether a file has a test of this name. Names that are made of a table stand in the file with a gap, and what fills it stands in the table. */
export function hasTest(root: string, { file, name }: Named): boolean {
  const text = readFileSync(join(root, file), 'utf8');
  const names = [...text.matchAll(/^ *test\(\s*(['"`])(.+?)\1,/gm)].map(([, , said = '']) => said);
  return names.some((said) => {
    const parts = said.split(/\$\{[^}]*\}/).map((part) => RegExp.escape(part));
    const match = new RegExp(`^${parts.join('(.+)')}$`).exec(name);
    return match !== null && match.slice(1).every((filling) => text.includes(`'${filling}'`));
  });
}
