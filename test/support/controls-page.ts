import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Code, codes as everyCode } from '../../src/core/policy/codes.ts';
import { breakers } from '../../src/core/gateway/breakers.ts';
import type { Control, ProtectionControl } from '../../src/core/policy/control.ts';
import { askingControls, controls, orderControls, protectionControls, wishControls } from '../../src/core/policy/controls.ts';
import { leavingChecks } from '../../src/core/policy/leaving.ts';
import { type Token, tokenize } from '../tidy/tokens.ts';

// docs/controls.md: the table of src/core/policy/controls.ts as a page. What a control refuses is the first sentence above its function, and its codes
// are those that its function and whatever it calls may give: nothing on the page is written a second time.

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FOLDER = 'src/core/policy/controls';

/** One control as an auditor reads it. */
export type ControlFacts<Kind = Control> = {
  readonly control: Kind;
  /** From the root. */
  readonly file: string;
  /** What it refuses: one sentence without its first word and its full stop. */
  readonly refuses: string;
  readonly codes: readonly Code[];
};

/** Every control, in the order in which they are asked. A control that cannot be found, or says nothing of itself, is an error. */
export function controlFacts(): readonly ControlFacts[] {
  return factsOf(controls);
}

function factsOf<Kind extends Control | ProtectionControl>(rows: readonly Kind[]): readonly ControlFacts<Kind>[] {
  const files = globSync(`${FOLDER}/*.ts`, { cwd: ROOT })
    .map((file) => file.split(sep).join('/'))
    .toSorted();
  return rows.map((control) => {
    const { name } = control.check;
    const homes = files.filter((file) => sourceOf(file).functions.has(name) && sourceOf(file).text.includes(`\nexport function ${name}(`));
    const [file] = homes;
    if (file === undefined || homes.length > 1) throw new Error(`expected ${name} in exactly one file of ${FOLDER}, found ${homes.length}`);
    const codes = codesOf(file, name);
    if (codes.length === 0) throw new Error(`${file}: ${name} gives no code`);
    return { control, file, refuses: sentenceOf(file, name), codes };
  });
}

/** The first sentence of the comment above a function. */
function sentenceOf(file: string, name: string): string {
  const comments = [...sourceOf(file).text.matchAll(/\/\*\*((?:(?!\*\/)[^])*)\*\/\nexport function (\w+)\(/g)];
  const comment = comments.find((match) => match[2] === name)?.[1] ?? '';
  const said = comment
    .replaceAll(/\n \* ?/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const [, sentence] = /^Refuses (.+?)\.(?= [A-Z]| \(|$)/.exec(said) ?? [];
  if (sentence === undefined) throw new Error(`${file}: the comment above ${name} starts with a sentence "Refuses …."`);
  return sentence;
}

/** The codes that a function may give: its own, and those of the functions that it names, wherever in the core they stand. */
function codesOf(file: string, name: string, seen: Set<string> = new Set()): readonly Code[] {
  const key = `${file} ${name}`;
  const source = sourceOf(file);
  const tokens = source.functions.get(name);
  if (seen.has(key) || tokens === undefined) return [];
  seen.add(key);
  const found = new Set<Code>();
  for (const [index, token] of tokens.entries()) {
    const given = everyCode.find((code) => token.kind === 'string' && token.text === code);
    const before = `${tokens[index - 2]?.text ?? ''}${tokens[index - 1]?.text ?? ''}`;
    if (given !== undefined && (before === 'refusal(' || before === 'code:')) found.add(given);
    if (token.kind !== 'word') continue;
    const elsewhere = source.imports.get(token.text);
    const more = elsewhere === undefined ? codesOf(file, token.text, seen) : codesOf(elsewhere.file, elsewhere.name, seen);
    for (const code of more) found.add(code);
  }
  return everyCode.filter((code) => found.has(code));
}

type Source = {
  readonly text: string;
  /** The functions at the top of the file, by name. */
  readonly functions: ReadonlyMap<string, readonly Token[]>;
  /** What is imported from files of ours, by the name that it has here. */
  readonly imports: ReadonlyMap<string, { readonly file: string; readonly name: string }>;
};

const sources = new Map<string, Source>();

function sourceOf(file: string): Source {
  const known = sources.get(file);
  if (known !== undefined) return known;
  const text = readFileSync(join(ROOT, file), 'utf8');
  const source = { text, functions: functionsOf(tokenize(text)), imports: importsOf(file, text) };
  sources.set(file, source);
  return source;
}

const TOP_WORDS = new Set(['function', 'export', 'const', 'type', 'import']);

function functionsOf(tokens: readonly Token[]): Source['functions'] {
  const functions = new Map<string, Token[]>();
  let depth = 0;
  let current: Token[] = [];
  for (const [index, token] of tokens.entries()) {
    if (depth === 0 && token.kind === 'word' && TOP_WORDS.has(token.text)) {
      current = [];
      const name = tokens[index + 1]?.text;
      if (token.text === 'function' && name !== undefined) functions.set(name, current);
    }
    if (token.kind === 'sign' && '({['.includes(token.text)) depth += 1;
    if (token.kind === 'sign' && ')}]'.includes(token.text)) depth -= 1;
    current.push(token);
  }
  return functions;
}

function importsOf(file: string, text: string): Source['imports'] {
  const imports = new Map<string, { readonly file: string; readonly name: string }>();
  for (const [, names = '', from = ''] of text.matchAll(/^import \{([^}]*)\} from '(\.[^']+)';/gm)) {
    const target = relative(ROOT, join(ROOT, dirname(file), from))
      .split(sep)
      .join('/');
    for (const each of names.split(',')) {
      const [name = '', as = name] = each.trim().split(' as ');
      if (name !== '' && !name.startsWith('type ')) imports.set(as, { file: target, name });
    }
  }
  return imports;
}

/** docs/controls.md. */
export function controlsPage(): string {
  const facts = controlFacts();
  const of = (part: readonly Control[]): string =>
    table(
      facts.filter(({ control }) => part.includes(control)),
      facts,
    );
  return `<!-- Written from src/core/policy/controls.ts and the files it names; run test/golden/controls.test.ts with TWOKEY_WRITE=1 to write it anew. -->

# Controls

Every rule that a wish to trade has to pass. They are asked in the order of this page; the first that refuses is the answer, with its code,
its limit and its use. Each is a pure function in a file of its own under \`${FOLDER}\`, over the worst case of what is held, open, on its
way and of unknown outcome, and the decision holds until the order is written down: nothing comes between check and reservation.

- *for*: \`entries\` open or add; \`exits\` really reduce, and are asked nothing that stands under \`entries\`, so that getting out stays possible
  while limits are breached. Cancels pass always.
- *key*: the key of \`twokey.toml\` that sets it, in \`[policy]\` unless it says otherwise; – where nothing sets it and nothing switches it off.
- *codes*: what the refusal may carry ([codes](formats/codes.md)).
- *from*: the rule that it answers to. P, S, A and R numbers are those of this table; § and D numbers are sections and defects of the reference on
  risk that this table was made from ([defects](defects.md)).

How a new one is added: [add a control](operate/add-a-control.md).

## Asked before there is an order

${of(wishControls)}

## Asked of the order

${of(orderControls)}

## Asked last: whether a person has to agree

What these refuse is not denied: it waits for a person ([approvals](operate/approvals.md)), and the codes say what becomes of it when that person
refuses. They come after read-only, so that nobody is asked for what would not be sent anyway.

${of(askingControls)}

## Asked of a wish for stop orders

\`set_protection\` opens nothing and is asked these alone, beside whether there is something of the asker's to protect and a fresh price to judge by.

${protectionTable()}

## Asked once more when the bytes would leave

Between the decision and the socket time passes. In the tick in which an order's bytes would leave these are asked of the state as it is then; what is
held back was certainly not sent.

${leavingTable()}

## What closes entries by itself

Breakers look at what happened and not at what is asked. They lead to \`REDUCE_ONLY\`; [modes](operate/modes.md) has all that leads there or further.

| id | key | trips when |
| --- | --- | --- |
${breakers.map(({ id, name, trips }) => `| ${id} | \`${name}\` | ${trips} |`).join('\n')}

## What limits changes of limits

\`loosening_wait\` refuses no order: so long what loosens waits before it holds ([policy](operate/policy.md#apply)).
`;
}

function protectionTable(): string {
  const rows = factsOf(protectionControls).map(
    ({ control, file, refuses, codes }) =>
      `| ${control.id} | [\`${control.name}\`](../${file}) | ${keyOf(control)} | ${refuses} | ${codes.map((code) => `\`${code}\``).join(', ')} | ${control.source} |`,
  );
  return ['| id | name | key | refuses | codes | from |', '| --- | --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function leavingTable(): string {
  const rows = leavingChecks.map(
    ({ id, name, refuses, applies, source }) =>
      `| ${id} | \`${name}\` | ${refuses} | ${applies === 'both' ? 'all' : applies} | ${source} |`,
  );
  return ['| id | name | refuses | for | from |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}

function table(rows: readonly ControlFacts[], all: readonly ControlFacts[]): string {
  const lines = rows.map((row) => {
    const { control, file, refuses, codes } = row;
    const cells = [
      String(all.indexOf(row) + 1),
      control.id,
      `[\`${control.name}\`](../${file})`,
      keyOf(control),
      refuses,
      control.applies === 'both' ? 'all' : control.applies,
      codes.map((code) => `\`${code}\``).join(', '),
      control.source,
    ];
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  });
  return ['| | id | name | key | refuses | for | codes | from |', '| --- | --- | --- | --- | --- | --- | --- | --- |', ...lines].join('\n');
}

/** The key as a person looks for it in the file. */
function keyOf({ name, inFile }: Pick<Control, 'name' | 'inFile'>): string {
  if (!inFile) return '–';
  const [section, key] = name.split('.');
  return key === undefined ? `\`${name}\`` : `\`${key}\` in \`[${section ?? ''}]\``;
}
