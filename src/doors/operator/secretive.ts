import { createInterface } from 'node:readline';
import { err } from '../../core/lang/result.ts';
import { atTerminal, type Terminal } from '../init/ask.ts';
import type { Secretive } from './proof.ts';

/** How long another program may take for the next line. A person at a terminal has all the time there is. */
const LINE_MILLISECONDS_MAX = 60_000;

/** The person at this terminal, or, where standard input is none, the program at its other end: a line an answer, and no second try. Never an argument. */
export function secretive({ input, output }: Terminal): Secretive {
  return 'isTTY' in input && input.isTTY === true ? atTerminal({ input, output }) : atPipe({ input, output });
}

function atPipe({ input, output }: Terminal): Secretive {
  const lines = createInterface({ input });
  const heard = lines[Symbol.asyncIterator]();
  return {
    askSecret: async (question, parse) => {
      output.write(`${question}: \n`);
      let timer: NodeJS.Timeout | undefined;
      const silence = new Promise<null>((resolve) => {
        timer = setTimeout(() => resolve(null), LINE_MILLISECONDS_MAX);
      });
      const line = await Promise.race([heard.next(), silence]);
      clearTimeout(timer);
      return line === null || line.done === true ? err(`${question}: nobody answered on standard input`) : parse(line.value);
    },
    close: () => lines.close(),
  };
}
