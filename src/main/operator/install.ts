import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAccounts } from '../../adapters/isolation/accounts.ts';
import { powersOf } from '../../adapters/isolation/look.ts';
import { openingsBelow, openingsOn } from '../../adapters/isolation/openings.ts';
import { install as begin, uninstall as undo } from '../../doors/install/command.ts';
import type { ExitCode } from '../../doors/operator/output.ts';
import { readConfiguration } from './home.ts';

const source = fileURLToPath(new URL('../../../', import.meta.url));

/** `twokey install` and `twokey uninstall`, with what they ask of the machine. */
export function install(verb: 'install' | 'uninstall', argv: readonly string[]): ExitCode {
  if (verb === 'uninstall') return undo(argv, { accounts: readAccounts });
  return begin(argv, {
    source: source.replace(/\/$/, ''),
    runtime: realpathSync(process.execPath),
    accounts: readAccounts,
    configurationOf: readConfiguration,
    powersOf: (user) => powersOf(user, readAccounts()),
    openings,
  });
}

function openings(): readonly string[] {
  const onlyRoot = new Set([0]);
  const folders = ['src', 'bin'].map((name) => join(source, name)).filter((path) => existsSync(path));
  return [...openingsOn(source, onlyRoot), ...folders.flatMap((path) => openingsBelow(path, onlyRoot))];
}
