import { hash } from 'node:crypto';

/** What a device answers to a challenge, each part in base64url. */
export type Assertion = {
  readonly id: string;
  readonly authenticatorData: string;
  readonly clientData: string;
  readonly signature: string;
};

/**
 * What a passkey signs for one deed: a digest over the deed and a number that is drawn once, so that a signature says this deed, this once. Gateway and vault
 * come to it each by themselves. Base64url without padding, as a browser repeats it in what it has signed.
 */
export function challengeOf({ nonce, deed }: { readonly nonce: string; readonly deed: string }): string {
  return hash('sha256', `twokey passkey 1\n${nonce}\n${deed}`, 'base64url');
}

/** The same for the making of a passkey. `code` is what the operator's terminal has shown. */
export function registrationChallengeOf(code: string): string {
  return hash('sha256', `twokey passkey registration 1\n${code}`, 'base64url');
}
