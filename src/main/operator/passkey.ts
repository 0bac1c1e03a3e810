import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { digest } from '../../core/lang/digest.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { registrationChallengeOf } from '../../core/page/challenge.ts';
import { formatConfigurationError } from '../../core/policy/fields.ts';
import type { Command } from '../../doors/operator/command.ts';
import { type ExitCode, exits, fail, out } from '../../doors/operator/output.ts';
import { isNamed, linksTo, offer } from '../../doors/operator/passkey.ts';
import type { Proof } from '../../adapters/operator/protocol.ts';
import { askProof } from '../../doors/operator/proof.ts';
import { secretive } from '../../doors/operator/secretive.ts';
import { codeAt, type Enrolment, hashOf, parseEnrolment, STEP_MILLISECONDS } from '../../vault/operator-proof.ts';
import { formatPasskey, passkeyName } from '../../vault/passkey-file.ts';
import { readRegistration } from '../../vault/registration.ts';
import { namesOf } from '../page/names.ts';
import { readConfiguration } from './home.ts';

/**
 * `twokey operator passkey NAME`: a passkey for the page, made on a page that this command serves itself while no gateway runs. It is written beside what the operator
 * is known by already, and the vault reads it when it starts.
 */
export async function passkey(command: Command): Promise<ExitCode> {
  const [, name = '', ...more] = command.words;
  if (!passkeyName.test(name) || more.length > 0) {
    const message = 'expected twokey operator passkey NAME, with a name of a-z, 0-9 and -, such as phone';
    return fail(command, { code: 'SCHEMA', message, exit: exits.usage });
  }
  const made = await making(command.home, name);
  if (!made.ok) return fail(command, { code: 'NOT_ALLOWED', message: made.error, exit: exits.failed });
  const next = 'start the gateway again: the vault reads its passkeys when it starts';
  if (command.json) out(`${JSON.stringify({ ok: true, passkey: name, next }, null, 2)}\n`);
  else out(`made: passkey ${name}\n→ ${next}\n`);
  return exits.fine;
}

async function making(home: string, name: string): Promise<Result<string>> {
  const configuration = readConfiguration(home);
  if (!configuration.ok) return configuration;
  if (!configuration.value.http.wanted) return err('no page is served: add [http] to twokey.toml first');
  const path = join(home, 'operator.toml');
  const before = readOperator(path);
  if (!before.ok) return before;
  const { text, enrolment } = before.value;
  if (enrolment.passkeys.some((each) => each.name === name))
    return err(`there is a passkey ${name} already: remove its section from ${path} first`);
  const proof = await askProof(secretive({ input: process.stdin, output: process.stderr }));
  if (!proof.ok) return proof;
  if (!(await isOperator(enrolment, proof.value))) return err('passphrase or code is wrong');

  const { listen, publicUrl } = configuration.value.http;
  const code = randomBytes(16).toString('base64url');
  const challenge = registrationChallengeOf(code);
  return offer({
    listen,
    ...namesOf(configuration.value.http),
    code,
    listening: () => {
      const links = linksTo({ listen, publicUrl, code }).map((link) => `  ${link}\n`);
      process.stderr.write(`Open this on the device that is to have the passkey:\n${links.join('')}`);
    },
    options: { challenge, name, user: randomBytes(16).toString('base64url'), known: enrolment.passkeys.map(({ id }) => id) },
    keep: (registration, origin) => {
      const named = isNamed(origin);
      if (!named.ok) return named;
      const read = readRegistration(registration, { name, origin, challenge });
      if (!read.ok) return read;
      if (enrolment.passkeys.some(({ id }) => id === read.value.id)) return err('this device has a passkey for this page already');
      const written = replace(path, { before: digest(text), text: text + formatPasskey(read.value) });
      return written.ok ? ok(name) : written;
    },
  });
}

/** No border: whoever may write the file needs none of this. It keeps whoever finds a terminal open from leaving a key of theirs. */
async function isOperator(enrolment: Enrolment, { passphrase, code }: Proof): Promise<boolean> {
  const step = Math.floor(Date.now() / STEP_MILLISECONDS);
  const isShown = [step - 1, step, step + 1].some((each) => codeAt(enrolment.totp, each) === code);
  return timingSafeEqual(await hashOf(passphrase, enrolment), enrolment.hash) && isShown;
}

type Operator = { readonly text: string; readonly enrolment: Extract<ReturnType<typeof parseEnrolment>, { readonly ok: true }>['value'] };

function readOperator(path: string): Result<Operator> {
  let text: string;
  try {
    if ((statSync(path).mode & 0o077) !== 0) return err(`others can read ${path}; run chmod 600 ${path}`);
    text = readFileSync(path, 'utf8');
  } catch {
    return err('nobody is enrolled: twokey operator enroll first; a passkey stands beside a passphrase, and never in its place');
  }
  const parsed = parseEnrolment(text);
  return parsed.ok ? ok({ text, enrolment: parsed.value }) : err(formatConfigurationError({ file: path, error: parsed.error }));
}

/** Puts the whole new file in the place of the one that was read. */
function replace(path: string, { before, text }: { readonly before: string; readonly text: string }): Result<void> {
  const draft = `${path}.${process.pid}`;
  try {
    if (digest(readFileSync(path, 'utf8')) !== before) return err(`${path} was changed meanwhile, and nothing was written`);
    if (!parseEnrolment(text).ok) return err('the file would not read back, and nothing was written');
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(draft, path);
    return ok(undefined);
  } catch {
    return err(`${path} could not be written`);
  } finally {
    rmSync(draft, { force: true });
  }
}
