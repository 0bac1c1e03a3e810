import type { Vault, VaultReady } from '../adapters/vault/signer.ts';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { Configuration } from '../core/policy/configuration.ts';
import type { SignedStage } from '../core/stage/artefact.ts';
import type { Signer } from '../ports/signer.ts';
import type { CheckpointSigner } from '../ports/snapshots.ts';
import { type Ask, findingsView, seeMore, unanswered } from './account.ts';
import { findingText, type Seen, vet } from './vetting.ts';

type Open = { readonly vault: Vault; readonly ready: VaultReady };

/** What a change of the keys needs of the gateway. */
export type Rotating = {
  readonly configuration: Configuration;
  readonly start: () => Vault;
  /** Asks the exchange with the keys of one vault. */
  readonly askWith: (signer: Signer) => Ask;
  /** Whose books are kept. */
  readonly account: () => string;
  readonly fence: () => number;
  /** Journals that the keys change, or says why it cannot. */
  readonly note: (message: string) => Promise<string | null>;
};

export type Rotated = {
  readonly source: string;
  readonly seen: Seen;
  readonly warnings: ReturnType<typeof findingsView>;
  readonly old: string;
};

/** The vault that signs now. Whoever signs asks here, so that another one can take its place while the gateway works (docs/decisions/0036). */
export class Keys implements AsyncDisposable {
  readonly signer: Signer;
  readonly checkpoints: CheckpointSigner;
  #open: Open;
  readonly prove: Vault['prove'];
  readonly provePasskey: Vault['provePasskey'];
  #stage: SignedStage | null = null;
  #offset = 0;
  #busy = false;
  /** Settles when the vault that signs has died. */
  readonly died: Promise<void>;
  readonly #settleDied: () => void;

  constructor(open: Open) {
    this.#open = open;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.died = promise;
    this.#settleDied = resolve;
    this.prove = (asked) => this.#open.vault.prove(asked);
    this.provePasskey = (asked) => this.#open.vault.provePasskey(asked);
    this.signer = {
      sign: (request, expectedHash, epoch) => this.#open.vault.signer.sign(request, expectedHash, epoch),
      raise: (epoch) => this.#open.vault.signer.raise(epoch),
    };
    const current = (): Open => this.#open;
    this.checkpoints = {
      get key() {
        return current().ready.checkpointKey;
      },
      sign: async (checkpoint) => {
        const asked = current();
        const signed = await asked.vault.signCheckpoint(checkpoint);
        // Signature and key are read one after the other, and have to be of one vault.
        return asked === current() ? signed : { kind: 'refused', cause: 'the keys were exchanged meanwhile' };
      },
    };
    this.#watch(open);
  }

  /** Tells the vault which signed stage holds, and each one that takes its place. */
  holdStage(stage: SignedStage | null): Promise<string | null> {
    this.#stage = stage;
    return this.#open.vault.holdStage(stage);
  }

  setClockOffset(offsetMilliseconds: number): void {
    this.#offset = offsetMilliseconds;
    this.#open.vault.setClockOffset(offsetMilliseconds);
  }

  /** Takes what its source holds now in the place of the keys that sign. Until all of it is proven, and whenever it is not, the old ones stay. */
  async rotate(rotating: Rotating, reason: string): Promise<Result<Rotated>> {
    if (this.#busy) return err('the keys are being exchanged already');
    this.#busy = true;
    const vault = rotating.start();
    const rotated = await this.#exchange(vault, rotating, reason).catch((error: unknown) =>
      err(error instanceof Error ? error.message : 'it failed'),
    );
    this.#busy = false;
    if (rotated.ok) return rotated;
    void vault.close();
    return err(`the keys stay as they were: ${rotated.error}`);
  }

  async #exchange(vault: Vault, rotating: Rotating, reason: string): Promise<Result<Rotated>> {
    const { configuration, askWith, account, fence, note } = rotating;
    const ready = await vault.ready;
    if (!ready.ok) return ready;
    const before = this.#open;
    const { source, rules, fingerprint } = ready.value;
    if (fingerprint === before.ready.fingerprint) return err(`${source} holds the same keys as before; put the new ones there first`);
    // A limit that was changed in a file takes a start, which looks at it; it does not come in with a key.
    if (rules !== before.ready.rules)
      return err('twokey.toml, ceiling.toml or operator.toml is not as it was at the start; put it back, or start again instead');
    vault.setClockOffset(this.#offset);
    const seen = await seenWith(askWith(vault.signer), configuration);
    if (!seen.ok) return err(`of the new key: ${seen.error}`);
    const findings = vet(seen.value, configuration);
    const refused = findings.filter(({ verdict }) => verdict === 'refuse');
    if (refused.length > 0) return err(`of the new key: ${refused.map(findingText).join('; ')}`);
    const opened = `okx:${configuration.exchange.environment}:${seen.value.account.uid}`;
    if (opened !== account()) return err(`the new key opens ${opened}, and the books are those of ${account()}`);
    const old = await this.#old(askWith(before.vault.signer), seen.value.account.uid);
    if (!old.ok) return old;
    const held = this.#stage;
    const unheld = await vault.holdStage(held);
    if (unheld !== '') return err(`the new vault does not take the stage of the roll-out: ${unheld ?? 'it died'}`);
    const words = reason === '' ? '' : ` (${reason})`;
    const unwritten = await note(`the operator exchanges the keys of ${opened} for others of the same account${words}`);
    if (unwritten !== null) return err(unwritten);
    const next = { vault, ready: ready.value };
    vault.setClockOffset(this.#offset);
    vault.signer.raise(fence());
    this.#open = next;
    // What fell meanwhile was told to the old one alone.
    if (this.#stage !== held) void vault.holdStage(this.#stage);
    this.#watch(next);
    void before.vault.retire();
    const warnings = findingsView(findings);
    return ok({ source, seen: seen.value, warnings, old: old.value });
  }

  /** What is to be told of the old key. One that the exchange does not take any more was proven to be of this account when the gateway started. */
  async #old(ask: Ask, uid: string): Promise<Result<string>> {
    const { report } = await ask({ kind: 'account_config' });
    if (report.kind === 'account_config')
      return report.config.uid === uid
        ? ok('delete the old key at the exchange')
        : err('the old key opens another account than the new one');
    const answer = unanswered(report);
    return answer.isLasting ? ok('the exchange takes the old key no more') : err(`of the old key: ${answer.text}`);
  }

  #watch(open: Open): void {
    void open.vault.exited.then(() => {
      if (open === this.#open) this.#settleDied();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#open.vault.close();
  }
}

async function seenWith(ask: Ask, configuration: Configuration): Promise<Result<Seen>> {
  const { report } = await ask({ kind: 'account_config' });
  if (report.kind !== 'account_config') return err(unanswered(report).text);
  return ok(await seeMore(ask, report.config, configuration));
}
