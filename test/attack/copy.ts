import { copyFileSync, cpSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../road/harness/program.ts';
import type { Plant } from '../simulation/planted.ts';

const NODE = 'node_modules/node/bin/node';

/** A checkout of its own, gone when it is disposed of. */
export type Copy = { readonly root: string } & Disposable;

/**
 * The program once more, with the texts of `plants` replaced. `whole`: with packages that are copied and not linked, because the doors may read nothing outside
 * of their own `node_modules`, and because an attack may write into them. `modules`: for this process to load, which may read them where they are.
 */
export function plantedCopy(plants: readonly Plant[], extent: 'whole' | 'modules' = 'whole'): Copy {
  const copy = mkdtempSync(join(tmpdir(), 'tk-copy-'));
  if (extent === 'whole') copyProgram(copy);
  else copyModules(copy);
  for (const plant of plants) {
    const path = join(copy, plant.file);
    writeFileSync(path, withPlant(readFileSync(path, 'utf8'), plant));
  }
  return { root: copy, [Symbol.dispose]: () => rmSync(copy, { recursive: true, force: true, maxRetries: 5 }) };
}

function copyModules(copy: string): void {
  for (const name of ['package.json', 'src', 'test/support']) cpSync(join(root, name), join(copy, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
}

function copyProgram(copy: string): void {
  for (const name of [
    'package.json',
    'package-lock.json',
    'twokey',
    'LICENSE',
    'CHANGELOG.md',
    'bin',
    'src',
    'test/support',
    ...packages(),
  ])
    cpSync(join(root, name), join(copy, name), { recursive: true, verbatimSymlinks: true });
  for (const folder of [dirname(NODE), 'node_modules/.bin']) mkdirSync(join(copy, folder), { recursive: true });
  link(join(root, NODE), join(copy, NODE));
  symlinkSync('../node/bin/node', join(copy, 'node_modules/.bin/node'));
}

/** @throws unless the text to replace stands there once. */
export function withPlant(source: string, { file, from, to }: Plant): string {
  const pieces = source.split(from);
  if (pieces.length !== 2) throw new Error(`the text to replace stands ${pieces.length - 1} times in ${file}: ${from}`);
  return pieces.join(to);
}

/** The packages that run, by the lock file. */
function packages(): readonly string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev, optional }]) => path !== '' && dev !== true && optional !== true)
    .map(([path]) => path);
}

/** A hundred megabytes that nobody writes to are not copied where they need not be. */
function link(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}
