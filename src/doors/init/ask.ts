import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { err, type Result } from '../../core/lang/result.ts';

/** Whoever answers on a terminal. */
export type Person = {
  /** Asks again until the answer can be read; an empty one is `otherwise`. */
  readonly ask: <Value>(question: string, otherwise: string, parse: (text: string) => Result<Value>) => Promise<Result<Value>>;
  /** The same without showing what is typed. */
  readonly askSecret: (question: string, parse: (text: string) => Result<string>) => Promise<Result<string>>;
  readonly close: () => void;
};

/** The streams of a terminal; a test gives its own. */
export type Terminal = { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream };

const ATTEMPTS_MAX = 10;

export function atTerminal({ input, output }: Terminal): Person {
  let isHidden = false;
  const shown = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!isHidden) output.write(chunk);
      done();
    },
  });
  // What was typed is not kept for the next question: it may have been a secret.
  const lines = createInterface({ input, output: shown, terminal: true, historySize: 0 });
  const gone = new AbortController();
  lines.once('close', () => gone.abort());
  lines.once('SIGINT', () => lines.close());

  const answered = async <Value>(question: () => Promise<string>, parse: (text: string) => Result<Value>): Promise<Result<Value>> => {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      try {
        // One question follows the other.
        // oxlint-disable-next-line no-await-in-loop
        const parsed = parse(await question());
        if (parsed.ok) return parsed;
        output.write(`  ${parsed.error}\n`);
      } catch {
        return err('nothing was written: the questions were not answered');
      }
    }
    return err('nothing was written: no answer could be read');
  };
  const hidden = async (question: string): Promise<string> => {
    output.write(`${question}: `);
    isHidden = true;
    try {
      return await lines.question('', { signal: gone.signal });
    } finally {
      isHidden = false;
      output.write('\n');
    }
  };
  return {
    ask: (question, otherwise, parse) =>
      answered(async () => {
        const text = (await lines.question(`${question} [${otherwise}]: `, { signal: gone.signal })).trim();
        return text === '' ? otherwise : text;
      }, parse),
    askSecret: (question, parse) => answered(() => hidden(question), parse),
    close: () => lines.close(),
  };
}
