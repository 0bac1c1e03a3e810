// One of the scenes of test/road/connections.test.ts, in a network of its own that leads nowhere: what twokey tries to reach is written down.
// node test/road/connections/main.ts FOLDER SCENE

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, pause } from '../harness/eventually.ts';
import { Program, root } from '../harness/program.ts';
import { freePort, World } from '../harness/world.ts';
import { Okx } from '../e2e/stand-in/okx.ts';
import { type Attempts, Recorder } from './recorder.ts';

/** What a scene came to: what each command said, and what all of it tried to reach. */
export type Told = { readonly control: Attempts; readonly attempts: Attempts; readonly said: readonly string[] };

/** Long enough for a question that is asked once at a start, and for the ones that are repeated. */
const WATCHED_MILLISECONDS = 3_000;
/** The addresses of the hosts that answer, where a scene has any; everything else is beyond. */
const HOSTS = new Map([
  ['www.okx.com', '203.0.113.1'],
  ['wspap.okx.com', '203.0.113.2'],
]);
/** What a program does that reports to its makers: twice by name, once by an address, on ports that nobody thought of. */
const PHONES_HOME = `
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
fetch('http://home.example/').catch(() => {});
for (const to of [{ host: '192.0.2.77', port: 8080 }, { host: 'other.example', port: 4433 }]) connect(to).on('error', () => {});
const socket = createSocket('udp4');
socket.connect(9999, '192.0.2.78', () => socket.send('x'));
setTimeout(() => process.exit(), 3000);
`;

const [folder = '', scene = ''] = process.argv.slice(2);
const variables = { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder };
const said: string[] = [];

using recorder = await Recorder.start(scene === 'demo' ? HOSTS : new Map());
await ran(process.execPath, ['--input-type=module', '-e', PHONES_HOME]);
const control = recorder.attempts;
recorder.clear();
if (scene === 'sim') await sim();
else if (scene === 'npm') await ran('npm', ['start', '--', '--once', '--json']);
else if (scene === 'demo') await demo();
else await nobodyAnswers();
writeFileSync(join(folder, 'told.json'), JSON.stringify({ control, attempts: recorder.attempts, said } satisfies Told));
process.exit(0);

/** A day with the simulator: a gateway, an agent, what an operator looks at. */
async function sim(): Promise<void> {
  await using world = await World.create({ agents: ['alpha'] });
  const gateway = await world.up();
  const agent = await world.agent('alpha');
  said.push(String((await agent.place({ intent_id: 'one', quantity: '30' })).status));
  for (const word of ['status', 'doctor', 'checklist']) {
    // oxlint-disable-next-line no-await-in-loop
    const { code, stdout, stderr } = await world.run([word]);
    said.push(`${code} ${stdout}${stderr}`);
  }
  await pause(WATCHED_MILLISECONDS);
  await gateway.stop();
}

/** Demo trading, with somebody who answers under the names of OKX. */
async function demo(): Promise<void> {
  const okx = await Okx.start(folder, { level: '2', listens: '0.0.0.0' });
  const home = await homeIn('demo');
  await using gateway = new Program({
    command: join(root, 'twokey'),
    argv: ['up', '--home', home],
    environment: { ...variables, ...okx.variables },
  });
  await gateway.line(/^ready /);
  for (const word of ['status', 'doctor']) {
    // oxlint-disable-next-line no-await-in-loop
    await ran(join(root, 'twokey'), [word, '--home', home], okx.variables);
  }
  await eventually('its sockets are open', () => okx.front.seen.some(({ path }) => path.startsWith('/ws/')));
  await pause(WATCHED_MILLISECONDS);
  await gateway.stop();
  await okx[Symbol.asyncDispose]();
}

/** Demo trading without a network: whatever is tried in its place would be seen. */
async function nobodyAnswers(): Promise<void> {
  const home = await homeIn('demo');
  const key = { OKX_API_KEY: '3f0c8a52-7b1e-4d2f-9a66-none', OKX_API_SECRET: 'none', OKX_PASSPHRASE: 'none' };
  await using gateway = new Program({ command: join(root, 'twokey'), argv: ['up', '--home', home], environment: { ...variables, ...key } });
  await ran(join(root, 'twokey'), ['doctor', '--home', home], key);
  await Promise.race([gateway.exited, eventually('it tried', () => recorder.attempts.reached.length > 0)]);
  await eventually('it says so', () => !gateway.running || /www\.okx\.com|the exchange/.test(gateway.stdout + gateway.stderr));
  await pause(WATCHED_MILLISECONDS);
  await gateway.stop();
  said.push(gateway.stdout + gateway.stderr);
}

async function homeIn(environment: string): Promise<string> {
  const home = join(folder, 'h');
  mkdirSync(home, { mode: 0o700 });
  const text = `[exchange]\nenvironment = "${environment}"\n[sim]\nlisten = "127.0.0.1:${await freePort()}"\n[agents.alpha]\n`;
  writeFileSync(join(home, 'twokey.toml'), text, { mode: 0o600 });
  writeFileSync(join(home, 'ceiling.toml'), '[instruments."BTC-USDT"]\nmax_size = "0.002"\n[rate]\nper_minute = 10\n', { mode: 0o600 });
  return home;
}

async function ran(command: string, argv: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<void> {
  await using program = new Program({ command, argv, environment: { ...variables, ...more } });
  const { code } = await program.exited;
  said.push(`${code} ${program.stdout}${program.stderr}`);
}
