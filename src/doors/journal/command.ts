import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { ShowOptions } from './show.ts';

/** What a person wants of the journal. An empty `file` means the journal of the home. */
export type JournalCommand =
  | { readonly kind: 'show'; readonly file: ''; readonly options: ShowOptions }
  | { readonly kind: 'verify'; readonly file: string; readonly expected: string; readonly key: string }
  | { readonly kind: 'export'; readonly file: ''; readonly out: string }
  | { readonly kind: 'why'; readonly file: ''; readonly intent: string };

/** `home` is what the flag said, if there was one. */
export type JournalWords = { readonly home: string | undefined; readonly json: boolean; readonly command: JournalCommand };

type Flag = 'last' | 'kind' | 'intent' | 'expect' | 'key' | 'out';
type Given = { readonly words: readonly string[]; readonly flags: Readonly<Partial<Record<Flag, string>>>; readonly json: boolean };

const LAST_DEFAULT = '20';
const LAST_MAX = 100_000;

/** Reads `log [show] [--last N] [--kind K] [--intent ID]`, `log verify [FILE] [--expect HASH] [--key KEY]`, `log export [--out FILE]` and `why INTENT`. */
export function parseJournalCommand(verb: 'log' | 'why', argv: readonly string[]): Result<JournalWords> {
  const text = { type: 'string' } as const;
  const yes = { type: 'boolean' } as const;
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      // The environment of a journal is what it says itself; the flags that choose one are taken everywhere and change nothing here.
      options: {
        home: text,
        json: yes,
        demo: yes,
        env: text,
        'read-only': yes,
        last: text,
        kind: text,
        intent: text,
        expect: text,
        key: text,
        out: text,
      },
    });
    const { home, json = false, demo: _demo, env: _env, 'read-only': _readOnly, ...flags } = values;
    const [what, ...words] = verb === 'why' ? ['why', ...positionals] : positionals.length === 0 ? ['show'] : positionals;
    const command = commandOf(what ?? '', { words, flags, json });
    return command.ok ? ok({ home, json, command: command.value }) : command;
  } catch (error) {
    return err(error instanceof Error ? error.message : 'these arguments cannot be read');
  }
}

function commandOf(what: string, given: Given): Result<JournalCommand> {
  const { words, flags } = given;
  const [word = ''] = words;
  switch (what) {
    case 'show': {
      const { last = LAST_DEFAULT, kind = '', intent = '' } = flags;
      if (!/^[1-9]\d{0,5}$/.test(last) || Number(last) > LAST_MAX) return err(`expected --last as a whole number from 1 to ${LAST_MAX}`);
      return checked(
        given,
        { words: 0, flags: ['last', 'kind', 'intent'] },
        { kind: 'show', file: '', options: { last: Number(last), kind, intent } },
      );
    }
    case 'verify': {
      const { expect = '', key = '' } = flags;
      if (expect !== '' && !/^[0-9a-f]{64}$/.test(expect)) return err('expected --expect as a hash of 64 hexadecimal digits');
      if (key !== '' && !/^[0-9a-f]{64}$/.test(key)) return err('expected --key as a key of 64 hexadecimal digits');
      return checked(given, { words: 1, flags: ['expect', 'key'] }, { kind: 'verify', file: word, expected: expect, key });
    }
    case 'export': {
      const { out = '' } = flags;
      if (given.json && out === '') return err('an export is lines of JSON and not one document: give --out FILE with --json');
      return checked(given, { words: 0, flags: ['out'] }, { kind: 'export', file: '', out });
    }
    case 'why':
      if (!/^[A-Za-z0-9._:-]{1,64}$/.test(word)) return err('expected twokey why INTENT, an id of 1 to 64 of A-Z a-z 0-9 . _ : -');
      return checked(given, { words: 1, flags: [] }, { kind: 'why', file: '', intent: word });
    default:
      return err(`log ${JSON.stringify(what)} is not a command; there are log show, log verify [FILE], log export`);
  }
}

/** The command, unless something was given that means nothing to it: a flag that is ignored may have been the one that mattered. */
function checked(
  { words, flags }: Given,
  known: { readonly words: number; readonly flags: readonly Flag[] },
  command: JournalCommand,
): Result<JournalCommand> {
  const flag = Object.keys(flags).find((name) => !known.flags.some((each) => each === name));
  if (flag !== undefined) return err(`--${flag} means nothing here`);
  return words.length > known.words ? err(`unexpected word ${JSON.stringify(words[known.words])}`) : ok(command);
}
