import { err, ok, type Result } from '../../core/lang/result.ts';

/** The three fields of a key, as OKX shows them once. They exist for the length of one command, and go into one file. */
export type KeyFields = { readonly api_key: string; readonly secret_key: string; readonly passphrase: string };

export const keyNames = ['api_key', 'secret_key', 'passphrase'] as const;

const CHARACTERS_MAX = 4096;

/** Whether the vault will take it. The text itself is never repeated. */
export function checkField(name: keyof KeyFields, text: string): Result<string> {
  if (text === '') return err(`${name} is empty`);
  if (text.length > CHARACTERS_MAX) return err(`${name} has more than ${CHARACTERS_MAX} characters`);
  if (text !== text.trim()) return err(`${name} begins or ends with a space`);
  // Key and passphrase travel in headers, which carry these characters only.
  if (name === 'secret_key' ? !text.isWellFormed() || /\p{Cc}/u.test(text) : !/^[ -~]+$/.test(text))
    return err(`${name} holds characters that cannot be printed`);
  return name === 'api_key' && text.startsWith('sim-') ? err('sim-* keys are for the simulator; put the key of OKX there') : ok(text);
}

/** All three, or which one is wrong. */
export function checkKey(fields: KeyFields): Result<KeyFields> {
  for (const name of keyNames) {
    const checked = checkField(name, fields[name]);
    if (!checked.ok) return checked;
  }
  return ok(fields);
}

/** What a program or a file gives on standard input: key, secret and passphrase, one a line and as they are. */
export function keyFromLines(text: string): Result<KeyFields> {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const [key = '', secret = '', passphrase = '', ...more] = lines;
  if (lines.length < keyNames.length || more.length > 0)
    return err('expected key, secret and passphrase on standard input, one a line, or in OKX_API_KEY, OKX_API_SECRET and OKX_PASSPHRASE');
  return checkKey({ api_key: key, secret_key: secret, passphrase });
}

/** A text as TOML writes it between double quotes, so that every character survives. */
export function tomlText(text: string): string {
  return JSON.stringify(text).replaceAll('\u007f', '\\u007f');
}
