import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { err, ok, type Result } from '../core/lang/result.ts';

/** Twice what the parser takes in characters; ours are a hundred lines. */
const BYTES_MAX = 512 * 1024;

/** `absent` is the one failure that lets the search go on to the next source. */
export type FileText = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'absent' };

/** Reads a file that nobody else may read. The checks are made on the open file, so that it cannot be exchanged in between. */
export function readPrivateFile(path: string): Result<FileText> {
  return readFile(path, (mode) => ((mode & 0o077) === 0 ? ok(null) : err(`others can read ${path}; run chmod 600 ${path}`)));
}

/** Reads a file that is no secret. */
export function readOpenFile(path: string): Result<FileText> {
  return readFile(path, () => ok(null));
}

function readFile(path: string, check: (mode: number) => Result<null>): Result<FileText> {
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
    const checked = check(status.mode);
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
