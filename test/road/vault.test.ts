import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startVault, vaultFlags } from '../../src/adapters/vault/signer.ts';
import type { ExchangeChoice } from '../../src/core/policy/configuration.ts';
import { memoryFacts } from '../../src/doors/checkup/memory-facts.ts';
import { eventually } from './harness/eventually.ts';

const top = mkdtempSync(join(tmpdir(), 'twokey-vault-'));
const parents: ChildProcess[] = [];
after(() => {
  for (const parent of parents) parent.kill('SIGKILL');
  rmSync(top, { recursive: true, force: true });
});

const CANARY = { key: 'CANARY-key-93fd', secret: `CANARY "secret" \\ '#=é 77ab`, passphrase: 'CANARY pass!$(id)~ 1c0e' };
const simulation: ExchangeChoice = {
  kind: 'okx',
  environment: 'sim',
  site: 'global',
  profile: 'demo',
  readOnly: false,
  deadManSeconds: 20,
  credentials: { kind: 'unnamed' },
};
const ceiling = '[instruments."BTC-USDT"]\nmax_size = "0.002"\n[rate]\nper_minute = 240\n';
const profile = `demo = true\napi_key = ${JSON.stringify(CANARY.key)}\nsecret_key = ${JSON.stringify(CANARY.secret)}\npassphrase = ${JSON.stringify(CANARY.passphrase)}\n`;

let homes = 0;
/** A home with these files, readable for nobody else. */
function newHome(files: Readonly<Record<string, string>>): string {
  homes += 1;
  const home = join(top, `home ${homes}`);
  mkdirSync(home, { mode: 0o700 });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text, { mode: 0o600 });
  return home;
}

type Told = {
  readonly pid: number;
  readonly vault: number;
  readonly ready: {
    readonly ok: boolean;
    readonly value?: { readonly source: string; readonly skipped: readonly string[] };
    readonly error?: string;
  };
  readonly signed?: {
    readonly kind: string;
    readonly request: { readonly method: string; readonly path: string; readonly headers: Readonly<Record<string, string>> };
  };
  readonly variables: readonly string[];
  readonly argv: readonly string[];
  readonly problem?: string;
};

/** Starts a parent of a vault in a process of its own and waits for the line that it prints. */
async function startParent(
  home: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly parent: ChildProcess; readonly told: Told; readonly printed: string }> {
  const script = fileURLToPath(new URL('vault-parent.ts', import.meta.url));
  const parent = spawn(process.execPath, [script, home], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  parents.push(parent);
  let printed = '';
  let complaints = '';
  parent.stderr.on('data', (piece: Buffer) => {
    complaints += piece.toString();
  });
  await new Promise<void>((resolve) => {
    parent.stdout.on('data', (piece: Buffer) => {
      printed += piece.toString();
      if (printed.includes('\n')) resolve();
    });
    parent.once('exit', () => resolve());
  });
  assert.match(printed, /^\{.*\}\n/, complaints);
  return { parent, told: JSON.parse(printed) as Told, printed: printed + complaints };
}

function homeOf({ argv }: Told): string {
  return argv[0] ?? '';
}

function isSignedWithCanary({ signed, ready }: Told): boolean {
  assert.ok(signed !== undefined, JSON.stringify(ready));
  const { method, path, headers } = signed.request;
  const text = `${headers['OK-ACCESS-TIMESTAMP'] ?? ''}${method}${path}`;
  return (
    headers['OK-ACCESS-SIGN'] === createHmac('sha256', CANARY.secret).update(text).digest('base64') &&
    headers['OK-ACCESS-KEY'] === CANARY.key &&
    headers['OK-ACCESS-PASSPHRASE'] === CANARY.passphrase
  );
}

/** What anybody of the same user sees of a process without stopping it. */
function seenOf(pid: number): string {
  return ['environ', 'cmdline', 'status'].map((name) => readFileSync(`/proc/${pid}/${name}`, 'latin1')).join('\n');
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name));
}

/** A process that ended and that nobody has buried yet is not alive. */
function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
}

test('with the flags of the vault there is no network, no writing, no other program and no other file', () => {
  const home = newHome({ 'twokey.toml': '', 'credentials.toml': 'x', 'other.toml': 'x' });
  const probe = `
    const fs = process.getBuiltinModule('node:fs');
    const net = process.getBuiltinModule('node:net');
    const told = {};
    const attempt = (name, act) => { try { act(); told[name] = 'done'; } catch (error) { told[name] = error.code ?? error.message; } };
    attempt('reads its credentials', () => fs.readFileSync(${JSON.stringify(join(home, 'credentials.toml'))}));
    attempt('reads another file of its home', () => fs.readFileSync(${JSON.stringify(join(home, 'other.toml'))}));
    attempt('reads a file of the host', () => fs.readFileSync('/etc/hostname'));
    attempt('reads its environment', () => fs.readFileSync('/proc/self/environ'));
    attempt('writes its credentials', () => fs.writeFileSync(${JSON.stringify(join(home, 'credentials.toml'))}, 'y'));
    attempt('writes elsewhere', () => fs.writeFileSync(${JSON.stringify(join(top, 'written'))}, 'y'));
    attempt('starts a program', () => process.getBuiltinModule('node:child_process').spawnSync('true'));
    attempt('starts a thread', () => new (process.getBuiltinModule('node:worker_threads').Worker)('1', { eval: true }));
    attempt('opens a database', () => { if (process.getBuiltinModule('node:sqlite') === undefined) throw new Error('no sqlite'); });
    process.on('uncaughtException', (error) => { told.uncaught = error.code; });
    const sockets = { 'connects': { host: '127.0.0.1', port: 9 }, 'connects to a socket file': { path: ${JSON.stringify(join(top, 'socket'))} } };
    for (const [name, to] of Object.entries(sockets)) {
      attempt(name, () => { net.connect(to).on('error', (error) => { told[name] = error.code; }); });
    }
    setTimeout(() => { console.log(JSON.stringify(told)); process.exit(0); }, 100);`;
  const flags = vaultFlags({ home, userHome: home, exchange: simulation });
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, '-e', probe], { env: {}, encoding: 'utf8' });
  assert.deepEqual(JSON.parse(stdout === '' ? JSON.stringify(stderr) : stdout), {
    'reads its credentials': 'done',
    'reads another file of its home': 'ERR_ACCESS_DENIED',
    'reads a file of the host': 'ERR_ACCESS_DENIED',
    'reads its environment': 'ERR_ACCESS_DENIED',
    'writes its credentials': 'ERR_ACCESS_DENIED',
    'writes elsewhere': 'ERR_ACCESS_DENIED',
    'starts a program': 'ERR_ACCESS_DENIED',
    'starts a thread': 'ERR_ACCESS_DENIED',
    'opens a database': 'no sqlite',
    connects: 'ERR_ACCESS_DENIED',
    'connects to a socket file': 'ERR_ACCESS_DENIED',
  });
});

test('a real vault refuses what it cannot use, and says what to do', async () => {
  const demo = '[exchange]\nenvironment = "demo"\n';
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ['nothing there', { 'twokey.toml': demo }, /^no credentials for demo; write .*credentials\.toml/],
    [
      'no ceiling',
      { 'twokey.toml': demo, 'credentials.toml': profile },
      /ceiling\.toml is not there, and demo needs the vault's own ceiling/,
    ],
    [
      'a ceiling with a mistake',
      { 'twokey.toml': demo, 'credentials.toml': profile, 'ceiling.toml': ceiling.replace('max_size', 'max_sise') },
      /ceiling\.toml line 2: max_sise: unknown key.*did you mean max_size/,
    ],
  ];
  for (const [name, files, expected] of cases) {
    const home = newHome(files);
    await using vault = startVault({
      home,
      userHome: home,
      exchange: { ...simulation, environment: 'demo' },
      readOnly: false,
      credentials: 'none',
    });
    const ready = await vault.ready;
    assert.ok(!ready.ok, name);
    assert.match(ready.error, expected);
    assert.equal((await vault.exited).code, 1);
    assert.equal((await vault.signer.sign({ kind: 'balance' }, '', 0)).kind, 'dead');
  }
});

test('others can read the file: refused with the chmod; the parent says live and twokey.toml does not: refused', async () => {
  const home = newHome({ 'twokey.toml': '', 'credentials.toml': profile, 'ceiling.toml': ceiling });
  await using live = startVault({
    home,
    userHome: home,
    exchange: { ...simulation, environment: 'live' },
    readOnly: false,
    credentials: 'none',
  });
  assert.deepEqual(await live.ready, { ok: false, error: 'only environment = "live" in twokey.toml leads to live' });
  chmodSync(join(home, 'credentials.toml'), 0o644);
  await using vault = startVault({ home, userHome: home, exchange: simulation, readOnly: false, credentials: 'none' });
  const file = join(home, 'credentials.toml');
  assert.deepEqual(await vault.ready, { ok: false, error: `others can read ${file}; run chmod 600 ${file}` });
});

test('a file of credentials that nobody granted cannot be opened, whatever twokey.toml says', async () => {
  const home = newHome({ 'twokey.toml': '[exchange]\ncredentials_file = "keys.toml"\n', 'keys.toml': profile });
  await using vault = startVault({ home, userHome: home, exchange: simulation, readOnly: false, credentials: 'none' });
  const ready = await vault.ready;
  assert.ok(!ready.ok);
  assert.match(ready.error, /cannot open .*keys\.toml \(ERR_ACCESS_DENIED\)/);
});

test('keys come from a named file and from a command, and its failure is told', async () => {
  const demo = (line: string): string => `[exchange]\nenvironment = "demo"\n${line}\n`;
  const named = newHome({ 'twokey.toml': demo('credentials_file = "keys.toml"'), 'keys.toml': profile, 'ceiling.toml': ceiling });
  const fromFile = await startParent(named);
  assert.ok(isSignedWithCanary(fromFile.told));
  assert.equal(fromFile.told.ready.value?.source, join(named, 'keys.toml'));
  const output = newHome({ 'output.toml': profile });
  const fromCommand = await startParent(
    newHome({
      'twokey.toml': demo(`credentials_command = ["/bin/cat", ${JSON.stringify(join(output, 'output.toml'))}]`),
      'ceiling.toml': ceiling,
    }),
  );
  assert.ok(isSignedWithCanary(fromCommand.told));
  assert.equal(fromCommand.told.ready.value?.source, 'the output of credentials_command');
  const failed = await startParent(newHome({ 'twokey.toml': demo('credentials_command = ["/bin/false"]'), 'ceiling.toml': ceiling }));
  assert.match(failed.told.ready.error ?? '', /credentials_command of twokey\.toml/);
  const missing = await startParent(newHome({ 'twokey.toml': demo('credentials_command = ["/nowhere/at/all"]'), 'ceiling.toml': ceiling }));
  assert.match(missing.told.ready.error ?? '', /credentials_command of twokey\.toml cannot be started/);
});

test('keys come from a keyring by its program, and from what systemd hands over; what a keyring does not give is told', async () => {
  const demo = (program: string): string => `[exchange]\nenvironment = "demo"\ncredentials_keyring = ${JSON.stringify(program)}\n`;
  const keyring = (script: string): string => {
    const program = join(newHome({}), 'secret-tool');
    writeFileSync(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return program;
  };
  const asked = async (script: string): Promise<Told> =>
    (await startParent(newHome({ 'twokey.toml': demo(keyring(script)), 'ceiling.toml': ceiling }))).told;
  const item = join(newHome({ item: profile }), 'item');
  const found = await asked(`[ "$*" = 'lookup service twokey profile demo' ] && exec cat '${item}'; exit 1`);
  assert.ok(isSignedWithCanary(found));
  assert.equal(found.ready.value?.source, 'the keyring');
  for (const pid of [found.pid, found.vault]) assert.doesNotMatch(seenOf(pid), /CANARY/);
  const missing = await asked('exit 1');
  assert.match(missing.ready.error ?? '', /^the keyring \(.* gave no key \(exit code 1\); install it .* store --label=twokey/);
  const nonsense = await asked('echo CANARY nonsense');
  assert.equal(nonsense.ready.error, 'the keyring line 1: expected key = value');

  const service = newHome({ okx: profile });
  const handed = await startParent(newHome({ 'twokey.toml': '[exchange]\nenvironment = "demo"\n', 'ceiling.toml': ceiling }), {
    CREDENTIALS_DIRECTORY: service,
  });
  assert.ok(isSignedWithCanary(handed.told));
  assert.equal(handed.told.ready.value?.source, join(service, 'okx'));
});

test('a crash of the vault leaves its memory nowhere', { skip: !existsSync('/usr/bin/prlimit') }, async () => {
  const { told } = await startParent(newHome({ 'twokey.toml': '' }));
  assert.match(readFileSync(`/proc/${told.vault}/limits`, 'utf8'), /^Max core file size +[01] +[01] /m);
  assert.match(memoryFacts(homeOf(told))?.coreLimit ?? '', /^[01]$/);
});

test('secrets of the environment reach the vault, and nothing else: no environ, no argument, no file', async () => {
  const home = newHome({ 'twokey.toml': '[exchange]\nenvironment = "demo"\n', 'ceiling.toml': ceiling });
  const secrets = newHome({ passphrase: `${CANARY.passphrase}\n` });
  const { told, printed } = await startParent(home, {
    OKX_API_KEY: CANARY.key,
    OKX_SECRET_KEY: CANARY.secret,
    OKX_PASSPHRASE_FILE: join(secrets, 'passphrase'),
    HOME: home,
    LC_ALL: 'C',
    UNRELATED_TOKEN: 'CANARY of another program',
  });
  assert.ok(isSignedWithCanary(told));
  assert.equal(told.ready.value?.source, 'the environment');
  assert.deepEqual(told.variables.toSorted(), ['HOME', 'LC_ALL', 'PATH', 'TWOKEY_CLEAN']);
  assert.deepEqual(told.argv, [home]);
  for (const pid of [told.pid, told.vault]) assert.doesNotMatch(seenOf(pid), /CANARY/);
  for (const file of filesUnder(home)) assert.doesNotMatch(readFileSync(file, 'utf8'), /CANARY/);
  assert.deepEqual(readdirSync(join(home, 'run')), []);
  // The file without a name is gone: nobody holds it any more.
  for (const pid of [told.pid, told.vault]) assert.doesNotMatch(descriptorsOf(pid).join('\n'), /deleted/);
  assert.doesNotMatch(printed.replaceAll(/"OK-ACCESS-[A-Z]+":"(?:[^"\\]|\\.)*"/g, ''), /CANARY/);
});

test('secrets of a file appear in nothing that others see of the processes', async () => {
  const { told } = await startParent(
    newHome({
      'twokey.toml': '[exchange]\nenvironment = "demo"\n',
      'ceiling.toml': ceiling,
      'credentials.toml': `[profiles.demo]\n${profile}`,
    }),
  );
  assert.ok(isSignedWithCanary(told));
  for (const pid of [told.pid, told.vault]) assert.doesNotMatch(seenOf(pid), /CANARY/);
});

test('in a simulation real keys of the environment are cleaned away all the same, named, and not used', async () => {
  const { told } = await startParent(newHome({ 'twokey.toml': '' }), {
    OKX_API_KEY: CANARY.key,
    OKX_API_SECRET: CANARY.secret,
    OKX_PASSPHRASE: CANARY.passphrase,
  });
  assert.equal(told.signed?.request.headers['OK-ACCESS-KEY'], 'sim-key');
  assert.deepEqual(told.ready.value?.skipped, ['the environment holds no sim-* key, and a simulation uses no other']);
  for (const pid of [told.pid, told.vault]) assert.doesNotMatch(seenOf(pid), /CANARY/);
});

test('variables that contradict each other, or name a file that others can read, are refused without their content', async () => {
  const secrets = newHome({ key: CANARY.key });
  chmodSync(join(secrets, 'key'), 0o644);
  const home = newHome({ 'twokey.toml': '' });
  const told = async (environment: Readonly<Record<string, string>>): Promise<string> =>
    (await startParent(home, environment)).told.problem ?? '';
  assert.equal(
    await told({ OKX_API_SECRET: CANARY.secret, OKX_SECRET_KEY: CANARY.key }),
    'OKX_API_SECRET and OKX_SECRET_KEY differ; unset one of them',
  );
  assert.equal(
    await told({ OKX_API_KEY_FILE: join(secrets, 'key') }),
    `OKX_API_KEY_FILE: others can read ${join(secrets, 'key')}; run chmod 600 ${join(secrets, 'key')}`,
  );
  assert.match(await told({ OKX_API_KEY_FILE: join(secrets, 'none') }), /OKX_API_KEY_FILE: cannot open .* \(ENOENT\)/);
});

test('the vault stays through SIGINT and SIGTERM, and ends when its parent is killed', async () => {
  const { parent, told } = await startParent(newHome({ 'twokey.toml': '' }));
  process.kill(told.vault, 'SIGINT');
  process.kill(told.vault, 'SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(isAlive(told.vault));
  parent.kill('SIGKILL');
  await eventually('the vault has not outlived its parent', () => !isAlive(told.vault));
});

test('SIGUSR1 opens no inspector in the vault', async () => {
  const { told } = await startParent(newHome({ 'twokey.toml': '' }));
  process.kill(told.vault, 'SIGUSR1');
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(isAlive(told.vault));
  assert.equal(listeningSockets(told.vault), 0);
});

/** How many sockets of the process wait for connections. */
function listeningSockets(pid: number): number {
  const LISTEN = '0A';
  const inodes = new Set(
    ['tcp', 'tcp6'].flatMap((name) =>
      readFileSync(`/proc/${pid}/net/${name}`, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter((columns) => columns[3] === LISTEN)
        .map((columns) => `socket:[${columns[9] ?? ''}]`),
    ),
  );
  return descriptorsOf(pid).filter((target) => inodes.has(target)).length;
}

function descriptorsOf(pid: number): readonly string[] {
  const listing = spawnSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' });
  return listing.stdout.split('\n').map((line) => line.split(' -> ')[1] ?? '');
}
