import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { readOperatorToken } from '../../../src/adapters/operator/token.ts';
import { sinkFaults } from '../../../src/adapters/notify/notifier.ts';
import { challengeOf } from '../../../src/core/page/challenge.ts';
import { parseConfiguration, policyFor, policyHashOf, reasonsNotToStart } from '../../../src/core/policy/configuration.ts';
import { parseScenario } from '../../../src/doors/drill/scenario.ts';
import { parseWatchFile } from '../../../src/doors/watch/settings.ts';
import { namesOf } from '../../../src/main/page/names.ts';
import { openVault } from '../../../src/vault/open.ts';
import { formatEnrolment } from '../../../src/vault/operator-proof.ts';
import { formatPasskey } from '../../../src/vault/passkey-file.ts';
import { Authenticator } from '../../support/authenticator.ts';
import { bytesLike, showBytes } from '../bytes.ts';
import { doorOf, type Fate, holds } from '../door.ts';

// Files of a home, byte by byte: what the gateway and the vault read at a start, what the monitor and the drill read, and the operator's token.

const SECRET = 'Private-4711-Zx9Q-never-told';
const root = new URL('../../../', import.meta.url);
const origin = 'https://box.example:8443';
const device = new Authenticator({ origin });
const passkey = { name: 'phone', origin, id: device.id.toString('base64url'), algorithm: 'ES256', key: device.key } as const;
const enrolment = { cost: 16_384, salt: new Uint8Array(16), hash: new Uint8Array(32), totp: new Uint8Array(20) };

const valid: Readonly<Record<string, string>> = {
  'twokey.toml': `# every section
[exchange]
environment = "sim"
site = "eea"
profile = "demo"
[policy]
instruments = ["BTC-USDT", "ETH-USDT", "BTC-USDT-SWAP"]
max_order_size = 50
max_position_size = 200.5
max_slippage = "1.5%"
max_rejects = { in_a_row = 5, per_10_minutes = 20 }
max_order_rate = { per_second = 5, per_minute = 50 }
max_data_age = "30s"
[agents.a]
max_order_size = 20
[agents.b-2]
[approval]
above = 100
ttl = "2m"
first_of_kind = true
[operator]
require_proof = true
[http]
listen = "127.0.0.1:7390"
allowed_hosts = ["box.example"]
allowed_origins = ["https://box.example"]
public_url = "https://box.example:8443"
[sim]
listen = "127.0.0.1:7392"
seed = 7
rate_limits = "lenient"
[reconcile]
full_every = "1h"
[alerts]
normal_order_size = 30
[[alerts.sinks]]
kind = "webhook"
url = "https://hook.example/x"
[[alerts.sinks]]
kind = "command"
command = ["/bin/true", "x"]
[[alerts.sinks]]
kind = "log"
`,
  'credentials.toml': `[profiles.demo]\napi_key = "sim-key"\nsecret_key = "${SECRET}"\npassphrase = '${SECRET}'\ndemo = true\n[alerts.secrets]\nops = "https://hook.example/${SECRET}"\n`,
  'operator.toml': formatEnrolment(enrolment) + formatPasskey(passkey),
  'ceiling.toml': '[instruments."BTC-USDT"]\nmax_size = "0.5"\n[instruments."BTC-USDT-SWAP"]\nmax_size = "10"\n[rate]\nper_minute = 60\n',
  'watch.toml': `api_key = "sim-key-readonly"\nsecret_key = "${SECRET}"\npassphrase = "${SECRET}"\ndemo = true\n[watch]\nmax_total_exposure = 500\nevery = "5s"\n[holdings]\nBTC = 0.5\n`,
  'run/operator.token': `${'a'.repeat(64)}\n`,
  'scenario.toml': readFileSync(new URL('scenarios/lost-answer.toml', root), 'utf8'),
};
const names = Object.keys(valid);
const words =
  '[[ ]] = """ \'\'\' {} nan inf 1979-05-27 "30s" "5%" -1 [policy] [agents.a] [passkeys.phone] https://a:99999 http://999.1.1.1 true'.split(
    ' ',
  );

type Input = { readonly name: string; readonly bytes: Buffer };

export const files = doorOf<Input>({
  name: 'files',
  inputs: fc
    .constantFrom(...names)
    .chain((name) => fc.record({ name: fc.constant(name), bytes: bytesLike([Buffer.from(valid[name] ?? '')], words) })),
  round: 1000,
  few: 600,
  show: ({ name, bytes }) => `${name}: ${showBytes(bytes)}`,
  open: () => {
    const home = mkdtempSync(join(tmpdir(), 'tk-f-'));
    mkdirSync(join(home, 'run'), { mode: 0o700 });
    const write = (name: string, content: string | Buffer): void => writeFileSync(join(home, name), content, { mode: 0o600 });
    for (const name of names) write(name, valid[name] ?? '');
    return Promise.resolve({
      throwAt: ({ name, bytes }) => {
        write(name, bytes);
        try {
          return Promise.resolve(readAll(home, name));
        } finally {
          write(name, valid[name] ?? '');
        }
      },
      [Symbol.asyncDispose]: () => Promise.resolve(rmSync(home, { recursive: true })),
    });
  },
});

function readAll(home: string, changed: string): Fate {
  const text = (name: string): string => (existsSync(join(home, name)) ? readFileSync(join(home, name), 'utf8') : '');
  const configuration = parseConfiguration(text('twokey.toml'));
  if (configuration.ok) {
    const { value } = configuration;
    policyHashOf(value);
    reasonsNotToStart(value);
    namesOf(value.http);
    sinkFaults(value.alerts, {});
    for (const name of ['a', 'operator', 'nobody']) policyFor(value, name);
  }
  const vault = openVault({
    home,
    userHome: home,
    serviceFolder: '',
    environment: 'sim',
    readOnly: false,
    alertSecrets: true,
    input: { kind: 'none' },
    clock: { now: () => 0, monotonic: () => 0 },
  });
  const said = vault.ok ? vault.value.skipped.join('\n') : vault.error;
  if (vault.ok) asksOfPasskeys(vault.value.passkeys, text('operator.toml'));
  const watch = configuration.ok
    ? parseWatchFile({ file: 'watch.toml', text: text('watch.toml'), configuration: configuration.value })
    : configuration;
  const scenario = parseScenario(text('scenario.toml'));
  const token = readOperatorToken(home);
  const errors = [said, ...[watch, scenario, token, configuration].map((read) => (read.ok ? '' : JSON.stringify(read.error)))].join('\n');
  holds(!errors.includes(SECRET.slice(0, 12)) || changed === 'scenario.toml', `a secret is told: ${errors}`);
  const all = [configuration, vault, watch, scenario, token];
  return all.every(({ ok }) => ok) ? 'accepted' : 'refused';
}

/** Whatever a passkey of the file says of its page, the question about it is answered and not an error. */
function asksOfPasskeys(passkeys: { readonly answer: (message: unknown) => unknown }, file: string): void {
  const id = /^id = "(.*)"$/m.exec(file)?.[1] ?? '';
  const page = /^origin = "(.*)"$/m.exec(file)?.[1] ?? '';
  const assertion = { ...device.assert(challengeOf({ nonce: 'n', deed: 'd' }), { origin: page, rpId: 'box.example' }), id };
  passkeys.answer({ kind: 'prove_passkey', id: 1, sequence: 1, nonce: 'n', deed: 'd', assertion });
}
