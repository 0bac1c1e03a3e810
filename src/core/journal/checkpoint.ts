import { isSignatureOf, type Signature } from '../lang/signature.ts';

/** That the journal of `account` stood at this head, and that its entries came to the state with this digest. */
export type Checkpoint = {
  readonly account: string;
  /** Number and hash of the last entry that it covers. */
  readonly seq: number;
  readonly hash: string;
  /** SHA-256 of the state's canonical text (docs/formats/snapshot.md). */
  readonly state: string;
};

/** With a signature over `checkpointText`. */
export type SignedCheckpoint = Checkpoint & Signature;

const accountShape = /^okx:[a-z]+:[A-Za-z0-9._-]{1,48}$/;
const digestShape = /^[0-9a-f]{64}$/;

/** What is signed. Its first line is that of nothing else that the vault signs, and no field can hold a line feed. */
export function checkpointText({ account, seq, hash, state }: Checkpoint): string {
  return `twokey checkpoint 1\n${account}\n${seq}\n${hash}\n${state}`;
}

/** What is wrong with the fields by themselves, or an empty text. */
export function misshapen({ account, seq, hash, state }: Checkpoint): string {
  if (!accountShape.test(account)) return 'its account is not okx:ENVIRONMENT:UID';
  if (!Number.isSafeInteger(seq) || seq < 1) return 'its entry is not a whole number of at least 1';
  if (!digestShape.test(hash)) return 'its hash is not 64 hexadecimal digits';
  return digestShape.test(state) ? '' : 'the digest of its state is not 64 hexadecimal digits';
}

/** Whether the signature was made with the private half of `key` over exactly this checkpoint. */
export function isSigned(checkpoint: SignedCheckpoint): boolean {
  return misshapen(checkpoint) === '' && isSignatureOf(checkpointText(checkpoint), checkpoint);
}
