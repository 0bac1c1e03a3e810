// The rules of the house. Each looks at the whole house and returns complaints; an empty list from every rule is a tidy house.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isMember, listFiles, readHouse, type Complaint, type House, type Import, type SourceFile } from './house.ts';
import type { Builtin } from './table.ts';

/** Names whose value depends on when, where or how often they are asked, or that reach outside. */
const IMPURE_GLOBALS = new Set([
  'Date',
  'process',
  'console',
  'fetch',
  'performance',
  'globalThis',
  'global',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'crypto',
  'WebSocket',
  'Worker',
  'XMLHttpRequest',
]);
const IMPURE_MEMBERS = new Map([
  ['Math', 'random'],
  ['Temporal', 'Now'],
  ['Atomics', 'wait'],
]);
/** Ways to reach a module that no import shows. */
const HIDDEN_IMPORTS = new Set(['require', 'createRequire', 'getBuiltinModule']);
const NAMELESS_FOLDERS = new Set(['utils', 'util', 'helpers', 'common', 'misc', 'shared']);
const COMPUTED_IMPORTS_ALLOWED = new Set(['main', 'bin']);

/** Every rule about code, over the tree under this root. */
export function complaintsAbout(root: string): readonly Complaint[] {
  const house = readHouse(root);
  return [
    ...house.unread,
    ...house.files.flatMap((file) => [...aboutImports(house, file), ...aboutPurity(file), ...aboutShape(file)]),
    ...aboutEntries(house),
    ...aboutCycles(house),
    ...aboutBudgets(house),
    ...aboutFolders(house),
    ...aboutText(root),
    ...aboutPages(root),
  ];
}

function aboutImports(house: House, file: SourceFile): readonly Complaint[] {
  return file.imports.flatMap((found) => {
    const what = found.file === undefined ? refusedModule(file, found) : refusedFile(house, file, found, found.file);
    return what === undefined ? [] : [complain('imports', file, found.line, what)];
  });
}

function refusedFile(house: House, file: SourceFile, found: Import, target: string): string | undefined {
  if (target === 'package.json' && file.room.name === 'main') return undefined;
  if (!existsSync(join(house.root, target))) return `imports ${target}, which is not there`;
  if (file.test && target.startsWith('test/')) return undefined;
  const other = house.files.find((candidate) => candidate.path === target);
  if (other === undefined) return `imports ${target}, which stands outside the house`;
  if (other.test) return `imports the test file ${target}`;
  const { mayImport, name } = file.room;
  if (other.room.name === name || mayImport === 'all') return undefined;
  if (mayImport.some((granted) => target.startsWith(`src/${granted}/`) || target === `src/${granted}.ts`)) return undefined;
  return `room ${name} may not import ${target} (it may import ${mayImport.join(', ') || 'no other room'})`;
}

function refusedModule(file: SourceFile, found: Import): string | undefined {
  const { room } = file;
  const { specifier } = found;
  if (specifier === '(computed)') {
    return COMPUTED_IMPORTS_ALLOWED.has(room.name) || file.test ? undefined : 'imports a name computed at run time';
  }
  if (specifier.startsWith('node:')) {
    if (room.builtins === 'any' || file.test) return undefined;
    const granted = room.builtins.find((candidate) => candidate.module === specifier);
    if (granted === undefined) return `room ${room.name} may not import ${specifier}`;
    return refusedNames(granted, found);
  }
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if (room.packages.includes(name)) return undefined;
  if (file.test && name === 'fast-check') return undefined;
  return `room ${room.name} may not import the package ${name}${room.trusted ? ': no third-party code decides or holds keys' : ''}`;
}

function refusedNames(granted: Builtin, found: Import): string | undefined {
  const { names } = granted;
  if (names === undefined) return undefined;
  if (found.names === 'all') return `may import ${names.join(', ')} of ${granted.module}, by name, and nothing else`;
  const wrong = found.names.filter((name) => !names.includes(name));
  return wrong.length === 0 ? undefined : `may not import ${wrong.join(', ')} of ${granted.module} (granted: ${names.join(', ')})`;
}

function aboutPurity(file: SourceFile): readonly Complaint[] {
  if (file.test) return [];
  const { tokens, room } = file;
  return tokens.flatMap((token, index) => {
    if (token.kind !== 'word' || isMember(tokens, index)) return [];
    const found = (what: string): readonly Complaint[] => [complain('purity', file, token.line, what)];
    if (HIDDEN_IMPORTS.has(token.text) && room.name !== 'bin') return found(`uses ${token.text}, an import that no table sees`);
    if (room.pure === 'no' || isKey(file, index)) return [];
    const member = tokens[index + 1]?.text === '.' ? tokens[index + 2]?.text : undefined;
    if (member !== undefined && IMPURE_MEMBERS.get(token.text) === member) return found(`uses ${token.text}.${member}`);
    if (IMPURE_GLOBALS.has(token.text)) return found(`uses ${token.text}`);
    if (room.pure === 'awaits') return token.text === 'import' && tokens[index + 1]?.text === '(' ? found('imports at run time') : [];
    if (token.text === 'async' || token.text === 'await') return found(`uses ${token.text}`);
    const isType = tokens[index + 1]?.text === '<' && tokens[index - 1]?.text !== 'new';
    return token.text === 'Promise' && !isType ? found('uses Promise') : [];
  });
}

/** Whether the word names a property in an object or a type, as in `{ process: 1 }` or `{ readonly Date?: string }`. */
function isKey({ tokens }: SourceFile, index: number): boolean {
  const before = tokens[index - 1]?.text ?? '';
  const after = tokens[index + 1]?.text;
  const optional = after === '?' && tokens[index + 2]?.text === ':';
  return (after === ':' || optional) && ['{', ',', ';', 'readonly'].includes(before);
}

function aboutShape(file: SourceFile): readonly Complaint[] {
  const found: Complaint[] = [];
  const { tokens, text, path } = file;
  if (/(^|\/)index\.[cm]?[jt]s$/.test(path)) found.push(complain('barrels', file, 1, 'is an index file; import the file you mean'));
  tokens.forEach((token, index) => {
    const next = tokens[index + 1];
    if (token.kind !== 'word' || isMember(tokens, index)) {
      const call = token.text === 'only' && next?.text === '(' && file.test;
      if (call) found.push(complain('tests', file, token.line, 'runs only one test; the others would not be missed'));
      return;
    }
    if (token.text === 'export' && next?.text === '*')
      found.push(complain('barrels', file, token.line, 'exports everything of another file'));
  });
  if (file.room.trusted && !file.test) {
    text.split('\n').forEach((line, index) => {
      if (/\b(?:oxlint|eslint)-disable|@ts-(?:ignore|expect-error|nocheck)/.test(line)) {
        found.push(complain('silence', file, index + 1, 'switches a check off in a trusted room'));
      }
    });
  }
  return found;
}

/** What each process really loads, by following its entry's imports: where the table says "none", no npm package may be reached. */
function aboutEntries(house: House): readonly Complaint[] {
  return house.rules.entries.flatMap((entry) => {
    const start = house.files.find((file) => file.path === entry.file);
    if (start === undefined) return [{ rule: 'processes', where: entry.file, what: `is the entry of ${entry.process} and is not there` }];
    if (entry.packages === 'any') return [];
    const seen = new Map<string, string>([[start.path, start.path]]);
    const found: Complaint[] = [];
    for (const [path, chain] of seen) {
      for (const each of house.files.find((file) => file.path === path)?.imports ?? []) {
        if (each.typeOnly) continue;
        if (each.file !== undefined) {
          if (!seen.has(each.file)) seen.set(each.file, `${chain} → ${each.file}`);
        } else if (!each.specifier.startsWith('node:')) {
          found.push({ rule: 'processes', where: `${path}:${each.line}`, what: `${entry.process} reaches ${each.specifier} by ${chain}` });
        }
      }
    }
    return found;
  });
}

function aboutCycles(house: House): readonly Complaint[] {
  const byPath = new Map(house.files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const found: Complaint[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const from = trail.indexOf(path);
    if (from >= 0) {
      found.push({ rule: 'cycles', where: path, what: [...trail.slice(from), path].join(' → ') });
      return;
    }
    if (done.has(path)) return;
    for (const each of byPath.get(path)?.imports ?? []) if (each.file !== undefined) visit(each.file, [...trail, path]);
    done.add(path);
  };
  for (const file of house.files) visit(file.path, []);
  return found;
}

/** Lines of code per room, and of the money path; test files are not counted. */
export function countLines(house: House): ReadonlyMap<string, number> {
  const counts = new Map(house.rules.rooms.map((room) => [room.name, 0]));
  for (const file of house.files) if (!file.test) counts.set(file.room.name, (counts.get(file.room.name) ?? 0) + file.lines);
  return counts;
}

function aboutBudgets(house: House): readonly Complaint[] {
  const counts = countLines(house);
  const over = house.rules.rooms.flatMap(({ name, linesMax }) => {
    const lines = counts.get(name) ?? 0;
    return lines <= linesMax ? [] : [{ rule: 'budgets', where: name, what: `has ${lines} lines of at most ${linesMax}` }];
  });
  const { rooms, linesMax } = house.rules.moneyPath;
  const lines = rooms.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0);
  return lines <= linesMax ? over : [...over, { rule: 'budgets', where: 'money path', what: `has ${lines} lines of at most ${linesMax}` }];
}

function aboutFolders(house: House): readonly Complaint[] {
  return house.files.flatMap((file) => {
    const folder = file.path
      .split('/')
      .slice(0, -1)
      .find((name) => NAMELESS_FOLDERS.has(name));
    return folder === undefined ? [] : [{ rule: 'folders', where: file.path, what: `stands in a folder called ${folder}; name the idea` }];
  });
}

/** Paths of somebody's machine, in any text of the project. The patterns are written so that they do not match themselves. */
function aboutText(root: string): readonly Complaint[] {
  const machine = /(?<![\w.~-])\/(?:work|root)\/\w|\/(?:home|Users)\/(?!you\b|me\b|USER\b)\w+\/|\b[A-Z]:\\Users\\/;
  return listFiles(root, '.')
    .filter((path) => path !== 'package-lock.json' && /\.(?:[cm]?[jt]s|json|md|toml|sh|ya?ml|html|css|service)$|(?:^|\/)[^.]+$/.test(path))
    .flatMap((path) =>
      readFileSync(join(root, path), 'utf8')
        .split('\n')
        .flatMap((line, index) => {
          const found = machine.exec(line)?.[0];
          return found === undefined
            ? []
            : [{ rule: 'machine paths', where: `${path}:${index + 1}`, what: `names ${JSON.stringify(found)}` }];
        }),
    );
}

/** Links and numbers of decisions that lead nowhere. */
function aboutPages(root: string): readonly Complaint[] {
  const decisions = listFiles(root, 'docs/decisions').flatMap((path) => /\/(\d{4})-[^/]+\.md$/.exec(path)?.[1] ?? []);
  const twice = decisions.filter((number, index) => decisions.indexOf(number) !== index);
  const found: Complaint[] = twice.map((number) => ({ rule: 'pages', where: 'docs/decisions', what: `has two pages numbered ${number}` }));
  for (const path of listFiles(root, '.').filter((file) => /\.(?:md|ts|js)$/.test(file))) {
    const text = readFileSync(join(root, path), 'utf8');
    for (const [, number = ''] of text.matchAll(/\bdecisions?[ /](\d{4})\b/g)) {
      if (!decisions.includes(number)) found.push({ rule: 'pages', where: path, what: `names decision ${number}, which is not there` });
    }
    if (!path.endsWith('.md')) continue;
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)/g)) {
      if (!existsSync(join(root, dirname(path), target)))
        found.push({ rule: 'pages', where: path, what: `links to ${target}, which is not there` });
    }
  }
  return found;
}

function complain(rule: string, file: SourceFile, line: number, what: string): Complaint {
  return { rule, where: `${file.path}:${line}`, what };
}
