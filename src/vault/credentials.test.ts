import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import type { ExchangeChoice } from '../core/policy/configuration.ts';
import type { Result } from '../core/lang/result.ts';
import { findCredentials, type FoundCredentials } from './credentials.ts';
import type { Input } from './input.ts';
import { Secret } from './secret.ts';

const CANARY = 'CANARY-KEY-4f1b';
const CANARY_SECRET = 'CANARY"SECRET\\9c#=\' x';
const CANARY_PASSPHRASE = 'CANARY PASS!{}[]~7d';
const fields = `api_key = "${CANARY}"\nsecret_key = ${JSON.stringify(CANARY_SECRET)}\npassphrase = '${CANARY_PASSPHRASE}'\n`;

const top = mkdtempSync(join(tmpdir(), 'twokey-credentials-'));
after(() => rmSync(top, { recursive: true, force: true }));
let homes = 0;

type Setting = {
  readonly environment?: ExchangeChoice['environment'];
  readonly profile?: string;
  readonly credentials?: ExchangeChoice['credentials'];
  readonly input?: Input;
  readonly serviceFolder?: string;
  readonly ours?: string;
  readonly kit?: string;
  readonly mode?: number;
  readonly others?: Readonly<Record<string, string>>;
};

/** Looks in a new home with these files. `CANARY` must not be in what it says. */
function find(setting: Setting): Result<FoundCredentials> & { readonly home: string } {
  homes += 1;
  const home = join(top, String(homes));
  mkdirSync(join(home, '.okx'), { recursive: true });
  const write = (name: string, text: string | undefined): void => {
    if (text === undefined) return;
    writeFileSync(join(home, name), text);
    chmodSync(join(home, name), setting.mode ?? 0o600);
  };
  write('credentials.toml', setting.ours);
  write('.okx/config.toml', setting.kit);
  for (const [name, text] of Object.entries(setting.others ?? {})) write(name, text);
  const { environment = 'demo', profile = 'demo', credentials = { kind: 'unnamed' }, input = { kind: 'none' } } = setting;
  const exchange: ExchangeChoice = { kind: 'okx', environment, site: 'global', profile, readOnly: false, deadManSeconds: 20, credentials };
  const found = findCredentials({ home, userHome: home, exchange, input, serviceFolder: setting.serviceFolder ?? '' });
  assert.doesNotMatch(JSON.stringify(found) + inspect(found, { depth: 9, showHidden: true }), /CANARY/);
  return { ...found, home };
}

function reveal(found: Result<FoundCredentials>): readonly string[] {
  assert.ok(found.ok, found.ok ? '' : found.error);
  const { apiKey, secretKey, passphrase } = found.value.credentials;
  return [apiKey.reveal(), secretKey.reveal(), passphrase.reveal()];
}

function refusal(found: Result<FoundCredentials> & { readonly home: string }): string {
  assert.ok(!found.ok, 'should have been refused');
  return found.error.replaceAll(found.home, 'HOME');
}

const all = [CANARY, CANARY_SECRET, CANARY_PASSPHRASE];

test('a secret prints as [key] wherever it is put, and gives its text only when asked', () => {
  const secret = new Secret(CANARY);
  const shown = [
    String(secret),
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true }),
    JSON.stringify(structuredClone(secret)),
  ];
  for (const text of shown) assert.doesNotMatch(text, /CANARY/);
  assert.equal(inspect(secret), '[key]');
  assert.equal(secret.reveal(), CANARY);
});

test('each source gives all three fields, special characters included', () => {
  assert.deepEqual(reveal(find({ ours: `[profiles.demo]\ndemo = true\n${fields}` })), all);
  assert.deepEqual(reveal(find({ ours: `demo = true\n${fields}[alerts.secrets]\nmail = "x"\n` })), all);
  assert.deepEqual(
    reveal(find({ credentials: { kind: 'file', path: 'keys.toml' }, others: { 'keys.toml': `demo = true\n${fields}` } })),
    all,
  );
  assert.deepEqual(
    reveal(find({ credentials: { kind: 'file', path: '~/keys.toml' }, others: { 'keys.toml': `demo = true\n${fields}` } })),
    all,
  );
  assert.deepEqual(reveal(find({ input: { kind: 'command', text: `demo = true\n${fields}` } })), all);
  assert.deepEqual(reveal(find({ input: { kind: 'environment', text: fields } })), all);
  assert.deepEqual(reveal(find({ kit: `[profiles.demo]\ndemo = true\ntimeout = 5\n${fields}` })), all);
  assert.deepEqual(reveal(find({ kit: `demo = true\n${fields}` })), all);
});

test('the first source that has a key wins, and fields are never mixed', () => {
  const ours = '[profiles.demo]\ndemo = true\napi_key = "one"\nsecret_key = "two"\npassphrase = "three"\n';
  const kit = `[profiles.demo]\ndemo = true\n${fields}`;
  const input: Input = { kind: 'environment', text: fields };
  assert.deepEqual(reveal(find({ ours, kit, input })), ['one', 'two', 'three']);
  assert.deepEqual(
    reveal(
      find({ ours: '[alerts.secrets]\nmail = "x"\n', kit, input: { kind: 'environment', text: fields.replaceAll('CANARY', 'ENV') } }),
    ).map((text) => text.slice(0, 3)),
    ['ENV', 'ENV', 'ENV'],
  );
  const partial = find({ ours: '[profiles.demo]\ndemo = true\napi_key = "one"\nsecret_key = "two"\n', input });
  assert.equal(refusal(partial), 'HOME/credentials.toml [profiles.demo] has no passphrase; all three fields come from one source');
  const variables = find({ input: { kind: 'environment', text: 'api_key = "one"\nsecret_key = "two"\n' }, kit });
  assert.match(refusal(variables), /^the environment has no OKX_PASSPHRASE; all three fields come from one source; .* \$ .*single ones$/);
});

test("of the kit's profiles the named one is taken, else the kit's default", () => {
  const kit = `default_profile = "mine"\n[profiles.mine]\ndemo = true\nsite = "global"\n${fields}[profiles.other]\napi_key = "x"\n`;
  assert.deepEqual(reveal(find({ kit })), all);
  assert.match(refusal(find({ kit, profile: 'other' })), /\[profiles\.other\] does not say demo/);
});

test('without any source the refusal says what to write', () => {
  assert.match(refusal(find({})), /^no credentials for demo; write HOME\/credentials\.toml with \[profiles\.demo\] api_key, .* chmod 600/);
});

test('a profile that is not clearly for this environment is refused with the fix', () => {
  const cases: readonly (readonly [Setting, RegExp])[] = [
    [
      { ours: `[profiles.demo]\n${fields}` },
      /^HOME\/credentials\.toml \[profiles\.demo\] does not say demo; add demo = true for keys of demo trading or demo = false/,
    ],
    [{ kit: `[profiles.demo]\n${fields}` }, /^HOME\/\.okx\/config\.toml \[profiles\.demo\] does not say demo/],
    [{ ours: `[profiles.demo]\ndemo = false\n${fields}` }, /line 2: demo: says live, but the environment is demo/],
    [{ environment: 'live', ours: `[profiles.demo]\ndemo = true\n${fields}` }, /line 2: demo: says demo, but the environment is live/],
    [{ ours: `[profiles.demo]\ndemo = "true"\n${fields}` }, /line 2: demo: expected true or false/],
    [{ ours: `[profiles.demo]\ndemo = true\nsite = "eea"\n${fields}` }, /line 3: site: does not say global/],
    [
      { ours: `[profiles.demo]\ndemo = true\nbase_url = "https://elsewhere.example"\n${fields}` },
      /line 3: base_url: refused outside of sim/,
    ],
    [{ kit: `[profiles.demo]\ndemo = true\nbase_url = "http://127.0.0.1:1"\n${fields}` }, /line 3: base_url: refused outside of sim/],
    [{ ours: `[profiles.mine]\ndemo = true\n${fields}` }, /has no \[profiles\.demo\]; add it, or name another with profile/],
    [
      { ours: '[profiles.demo]\ndemo = true\napi_key = "sim-key"\nsecret_key = "a"\npassphrase = "b"\n' },
      /sim-\* keys are for the simulator and are refused in demo/,
    ],
    [
      { input: { kind: 'environment', text: 'api_key = "sim-key"\nsecret_key = "a"\npassphrase = "b"\n' } },
      /^the environment: sim-\* keys .* refused in demo/,
    ],
  ];
  for (const [setting, expected] of cases) assert.match(refusal(find(setting)), expected);
});

test('what systemd hands to the service is taken after credentials.toml and before everything else', () => {
  const folder = mkdtempSync(join(top, 'service-'));
  const file = join(folder, 'okx');
  writeFileSync(file, `[profiles.demo]\ndemo = true\n${fields}`, { mode: 0o400 });
  const other = fields.replaceAll('CANARY', 'CANARY-OTHER');
  const found = find({ serviceFolder: folder, kit: `demo = true\n${other}`, input: { kind: 'environment', text: other } });
  assert.deepEqual(reveal(found), all);
  assert.equal(found.ok && found.value.source, file);
  const ours = find({ serviceFolder: folder, ours: `[profiles.demo]\ndemo = true\n${other}` });
  assert.notDeepEqual(reveal(ours), all);
  assert.deepEqual(reveal(find({ serviceFolder: folder, ours: '[alerts.secrets]\nhook = "x"\n' })), all, 'no key stands there');
  assert.deepEqual(reveal(find({ serviceFolder: join(folder, 'none'), kit: `demo = true\n${fields}` })), all);
  // An access list, by which systemd opens a file of root's to one user, shows as the bits of root's group.
  for (const [mode, isTaken] of [
    [0o440, process.getuid?.() === 0],
    [0o444, false],
    [0o460, false],
  ] as const) {
    chmodSync(file, mode);
    const again = find({ serviceFolder: folder });
    assert.equal(again.ok, isTaken, mode.toString(8));
    if (!again.ok) assert.match(again.error, /others can read .*okx; run chmod 600/);
  }
});

test('a keyring gives the text of such a file, as it is or in the digits of its bytes; nonsense, nothing and too much are refused', () => {
  const text = `[profiles.demo]\ndemo = true\n${fields}`;
  const keyring = (given: string) => find({ input: { kind: 'keyring', text: given }, kit: `demo = true\n${fields}` });
  assert.deepEqual(reveal(keyring(text)), all);
  assert.deepEqual(reveal(keyring(`${Buffer.from(text).toString('hex')}\n`)), all);
  assert.match(refusal(keyring('CANARY-not-a-file')), /^the keyring line 1: expected key = value/);
  assert.match(refusal(keyring(Buffer.from('CANARY').toString('hex'))), /^the keyring line 1: expected key = value/);
  assert.match(refusal(keyring('')), /^the keyring holds no key: expected \[profiles\.demo\]/, 'the next source is not taken instead');
  assert.match(refusal(keyring(`# ${'CANARY'.repeat(20_000)}\n${text}`)), /^the keyring has more than 65536 bytes, which is no key/);
  assert.match(refusal(find({ input: { kind: 'command', text: '\n' } })), /^the output of credentials_command holds no key/);
  assert.ok(find({ environment: 'sim', input: { kind: 'keyring', text: '' } }).ok, 'a simulation has a key of its own');
});

test('a file that others can read is refused with the chmod to run', () => {
  for (const mode of [0o640, 0o604, 0o660, 0o601, 0o666]) {
    assert.equal(refusal(find({ ours: fields, mode })), 'others can read HOME/credentials.toml; run chmod 600 HOME/credentials.toml');
    assert.equal(
      refusal(find({ ours: fields, mode, environment: 'sim' })),
      'others can read HOME/credentials.toml; run chmod 600 HOME/credentials.toml',
    );
    assert.equal(refusal(find({ kit: fields, mode })), 'others can read HOME/.okx/config.toml; run chmod 600 HOME/.okx/config.toml');
  }
  assert.deepEqual(reveal(find({ ours: `demo = true\n${fields}`, mode: 0o400 })), all);
});

test('what is not a regular file is refused', () => {
  const { home } = find({ environment: 'sim' });
  const exchange: ExchangeChoice = {
    kind: 'okx',
    environment: 'demo',
    site: 'global',
    profile: 'demo',
    readOnly: false,
    deadManSeconds: 20,
    credentials: { kind: 'file', path: 'keys' },
  };
  const search = { home, userHome: home, exchange, input: { kind: 'none' }, serviceFolder: '' } as const;
  assert.match(refusal({ ...findCredentials(search), home }), /^HOME\/keys, named by credentials_file in twokey\.toml, is not there/);
  symlinkSync('/etc/hostname', join(home, 'keys'));
  assert.equal(refusal({ ...findCredentials(search), home }), 'HOME/keys is a link; put the file itself there');
  rmSync(join(home, 'keys'));
  mkdirSync(join(home, 'keys'), { mode: 0o700 });
  assert.match(refusal({ ...findCredentials(search), home }), /HOME\/keys is not a regular file/);
});

test('a simulation takes simulated keys only, and names what it left alone', () => {
  const sim = 'api_key = "sim-key-readonly"\nsecret_key = "a"\npassphrase = "b"\n';
  const taken = find({ environment: 'sim', ours: `[profiles.demo]\n${sim}` });
  assert.deepEqual(reveal(taken), ['sim-key-readonly', 'a', 'b']);
  const skipped = find({
    environment: 'sim',
    ours: `[profiles.live]\n${fields}`,
    input: { kind: 'environment', text: fields },
    kit: `[profiles.demo]\nnot toml CANARY\n`,
  });
  assert.deepEqual(reveal(skipped), ['sim-key', 'sim-secret', 'sim-pass']);
  assert.ok(skipped.ok);
  assert.deepEqual(
    skipped.value.skipped.map((text) => text.replace(skipped.home, 'HOME').slice(0, 50)),
    [
      'HOME/credentials.toml has no [profiles.demo]; add ',
      'the environment holds no sim-* key, and a simulati',
      'HOME/.okx/config.toml line 2: expected key = value',
    ],
  );
  const later = find({ environment: 'sim', ours: `[profiles.demo]\n${fields}`, input: { kind: 'environment', text: sim } });
  assert.deepEqual(reveal(later), ['sim-key-readonly', 'a', 'b']);
  assert.match(refusal(find({ environment: 'sim', ours: 'CANARY' })), /line 1/);
  assert.match(
    refusal(find({ environment: 'sim', ours: `base_url = "http://evil.example"\n${sim}` })),
    /base_url: expected an address on this host/,
  );
  assert.equal(find({ environment: 'sim', ours: `base_url = "http://127.0.0.1:7392"\n${sim}` }).ok, true);
});

test('a field that cannot be a key is refused by file, line and key', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['api_key = "CANARY\\u0020"', /line 3: api_key: expected no space/],
    ['api_key = ""', /line 3: api_key: expected a text in quotes that is not empty/],
    ['api_key = 5', /line 3: api_key: expected a text in quotes/],
    ['api_key = "CANARYé"', /line 3: api_key: expected printable ASCII/],
    [`api_key = "${'CANARY'.repeat(1000)}"`, /line 3: api_key: expected at most 4096/],
    ['api_key = CANARY', /line 3: api_key: expected a text in quotes/],
    ['api_key = "CANARY', /line 3: api_key: expected the closing quote/],
    ['apikey = "CANARY"', /line 3: apikey: unknown key/],
    ['CANARY = "CANARY"', /line 3: unknown key/],
  ];
  for (const [line, expected] of cases) {
    const rest = 'secret_key = "CANARY"\npassphrase = "CANARY"\n';
    assert.match(refusal(find({ ours: `[profiles.demo]\ndemo = true\n${line}\n${rest}` })), expected);
  }
  assert.match(refusal(find({ ours: `CANARY_TABLE = 1\n` })), /line 1: unknown key; expected \[profiles\.NAME\]/);
});

test('the traps of quoting are explained where a file falls into one, with nothing of what stands there', () => {
  const traps: readonly (readonly [string, RegExp])[] = [
    ['passphrase = "CANARY\\d"', /line 5: passphrase: expected \\", /],
    ['passphrase = "CANARY"CANARY"', /line 5: .*expected nothing more on this line/],
    ["passphrase = 'CANARY's'", /line 5: .*expected nothing more on this line/],
    [
      'passphrase = "CANARY\\tCANARY"',
      /line 5: passphrase: expected no control characters in a text|line 5: passphrase: expected printable ASCII/,
    ],
    ['passphrase = CANARY$1', /line 5: passphrase: expected a text in quotes/],
    ['passphrase = "CANARY', /line 5: passphrase: expected the closing quote/],
  ];
  for (const [line, expected] of traps) {
    const text = refusal(find({ ours: `[profiles.demo]\ndemo = true\napi_key = "CANARY"\nsecret_key = "CANARY"\n${line}\n` }));
    assert.match(text, expected);
    assert.match(
      text,
      /; in credentials\.toml write it between single quotes, or \\ as \\\\ and " as \\" between double ones; in a shell use single quotes/,
      line,
    );
  }
  assert.doesNotMatch(refusal(find({ ours: '[profiles.demo]\ndemo = "CANARY' })), /single quotes/, 'no secret stands there');
});

test('a variable that carries its quotes with it is refused by its name, and one with a quote inside is taken', () => {
  const input = (words: string): Input => ({
    kind: 'environment',
    text: `api_key = "one"\nsecret_key = "two"\npassphrase = ${JSON.stringify(words)}\n`,
  });
  for (const words of ['"CANARY"', "'CANARY'"])
    assert.match(
      refusal(find({ input: input(words) })),
      /^the environment: OKX_PASSPHRASE: it stands in quotes that are a part of it; leave them out/,
    );
  for (const words of ['"CANARY', 'CANA"RY\\$1`', '"']) assert.equal(reveal(find({ input: input(words) }))[2], words);
});

test('however a file is broken, no message holds a piece of a secret', () => {
  const secret = 'Q7vXw2MzK9pLr4Tn';
  const whole = `[profiles.demo]\ndemo = true\napi_key = "${secret}"\nsecret_key = '${secret}'\npassphrase = "${secret}"\n`;
  const exchange: ExchangeChoice = {
    kind: 'okx',
    environment: 'demo',
    site: 'global',
    profile: 'demo',
    readOnly: false,
    deadManSeconds: 20,
    credentials: { kind: 'unnamed' },
  };
  let refused = 0;
  const runs = 2_000;
  fc.assert(
    fc.property(
      fc.nat(whole.length),
      fc.nat(4),
      fc.constantFrom('', '\n', '"', "'", '=', '[', '#', ' ', '\\', '\u0001', '\n[', '"\n'),
      (at, length, inserted) => {
        const text = whole.slice(0, at) + inserted + whole.slice(at + length);
        const found = findCredentials({
          home: '/nowhere',
          userHome: '/nowhere',
          exchange,
          input: { kind: 'command', text },
          serviceFolder: '',
        });
        if (found.ok) return;
        refused += 1;
        for (let start = 0; start + 5 <= secret.length; start += 1)
          assert.ok(!found.error.includes(secret.slice(start, start + 5)), found.error);
      },
    ),
    { seed: 20261123, numRuns: runs },
  );
  assert.ok(refused > runs / 2, `${refused} of ${runs} were refused`);
});
