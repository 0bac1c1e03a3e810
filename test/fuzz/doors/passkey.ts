import fc from 'fast-check';
import { challengeOf } from '../../../src/core/page/challenge.ts';
import { readCbor } from '../../../src/vault/cbor.ts';
import type { Passkey } from '../../../src/vault/passkey.ts';
import { Passkeys } from '../../../src/vault/passkeys.ts';
import { readRegistration } from '../../../src/vault/registration.ts';
import { Authenticator, writeCbor, type Written } from '../../support/authenticator.ts';
import { bytesLike, showBytes } from '../bytes.ts';
import { doorOf, type Fate, holds } from '../door.ts';

// What devices with passkeys write: CBOR, and the answers to being made and to being asked.

const origin = 'https://box.example';
const [nonce, deed] = ['n', '{"verb":"approve"}'];
const device = new Authenticator({ origin });
const known: Passkey = { name: 'phone', origin, id: device.id.toString('base64url'), algorithm: 'ES256', key: device.key };
const registration = device.register('c');
const assertion = device.assert(challengeOf({ nonce, deed }));
const fields = ['clientData', 'attestation', 'authenticatorData', 'signature'] as const;
const values: Readonly<Record<(typeof fields)[number], Buffer>> = {
  clientData: Buffer.from(assertion.clientData, 'base64url'),
  attestation: Buffer.from(registration.attestation, 'base64url'),
  authenticatorData: Buffer.from(assertion.authenticatorData, 'base64url'),
  signature: Buffer.from(assertion.signature, 'base64url'),
};
const cbor = [
  values.attestation,
  writeCbor(device.cose),
  ...[
    [1, -1, 23, 24, 255, 256, 65_535, 65_536],
    ['a', 'é', ''],
    new Map<string, Written>([
      ['a', [1, ['b']]],
      ['c', new Uint8Array(300)],
    ]),
  ].map(writeCbor),
];

type Input = { readonly part: (typeof fields)[number] | 'cbor'; readonly bytes: Buffer };

export const passkeys = doorOf<Input>({
  name: 'passkey',
  inputs: fc.oneof(
    bytesLike(cbor).map((bytes): Input => ({ part: 'cbor', bytes })),
    fc.constantFrom(...fields).chain((part) => bytesLike([values[part]]).map((bytes): Input => ({ part, bytes }))),
  ),
  round: 2000,
  few: 1000,
  show: ({ part, bytes }) => `${part}: ${showBytes(bytes)}`,
  open: () => Promise.resolve({ throwAt: (input) => Promise.resolve(read(input)), [Symbol.asyncDispose]: () => Promise.resolve() }),
});

function read({ part, bytes }: Input): Fate {
  if (part === 'cbor') return readValue(bytes);
  const given = bytes.toString('base64url');
  if (part === 'attestation') {
    const made = readRegistration({ ...registration, attestation: given }, { name: 'phone', origin, challenge: 'c' });
    return made.ok ? 'accepted' : 'refused';
  }
  const vault = new Passkeys([known]);
  const said = vault.answer({ kind: 'prove_passkey', id: 1, sequence: 1, nonce, deed, assertion: { ...assertion, [part]: given } });
  const isProved = said?.kind === 'proved';
  // Two signatures over one text may both be right, and nobody finds a second one by changing bytes of the first.
  holds(!isProved || bytes.equals(values[part]), `a changed ${part} has proved a deed`);
  return isProved ? 'accepted' : 'refused';
}

/** What is read is written in one way alone. */
function readValue(bytes: Buffer): Fate {
  const found = readCbor(bytes);
  if (!found.ok) return 'refused';
  const { value, end } = found.value;
  holds(end <= bytes.length && writeCbor(value).equals(bytes.subarray(0, end)), 'a value that is written in another way than it was read');
  return 'accepted';
}
