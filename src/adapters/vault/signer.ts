import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Checkpoint } from '../../core/journal/checkpoint.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Signature } from '../../core/lang/signature.ts';
import type { Assertion } from '../../core/page/challenge.ts';
import { channelForm } from '../../core/order/channel-form.ts';
import type { ExchangeRequest } from '../../core/order/request.ts';
import type { ExchangeChoice } from '../../core/policy/configuration.ts';
import type { SignedStage, StageArtefact } from '../../core/stage/artefact.ts';
import type { Signed, Signer } from '../../ports/signer.ts';
import type { CheckpointSigned } from '../../ports/snapshots.ts';
import { encode } from '../../venues/okx/request.ts';
import { publicHeaders } from '../../venues/okx/sign.ts';
import type { Proof } from '../operator/protocol.ts';
import { Child, type Exit } from '../process/child.ts';
import { forgetCredentials } from '../process/clean-environment.ts';
import { forbidCoreDumps } from '../process/core-dumps.ts';
import { fetchInto } from './fetch.ts';
import { keyFile, keyProgram, serviceFolder } from './sources.ts';

export type VaultStart = {
  readonly home: string;
  /** The home of the user, where the official kit keeps its profiles. */
  readonly userHome: string;
  /** As twokey.toml says it, with the environment that the flags chose. */
  readonly exchange: ExchangeChoice;
  /** A reader's vault signs nothing that changes something. */
  readonly readOnly: boolean;
  /** `fd0`: descriptor 0 of this process holds what `cleanEnvironment` took out of the environment. */
  readonly credentials: 'fd0' | 'none';
  /** The notifiers' secrets go to a gateway and to nobody else. */
  readonly handsOn?: 'alert_secrets';
};

/**
 * Where the keys came from, for people; by which key checkpoints of this vault can be verified; by what these keys and the files that limit them are told apart
 * from others; and the secrets of the sinks by name, where they were asked for.
 */
export type VaultReady = {
  readonly source: string;
  readonly skipped: readonly string[];
  readonly checkpointKey: string;
  /** Whether somebody can prove to be the operator. */
  readonly enrolled: boolean;
  /** The pages on which somebody can prove it with a passkey. */
  readonly passkeyOrigins: readonly string[];
  readonly fingerprint: string;
  readonly rules: string;
  readonly secrets: Readonly<Record<string, string>>;
};

/** What the vault says of somebody who wants to be the operator. */
export type Proved =
  /** `by`: which passkey, where it was one. */
  | { readonly kind: 'proved'; readonly step: number; readonly signed: Signature | null; readonly by?: string }
  | { readonly kind: 'refused'; readonly cause: string }
  | { readonly kind: 'dead' };

/** A deed as the gateway wrote it down, and what a device has signed for it (src/vault/passkey.ts). */
export type SignedDeed = { readonly nonce: string; readonly deed: string; readonly assertion: Assertion };

/** How long the vault may think about one message; it needs well under a millisecond. */
const ANSWER_MILLISECONDS_MAX = 5_000;
/** How long it may take to read its files, a command that asks a person included. */
const READY_MILLISECONDS_MAX = 60_000;

const RETIRE_MILLISECONDS = 20;

const root = fileURLToPath(new URL('../../../', import.meta.url));
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
/** This file stands in `src` in a checkout and in `dist` when published; its siblings are found beside it. */
const code = fileURLToPath(new URL('../../', import.meta.url));

/** The file that the vault runs. */
export const vaultEntry = join(code, 'main', `vault.${extension}`);

/** Node's flags for the vault: its own code and these files to read, and nothing else of the host (DESIGN §2). */
export function vaultFlags({ home, userHome, exchange }: Pick<VaultStart, 'home' | 'userHome' | 'exchange'>): readonly string[] {
  // The vault reads the path in twokey.toml itself and in the same way; should the two differ, the file is not granted.
  const named = keyFile(exchange, { home, userHome });
  const folder = serviceFolder();
  const files = [
    ...['twokey.toml', 'credentials.toml', 'ceiling.toml', 'operator.toml'].map((name) => join(home, name)),
    ...(named === undefined ? [] : [named]),
    ...(folder === '' ? [] : [join(folder, 'okx')]),
    join(userHome, '.okx', 'config.toml'),
    join(root, 'package.json'),
    ...['core', 'venues', 'ports', 'vault'].map((room) => join(code, room)),
    vaultEntry,
  ];
  return ['--permission', '--no-experimental-sqlite', '--disable-sigusr1', ...files.map((file) => `--allow-fs-read=${file}`)];
}

/** Starts the vault. Its death, for whatever reason, answers everything with `dead`; whoever started it decides what follows. */
export function startVault(start: VaultStart): Vault {
  // The vault inherits what this process may not do.
  forbidCoreDumps();
  return new Vault(start);
}

type Asking = { readonly request: ExchangeRequest; readonly expectedHash: string; readonly epoch: number };
type Pending = { readonly settle: (said: Said | null) => void; readonly askedAt: number };

export class Vault implements AsyncDisposable {
  readonly signer: Signer;
  /** An error says what to fix. */
  readonly ready: Promise<Result<VaultReady>>;
  readonly exited: Promise<Exit>;
  readonly #child: Child;
  readonly #simulated: boolean;
  readonly #pending = new Map<number, Pending>();
  #settleReady: (result: Result<VaultReady>) => void = () => {};
  #fetched: Promise<string | null> = Promise.resolve(null);
  #sequence = 0;
  #watchdog: NodeJS.Timeout | undefined;

  constructor(start: VaultStart) {
    const { home, userHome, exchange, readOnly } = start;
    const program = keyProgram(exchange);
    const input = program?.kind ?? (start.credentials === 'fd0' ? 'environment' : 'none');
    this.#simulated = exchange.environment !== 'live';
    this.ready = new Promise((resolve) => {
      this.#settleReady = resolve;
    });
    this.#child = new Child({
      entry: vaultEntry,
      flags: vaultFlags(start),
      argv: [
        '--home',
        home,
        '--user-home',
        userHome,
        '--environment',
        exchange.environment,
        '--input',
        input,
        '--service-folder',
        serviceFolder(),
        ...(readOnly ? ['--read-only'] : []),
        ...(start.handsOn === 'alert_secrets' ? ['--alert-secrets'] : []),
      ],
      environment: {},
      standardInput: program !== undefined ? 'pipe' : input === 'environment' ? 0 : 'ignore',
      standardOutput: 'ignore',
      standardError: 'ignore',
    });
    this.signer = {
      sign: (request, expectedHash, epoch) => this.#sign({ request, expectedHash, epoch }),
      raise: (epoch) => void this.#child.send({ kind: 'epoch', epoch }, () => {}),
    };
    this.#child.onMessage((message) => this.#receive(message));
    this.exited = this.#child.exited.then((exit) => {
      this.#buried(exit);
      return exit;
    });
    const patience = setTimeout(() => this.#child.kill(), READY_MILLISECONDS_MAX);
    void this.ready.then(() => clearTimeout(patience));
    if (start.credentials === 'fd0') forgetCredentials();
    const { standardInput } = this.#child;
    if (program === undefined || standardInput === undefined) return;
    const gone = new AbortController();
    void this.#child.exited.then(() => gone.abort());
    this.#fetched = fetchInto(standardInput, program, { signal: gone.signal, folder: start.home });
    void this.#fetched.then((wrong) => {
      if (wrong === null) return;
      this.#settleReady(err(wrong));
      this.#child.kill();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Tells how far the exchange's clock is ahead of this host's. Outside of sim more than 30 s end the vault. */
  setClockOffset(offsetMilliseconds: number): void {
    this.#child.send({ kind: 'clock', offsetMilliseconds }, () => {});
  }

  async close(): Promise<Exit> {
    return this.#child.close();
  }

  /** Lets what it was asked be answered, then ends it. Whoever retires a vault asks it nothing more. */
  async retire(): Promise<Exit> {
    if (this.#pending.size === 0) return this.close();
    await new Promise((resolve) => setTimeout(resolve, RETIRE_MILLISECONDS));
    return this.retire();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #sign({ request, expectedHash, epoch }: Asking): Promise<Signed> {
    const wire = encode(request, { simulated: this.#simulated });
    if (!wire.private) {
      const { method, path, body } = wire;
      return Promise.resolve({ kind: 'signed', request: { method, path, headers: publicHeaders(wire), body } });
    }
    const question = { kind: 'sign', epoch, request: channelForm(request), expectedHash };
    return this.#ask(question, (said) => {
      if (said.kind === 'refused') return { kind: 'refused', cause: said.cause };
      if (said.kind !== 'signed') return strange;
      const { method, path, headers, body } = said;
      return { kind: 'signed', request: { method, path, headers, body } };
    });
  }

  /** Has a checkpoint of the journal signed. */
  signCheckpoint(checkpoint: Checkpoint): Promise<CheckpointSigned> {
    return this.#ask({ kind: 'checkpoint', checkpoint }, (said) => {
      if (said.kind === 'refused') return { kind: 'refused', cause: said.cause };
      return said.kind === 'checkpoint_signed' ? { kind: 'signed', signature: said.signature } : strange;
    });
  }

  /** Asks whether this is the operator; no code of a step up to `after` is taken any more. A `stage` is signed with it, and entries are signed from then on. */
  prove(asked: Proof & { readonly after: number; readonly stage?: StageArtefact }): Promise<Proved> {
    const { passphrase, code, after, stage = null } = asked;
    return this.#ask<Proved>({ kind: 'prove', passphrase, code, after, stage }, (said) => {
      if (said.kind === 'refused') return { kind: 'refused', cause: said.cause };
      return said.kind === 'proved' ? { kind: 'proved', step: said.step, signed: said.signed } : strange;
    });
  }

  /** Asks whether a passkey of the operator has signed this deed. */
  provePasskey({ nonce, deed, assertion }: SignedDeed): Promise<Proved> {
    return this.#ask<Proved>({ kind: 'prove_passkey', nonce, deed, assertion }, (said) => {
      if (said.kind === 'refused') return { kind: 'refused', cause: said.cause };
      return said.kind === 'proved' ? { kind: 'proved', step: said.step, signed: null, by: said.by ?? '' } : strange;
    });
  }

  /** Tells which signed stage holds; `null`: none, and no entry is signed in live. @returns why it is not taken; empty where it is, `null` when the vault is dead. */
  async holdStage(stage: SignedStage | null): Promise<string | null> {
    const said = await this.#ask({ kind: 'stage', stage }, (answer) => answer);
    if (said.kind === 'dead') return null;
    return said.kind === 'refused' ? said.cause : '';
  }

  #ask<Read>(question: object, read: (said: Said) => Read): Promise<Read | { readonly kind: 'dead' }> {
    this.#sequence += 1;
    const id = this.#sequence;
    return new Promise((resolve) => {
      const dead = (): void => this.#settle(id, null);
      const settle = (said: Said | null): void => resolve(said === null ? { kind: 'dead' } : read(said));
      this.#pending.set(id, { settle, askedAt: performance.now() });
      if (!this.#child.send({ ...question, id, sequence: id }, dead)) dead();
      else this.#watchdog ??= setTimeout(() => this.#watch(), ANSWER_MILLISECONDS_MAX);
    });
  }

  #settle(id: number, said: Said | null): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.settle(said);
  }

  /** A vault that does not answer is as good as dead, and is made so. */
  #watch(): void {
    this.#watchdog = undefined;
    const [oldest] = this.#pending.values();
    if (oldest === undefined) return;
    const left = oldest.askedAt + ANSWER_MILLISECONDS_MAX - performance.now();
    if (left <= 0) this.#child.kill();
    else this.#watchdog = setTimeout(() => this.#watch(), left);
  }

  #receive(message: unknown): void {
    const said = message as FromVault;
    switch (said.kind) {
      case 'ready': {
        const { kind: _, ...ready } = said;
        return this.#settleReady(ok(ready));
      }
      case 'refused':
        // Without a number it speaks of the vault itself, which ends now.
        return 'id' in said ? this.#settle(said.id, said) : this.#refuse(said.message);
      case 'signed':
      case 'checkpoint_signed':
      case 'stage_held':
      case 'proved':
        return this.#settle(said.id, said);
    }
  }

  /** What kept a program from giving the key explains more than what the vault makes of having none. */
  #refuse(message: string): void {
    void this.#fetched.then((wrong) => this.#settleReady(err(wrong ?? message)));
  }

  #buried({ code: exitCode, signal }: Exit): void {
    clearTimeout(this.#watchdog);
    this.#refuse(`the vault ended before it was ready (${signal ?? `exit code ${exitCode ?? 'none'}`})`);
    for (const id of this.#pending.keys()) this.#settle(id, null);
  }
}

const strange = { kind: 'refused', cause: 'the vault answered something else' } as const;

/** The vault is trusted code of ours that parses what we say; what it says is what it was written to say. */
type FromVault = ({ readonly kind: 'ready' } & VaultReady) | { readonly kind: 'refused'; readonly message: string } | Said;

/** What it says to one question. */
type Said =
  | { readonly kind: 'refused'; readonly id: number; readonly cause: string }
  | { readonly kind: 'checkpoint_signed'; readonly id: number; readonly signature: string }
  | { readonly kind: 'proved'; readonly id: number; readonly step: number; readonly signed: Signature | null; readonly by?: string }
  | { readonly kind: 'stage_held'; readonly id: number }
  | {
      readonly kind: 'signed';
      readonly id: number;
      readonly method: 'GET' | 'POST';
      readonly path: string;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    };
