// Reads a source tree into what the rules need to know: for each file its room, its lines of code and what it imports.

import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { tokenize, UnreadableSource, type Token } from './tokens.ts';
import { parseHouseRules, type HouseRules, type Room } from './table.ts';

export type Import = {
  readonly specifier: string;
  readonly line: number;
  /** The path from the root when the import is a file of ours, else undefined. */
  readonly file: string | undefined;
  readonly names: readonly string[] | 'all';
  /** `import type`, `export type … from`: erased before the program runs. */
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
};

export type SourceFile = {
  readonly path: string;
  readonly room: Room;
  readonly test: boolean;
  readonly tokens: readonly Token[];
  readonly imports: readonly Import[];
  readonly lines: number;
  readonly text: string;
};

export type Complaint = { readonly rule: string; readonly where: string; readonly what: string };

export type House = {
  readonly root: string;
  readonly rules: HouseRules;
  readonly files: readonly SourceFile[];
  readonly unread: readonly Complaint[];
};

const CODE = /\.[cm]?[jt]sx?$/;
const NEVER_OURS = new Set(['node_modules', '.git', '.cache', 'dist', 'coverage']);

/** Reads `ARCHITECTURE.md`, `src` and `bin` under the root. What it cannot read or place becomes a complaint, never a gap. */
export function readHouse(root: string): House {
  const rules = parseHouseRules(readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8'));
  const files: SourceFile[] = [];
  const unread: Complaint[] = [];
  for (const path of [...listFiles(root, 'src'), ...listFiles(root, 'bin')].filter((file) => CODE.test(file))) {
    const name = path.startsWith('bin/') ? 'bin' : path.split('/').length > 2 ? path.split('/')[1] : undefined;
    const room = rules.rooms.find((candidate) => candidate.name === name);
    if (room === undefined) {
      unread.push({ rule: 'rooms', where: path, what: 'belongs to no room of the table in ARCHITECTURE.md' });
      continue;
    }
    const text = readFileSync(join(root, path), 'utf8');
    try {
      const tokens = tokenize(text);
      files.push({
        path,
        room,
        text,
        tokens,
        test: /\.test\.[cm]?[jt]s$/.test(path),
        imports: importsOf({ root, path, tokens }),
        lines: linesOf(tokens),
      });
    } catch (error) {
      if (!(error instanceof UnreadableSource)) throw error;
      unread.push({ rule: 'readable', where: path, what: error.message });
    }
  }
  if (!files.some((file) => file.path.startsWith('src/')))
    unread.push({ rule: 'seen', where: 'src', what: 'no source file was found: nothing was checked' });
  if (!files.some((file) => file.path.startsWith('bin/')))
    unread.push({ rule: 'seen', where: 'bin', what: 'no launcher was found: nothing was checked' });
  return { root, rules, files, unread };
}

/** All files under a folder, as paths from the root with forward slashes, in a stable sequence. */
export function listFiles(root: string, under: string): readonly string[] {
  if (!existsSync(join(root, under))) return [];
  return readdirSync(join(root, under), { withFileTypes: true })
    .flatMap((item) => {
      const path = under === '.' ? item.name : `${under}/${item.name}`;
      if (item.isDirectory()) return NEVER_OURS.has(item.name) ? [] : listFiles(root, path);
      return [path];
    })
    .toSorted();
}

/** Non-blank lines that hold something other than a comment. */
function linesOf(tokens: readonly Token[]): number {
  const lines = new Set<number>();
  for (const token of tokens) for (let line = token.line; line <= token.lastLine; line += 1) lines.add(line);
  return lines.size;
}

function importsOf({ root, path, tokens }: { root: string; path: string; tokens: readonly Token[] }): readonly Import[] {
  const found: Import[] = [];
  const add = (specifier: Token, rest: Pick<Import, 'names' | 'typeOnly' | 'dynamic'>): void => {
    const file = specifier.text.startsWith('.')
      ? relative(root, join(root, dirname(path), specifier.text))
          .split(sep)
          .join('/')
      : undefined;
    found.push({ specifier: specifier.text, line: specifier.line, file, ...rest });
  };
  tokens.forEach((token, index) => {
    if (token.kind !== 'word' || isMember(tokens, index)) return;
    const next = tokens[index + 1];
    if (token.text === 'import' && next?.text === '(' && next.kind === 'sign') {
      const specifier = tokens[index + 2];
      if (specifier?.kind === 'string') {
        // `import('x').Name` in a place for a type looks the same; it is counted as if it ran, which errs on the safe side.
        add(specifier, { names: 'all', typeOnly: false, dynamic: true });
      } else {
        found.push({ specifier: '(computed)', line: token.line, file: undefined, names: 'all', typeOnly: false, dynamic: true });
      }
    } else if (token.text === 'import' && next?.kind === 'string') {
      add(next, { names: 'all', typeOnly: false, dynamic: false });
    } else if (token.text === 'import' || token.text === 'export') {
      readFrom(tokens, index, add);
    }
  });
  return found;
}

/** `import … from 'x'` and `export … from 'x'`: a clause of names, then the word `from`, then a string. */
function readFrom(
  tokens: readonly Token[],
  start: number,
  add: (specifier: Token, rest: Pick<Import, 'names' | 'typeOnly' | 'dynamic'>) => void,
): void {
  const names: string[] = [];
  let valueNames = 0;
  let everything = false;
  let braces = false;
  const typeOnly = tokens[start + 1]?.text === 'type' && tokens[start + 2]?.text !== 'from';
  for (let at = start + (typeOnly ? 2 : 1); at < tokens.length; at += 1) {
    const token = tokens[at];
    const next = tokens[at + 1];
    if (token === undefined) return;
    if (token.kind === 'word' && token.text === 'from' && next?.kind === 'string' && !braces) {
      add(next, {
        names: everything ? 'all' : names,
        typeOnly: typeOnly || (names.length > 0 && valueNames === 0 && !everything),
        dynamic: false,
      });
      return;
    }
    if (token.kind === 'sign' && token.text === '{') braces = true;
    else if (token.kind === 'sign' && token.text === '}') braces = false;
    else if (token.kind === 'sign' && token.text === '*') everything = true;
    else if (token.kind === 'sign' && token.text === ',') continue;
    else if (token.kind !== 'word' && token.kind !== 'string') return;
    else if (!braces && !everything) everything = true;
    else if (token.text === 'as' && next?.kind === 'word') at += 1;
    else if (braces && token.text === 'type' && next?.kind === 'word' && next.text !== 'as') {
      names.push(next.text);
      at += 1;
    } else if (braces) {
      names.push(token.text);
      valueNames += 1;
    }
  }
}

/** Whether this word is the name of a member, as in `a.word`, and so says nothing about a global. */
export function isMember(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1];
  return before?.kind === 'sign' && (before.text === '.' || before.text === '?.');
}
