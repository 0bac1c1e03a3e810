import type { Life } from './life.ts';

const ATTEMPTS_MAX = 3;

/**
 * Cancels what rests and closes what is held, as a person does who wants out now, whatever state the story has left. What was there before
 * the gateway stays, and so does dust. @returns what could not be cleared, in sentences; empty when nothing is left.
 */
export async function clear(life: Life): Promise<readonly string[]> {
  if (!life.hasActed) return [];
  let last = '';
  for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
    try {
      // Each attempt looks at what the last one has left.
      // oxlint-disable no-await-in-loop
      await life.upToAct();
      const { code, document, said } = await life.run('halt', '--flatten', '--reason', 'the end of the suite');
      // oxlint-enable no-await-in-loop
      if (code === 0 && document['outcome'] === 'flat') return [];
      last = said;
    } catch (error) {
      last = error instanceof Error ? error.message : String(error);
    }
  }
  return ['orders or positions of the suite may be open on the account; look there and close them by hand', ...last.split('\n')];
}
