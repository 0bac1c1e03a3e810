import { err, ok, type Result } from './result.ts';

/**
 * A strict subset of TOML 1.0 that remembers lines: comments, tables, lists of tables, bare and quoted keys, texts on one line,
 * plain numbers, booleans, lists, inline tables. Everything else (dates, exponents, multi-line texts, dotted keys outside of
 * headers) is refused. Numbers stay texts, so that money is never rounded on its way in.
 */
export type TomlValue = TomlText | TomlNumber | TomlBoolean | TomlList | TomlTable;
export type TomlText = { readonly kind: 'text'; readonly value: string; readonly line: number };
export type TomlNumber = { readonly kind: 'number'; readonly text: string; readonly line: number };
export type TomlBoolean = { readonly kind: 'boolean'; readonly value: boolean; readonly line: number };
export type TomlList = { readonly kind: 'list'; readonly items: readonly TomlValue[]; readonly line: number };
export type TomlTable = { readonly kind: 'table'; readonly entries: ReadonlyMap<string, TomlEntry>; readonly line: number };
/** `line` is that of the key. */
export type TomlEntry = { readonly line: number; readonly value: TomlValue };

/**
 * What was refused and where. Files with secrets go through the same parser: `message` never holds content of the file, and `key` is
 * given only when it is surely the name of a key and not a piece of a value.
 */
export type TomlProblem = { readonly line: number; readonly key?: string; readonly message: string };

/** UTF-16 units of a file; ours are a hundred lines. */
export const TOML_CHARACTERS_MAX = 256 * 1024;
/** Lists and inline tables inside each other, and names in one header. */
export const TOML_DEPTH_MAX = 8;
/** Digits on either side of the point; as many as a decimal may have. */
const NUMBER_DIGITS_MAX = 30;

/** Reads a whole file. A byte order mark at the start is skipped; lines end with LF or CRLF. */
export function parseToml(text: string): Result<TomlTable, TomlProblem> {
  if (text.length > TOML_CHARACTERS_MAX) return err({ line: 1, message: `expected at most ${TOML_CHARACTERS_MAX} characters in the file` });
  if (!text.isWellFormed()) return err({ line: 1, message: 'expected a file in UTF-8' });
  const cursor: Cursor = { text, at: text.startsWith('\uFEFF') ? 1 : 0, line: 1, key: '', problem: undefined };
  const root = newTable(1);
  const document: Document = { root, current: root, named: new Set([root]), open: new Map([[root, root]]), growing: new Map() };
  while (cursor.problem === undefined && cursor.at < text.length) readLine(cursor, document);
  return cursor.problem === undefined ? ok(root) : err(cursor.problem);
}

/** Where the reader stands. `key` is the key whose value is being read, or empty; the first refusal stays. */
type Cursor = { readonly text: string; at: number; line: number; key: string; problem: TomlProblem | undefined };

/** A table that still grows; the answer shows it as readonly. */
type OpenTable = TomlTable & { readonly entries: Map<string, TomlEntry> };

/**
 * `open` are the tables made by headers (also by the way: `[a.b]` makes `a`), `named` those a header has named itself, `growing` the
 * lists made by `[[…]]`, each with its tables. What stands in none of them was written as a value and is closed.
 */
type Document = {
  readonly root: OpenTable;
  current: OpenTable;
  readonly named: Set<TomlValue>;
  readonly open: Map<TomlValue, OpenTable>;
  readonly growing: Map<TomlValue, OpenTable[]>;
};

function newTable(line: number): OpenTable {
  return { kind: 'table', entries: new Map<string, TomlEntry>(), line };
}

/** Notes the refusal and stands for "no value". */
function refuse(cursor: Cursor, message: string): undefined {
  cursor.problem ??= { line: cursor.line, ...(cursor.key === '' ? {} : { key: cursor.key }), message };
  return undefined;
}

function stop(cursor: Cursor, message: string): false {
  refuse(cursor, message);
  return false;
}

function readLine(cursor: Cursor, document: Document): void {
  cursor.key = '';
  skipBlanks(cursor);
  const first = cursor.text[cursor.at] ?? '';
  if (first === '[') readHeader(cursor, document);
  else if (first !== '' && first !== '#' && !atLineEnd(cursor)) readEntry(cursor, document.current.entries, 0);
  if (cursor.problem === undefined) readLineEnd(cursor);
}

function skipBlanks(cursor: Cursor): void {
  while (cursor.text[cursor.at] === ' ' || cursor.text[cursor.at] === '\t') cursor.at += 1;
}

function atLineEnd(cursor: Cursor): boolean {
  return cursor.text[cursor.at] === '\n' || cursor.text.startsWith('\r\n', cursor.at);
}

/** Blanks, a comment, and the end of the line or of the file. False when something else stands there. */
function readLineEnd(cursor: Cursor): boolean {
  skipBlanks(cursor);
  if (cursor.text[cursor.at] === '#') {
    while (cursor.at < cursor.text.length && !atLineEnd(cursor)) {
      if (isControl(cursor.text.charCodeAt(cursor.at))) return stop(cursor, 'expected no control characters in a comment');
      cursor.at += 1;
    }
  }
  if (cursor.at >= cursor.text.length) return true;
  if (!atLineEnd(cursor)) return stop(cursor, 'expected nothing more on this line but a comment that starts with #');
  cursor.at += cursor.text[cursor.at] === '\r' ? 2 : 1;
  cursor.line += 1;
  return true;
}

/** A tab is white space; a lone carriage return is a control character. */
function isControl(code: number): boolean {
  return (code < 0x20 && code !== 0x09) || code === 0x7f;
}

function readHeader(cursor: Cursor, document: Document): void {
  const brackets = cursor.text.startsWith('[[', cursor.at) ? 2 : 1;
  cursor.at += brackets;
  const names: string[] = [];
  for (;;) {
    skipBlanks(cursor);
    const name = readName(cursor);
    if (name === undefined) return;
    names.push(name);
    if (names.length > TOML_DEPTH_MAX) return refuse(cursor, `expected at most ${TOML_DEPTH_MAX} names in a header`);
    skipBlanks(cursor);
    if (cursor.text[cursor.at] !== '.') break;
    cursor.at += 1;
  }
  const closing = ']'.repeat(brackets);
  if (!cursor.text.startsWith(closing, cursor.at)) return refuse(cursor, `expected a header to end with ${closing}`);
  cursor.at += brackets;
  const last = names.at(-1) ?? '';
  cursor.key = shownName(last);
  const parent = walk({ cursor, document, names: names.slice(0, -1) });
  if (parent === undefined) return;
  const table =
    brackets === 2 ? appendTable(cursor, document, { parent, name: last }) : nameTable(cursor, document, { parent, name: last });
  if (table !== undefined) document.current = table;
}

type Place = { readonly parent: OpenTable; readonly name: string };

/** The table that `names` lead to; tables on the way are made, a list of tables stands for its last one. */
function walk({ cursor, document, names }: { cursor: Cursor; document: Document; names: readonly string[] }): OpenTable | undefined {
  let table = document.root;
  for (const name of names) {
    const found = table.entries.get(name)?.value;
    const next =
      found === undefined
        ? putTable(document, { parent: table, name }, cursor.line)
        : (document.open.get(found) ?? document.growing.get(found)?.at(-1));
    if (next === undefined) return refuse(cursor, 'expected a header inside a table, but a name before the last one already has a value');
    table = next;
  }
  return table;
}

function putTable(document: Document, { parent, name }: Place, line: number): OpenTable {
  const table = newTable(line);
  document.open.set(table, table);
  parent.entries.set(name, { line, value: table });
  return table;
}

function nameTable(cursor: Cursor, document: Document, place: Place): OpenTable | undefined {
  const found = place.parent.entries.get(place.name)?.value;
  const table = found === undefined ? putTable(document, place, cursor.line) : document.open.get(found);
  if (table === undefined || document.named.has(table))
    return refuse(cursor, 'expected each table and key once; remove or join the second one');
  document.named.add(table);
  return table;
}

function appendTable(cursor: Cursor, document: Document, { parent, name }: Place): OpenTable | undefined {
  const found = parent.entries.get(name)?.value;
  const table = newTable(cursor.line);
  if (found === undefined) {
    const items = [table];
    const list: TomlList = { kind: 'list', items, line: cursor.line };
    document.growing.set(list, items);
    parent.entries.set(name, { line: cursor.line, value: list });
    return table;
  }
  const items = document.growing.get(found);
  if (items === undefined) return refuse(cursor, 'expected [[…]] to name a list of tables, but this name already has another value');
  items.push(table);
  return table;
}

function readEntry(cursor: Cursor, entries: Map<string, TomlEntry>, depth: number): boolean {
  const { line } = cursor;
  const name = readName(cursor);
  if (name === undefined) return false;
  const end = cursor.at;
  skipBlanks(cursor);
  const spaced = cursor.at > end;
  if (cursor.text[cursor.at] === '.') return stop(cursor, 'expected no dot in a key; use a [table] or a table in braces');
  if (cursor.text[cursor.at] !== '=') return stop(cursor, 'expected key = value');
  cursor.at += 1;
  skipBlanks(cursor);
  const next = cursor.text[cursor.at] ?? '\n';
  // The end of a secret that slipped onto a line of its own looks like a key: `c2VjcmV0==`.
  if (spaced || !'=#\r\n'.includes(next)) cursor.key = shownName(name);
  if (entries.has(name)) return stop(cursor, 'expected each table and key once; remove or join the second one');
  const value = readValue(cursor, depth);
  if (value === undefined) return false;
  entries.set(name, { line, value });
  return true;
}

const bareName = /[A-Za-z0-9_-]+/y;

function readName(cursor: Cursor): string | undefined {
  const first = cursor.text[cursor.at];
  if (first === '"' || first === "'") {
    const quoted = first === '"' ? readBasicText(cursor) : readLiteralText(cursor);
    return quoted === '' ? refuse(cursor, 'expected a key that is not empty') : quoted;
  }
  bareName.lastIndex = cursor.at;
  const name = bareName.exec(cursor.text)?.[0];
  if (name === undefined) return refuse(cursor, 'expected key = value, a [table], or a comment that starts with #');
  cursor.at += name.length;
  return name;
}

/** Our keys look like this; keys, secrets and passphrases of an exchange (32 characters and more, or with capitals) do not. */
function shownName(name: string): string {
  return /^[a-z][a-z0-9_]{0,23}$/.test(name) ? name : '';
}

function readValue(cursor: Cursor, depth: number): TomlValue | undefined {
  const { line } = cursor;
  const first = cursor.text[cursor.at];
  if (first === '"' || first === "'") {
    const value = first === '"' ? readBasicText(cursor) : readLiteralText(cursor);
    return value === undefined ? undefined : { kind: 'text', value, line };
  }
  if (first !== '[' && first !== '{') return readWord(cursor);
  if (depth >= TOML_DEPTH_MAX) return refuse(cursor, `expected at most ${TOML_DEPTH_MAX} lists and tables inside each other`);
  cursor.at += 1;
  return first === '[' ? readList(cursor, depth + 1) : readInlineTable(cursor, depth + 1);
}

const word = /[^\s,\]}#"']+/y;
const plainNumber = /^-?(0|[1-9][0-9]*)(?:\.([0-9]+))?$/;

/** A number or a boolean. */
function readWord(cursor: Cursor): TomlValue | undefined {
  const { line } = cursor;
  word.lastIndex = cursor.at;
  const text = word.exec(cursor.text)?.[0];
  if (text === undefined) return refuse(cursor, 'expected a value: a text in quotes, a number, true, false, a list or a table in braces');
  if (text === 'true' || text === 'false') {
    cursor.at += text.length;
    return { kind: 'boolean', value: text === 'true', line };
  }
  const match = plainNumber.exec(text);
  if (match === null) return refuse(cursor, expectedInsteadOfWord(text));
  const [, whole = '', fraction = ''] = match;
  if (whole.length > NUMBER_DIGITS_MAX || fraction.length > NUMBER_DIGITS_MAX) {
    return refuse(cursor, `expected at most ${NUMBER_DIGITS_MAX} digits on either side of the point`);
  }
  if (/^-[0.]+$/.test(text)) return refuse(cursor, 'expected zero without a minus sign');
  cursor.at += text.length;
  return { kind: 'number', text, line };
}

function expectedInsteadOfWord(text: string): string {
  return /^[+-]?[.0-9]/.test(text)
    ? 'expected a plain number such as 50 or 0.5: no exponent, underscore, plus sign, unit or date; texts such as "30s" and "0.5%" stand in quotes'
    : 'expected a text in quotes, a plain number (not nan or inf), true, false, a list or a table in braces';
}

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ['\\', '\\'],
  ['n', '\n'],
  ['t', '\t'],
]);

function readBasicText(cursor: Cursor): string | undefined {
  if (cursor.text.startsWith('"""', cursor.at))
    return refuse(cursor, 'expected a text on one line; texts over many lines are not accepted');
  let value = '';
  cursor.at += 1;
  for (;;) {
    const character = readCharacter(cursor);
    if (character === undefined) return undefined;
    if (character === '"') return value;
    const piece = character === '\\' ? readEscape(cursor) : character;
    if (piece === undefined) return undefined;
    value += piece;
  }
}

function readLiteralText(cursor: Cursor): string | undefined {
  if (cursor.text.startsWith("'''", cursor.at))
    return refuse(cursor, 'expected a text on one line; texts over many lines are not accepted');
  let value = '';
  cursor.at += 1;
  for (;;) {
    const character = readCharacter(cursor);
    if (character === undefined || character === "'") return character && value;
    value += character;
  }
}

/** The next UTF-16 unit of a text in quotes. */
function readCharacter(cursor: Cursor): string | undefined {
  if (cursor.at >= cursor.text.length || atLineEnd(cursor)) return refuse(cursor, 'expected the closing quote on the same line');
  if (isControl(cursor.text.charCodeAt(cursor.at))) return refuse(cursor, 'expected no control characters in a text');
  cursor.at += 1;
  return cursor.text[cursor.at - 1];
}

const unicodeEscape = /u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})/y;

/** What stands after a backslash. */
function readEscape(cursor: Cursor): string | undefined {
  const simple = simpleEscapes.get(cursor.text[cursor.at] ?? '');
  if (simple !== undefined) {
    cursor.at += 1;
    return simple;
  }
  unicodeEscape.lastIndex = cursor.at;
  const match = unicodeEscape.exec(cursor.text);
  if (match === null) return refuse(cursor, "expected \\\", \\\\, \\n, \\t, \\uXXXX or \\UXXXXXXXX; a text in '…' needs no escapes");
  const code = Number.parseInt(match[1] ?? match[2] ?? '', 16);
  const character = code <= 0x10ffff ? String.fromCodePoint(code) : '';
  if (character === '' || !character.isWellFormed()) return refuse(cursor, 'expected the number of a Unicode character in the escape');
  if (isControl(code)) return refuse(cursor, 'expected no control characters in a text');
  cursor.at = unicodeEscape.lastIndex;
  return character;
}

function readList(cursor: Cursor, depth: number): TomlList | undefined {
  const { line } = cursor;
  const items: TomlValue[] = [];
  for (;;) {
    if (!skipLines(cursor)) return undefined;
    if (cursor.text[cursor.at] === ']') break;
    const item = readValue(cursor, depth);
    if (item === undefined || !skipLines(cursor)) return undefined;
    items.push(item);
    if (cursor.text[cursor.at] === ']') break;
    if (cursor.text[cursor.at] !== ',') return refuse(cursor, 'expected a comma or ] in a list');
    cursor.at += 1;
  }
  cursor.at += 1;
  return { kind: 'list', items, line };
}

/** Blanks, comments and line ends inside a list. */
function skipLines(cursor: Cursor): boolean {
  for (;;) {
    skipBlanks(cursor);
    if (cursor.text[cursor.at] !== '#' && !atLineEnd(cursor)) return true;
    if (!readLineEnd(cursor)) return false;
  }
}

function readInlineTable(cursor: Cursor, depth: number): TomlTable | undefined {
  const { line, key } = cursor;
  const table = newTable(line);
  skipBlanks(cursor);
  while (table.entries.size > 0 || cursor.text[cursor.at] !== '}') {
    if (!readEntry(cursor, table.entries, depth)) return undefined;
    cursor.key = key;
    skipBlanks(cursor);
    if (cursor.text[cursor.at] === '}') break;
    if (cursor.text[cursor.at] !== ',') return refuse(cursor, 'expected a comma or } in a table in braces, all on one line');
    cursor.at += 1;
    skipBlanks(cursor);
  }
  cursor.at += 1;
  return table;
}
