import { spawn } from 'node:child_process';
import { homedir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Child } from '../../adapters/process/child.ts';
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
  const command = exchange.credentials.kind === 'command' ? exchange.credentials.command : undefined;
  const input = command !== undefined ? 'command' : where.credentials === 'fd0' ? 'environment' : 'none';
  await using child = new Child({
    entry: fileURLToPath(new URL(`../seek.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)),
    flags: seekFlags,
    argv: [],
    environment: {},
    standardInput: input === 'command' ? 'pipe' : input === 'environment' ? 0 : 'ignore',
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
    if (command !== undefined) feed(child, command, fail);
  });
}

/** The command writes into that process itself; its output never passes through this one. */
function feed({ standardInput }: Child, [file, ...args]: readonly string[], fail: (error: string) => void): void {
  if (standardInput === undefined || file === undefined) return;
  const fetching = spawn(file, args, { stdio: ['ignore', standardInput, 'ignore'] });
  fetching.once('error', () => fail('credentials_command of twokey.toml cannot be started'));
  standardInput.destroy();
}
