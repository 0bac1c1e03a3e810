import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { err, ok, type Result } from '../core/lang/result.ts';

/** Twice what the parser takes in characters; ours are a hundred lines. */
const BYTES_MAX = 512 * 1024;

/** `absent` is the one failure that lets the search go on to the next source. */
export type FileText = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'absent' };

/** Reads a file that nobody else may read. The checks are made on the open file, so that it cannot be exchanged in between. */
export function readPrivateFile(path: string): Result<FileText> {
  return readFile(path, ({ mode }) => ((mode & 0o077) === 0 ? ok(null) : othersRead(path)));
}

/**
 * Reads what systemd lays down for a service. Such a file belongs to root and is opened to the service's user by an access list, which
 * shows as the bits of the group; that group is root's own.
 */
export function readServiceFile(path: string): Result<FileText> {
  return readFile(path, ({ mode, uid, gid }) => {
    const closed = uid === 0 && gid === 0 ? 0o037 : 0o077;
    return (mode & closed) === 0 ? ok(null) : othersRead(path);
  });
}

function othersRead(path: string): Result<never> {
  return err(`others can read ${path}; run chmod 600 ${path}`);
}

/** Reads a file that is no secret. */
export function readOpenFile(path: string): Result<FileText> {
  return readFile(path, () => ok(null));
}

function readFile(path: string, check: (status: Pick<Stats, 'mode' | 'uid' | 'gid'>) => Result<null>): Result<FileText> {
  let descriptor: number;
  try {
    // Without O_NONBLOCK a named pipe would hold the vault up for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return ok({ kind: 'absent' });
    if (code === 'ELOOP') return err(`${path} is a link; put the file itself there`);
    return err(`cannot open ${path} (${code})`);
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) return err(`${path} is not a regular file`);
    const checked = check(status);
    if (!checked.ok) return checked;
    if (status.size > BYTES_MAX) return err(`${path} has ${status.size} bytes of at most ${BYTES_MAX}`);
    return ok({ kind: 'text', text: readFileSync(descriptor, 'utf8') });
  } catch (error) {
    return err(`cannot read ${path} (${codeOf(error)})`);
  } finally {
    closeSync(descriptor);
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed';
}
