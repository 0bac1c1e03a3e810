import { styleText } from 'node:util';
import type { Outcome } from './telling.ts';

/** A step that was performed and judged. */
export type Judged = {
  readonly name: string;
  readonly asked: string;
  readonly outcome: Outcome;
  readonly without: string;
  /** What the judge found wrong; nothing when the step went as it must. */
  readonly complaints: readonly string[];
  readonly milliseconds: number;
};

export type Transcript = {
  readonly line: (text: string) => void;
  /** Says what is going on; the next line takes its place. */
  readonly begin: (text: string) => void;
  readonly step: (number: number, judged: Judged) => void;
  readonly table: (steps: readonly Judged[]) => void;
};

/** Where it is written: a terminal shows progress in place and colours; anything else gets plain lines. */
export type Paper = { readonly isTTY?: boolean; readonly columns?: number; write(text: string): unknown };

const WIDTH_MAX = 100;
const WIDTH_MIN = 60;
const FRAMES = ['|', '/', '-', '\\'] as const;
const FRAME_MILLISECONDS = 120;

type Colour = 'green' | 'red' | 'dim' | 'bold';

/** The story on a terminal, in plain words and at most 100 columns. */
export function writeTranscript(paper: Paper & NodeJS.WritableStream): Transcript {
  const live = paper.isTTY === true;
  const width = Math.max(WIDTH_MIN, Math.min(WIDTH_MAX, paper.columns ?? WIDTH_MAX));
  // `styleText` leaves colours out where the stream is no terminal or NO_COLOR is set.
  const paint = (colour: Colour, text: string): string => styleText(colour, text, { stream: paper });
  let spinner: NodeJS.Timeout | undefined;
  const settle = (): void => {
    if (spinner === undefined) return;
    clearInterval(spinner);
    spinner = undefined;
    paper.write('\r\u001b[2K');
  };
  const line = (text: string): void => {
    settle();
    paper.write(`${text}\n`);
  };
  const verdict = ({ complaints }: Judged): string => (complaints.length === 0 ? paint('green', 'ok') : paint('red', 'NO'));

  return {
    line,
    begin(text) {
      settle();
      if (!live) return;
      // A line that wraps cannot be taken back.
      const shown = text.slice(0, Math.max(0, Math.min(WIDTH_MAX, paper.columns ?? WIDTH_MAX) - 6));
      let frame = 0;
      const draw = (): void => {
        frame += 1;
        paper.write(`\r\u001b[2K  ${paint('dim', `${FRAMES[frame % FRAMES.length] ?? ''}  ${shown}`)}`);
      };
      draw();
      spinner = setInterval(draw, FRAME_MILLISECONDS);
    },
    step(number, judged) {
      const seconds = `${(judged.milliseconds / 1000).toFixed(1)} s`;
      const gap = ' '.repeat(Math.max(1, width - 5 - judged.name.length - 3 - seconds.length - 2));
      line(` ${String(number).padStart(2)}  ${paint('bold', judged.name)}${gap}${verdict(judged)}   ${paint('dim', seconds)}`);
      const labelled = (label: string, text: string): void => {
        for (const [index, part] of wrap(text, width - 15).entries()) {
          line(`     ${paint('dim', (index === 0 ? label : '').padEnd(10))}${label === 'without' ? paint('dim', part) : part}`);
        }
      };
      labelled('asked', judged.asked);
      labelled('twokey', judged.outcome.whole);
      labelled('without', judged.without);
      for (const complaint of judged.complaints) labelled('judge', complaint);
      line('');
    },
    table(steps) {
      const name = Math.max(...steps.map((each) => each.name.length));
      const asked = Math.floor((width - 2 - name - 2 - 2 - 2 - 2) * 0.5);
      const outcome = width - 2 - name - 2 - asked - 2 - 2 - 2;
      line(`  ${paint('dim', `${'step'.padEnd(name)}  ${'asked'.padEnd(asked)}  ${'what twokey did'.padEnd(outcome)}  ok`)}`);
      line(`  ${paint('dim', '─'.repeat(width - 2))}`);
      for (const step of steps) {
        const [left, right] = [wrap(step.asked, asked), wrap(step.outcome.brief, outcome)];
        for (let row = 0; row < Math.max(left.length, right.length); row += 1) {
          const first = (row === 0 ? step.name : '').padEnd(name);
          const texts = `${(left[row] ?? '').padEnd(asked)}  ${(right[row] ?? '').padEnd(outcome)}`;
          line(`  ${first}  ${row === 0 ? `${texts}  ${verdict(step)}` : texts.trimEnd()}`);
        }
      }
    },
  };
}

/** Breaks a text at spaces; a word longer than the line is cut. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((each) => each.match(new RegExp(`.{1,${width}}`, 'gu')) ?? [])) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
