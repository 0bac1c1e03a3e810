import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Target } from './attack.ts';

/** A module of the attacked twokey itself, for what needs no process: `load<typeof Home>(target, 'src/adapters/home/home.ts')`. */
export async function load<Module>({ root }: Pick<Target, 'root'>, file: string): Promise<Module> {
  return (await import(pathToFileURL(join(root, file)).href)) as Module;
}
