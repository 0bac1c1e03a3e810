// Made-up source trees in a temporary folder, on which each rule is shown to turn red.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const PAGE = `# A small house

| process | entry | npm packages |
| --- | --- | --- |
| gateway | src/main/up.ts | none |
| doors | src/main/doors.ts | any |

| room | trusted | pure | may import | packages | builtins | lines at most |
| --- | --- | --- | --- | --- | --- | --- |
| core | yes | yes | – | – | node:crypto(createHash) | 20 |
| engine | yes | awaits | core | – | – | 20 |
| sim | no | yes | core/money | – | – | 20 |
| doors | no | no | core | zod | any | 20 |
| main | no | no | all | – | any | 20 |
| bin | no | no | – | – | node:module | 20 |

The money path (core, engine) is 30 lines at most, and less is better.
`;

/** A house that breaks no rule, to which each test adds its one mistake. */
const TIDY: Readonly<Record<string, string>> = {
  'ARCHITECTURE.md': PAGE,
  'src/core/money/decimal.ts': 'export type Decimal = { readonly coefficient: bigint };\n',
  'src/core/policy.ts':
    "import { createHash } from 'node:crypto';\nimport type { Decimal } from './money/decimal.ts';\nexport const hash = createHash;\nexport type Limit = Decimal;\n",
  'src/core/policy.test.ts': "import { test } from 'node:test';\nimport fc from 'fast-check';\ntest('x', async () => fc);\n",
  'src/engine/engine.ts':
    "import type { Limit } from '../core/policy.ts';\nexport async function run(limit: Promise<Limit>): Promise<Limit> {\n  return await limit;\n}\n",
  'src/sim/book.ts': "import type { Decimal } from '../core/money/decimal.ts';\nexport type Price = Decimal;\n",
  'src/doors/mcp.ts': "import { z } from 'zod/v4';\nexport const schema = z;\n",
  'src/main/up.ts': "import { run } from '../engine/engine.ts';\nexport const main = run;\n",
  'src/main/doors.ts': "import { schema } from '../doors/mcp.ts';\nexport const main = schema;\n",
  'bin/twokey.js': "import nodeModule from 'node:module';\nnodeModule.enableCompileCache();\n",
};

/** Writes the tidy house with these files added or replaced; the folder goes away when the holder is disposed of. */
export function madeUpHouse(changes: Readonly<Record<string, string>> = {}): { readonly root: string } & Disposable {
  return madeUpTree({ ...TIDY, ...changes });
}

export function madeUpTree(files: Readonly<Record<string, string>>): { readonly root: string } & Disposable {
  const root = mkdtempSync(join(tmpdir(), 'twokey-tidy-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

/** The page of the made-up house with one text in it replaced. */
export function pageWith(from: string, to: string): string {
  if (PAGE.split(from).length !== 2) throw new Error(`${JSON.stringify(from)} must occur exactly once`);
  return PAGE.replace(from, to);
}
