// The vault: holds the keys of the exchange, signs the few requests that it knows, and can reach nothing else. It is started by
// `startVault` (src/adapters/vault/signer.ts) without network, without writing, and with the named files alone to read. It speaks over
// the channel to its parent, prints nothing, and ends when the channel does.

import { parseArgs } from 'node:util';
import type { Environment } from '../core/policy/policy.ts';
import { readInput } from '../vault/input.ts';
import { openVault } from '../vault/open.ts';
import type { ProofAnswer } from '../vault/operator-proof.ts';
import type { Answer } from '../vault/sign.ts';

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
      'service-folder': { type: 'string' },
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
    serviceFolder: values['service-folder'] ?? '',
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

/** Says why and goes, once the words have left. */
function end(message: string, code: number): void {
  if (process.connected) process.send?.({ kind: 'refused', message }, undefined, undefined, () => process.exit(code));
  else process.exit(code);
}

function isEnvironment(text: string): text is Environment {
  return text === 'sim' || text === 'demo' || text === 'live';
}
