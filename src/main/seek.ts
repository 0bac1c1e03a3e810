// Looks for the exchange key where it has no business: `twokey checklist` and a live start fork it. It holds the key for the length of one
// search, may read every file of its user, has no network, writes nothing, and says names of files alone.

import { join } from 'node:path';
import { keyFile, serviceFolder } from '../adapters/vault/sources.ts';
import type { ExchangeChoice } from '../core/policy/configuration.ts';
import type { Sought } from '../doors/checkup/item.ts';
import { search } from '../doors/checkup/search.ts';
import { findCredentials } from '../vault/credentials.ts';
import { type Input, readInput } from '../vault/input.ts';

export type SeekQuestion = {
  readonly home: string;
  readonly userHome: string;
  readonly exchange: ExchangeChoice;
  /** What descriptor 0 holds, as with the vault. */
  readonly input: Input['kind'];
  readonly roots: readonly string[];
};

/** Values of the simulator's fixed keys: they stand in every copy of twokey. */
const PUBLIC_PREFIX = 'sim-';

process.on('disconnect', () => process.exit(0));
process.on('message', (asked: SeekQuestion) => {
  answer(asked)
    // What went wrong is told by its kind alone; a message could quote what was being read.
    .catch((error: unknown): Sought => ({ ok: false, error: `the search failed (${error instanceof Error ? error.name : 'unknown'})` }))
    .then((sought) => process.send?.(sought, undefined, undefined, () => process.exit(0)))
    .catch(() => process.exit(1));
});

async function answer({ home, userHome, exchange, input, roots }: SeekQuestion): Promise<Sought> {
  const found = findCredentials({ home, userHome, exchange, input: await readInput(input), serviceFolder: serviceFolder() });
  if (!found.ok) return found;
  const { apiKey, secretKey, passphrase } = found.value.credentials;
  const fields = new Map([
    ['the API key', apiKey.reveal()],
    ['the secret key', secretKey.reveal()],
    ['the passphrase', passphrase.reveal()],
  ]);
  const needles = new Map([...fields].filter(([, value]) => !value.startsWith(PUBLIC_PREFIX)));
  const named = keyFile(exchange, { home, userHome });
  const { source } = found.value;
  // The official kit's own file is no such place, unless the key is taken from there.
  const except = [join(home, 'credentials.toml'), source, ...(named === undefined ? [] : [named])];
  return { ok: true, value: { ...search(needles, { roots, except }), source, isPublic: needles.size === 0 } };
}
