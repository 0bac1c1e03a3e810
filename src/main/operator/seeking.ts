import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Child } from '../../adapters/process/child.ts';
import { forbidCoreDumps } from '../../adapters/process/core-dumps.ts';
import { fetchInto } from '../../adapters/vault/fetch.ts';
import { keyProgram, serviceFolder } from '../../adapters/vault/sources.ts';
import type { Configuration } from '../../core/policy/configuration.ts';
import type { Sought } from '../../doors/checkup/item.ts';
import { searchedPlaces } from '../../doors/checkup/places.ts';
import type { SeekQuestion } from '../seek.ts';

const MILLISECONDS_MAX = 300_000;
/** It reads every file of the user, and neither speaks to anybody nor writes nor starts anything. */
export const seekFlags = ['--permission', '--no-experimental-sqlite', '--disable-sigusr1', '--allow-fs-read=*'];

/** Has the exchange key looked for, by a process of its own: this one never sees it. `credentials` says what descriptor 0 holds. */
export async function seek(
  { exchange }: Configuration,
  where: { readonly home: string; readonly credentials: 'fd0' | 'none' },
): Promise<Sought> {
  const { home } = where;
  const userHome = homedir();
  const program = keyProgram(exchange);
  const input = program?.kind ?? (where.credentials === 'fd0' ? 'environment' : 'none');
  const folder = serviceFolder();
  forbidCoreDumps();
  await using child = new Child({
    entry: fileURLToPath(new URL(`../seek.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)),
    flags: seekFlags,
    argv: [],
    environment: folder === '' ? {} : { CREDENTIALS_DIRECTORY: folder },
    standardInput: program !== undefined ? 'pipe' : input === 'environment' ? 0 : 'ignore',
    standardOutput: 'ignore',
    standardError: 'ignore',
  });
  const roots = searchedPlaces({ userHome, work: process.cwd() });
  return await new Promise<Sought>((resolve) => {
    const fail = (error: string): void => resolve({ ok: false, error });
    const timer = setTimeout(() => fail('the search took too long'), MILLISECONDS_MAX);
    // It is our own code in a process of its own.
    child.onMessage((message) => resolve(message as Sought));
    void child.exited.then(() => {
      clearTimeout(timer);
      fail('the search ended without an answer');
    });
    child.send({ home, userHome, exchange, input, roots } satisfies SeekQuestion, () => fail('the search could not be asked'));
    if (program === undefined || child.standardInput === undefined) return;
    const gone = new AbortController();
    void child.exited.then(() => gone.abort());
    void fetchInto(child.standardInput, program, { signal: gone.signal, folder: home }).then((wrong) => wrong !== null && fail(wrong));
  });
}
