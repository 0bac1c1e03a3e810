import { err, ok, type Result } from '../core/lang/result.ts';
import type { TomlTable } from '../core/lang/toml.ts';
import { choice, type ConfigurationError, type Field, readTable, text } from '../core/policy/fields.ts';
import { fromBase64url, keyOf, type Passkey } from './passkey.ts';

/** More than anybody has devices. */
const PASSKEYS_MAX = 16;
export const passkeyName = /^[a-z0-9-]{1,32}$/;

const shape = {
  origin: text({
    expected: 'expected the address of a page, without a path',
    fits: /^https?:\/\/[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[1-9][0-9]{0,4})?$/,
  }),
  id: text({ expected: 'expected the id of a passkey in base64url', fits: /^[A-Za-z0-9_-]{16,1366}$/ }),
  algorithm: choice(['ES256', 'EdDSA']),
  key: text({ expected: 'expected a public key in hexadecimal', fits: /^([0-9a-f]{64}){1,2}$/ }),
};

/** The sections `[passkeys.NAME]` of `operator.toml`, as they stand in it. */
export const passkeysField: Field<readonly Passkey[]> = (value, key) => {
  if (value.kind !== 'table') return err({ line: value.line, key, message: 'expected [passkeys.NAME] sections' });
  return readPasskeys(value);
};

function readPasskeys(table: TomlTable): Result<readonly Passkey[], ConfigurationError> {
  const passkeys: Passkey[] = [];
  for (const [name, { value, line }] of table.entries) {
    const problem = (message: string): Result<never, ConfigurationError> => err({ line, key: name, message });
    if (value.kind !== 'table' || !passkeyName.test(name)) return problem('expected [passkeys.NAME] with a name of a-z, 0-9 and -');
    const read = readTable(value, { name: `passkeys.${name}`, shape });
    if (!read.ok) return read;
    const { origin, id, algorithm, key } = read.value;
    if (origin === undefined || id === undefined || algorithm === undefined || key === undefined)
      return problem('expected origin, id, algorithm and key, as twokey operator passkey writes them');
    // A port above 65535 has the form of one. Whoever signs for such a page would end the vault with the question.
    if (!URL.canParse(origin)) return problem('expected origin as the address of a page that there can be');
    const passkey = { name, origin, id, algorithm, key: Buffer.from(key, 'hex') };
    if (fromBase64url(id) === null || !isKey(passkey) || passkeys.some((other) => other.id === id))
      return problem('expected a passkey of its own');
    passkeys.push(passkey);
  }
  return passkeys.length <= PASSKEYS_MAX
    ? ok(passkeys)
    : err({ line: table.line, key: '', message: `expected at most ${PASSKEYS_MAX} passkeys` });
}

/** Whether a key is one: a point that is not on the curve is none. */
export function isKey(passkey: Pick<Passkey, 'algorithm' | 'key'>): boolean {
  if (passkey.key.length !== (passkey.algorithm === 'ES256' ? 64 : 32)) return false;
  try {
    return keyOf(passkey).type === 'public';
  } catch {
    return false;
  }
}

/** The section that reads back as `passkey`. */
export function formatPasskey({ name, origin, id, algorithm, key }: Passkey): string {
  const hex = Buffer.from(key).toString('hex');
  return `\n[passkeys.${name}]\norigin = "${origin}"\nid = "${id}"\nalgorithm = "${algorithm}"\nkey = "${hex}"\n`;
}
