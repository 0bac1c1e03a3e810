// Looks for the exchange key where it has no business: `twokey checklist` and a live start fork it. It holds the key for the length of one
// search, may read every file of its user, has no network, writes nothing, and says names of files alone.

import { fstatSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { ExchangeChoice } from '../core/policy/configuration.ts';
import type { Sought } from '../doors/checkup/item.ts';
import { search } from '../doors/checkup/search.ts';
import { findCredentials, type Input } from '../vault/credentials.ts';

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
const INPUT_BYTES_MAX = 64 * 1024;

process.on('disconnect', () => process.exit(0));
process.on('message', (asked: SeekQuestion) => {
  answer(asked)
    // What went wrong is told by its kind alone; a message could quote what was being read.
    .catch((error: unknown): Sought => ({ ok: false, error: `the search failed (${error instanceof Error ? error.name : 'unknown'})` }))
    .then((sought) => process.send?.(sought, undefined, undefined, () => process.exit(0)))
    .catch(() => process.exit(1));
});

async function answer({ home, userHome, exchange, input, roots }: SeekQuestion): Promise<Sought> {
  const found = findCredentials({ home, userHome, exchange, input: await inputOf(input) });
  if (!found.ok) return found;
  const { apiKey, secretKey, passphrase } = found.value.credentials;
  const fields = new Map([
    ['the API key', apiKey.reveal()],
    ['the secret key', secretKey.reveal()],
    ['the passphrase', passphrase.reveal()],
  ]);
  const needles = new Map([...fields].filter(([, value]) => !value.startsWith(PUBLIC_PREFIX)));
  const named = exchange.credentials.kind === 'file' ? [join(home, exchange.credentials.path)] : [];
  const except = [join(home, 'credentials.toml'), join(userHome, '.okx', 'config.toml'), ...named];
  return { ok: true, value: { ...search(needles, { roots, except }), source: found.value.source, isPublic: needles.size === 0 } };
}

async function inputOf(kind: Input['kind']): Promise<Input> {
  if (kind === 'none') return { kind };
  if (kind === 'command') return { kind, text: await text(process.stdin) };
  // Others read the same descriptor, wherever they left it.
  const bytes = Buffer.alloc(Math.min(fstatSync(0).size, INPUT_BYTES_MAX));
  return { kind, text: bytes.toString('utf8', 0, readSync(0, bytes, 0, bytes.length, 0)) };
}
