import { closeSync, lstatSync, openSync, readdirSync, readSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

/** What is looked for, by what it is: `secret_key` and so on, never shown. */
export type Needles = ReadonlyMap<string, string>;

/** Where what was found; names of files, and nothing of what they hold. */
export type Sightings = {
  readonly found: readonly { readonly file: string; readonly what: readonly string[] }[];
  readonly files: number;
  readonly bytes: number;
  /** Files and folders that could not be read, and those left out because there was too much. Empty: everything was looked at. */
  readonly unread: readonly string[];
};

/** Where to look, and of what to keep away: the files in which the key is meant to stand. */
export type Ground = { readonly roots: readonly string[]; readonly except: readonly string[] };

export type Bounds = { readonly files: number; readonly bytes: number };

/** Transcripts of a year of daily work come to a few gigabytes. */
export const searchBounds: Bounds = { files: 200_000, bytes: 8 * 1024 ** 3 };
const PIECE_BYTES = 1024 * 1024;
const SHOWN_MAX = 20;
/** A text shorter than this stands everywhere by chance; a passphrase of the exchange has at least eight characters. */
const NEEDLE_CHARACTERS_MIN = 6;
/** Code of others and of machines, which nobody writes a key into by hand and which is most of a disk. */
const skipped: ReadonlySet<string> = new Set(['node_modules', 'extensions', 'Cache', 'CachedData', 'Code Cache', 'GPUCache', '.cache']);

/** Looks for each of the needles in every file below the roots. A root may be a link; links below one are not followed. */
export function search(needles: Needles, { roots, except }: Ground, bounds: Bounds = searchBounds): Sightings {
  const patterns = patternsOf(needles);
  const longest = Math.max(0, ...patterns.map(({ bytes }) => bytes.length));
  const found: { file: string; what: readonly string[] }[] = [];
  const unread: string[] = [];
  const open = [...new Set(roots.map(placeOf))].toReversed();
  const seen = new Set<string>(except.map(placeOf));
  let [files, bytes] = [0, 0];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const status = statusOf(path);
    if (status === 'missing') continue;
    if (status === 'unreadable') unread.push(path);
    else if (status.isDirectory()) {
      const below = entriesOf(path);
      if (below === null) unread.push(path);
      else open.push(...below.map((name) => join(path, name)));
    } else if (status.isFile()) {
      if (files >= bounds.files || bytes + status.size > bounds.bytes) {
        unread.push(path);
        continue;
      }
      files += 1;
      bytes += status.size;
      const what = whatStandsIn(path, patterns, longest);
      if (what === null) unread.push(path);
      else if (what.length > 0) found.push({ file: path, what });
    }
  }
  // A name could hold what is looked for, and names are told.
  const shown = (path: string): string => [...needles.values()].reduce((name, text) => name.replaceAll(text, '[key]'), path);
  return {
    found: found.slice(0, SHOWN_MAX).map(({ file, what }) => ({ file: shown(file), what })),
    files,
    bytes,
    unread: unread.slice(0, SHOWN_MAX).map(shown),
  };
}

/** Where a path leads; itself where it leads nowhere. */
function placeOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

type Pattern = { readonly what: string; readonly bytes: Buffer };

/** A text as it is, and as it stands inside a JSON file, where quotes and backslashes are escaped. */
function patternsOf(needles: Needles): readonly Pattern[] {
  return [...needles].flatMap(([what, text]) => {
    if (text.length < NEEDLE_CHARACTERS_MIN) return [];
    const escaped = JSON.stringify(text).slice(1, -1);
    return [...new Set([text, escaped])].map((form) => ({ what, bytes: Buffer.from(form, 'utf8') }));
  });
}

/** `null` where the file cannot be read. Pieces overlap, so that nothing is cut in two unseen. */
function whatStandsIn(path: string, patterns: readonly Pattern[], longest: number): readonly string[] | null {
  const what = new Set<string>();
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const piece = Buffer.allocUnsafe(PIECE_BYTES + longest);
    let kept = 0;
    for (;;) {
      const read = readSync(descriptor, piece, kept, PIECE_BYTES, null);
      if (read === 0) return [...what];
      const held = piece.subarray(0, kept + read);
      for (const pattern of patterns) if (!what.has(pattern.what) && held.includes(pattern.bytes)) what.add(pattern.what);
      kept = Math.min(longest, held.length);
      held.copyWithin(0, held.length - kept);
    }
  } catch {
    return null;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function statusOf(path: string) {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) ?? 'missing';
  } catch {
    return 'unreadable';
  }
}

function entriesOf(path: string): readonly string[] | null {
  try {
    return readdirSync(path).filter((name) => !skipped.has(name));
  } catch {
    return null;
  }
}
