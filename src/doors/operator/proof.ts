import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Person } from '../init/ask.ts';
import type { Gateway, Proof } from './gateway.ts';

/** Whoever types what nobody may see. */
export type Secretive = Pick<Person, 'askSecret' | 'close'>;

/** A gateway that is asked once more, with what a person types, where it wants to know that they are the operator. What it had refused was not done. */
export function withProof(gateway: Gateway, person: () => Promise<Secretive>): Gateway {
  return async (request, timeoutMilliseconds) => {
    const answer = await gateway(request, timeoutMilliseconds);
    if (answer.ok || answer.error.kind !== 'refused' || answer.error.code !== 'PROOF_REQUIRED') return answer;
    const proof = await askProof(await person());
    if (!proof.ok) return err({ ...answer.error, message: `${answer.error.message} (${proof.error})` });
    return gateway(request, timeoutMilliseconds, proof.value);
  };
}

export async function askProof(person: Secretive): Promise<Result<Proof>> {
  try {
    const passphrase = await person.askSecret('passphrase', (text) => (text === '' ? err('expected your passphrase') : ok(text)));
    if (!passphrase.ok) return passphrase;
    const code = await person.askSecret('code of the authenticator', parseCode);
    return code.ok ? ok({ passphrase: passphrase.value, code: code.value }) : code;
  } finally {
    person.close();
  }
}

/** Six digits, which many authenticators show in two groups. */
export function parseCode(text: string): Result<string> {
  const code = text.replaceAll(' ', '');
  return /^[0-9]{6}$/.test(code) ? ok(code) : err('expected six digits');
}
