// Loads test files anew, as often as wanted, in one process: each loading gets copies of its own of all modules of the checkout, so that
// what a module computes when it is loaded is computed with the mutant that is switched on at that time.

import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { pathToFileURL } from 'node:url';
import { type CollectedTest, takeCollected } from './collector.ts';

const COLLECTOR = new URL('collector.ts', import.meta.url).href;
const texts = new Map<string, string>();

/** From now on `node:test` is the collector, and modules below the folder are loaded once for each number that `load` is called with. */
export function prepare(folder: string): void {
  const below = pathToFileURL(`${folder}/`).href;
  registerHooks({
    resolve(specifier, context, next) {
      const [, loading] = context.parentURL?.split('?loading=') ?? [];
      if (loading === undefined) return next(specifier, context);
      if (specifier === 'node:test') return { url: COLLECTOR, format: 'module-typescript', shortCircuit: true };
      const found = next(specifier, context);
      const isOurs = found.url.startsWith(below) && !found.url.includes('/node_modules/');
      return isOurs ? { ...found, url: `${found.url}?loading=${loading}` } : found;
    },
    load(url, context, next) {
      const [file = url, loading] = url.split('?loading=');
      if (loading === undefined) return next(url, context);
      const source = texts.get(file) ?? stripTypeScriptTypes(readFileSync(new URL(file), 'utf8'));
      texts.set(file, source);
      return { format: 'module', source, shortCircuit: true };
    },
  });
}

/** The tests of one file. Files that are loaded with the same number share their modules. */
export async function load(file: string, loading: number): Promise<readonly CollectedTest[]> {
  takeCollected();
  await import(`${pathToFileURL(file).href}?loading=${loading}`);
  return takeCollected();
}
