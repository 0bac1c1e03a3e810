import { err, ok, type Result } from '../core/lang/result.ts';
import { type Cbor, mapOf, readCbor } from './cbor.ts';
import { isKey } from './passkey-file.ts';
import { clientDataFault, fromBase64url, type Passkey, readAuthenticatorData } from './passkey.ts';

/** What a browser answers when a passkey was made, each part in base64url. */
export type Registration = { readonly clientData: string; readonly attestation: string };

type Asked = { readonly name: string; readonly origin: string; readonly challenge: string };

/** Behind host, flags and count: 16 bytes of the device's model, then the length of the id. */
const ID_LENGTH_AT = 37 + 16;

/**
 * The passkey that a device has made, on the page that was asked, with its owner verified. Which make of device it is is neither asked nor believed: whoever could say
 * something false in its place could make the key itself.
 */
export function readRegistration({ clientData, attestation }: Registration, { name, origin, challenge }: Asked): Result<Passkey> {
  const [said, object] = [clientData, attestation].map(fromBase64url);
  if (!said || !object) return err('expected base64url');
  const fault = clientDataFault(said, { type: 'webauthn.create', challenge, origin });
  if (fault !== null) return err(fault);
  const read = readCbor(object);
  if (!read.ok) return read;
  const data = read.value.end === object.length ? mapOf(read.value.value)?.get('authData') : undefined;
  if (!(data instanceof Uint8Array)) return err('expected an attestation object with authData, and nothing behind it');
  const bytes = Buffer.from(data);
  const count = readAuthenticatorData(bytes, { origin, attested: true });
  if (!count.ok) return count;
  if (bytes.length < ID_LENGTH_AT + 2) return err('the device names no key');
  const idAt = ID_LENGTH_AT + 2;
  const keyAt = idAt + bytes.readUInt16BE(ID_LENGTH_AT);
  const id = bytes.subarray(idAt, keyAt);
  if (id.length < 16 || id.length > 1023) return err('expected an id of 16 to 1023 bytes');
  const cose = readCbor(bytes.subarray(keyAt));
  if (!cose.ok) return cose;
  const key = keyAt + cose.value.end === bytes.length ? readKey(cose.value.value) : null;
  return key !== null && isKey(key) ? ok({ name, origin, id: id.toString('base64url'), ...key }) : err('expected a key for ES256 or EdDSA');
}

/** A key as COSE writes it (RFC 9053 §7): its type, algorithm, curve and coordinates, and nothing else. */
function readKey(cose: Cbor): Pick<Passkey, 'algorithm' | 'key'> | null {
  const parts = mapOf(cose);
  if (parts === null) return null;
  const [type, algorithm, curve, x, y] = [1, 3, -1, -2, -3].map((label) => parts.get(label));
  if (!(x instanceof Uint8Array) || x.length !== 32) return null;
  if (parts.size === 4 && type === 1 && algorithm === -8 && curve === 6) return { algorithm: 'EdDSA', key: Buffer.from(x) };
  if (parts.size !== 5 || type !== 2 || algorithm !== -7 || curve !== 1 || !(y instanceof Uint8Array) || y.length !== 32) return null;
  return { algorithm: 'ES256', key: Buffer.concat([x, y]) };
}
