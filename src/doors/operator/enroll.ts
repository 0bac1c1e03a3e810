import { err, ok, type Result } from '../../core/lang/result.ts';
import { standing, writeAll } from '../init/write.ts';
import type { Command } from './command.ts';
import { type ExitCode, exits, fail, out } from './output.ts';
import { parseCode, type Secretive } from './proof.ts';

/** A secret that was just drawn, and is nobody's yet. */
export type Draft = {
  /** In base32. */
  readonly secret: string;
  /** Whether an authenticator that has the secret shows this code now. */
  readonly shows: (code: string) => boolean;
  /** The text of `operator.toml`. */
  readonly fileWith: (passphrase: string) => Promise<string>;
};

/** What the command cannot do by itself. */
export type Enrolling = {
  readonly person: () => Secretive;
  readonly openHome: (home: string) => Result<string>;
  readonly draw: () => Draft;
  /** Words for the person alone, beside the document that the command prints. */
  readonly tell: (text: string) => void;
};

const NAME = 'operator.toml';
const CHARACTERS_MIN = 12;
const CHARACTERS_MAX = 1024;

/** `operator enroll`: a passphrase and an authenticator by which the vault knows who loosens. Never over a file that is there. */
export async function enroll(command: Command, around: Enrolling): Promise<ExitCode> {
  if (command.words.length !== 1 || command.words[0] !== 'enroll')
    return fail(command, {
      code: 'SCHEMA',
      message: 'expected twokey operator enroll, which asks for the passphrase itself, or twokey operator passkey NAME',
      exit: exits.usage,
    });
  const [there] = standing(command.home, [NAME]);
  if (there !== undefined) {
    const message = `${there} is there already, and nothing was written; to enroll anew stop the gateway and move it away first`;
    return fail(command, { code: 'NOT_ALLOWED', message, exit: exits.failed });
  }
  const enrolled = await enrolling(command.home, around);
  if (!enrolled.ok) return fail(command, { code: 'NOT_ALLOWED', message: enrolled.error, exit: exits.failed });
  const next = 'start the gateway again: the vault reads this file when it starts';
  if (command.json) out(`${JSON.stringify({ ok: true, file: enrolled.value, next }, null, 2)}\n`);
  else out(`written: ${enrolled.value}\n→ ${next}\n`);
  return exits.fine;
}

async function enrolling(folder: string, { person, openHome, draw, tell }: Enrolling): Promise<Result<string>> {
  const secretive = person();
  try {
    const passphrase = await secretive.askSecret(`new passphrase, at least ${CHARACTERS_MIN} characters`, parseNew);
    if (!passphrase.ok) return passphrase;
    const same = await secretive.askSecret('the same once more', (text) =>
      text === passphrase.value ? ok(text) : err('this is not what was typed before'),
    );
    if (!same.ok) return same;
    const draft = draw();
    tell(
      [
        'Give this secret to an authenticator that the agent cannot reach, such as one on your phone. It is not shown again.',
        `  secret  ${draft.secret}`,
        `  as URI  otpauth://totp/twokey:operator?secret=${draft.secret}&issuer=twokey&algorithm=SHA1&digits=6&period=30`,
        '',
      ].join('\n'),
    );
    // Whoever has mistyped the secret would lock themselves out.
    const shown = await secretive.askSecret('the code that it shows now', (text) => {
      const code = parseCode(text);
      return !code.ok || draft.shows(code.value) ? code : err('this is not its code now; is the clock of this machine right?');
    });
    if (!shown.ok) return shown;
    const home = openHome(folder);
    if (!home.ok) return home;
    const written = writeAll(home.value, [{ name: NAME, text: await draft.fileWith(passphrase.value) }]);
    return written.ok ? ok(written.value[0] ?? '') : written;
  } finally {
    secretive.close();
  }
}

function parseNew(text: string): Result<string> {
  const { length } = text;
  if (length < CHARACTERS_MIN || length > CHARACTERS_MAX || text.trim() !== text)
    return err(`expected ${CHARACTERS_MIN} to ${CHARACTERS_MAX} characters, with no space at either end`);
  return ok(text);
}
