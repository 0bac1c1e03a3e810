import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { err, ok, type Result } from '../../core/lang/result.ts';

/**
 * The first act of `up` (DESIGN §4.1). `/proc/PID/environ` shows the environment with which an image was started, whatever the
 * program deletes later; so a process that found a secret there replaces itself by one that was started without it. The secrets wait
 * in a file without a name, open as descriptor 0, and only the vault reads them (and `probe`, which
 * signs for demo trading by itself).
 */
export type CleanRequest = {
  /** `TWOKEY_HOME`; the file exists for a moment under its `run`. */
  readonly home: string;
  /** The whole `process.argv`. */
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /**
   * `always` for a process that decides: it is started anew whatever it found, so that no NODE_OPTIONS and no preloaded library stays with
   * it, and nobody can open its debugger with a signal. Whoever opens that decides in its place.
   */
  readonly anew: 'always' | 'for_secrets';
};

export type CleanEnvironment = { readonly credentials: 'fd0' | 'none' };

/** Says that this image was started clean, and whether descriptor 0 holds the secrets. It holds none itself. */
const MARK = 'TWOKEY_CLEAN';
const marks = { secrets: '1', nothing: '0' } as const;

/** Without it any process of the same user, the doors among them, opens Node's debugger with SIGUSR1. */
const NO_DEBUGGER = '--disable-sigusr1';

/** Each field, with the variables that may hold it. The first name is the one that messages use. */
const fields = [
  { key: 'api_key', names: ['OKX_API_KEY'] },
  { key: 'secret_key', names: ['OKX_API_SECRET', 'OKX_SECRET_KEY'] },
  { key: 'passphrase', names: ['OKX_PASSPHRASE'] },
] as const;

/** What the new image needs to find its programs, its home, its language, its terminal and the certificates of its host. */
const kept: ReadonlySet<string> = new Set(
  'PATH HOME USER LOGNAME SHELL LANG LANGUAGE TZ TERM COLORTERM NO_COLOR FORCE_COLOR TMPDIR XDG_RUNTIME_DIR CREDENTIALS_DIRECTORY TWOKEY_HOME'
    .split(' ')
    .concat('NODE_EXTRA_CA_CERTS SSL_CERT_FILE SSL_CERT_DIR'.split(' ')),
);

const FIELD_BYTES_MAX = 4_096;

/**
 * Returns in the image that may go on; the other one is replaced before it could return. An error names the variable or file and never
 * what it holds.
 */
export function cleanEnvironment({ home, argv, environment, anew }: CleanRequest): Result<CleanEnvironment> {
  const found = secretFields(environment);
  if (!found.ok) return found;
  const lines = [...found.value].map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`);
  const mark = environment[MARK];
  if (lines.length === 0) {
    if (anew === 'always' && mark === undefined) startAnew(argv, environment, marks.nothing);
    return ok({ credentials: mark === marks.secrets && holdsNamelessFile(0) ? 'fd0' : 'none' });
  }
  const written = writeToDescriptorZero(join(home, 'run'), lines.join(''));
  if (!written.ok) return written;
  startAnew(argv, environment, marks.secrets);
  return err(
    'this system cannot replace a running program (execve), so secrets cannot leave the environment; put them into credentials.toml and unset OKX_API_KEY, OKX_API_SECRET and OKX_PASSPHRASE',
  );
}

/** What the environment holds of a key, by its name in credentials.toml. An error names the variable or file, never what it holds. */
export function secretFields(environment: CleanRequest['environment']): Result<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { key, names } of fields) {
    const value = fieldOf(names, environment);
    if (!value.ok) return value;
    if (value.value !== undefined) found.set(key, value.value);
  }
  return ok(found);
}

/** Returns only where the system has no execve. */
function startAnew(argv: readonly string[], environment: CleanRequest['environment'], mark: string): void {
  const clean = Object.entries(environment).filter(([name, value]) => value !== undefined && (kept.has(name) || name.startsWith('LC_')));
  const flags = [...process.execArgv.filter((flag) => flag !== NO_DEBUGGER), NO_DEBUGGER];
  process.execve?.(process.execPath, [process.execPath, ...flags, ...argv.slice(1)], { ...Object.fromEntries(clean), [MARK]: mark });
}

/**
 * Lets go of the file of secrets once the vault has been started, which has a descriptor of its own: from here on neither this process
 * nor a later child can read it. Descriptor 0 becomes the null device. A second call does nothing.
 */
export function forgetCredentials(): void {
  if (!holdsNamelessFile(0)) return;
  closeSync(0);
  openSync('/dev/null', 'r');
}

/** `undefined` where no variable speaks of the field. */
function fieldOf(names: readonly string[], environment: CleanRequest['environment']): Result<string | undefined> {
  const found: { readonly name: string; readonly value: string }[] = [];
  for (const name of names) {
    const value = environment[name];
    if (value !== undefined && value !== '') found.push({ name, value });
    const path = environment[`${name}_FILE`];
    if (path === undefined || path === '') continue;
    const content = readSecretFile({ name: `${name}_FILE`, path });
    if (!content.ok) return content;
    found.push({ name: `${name}_FILE`, value: content.value });
  }
  const [first, ...others] = found;
  const different = others.find((other) => other.value !== first?.value);
  if (first !== undefined && different !== undefined) return err(`${first.name} and ${different.name} differ; unset one of them`);
  return ok(first?.value);
}

function readSecretFile({ name, path }: { readonly name: string; readonly path: string }): Result<string> {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    return err(`${name}: cannot open ${path} (${codeOf(error)}); it has to be a file and not a link`);
  }
  try {
    const { mode, size } = fstatSync(descriptor);
    if (!fstatSync(descriptor).isFile()) return err(`${name}: ${path} is not a regular file`);
    if ((mode & 0o077) !== 0) return err(`${name}: others can read ${path}; run chmod 600 ${path}`);
    if (size > FIELD_BYTES_MAX) return err(`${name}: ${path} has ${size} bytes of at most ${FIELD_BYTES_MAX}`);
    return ok(readFileSync(descriptor, 'utf8').replace(/\r?\n$/, ''));
  } catch (error) {
    return err(`${name}: cannot read ${path} (${codeOf(error)})`);
  } finally {
    closeSync(descriptor);
  }
}

/** The lowest free descriptor is the one that `open` gives. The name is removed before the first byte is written. */
function writeToDescriptorZero(folder: string, text: string): Result<null> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    closeSync(0);
    const path = join(folder, `input-${randomBytes(8).toString('hex')}`);
    const descriptor = openSync(path, 'wx+', 0o600);
    unlinkSync(path);
    if (descriptor !== 0) return err('standard input was opened by somebody else meanwhile; start again');
    writeSync(descriptor, text, 0);
    return ok(null);
  } catch (error) {
    return err(`cannot keep the secrets of the environment in a nameless file under ${folder} (${codeOf(error)})`);
  }
}

function holdsNamelessFile(descriptor: number): boolean {
  try {
    const status = fstatSync(descriptor);
    return status.isFile() && status.nlink === 0;
  } catch {
    return false;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed';
}
