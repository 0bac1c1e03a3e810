// A small tokenizer for our own TypeScript. It exists so that the checks look at code and never at comments or text: a
// comment that says "no Date here" is not a Date. It refuses what it cannot read, because a checker that loses its place
// sees nothing and says that all is well.

export type Token = {
  readonly kind: 'word' | 'string' | 'template' | 'number' | 'regexp' | 'sign';
  /** For strings the content without quotes; for everything else the text as it stands. */
  readonly text: string;
  readonly line: number;
  readonly lastLine: number;
};

export class UnreadableSource extends Error {}

const SPACE = /[\s\uFEFF]+/y;
const COMMENT = /\/\/[^\n]*|\/\*[^]*?\*\//y;
const WORD = /[#@]?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy;
const NUMBER = /(?:0[xob][\da-f_]+|\d[\d_]*(?:\.[\d_]*)?(?:e[+-]?\d+)?|\.\d[\d_]*)n?/iy;
const STRING = /'(?:[^'\\\n]|\\[^])*'|"(?:[^"\\\n]|\\[^])*"/y;
const REGEXP = /\/(?![*/])(?:[^\\/[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y;
const SIGN = /=>|\?\.(?!\d)|\.\.\.|[-+*/%&|^!~<>=?:;,.(){}[\]]/y;

/** After these words a slash begins a regular expression; after any other word it divides. */
const BEFORE_EXPRESSION = new Set([
  'return',
  'typeof',
  'case',
  'in',
  'of',
  'delete',
  'void',
  'throw',
  'new',
  'else',
  'do',
  'await',
  'yield',
]);

/** Reads a whole file into tokens, comments left out; throws `UnreadableSource` where it cannot. */
export function tokenize(source: string): readonly Token[] {
  const tokens: Token[] = [];
  // Depth of braces at which each open template literal continues.
  const templates: number[] = [];
  let depth = 0;
  let line = 1;
  let at = source.startsWith('#!') ? source.indexOf('\n') : 0;

  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  const take = (kind: Token['kind'], text: string): void => {
    const lastLine = line + text.split('\n').length - 1;
    tokens.push({ kind, text: kind === 'string' ? text.slice(1, -1) : text, line, lastLine });
    line = lastLine;
    at += text.length;
  };
  const skip = (text: string): void => {
    line += text.split('\n').length - 1;
    at += text.length;
  };

  while (at < source.length) {
    const blank = match(SPACE) ?? match(COMMENT);
    if (blank !== undefined) {
      skip(blank);
      continue;
    }
    if (source[at] === '`' || (source[at] === '}' && templates.at(-1) === depth)) {
      if (source[at] === '}') templates.pop();
      const text = templatePart(source, at);
      if (text === undefined) throw new UnreadableSource(`line ${line}: a template literal does not end`);
      take('template', text);
      if (text.endsWith('${')) templates.push(depth);
      continue;
    }
    const string = match(STRING);
    if (string !== undefined) {
      take('string', string);
      continue;
    }
    const regexp = startsExpression(tokens.at(-1)) ? match(REGEXP) : undefined;
    if (regexp !== undefined) {
      take('regexp', regexp);
      continue;
    }
    const word = match(WORD);
    if (word !== undefined) {
      take('word', word);
      continue;
    }
    const number = match(NUMBER);
    if (number !== undefined) {
      take('number', number);
      continue;
    }
    const sign = match(SIGN);
    if (sign === undefined) throw new UnreadableSource(`line ${line}: cannot read ${JSON.stringify(source.slice(at, at + 20))}`);
    if (sign === '{') depth += 1;
    if (sign === '}') depth -= 1;
    take('sign', sign);
  }
  if (depth !== 0 || templates.length > 0) throw new UnreadableSource('braces do not balance');
  return tokens;
}

/** From a backtick or a closing brace to the next `${` or the closing backtick, both ends included. */
function templatePart(source: string, from: number): string | undefined {
  for (let at = from + 1; at < source.length; at += 1) {
    if (source[at] === '\\') at += 1;
    else if (source[at] === '`') return source.slice(from, at + 1);
    else if (source.startsWith('${', at)) return source.slice(from, at + 2);
  }
  return undefined;
}

function startsExpression(previous: Token | undefined): boolean {
  if (previous === undefined) return true;
  if (previous.kind === 'sign') return ![')', ']', '}'].includes(previous.text);
  if (previous.kind === 'template') return previous.text.endsWith('${');
  return previous.kind === 'word' && BEFORE_EXPRESSION.has(previous.text);
}
