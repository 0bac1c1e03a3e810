/** Why the exchange takes no request of a key, in plain words, and what to do about it. */
export type KeyRefusal = { readonly message: string; readonly fix: string };

/** What a shell and a TOML file make of characters that OKX lets stand in secrets. */
export const QUOTING =
  'in credentials.toml write it between single quotes, or \\ as \\\\ and " as \\" between double ones; in a shell use single quotes, because $ ` \\ " and ! mean something there; twokey init asks for it and quotes it itself';
const SITE = 'an account of the EEA needs site = "eea" in [exchange] of twokey.toml, one of the US site = "us"';

const refusals: Readonly<Record<string, KeyRefusal>> = {
  '50100': { message: 'the API key is frozen', fix: 'look at OKX → API why, or make a new key there' },
  '50101': {
    message: 'this key belongs to another environment: a live key does not work in demo, nor a demo key in live',
    fix: 'make the key where it is used (OKX: Trade → Demo trading → Demo trading API for demo, profile → Sub-accounts → API for live), and let environment in twokey.toml agree',
  },
  '50105': {
    message: 'the passphrase is wrong',
    fix: `it is the one that was typed when the key was made, not a password of OKX; ${QUOTING}`,
  },
  '50110': {
    message: "this machine's address is not on the list of the key; it may have changed",
    fix: 'put the present address on the list of the key (OKX: API → Edit → IP address), or give this machine a fixed one',
  },
  '50111': { message: 'OKX does not know this key', fix: `copy api_key again; ${SITE}` },
  '50113': { message: 'the signature is wrong, so that secret_key is not that of this key', fix: `copy it again; ${QUOTING}` },
  '50114': { message: 'OKX does not accept the authorization of this key', fix: 'copy all three fields again from one key' },
  '50119': {
    message: 'this key does not exist any more: it was deleted, or ended after 14 idle days without a bound address',
    fix: `make a new one and bind it to the address of this machine; ${SITE}`,
  },
  '50120': { message: 'this key has no right to read', fix: 'make a key with read and trade, and without withdraw' },
  '50121': { message: 'OKX does not serve this address or region', fix: SITE },
  '50007': { message: 'OKX has blocked the user', fix: 'ask the support of OKX' },
  '50008': { message: 'OKX does not know the user of this key', fix: `ask the support of OKX; ${SITE}` },
  '50012': { message: 'the status of the account does not allow this', fix: 'look at OKX what it asks you to do' },
  '50027': { message: 'OKX restricts the account from trading', fix: 'ask the support of OKX' },
};

/** What a code says of the key or its account that no waiting will change; `undefined` for every other, above all for what passes by itself. */
export function keyRefusal(code: string): KeyRefusal | undefined {
  return Object.hasOwn(refusals, code) ? refusals[code] : undefined;
}

/** The same as one line. */
export function keyRefusalText(code: string, { message, fix }: KeyRefusal): string {
  return `${message} (code ${code} of OKX); ${fix}`;
}
