import { artefactText, type SignedStage, type StageArtefact } from '../../src/core/stage/artefact.ts';
import { SigningKey } from '../../src/vault/signing-key.ts';

const key = new SigningKey('whoever operates these tests', 'a stage');

/** A stage as an operator signs it, of an account that is worth 10,000 dollars where the test does not say otherwise. */
export function signedStage(stage: string, changes: Partial<StageArtefact> = {}): SignedStage {
  const artefact: StageArtefact = {
    account: 'okx:live:1001',
    stage,
    equityUsd: '10000',
    version: '0',
    positionMode: 'net',
    issuedAt: 1,
    ...changes,
  };
  return { ...artefact, key: key.name, signature: key.sign(artefactText(artefact)) };
}
