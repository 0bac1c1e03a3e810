import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import type * as World from './world.ts';

/** A bug put in on purpose, to prove that a check can fail. `from` occurs exactly once in the file. */
export type Plant = { readonly file: string; readonly from: string; readonly to: string };

const root = new URL('../../', import.meta.url);
const plants: (readonly Plant[])[] = [];

/** The whole world once more, from the same sources but for the plant; a bug behind a second line of defence takes two. */
export async function planted(...parts: readonly Plant[]): Promise<typeof World> {
  return (await import(urlWith(parts, new URL('./world.ts', import.meta.url)))) as typeof World;
}

/** Where a module can be imported from once more, itself and whatever it imports being copies with the plant in them. */
export function urlWith(plant: Plant | readonly Plant[], module: URL): string {
  if (plants.length === 0) registerHooks({ resolve, load });
  plants.push([plant].flat());
  const url = new URL(module);
  url.searchParams.set('plant', String(plants.length));
  return url.href;
}

function plantOf(url: string | undefined): string | null {
  return url?.startsWith(root.href) === true ? new URL(url).searchParams.get('plant') : null;
}

/** Whatever a planted file imports is its own copy too. */
const resolve: Parameters<typeof registerHooks>[0]['resolve'] = (specifier, context, next) => {
  const resolved = next(specifier, context);
  const number = plantOf(context.parentURL);
  if (number === null || !resolved.url.startsWith(root.href)) return resolved;
  const url = new URL(resolved.url);
  url.searchParams.set('plant', number);
  return { ...resolved, url: url.href };
};

const load: Parameters<typeof registerHooks>[0]['load'] = (url, context, next) => {
  const number = plantOf(url);
  const parts = number === null ? undefined : plants[Number(number) - 1];
  const plant = parts?.find(({ file }) => new URL(url).pathname === new URL(file, root).pathname);
  if (plant === undefined) return next(url, context);
  const source = readFileSync(fileURLToPath(new URL(plant.file, root)), 'utf8');
  const pieces = source.split(plant.from);
  if (pieces.length !== 2) throw new Error(`the text to replace stands ${pieces.length - 1} times in ${plant.file}`);
  return { format: 'module-typescript', source: pieces.join(plant.to), shortCircuit: true };
};
