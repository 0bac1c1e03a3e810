import { root } from './program.ts';

/** A bug put in on purpose (DESIGN §6.8). `from` occurs exactly once in the file. */
export type Plant = { readonly file: string; readonly from: string; readonly to: string };

/** A module that changes files as they are loaded, for a process of its own; nothing of it is in the files themselves. */
export function loadHook(plants: readonly Plant[]): string {
  return `
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
const plants = ${JSON.stringify(plants.map(({ file, from, to }) => ({ file: `file://${root}${file}`, from, to })))};
registerHooks({
  load(url, context, next) {
    const here = plants.filter(({ file }) => file === url);
    if (here.length === 0) return next(url, context);
    let source = readFileSync(fileURLToPath(url), 'utf8');
    for (const { from, to } of here) {
      const pieces = source.split(from);
      if (pieces.length !== 2) throw new Error('the text to replace stands ' + (pieces.length - 1) + ' times in ' + url);
      source = pieces.join(to);
    }
    return { format: 'module-typescript', source, shortCircuit: true };
  },
});
`;
}
