import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

// Who may write here is asked of the modes and owners alone: an access list that lets somebody write shows as the group's bit.

const STEPS_MAX = 200;
const STICKY = 0o1000;

/**
 * What on the way to a file or folder, links and their targets included, belongs to nobody of `trusted` (user ids) or is open for writing to more than
 * its owner: a clause each. A folder on the way may be sticky, as /tmp is: nobody moves there what is another's.
 */
export function openingsOn(path: string, trusted: ReadonlySet<number>): readonly string[] {
  const found: string[] = [];
  const seen = new Set<string>();
  const parts = resolve(path)
    .split('/')
    .filter((part) => part !== '');
  let at = '/';
  let steps = 0;
  found.push(...judged(at, trusted, parts.length > 0));
  while (parts.length > 0) {
    at = join(at, parts.shift() ?? '');
    const status = lstatSync(at, { throwIfNoEntry: false });
    if (status === undefined) break;
    steps += 1;
    // Links that lead in a circle lead to no file.
    if (steps > STEPS_MAX) return [...found, `the links at ${path} lead in a circle`];
    if (!seen.has(at)) found.push(...judged(at, trusted, parts.length > 0));
    seen.add(at);
    if (!status.isSymbolicLink()) continue;
    const target = resolve(dirname(at), readlinkSync(at));
    parts.unshift(...target.split('/').filter((part) => part !== ''));
    at = '/';
  }
  return found;
}

/** The same for everything below a folder, whatever leads to it. */
export function openingsBelow(folder: string, trusted: ReadonlySet<number>): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((item) => {
    const path = join(item.parentPath, item.name);
    return item.isSymbolicLink() ? openingsOn(path, trusted) : judged(path, trusted, false);
  });
}

function judged(path: string, trusted: ReadonlySet<number>, isPassedThrough: boolean): readonly string[] {
  const status = lstatSync(path);
  if (!trusted.has(status.uid)) return [`${path} belongs to user ${status.uid}`];
  // The mode of a link says nothing.
  const isOpen = (status.mode & 0o022) !== 0 && !status.isSymbolicLink();
  const isSticky = isPassedThrough && (status.mode & STICKY) !== 0;
  return isOpen && !isSticky ? [`others than its owner can write to ${path}`] : [];
}
