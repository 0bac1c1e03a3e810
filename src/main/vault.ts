// The vault: holds the keys of the exchange, signs the few requests that it knows, and can reach nothing else. It is started by
// `startVault` (src/adapters/vault/signer.ts) without network, without writing, and with the named files alone to read. It speaks over
// the channel to its parent, prints nothing, and ends when the channel does.

import { closeSync, fstatSync, readSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Environment } from '../core/policy/policy.ts';
import type { Input } from '../vault/credentials.ts';
import { openVault } from '../vault/open.ts';
import type { ProofAnswer } from '../vault/operator-proof.ts';
import type { Answer } from '../vault/sign.ts';

const INPUT_BYTES_MAX = 64 * 1024;
const EXIT_REFUSED = 1;
const EXIT_NO_PARENT = 2;
const EXIT_FATAL = 70;

process.on('disconnect', () => process.exit(0));
// A terminal sends these to the whole group, and a gateway that shuts down in order still needs signatures: the channel decides.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
// What went wrong is told by its kind alone; a message could quote what was being read.
process.on('uncaughtException', (error) => end(`the vault failed (${error.name})`, EXIT_FATAL));

if (process.send === undefined) process.exit(EXIT_NO_PARENT);
await run();

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      home: { type: 'string' },
      'user-home': { type: 'string' },
      environment: { type: 'string' },
      input: { type: 'string' },
      'read-only': { type: 'boolean' },
      'alert-secrets': { type: 'boolean' },
    },
  });
  const { home = '', 'user-home': userHome = '', environment = '' } = values;
  if (home === '' || userHome === '' || !isEnvironment(environment))
    return end('the vault was started without --home, --user-home and --environment', EXIT_FATAL);
  const clock = { now: () => Date.now(), monotonic: () => performance.now() };
  const opened = openVault({
    home,
    userHome,
    environment,
    readOnly: values['read-only'] === true,
    alertSecrets: values['alert-secrets'] === true,
    input: await readInput(values.input ?? ''),
    clock,
  });
  if (!opened.ok) return end(opened.error, EXIT_REFUSED);
  const { signatory, prover, passkeys, ...told } = opened.value;
  process.on('message', (message) => {
    const proving = prover.answer(message);
    if (proving === undefined) say(passkeys.answer(message) ?? signatory.answer(message));
    else void proving.then(say);
  });
  const { checkpointKey, fingerprint } = signatory;
  process.send?.({ kind: 'ready', ...told, checkpointKey, fingerprint, enrolled: prover.enrolled, passkeyOrigins: passkeys.origins });
}

function say(answer: Answer | ProofAnswer): void {
  if (answer.kind === 'fatal') end(answer.cause, EXIT_FATAL);
  else if (answer.kind !== 'nothing') process.send?.(answer);
}

async function readInput(kind: string): Promise<Input> {
  switch (kind) {
    case 'environment':
      return { kind, text: readWholeFile() };
    case 'command':
      return { kind, text: await readToEnd() };
    default:
      return { kind: 'none' };
  }
}

/** The descriptor is shared with the process that wrote the file, and stands wherever that one left it: read from the start. */
function readWholeFile(): string {
  const bytes = Buffer.alloc(Math.min(fstatSync(0).size, INPUT_BYTES_MAX));
  const text = bytes.toString('utf8', 0, readSync(0, bytes, 0, bytes.length, 0));
  // The last one to hold the file, which has no name: with this it is gone from the disk.
  closeSync(0);
  return text;
}

async function readToEnd(): Promise<string> {
  const pieces: Buffer[] = [];
  let total = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    total += piece.length;
    if (total > INPUT_BYTES_MAX) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Says why and goes, once the words have left. */
function end(message: string, code: number): void {
  if (process.connected) process.send?.({ kind: 'refused', message }, undefined, undefined, () => process.exit(code));
  else process.exit(code);
}

function isEnvironment(text: string): text is Environment {
  return text === 'sim' || text === 'demo' || text === 'live';
}
