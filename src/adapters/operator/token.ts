import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../../core/lang/result.ts';

/** Where the token of a home lies: readable by its user alone, and not by the doors (DESIGN §2). */
export function tokenPath(home: string): string {
  return join(home, 'run', 'operator.token');
}

/** Draws the token of this start and writes it, 0600. A reader sees the old one or the new one and never half of one. */
export function createOperatorToken(home: string): string {
  const token = randomBytes(32).toString('hex');
  const path = tokenPath(home);
  const draft = `${path}.${process.pid}`;
  // A start that was killed here left its own; in a container the next one often has the same number.
  rmSync(draft, { force: true });
  writeFileSync(draft, `${token}\n`, { mode: 0o600, flag: 'wx' });
  renameSync(draft, path);
  return token;
}

/** The token, for whoever may read the file. The error names the file and never what it holds. */
export function readOperatorToken(home: string): Result<string> {
  const path = tokenPath(home);
  try {
    const token = readFileSync(path, 'utf8').trim();
    return /^[0-9a-f]{64}$/.test(token) ? ok(token) : err(`${path} does not hold a token: restart the gateway`);
  } catch (error) {
    return err(`cannot read ${path} (${codeOf(error)}): run this as the user who runs the gateway`);
  }
}

/** Compares without telling by the time it takes how much of a guess was right. */
export function sameToken({ given, expected }: { readonly given: string; readonly expected: string }): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'failed';
}
