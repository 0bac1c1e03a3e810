import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, pause } from '../road/harness/eventually.ts';
import { ran } from '../road/harness/installed.ts';
import { descendants, isAlive } from '../road/harness/program.ts';
import { World } from '../road/harness/world.ts';
import type { Attack, Target, Verdict } from './attack.ts';
import { asInsider, verdictOn } from './shell.ts';
import type { Process, Victim } from './victim.ts';

// What is done to the processes themselves: their memory, environment, arguments, descriptors and debugger.

const SHELL = { OKX_API_KEY: 'sim-key', OKX_API_SECRET: 'sim-secret', OKX_PASSPHRASE: 'sim-pass' };
const SAME_USER = 'a process of the same user that is no shell of an agent';
const KEYS = 'the exchange keys';
const CLEAN = 'src/adapters/process/clean-environment.ts';

/** Looks for a text in all that a process may write to, as whoever may read its memory would. */
const SEARCH = `const { openSync, readFileSync, readSync } = require("node:fs");
const [pid, text] = process.argv.slice(1);
const memory = openSync("/proc/" + pid + "/mem", "r");
for (const line of readFileSync("/proc/" + pid + "/maps", "latin1").split("\\n")) {
  const [, from, to] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
  for (let at = Number("0x" + from); at < Number("0x" + to); at += 1 << 20) {
    const bytes = Buffer.alloc(Math.min(1 << 20, Number("0x" + to) - at));
    try { readSync(memory, bytes, 0, bytes.length, at); } catch { continue; }
    if (bytes.includes(text)) { console.log("found in the memory of process " + pid); process.exit(0); }
  }
}
console.error("Error: it was read, and not found");
process.exit(1);`;

function remembered(
  victim: Victim,
  shell: Victim['attacker'],
  { what, text }: { readonly what: Process['what']; readonly text: string },
): Verdict {
  const pid = victim.processes().find((each) => each.what === what)?.pid;
  if (pid === undefined) throw new Error(`there is no ${what}`);
  const tried = shell(`${victim.program}/node_modules/.bin/node -e '${SEARCH}' ${pid} ${text}`);
  return { succeeded: tried.code === 0, saw: /Error: (.*)/.exec(tried.stderr)?.[1] ?? tried.stdout };
}

/** Which files of the gateway and its children hold a text, where the gateway was started by a shell with these variables. */
async function filesWith(text: string, { root }: Target, file: 'environ' | 'cmdline' | 'fd/*'): Promise<Verdict> {
  await using world = await World.create({ checkout: root });
  const gateway = await world.up([], SHELL);
  const pids = [gateway.pid, ...descendants(gateway.pid)];
  // Descriptors that are no files are not waited for.
  const found = ran('/bin/sh', ['-c', `timeout 60 grep -slF -D skip '${text}' ${pids.map((pid) => `/proc/${pid}/${file}`).join(' ')}`]);
  if (found.code === 124) throw new Error('not all could be looked at in time');
  const where = found.stdout.trim();
  return { succeeded: where !== '', saw: where === '' ? `in none of ${pids.length} processes` : `in ${where}` };
}

export const processAttacks: readonly Attack[] = [
  asInsider({
    name: 'reads the environments of gateway, vault and doors',
    asset: KEYS,
    attempt: (victim, shell) => {
      const files = victim.processes().map(({ pid }) => `/proc/${pid}/environ`);
      return Promise.resolve(verdictOn(shell(files.map((file) => `cat ${file} >/dev/null && echo "${file} was read"`).join(' && '))));
    },
  }),
  asInsider({
    name: 'reads the secret key out of the memory of the vault',
    asset: KEYS,
    // The key of the simulator is no secret; that it is there is what the vault signs by.
    attempt: (victim, shell) => Promise.resolve(remembered(victim, shell, { what: 'vault', text: SHELL.OKX_API_SECRET })),
  }),
  asInsider({
    name: 'reads the operator’s token out of the memory of the gateway',
    asset: 'the limits and the mode',
    attempt: (victim, shell) => {
      const text = victim.owner(`cat ${victim.home}/run/operator.token`).stdout.trim();
      if (text === '') throw new Error('there is no token to look for');
      return Promise.resolve(remembered(victim, shell, { what: 'gateway', text }));
    },
  }),
  asInsider({
    name: 'kills the gateway',
    asset: 'the way out',
    attempt: async (victim, shell) => {
      const [gateway] = victim.processes();
      const pid = gateway?.pid ?? 0;
      const verdict = verdictOn(shell(`kill -KILL ${pid} && echo "process ${pid} is gone"`));
      if (verdict.succeeded) {
        await eventually('the gateway is gone', () => !isAlive(pid));
        await victim.restart();
      }
      return verdict;
    },
  }),
  {
    name: 'finds the keys of the operator’s shell in the environment of a process',
    adversary: SAME_USER,
    asset: KEYS,
    control: '`up` starts itself anew with a short list of variables',
    modes: 'one user',
    plant: [
      { file: CLEAN, from: "(kept.has(name) || name.startsWith('LC_'))", to: "(kept.has(name) || name.startsWith('OKX_'))" },
      { file: CLEAN, from: 'if (lines.length === 0) {', to: 'if (lines.length === 0 || environment[MARK] !== undefined) {' },
    ],
    attempt: (target) => filesWith(SHELL.OKX_API_SECRET, target, 'environ'),
  },
  {
    name: 'finds the keys of the operator’s shell in what `ps` shows of a process',
    adversary: 'another user of the same machine',
    asset: KEYS,
    control: 'no process is started with a secret',
    modes: 'one user',
    plant: {
      file: CLEAN,
      from: '[process.execPath, ...flags, ...argv.slice(1)]',
      to: "[`twokey ${environment['OKX_API_SECRET']}`, ...flags, ...argv.slice(1)]",
    },
    attempt: (target) => filesWith(SHELL.OKX_API_SECRET, target, 'cmdline'),
  },
  {
    name: 'reads the keys from a descriptor that a process was left with',
    adversary: SAME_USER,
    asset: KEYS,
    control: 'the file without a name in which they waited is closed by both who had it',
    modes: 'one user',
    plant: {
      file: 'src/adapters/vault/signer.ts',
      from: "if (start.credentials === 'fd0') forgetCredentials();",
      to: '',
    },
    attempt: (target) => filesWith(SHELL.OKX_API_SECRET, target, 'fd/*'),
  },
  {
    name: 'has the operator’s shell load code of its own into the gateway, by NODE_OPTIONS',
    adversary: 'the operator’s own shell',
    asset: KEYS,
    control: '`up` starts itself anew with a short list of variables',
    modes: 'one user',
    plant: { file: CLEAN, from: "'PATH HOME USER", to: "'NODE_OPTIONS PATH HOME USER" },
    attempt: async ({ root }) => {
      await using world = await World.create({ checkout: root });
      const [code, said] = [join(world.home, 'code.mjs'), join(world.home, 'said')];
      writeFileSync(
        code,
        `import { appendFileSync } from 'node:fs'; appendFileSync('${said}', process.pid + (process.env.TWOKEY_CLEAN ? ' clean;' : ' first;'));`,
      );
      await world.up([], { NODE_OPTIONS: `--import=${code}` });
      // The launcher itself is what that shell has started; what decides is the process that it replaces itself by.
      const loaded = readFileSync(said, 'utf8');
      return { succeeded: loaded.includes('clean'), saw: `it ran in: ${loaded}` };
    },
  },
  {
    name: 'opens the debugger of the gateway with SIGUSR1, and runs code in it',
    adversary: SAME_USER,
    asset: KEYS,
    control: 'no debugger opens in the gateway',
    modes: 'one user',
    plant: [
      { file: CLEAN, from: 'flag !== NO_DEBUGGER), NO_DEBUGGER];', to: 'flag !== NO_DEBUGGER)];' },
      { file: 'bin/twokey.js', from: "process.on('SIGUSR1', () => {});", to: '' },
    ],
    attempt: async ({ root }) => {
      await using world = await World.create({ checkout: root });
      const gateway = await world.up();
      process.kill(gateway.pid, 'SIGUSR1');
      await pause(DEBUGGER_MILLISECONDS);
      const url = /Debugger listening on (ws:\S+)/.exec(gateway.stderr)?.[1];
      if (url === undefined) return { succeeded: false, saw: 'the signal came, and no debugger listens' };
      const answer = await evaluated(url, 'process.pid');
      return { succeeded: answer.includes(String(gateway.pid)), saw: `the debugger says ${answer}` };
    },
  },
];

/** Long enough for a busy machine to open it. */
const DEBUGGER_MILLISECONDS = 1500;

function evaluated(url: string, expression: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url);
    socket.addEventListener('open', () => socket.send(JSON.stringify({ id: 1, method: 'Runtime.evaluate', params: { expression } })));
    socket.addEventListener('error', () => reject(new Error('the debugger cannot be spoken to')));
    socket.addEventListener('message', ({ data }) => {
      resolve(String(data));
      socket.close();
    });
  });
}
