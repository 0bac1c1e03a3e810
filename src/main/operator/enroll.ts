import { randomBytes } from 'node:crypto';
import { openHome } from '../../adapters/home/home.ts';
import type { Command } from '../../doors/operator/command.ts';
import { type Draft, enroll as begin } from '../../doors/operator/enroll.ts';
import type { ExitCode } from '../../doors/operator/output.ts';
import { secretive } from '../../doors/operator/secretive.ts';
import { base32 } from '../../vault/base32.ts';
import { codeAt, formatEnrolment, hashOf, SALT_BYTES, SCRYPT_COST, STEP_MILLISECONDS, TOTP_BYTES } from '../../vault/operator-proof.ts';

/** `twokey operator enroll`, with chance, clock and terminal. What the vault will compare with is made by the vault's own functions. */
export function enroll(command: Command): Promise<ExitCode> {
  return begin(command, {
    openHome,
    draw,
    person: () => secretive({ input: process.stdin, output: process.stderr }),
    tell: (text) => process.stderr.write(text),
  });
}

function draw(): Draft {
  const totp = randomBytes(TOTP_BYTES);
  return {
    secret: base32(totp),
    shows: (code) => {
      const step = Math.floor(Date.now() / STEP_MILLISECONDS);
      return [step - 1, step, step + 1].some((each) => codeAt(totp, each) === code);
    },
    fileWith: async (passphrase) => {
      const [cost, salt] = [SCRYPT_COST, randomBytes(SALT_BYTES)];
      const hash = await hashOf(passphrase, { cost, salt });
      return `# By this the vault knows you (twokey operator enroll). Whoever reads it can show your codes: keep it to the gateway's user.\n${formatEnrolment({ cost, salt, hash, totp })}`;
    },
  };
}
