import { isSignatureOf, type Signature } from '../lang/signature.ts';

/** What the operator signs when an account is promoted in live: up to which stage it may trade, and from what the limits of that stage are reckoned. */
export type StageArtefact = {
  readonly account: string;
  readonly stage: string;
  /** What the account was worth then, a decimal text in US dollars. */
  readonly equityUsd: string;
  /** Another version of twokey, or another way to count positions, is another thing than what was tried out. */
  readonly version: string;
  readonly positionMode: string;
  /** UTC milliseconds. */
  readonly issuedAt: number;
};

/** With a signature over `artefactText`. */
export type SignedStage = StageArtefact & Signature;

const shapes: { readonly [key: string]: RegExp } = {
  account: /^okx:live:[A-Za-z0-9._-]{1,48}$/,
  stage: /^LIVE-[0-9]$/,
  equityUsd: /^[0-9]{1,20}(?:\.[0-9]{1,40})?$/,
  version: /^[A-Za-z0-9.+-]{1,64}$/,
  positionMode: /^(?:net|long_short)$/,
};

/** What is signed. Its first line is that of nothing else that the vault signs, and no field can hold a line feed. */
export function artefactText({ account, stage, equityUsd, version, positionMode, issuedAt }: StageArtefact): string {
  return `twokey stage 1\n${account}\n${stage}\n${equityUsd}\n${version}\n${positionMode}\n${issuedAt}`;
}

/** What is wrong with the fields by themselves, or an empty text. */
export function misshapenStage(artefact: StageArtefact): string {
  const wrong = Object.entries(shapes).find(([key, shape]) => !shape.test(String(artefact[key as keyof StageArtefact])));
  if (wrong !== undefined) return `its ${wrong[0]} is not of the known form`;
  return Number.isSafeInteger(artefact.issuedAt) && artefact.issuedAt > 0 ? '' : 'its time is no time';
}

/** Whether the signature was made with the private half of `key` over exactly this artefact. */
export function isStageSigned(signed: SignedStage): boolean {
  return misshapenStage(signed) === '' && isSignatureOf(artefactText(signed), signed);
}
