import { basename, join, resolve } from 'node:path';
import { unreachable } from '../../core/lang/assert.ts';
import type { ExchangeChoice } from '../../core/policy/configuration.ts';

/** A program that writes the key to its standard output, and what to do where it does not. */
export type KeyProgram = { readonly kind: 'command' | 'keyring'; readonly argv: readonly string[]; readonly fix: string };

type Choice = Pick<ExchangeChoice, 'credentials' | 'profile'>;

/** The program that twokey.toml names as the source of the key; `undefined` where it names none. */
export function keyProgram({ credentials, profile }: Choice): KeyProgram | undefined {
  switch (credentials.kind) {
    case 'unnamed':
    case 'file':
      return undefined;
    case 'command':
      return { kind: 'command', argv: credentials.command, fix: 'name a program by its full path, and run it by hand to see what it says' };
    case 'keyring':
      return keyring(credentials.program, profile);
    default:
      return unreachable(credentials);
  }
}

/** The item of a keyring is the text of a file like credentials.toml, stored under `twokey` and the name of the profile. */
function keyring(program: string, profile: string): KeyProgram {
  if (basename(program) === 'security')
    return {
      kind: 'keyring',
      argv: [program, 'find-generic-password', '-s', 'twokey', '-a', profile, '-w'],
      fix: `unlock the keychain, and see with ${program} find-generic-password -s twokey -a ${profile} whether the item is there; docs/operate/credentials.md says how it gets there`,
    };
  return {
    kind: 'keyring',
    argv: [program, 'lookup', 'service', 'twokey', 'profile', profile],
    fix: `install it (Debian, Ubuntu: libsecret-tools), unlock the keyring of this user, and store the key with ${program} store --label=twokey service twokey profile ${profile} < FILE; a service that nobody logs in for has no keyring: give it systemd credentials or credentials.toml`,
  };
}

/** The file that twokey.toml names as the source of the key; `undefined` where it names none. */
export function keyFile(
  { credentials }: Choice,
  { home, userHome }: { readonly home: string; readonly userHome: string },
): string | undefined {
  if (credentials.kind !== 'file') return undefined;
  return resolve(home, credentials.path.startsWith('~/') ? join(userHome, credentials.path.slice(2)) : credentials.path);
}

/** Where systemd lays what the unit of this service names (`LoadCredential=`), for its user alone; empty where no unit does. */
export function serviceFolder(): string {
  return process.env['CREDENTIALS_DIRECTORY'] ?? '';
}
