// Started by vault.test.ts: a gateway reduced to what concerns the vault. Cleans its environment, starts the vault, has one read signed, says
// in one line of JSON what came of it, and waits to be ended.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cleanEnvironment } from '../../src/adapters/process/clean-environment.ts';
import { startVault } from '../../src/adapters/vault/signer.ts';
import { parseConfiguration } from '../../src/core/policy/configuration.ts';

const home = process.argv[2] ?? '';
const clean = cleanEnvironment({ home, argv: process.argv, environment: process.env, anew: 'for_secrets' });
if (clean.ok) await run(clean.value.credentials);
else console.log(JSON.stringify({ problem: clean.error }));

async function run(credentials: 'fd0' | 'none'): Promise<void> {
  const configuration = parseConfiguration(readFileSync(join(home, 'twokey.toml'), 'utf8'));
  if (!configuration.ok) throw new Error(configuration.error.message);
  const { exchange } = configuration.value;
  const vault = startVault({ home, userHome: home, exchange, readOnly: false, credentials });
  const ready = await vault.ready;
  const signed = ready.ok ? await vault.signer.sign({ kind: 'balance' }, '', 0) : undefined;
  console.log(
    JSON.stringify({ pid: process.pid, vault: vault.pid, ready, signed, variables: Object.keys(process.env), argv: process.argv.slice(2) }),
  );
  if (!ready.ok) await vault.exited;
  else setInterval(() => {}, 60_000);
}
