import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { eventually } from './eventually.ts';
import type { Answer, Wish } from './agent.ts';
import { descendants, isAlive, Program, root } from './program.ts';
import { freePort, type Ran } from './world.ts';

const PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Why this machine gives a test no users of its own; empty where it does. */
export function noUsers(): string {
  if (process.platform !== 'linux') return `users are made on Linux alone, and this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'users can only be made by root: run this as root to see it';
  const missing = ['useradd', 'userdel', 'groupadd', 'setpriv'].find(
    (name) => !PATH.split(':').some((folder) => existsSync(join(folder, name))),
  );
  return missing === undefined ? '' : `there is no ${missing}`;
}

/** twokey as an owner installs it: users, root's copy, a service's home, all under names that nobody else has. It is gone with the test. */
export class Installed implements AsyncDisposable {
  readonly service: string;
  readonly home: string;
  readonly program: string;
  readonly command: string;
  readonly #from = mkdtempSync(join(tmpdir(), 'tk-from-'));
  readonly #checkout: string;
  #gateway: Program | undefined;

  private constructor(service: string, checkout: string) {
    this.service = service;
    this.#checkout = checkout;
    this.home = `/var/lib/${service}`;
    this.program = `/opt/${service}`;
    this.command = `/usr/local/bin/${service}`;
  }

  /** Nothing is installed yet; `agents` stand in the limits that it will be installed with. `mark` is one letter that tells tests of one process apart;
   * `checkout` is what is installed. */
  static async prepare(mark: string, agents: readonly string[], checkout = root): Promise<Installed> {
    const installed = new Installed(`tk${mark}${process.pid.toString(36)}`, checkout);
    const sections = agents.map((agent) => `[agents.${agent}]\n`).join('');
    const port = await freePort();
    const text = `[exchange]\nenvironment = "sim"\n[sim]\nlisten = "127.0.0.1:${port}"\n[policy]\nmax_data_age = "30s"\nanswer_wait = "10s"\n${sections}`;
    writeFileSync(join(installed.#from, 'twokey.toml'), text);
    const key = `[profiles.demo]\ndemo = true\napi_key = 'sim-key'\nsecret_key = 'sim-secret'\npassphrase = 'sim-pass'\n`;
    writeFileSync(join(installed.#from, 'credentials.toml'), key, { mode: 0o600 });
    return installed;
  }

  /** The command of the checkout, as root. */
  install(...argv: readonly string[]): Ran {
    return ran(join(this.#checkout, 'twokey'), ['install', '--name', this.service, '--from', this.#from, ...argv]);
  }

  uninstall(...argv: readonly string[]): Ran {
    return ran(join(this.#checkout, 'twokey'), ['uninstall', '--name', this.service, ...argv]);
  }

  /** What the service would do, by hand: PID 1 need not be systemd. */
  async up(): Promise<Program> {
    const environment = { PATH: '/usr/bin:/bin', TWOKEY_HOME: this.home };
    const argv = [...become(this.service), '--no-new-privs', '--bounding-set', '-all', join(this.program, 'twokey'), 'up'];
    this.#gateway = new Program({ command: 'setpriv', argv, environment });
    await this.#gateway.line(/^ready /);
    return this.#gateway;
  }

  /** The installed command, as some user. */
  as(user: string, ...argv: readonly string[]): Ran {
    return ran('setpriv', [...become(user), this.command, ...argv]);
  }

  /** A shell of that user. */
  shell(user: string, script: string): Ran {
    return ran('setpriv', [...become(user), '/bin/sh', '-c', script]);
  }

  /**
   * The same in what a container is made of: file systems of its own with the program, the folder of sockets and no network. `group` is that of the
   * agent's socket.
   */
  contained({ user, group, script }: { readonly user: string; readonly group: string; readonly script: string }): readonly string[] {
    const folders = ['usr', 'lib', 'lib64', 'bin', 'program', 'twokey/run'];
    const from = (name: string): string =>
      name === 'program' ? this.program : name === 'twokey/run' ? join(this.home, 'run') : `/${name}`;
    const mounts = folders.map(
      (name) => `mkdir -p $R/${name} && mount --bind ${from(name)} $R/${name} && mount -o remount,bind,ro $R/${name}`,
    );
    const enter = `exec chroot --userspec=$(id -u ${user}):$(getent group ${group} | cut -d: -f3) --groups= $R /bin/sh -c '${script}'`;
    const made = ['R=/mnt', 'mount -t tmpfs none $R', ...mounts, enter].join(' && ');
    return ['--mount', '--pid', '--fork', '--ipc', '--net', '--uts', '/bin/sh', '-c', made];
  }

  /** An agent whose client starts the shim, as that user. */
  agent(user: string, agent: string): Promise<Connected> {
    return Connected.start('setpriv', [...become(user), this.command, 'mcp', '--agent', agent]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#gateway?.running === true) {
      const children = descendants(this.#gateway.pid);
      await this.#gateway.stop();
      await eventually('the children of the gateway have ended', () => !children.some((pid) => isAlive(pid)));
    }
    // What an agent's connection was served by may take a moment to end.
    await eventually('everything that was installed is gone', () => this.uninstall('--purge').code === 0);
    rmSync(this.#from, { recursive: true });
  }
}

/** An MCP client of an agent, however its shim is started. */
export class Connected implements AsyncDisposable {
  readonly #client = new Client({ name: 'road', version: '1' });

  static async start(command: string, args: readonly string[]): Promise<Connected> {
    const connected = new Connected();
    await connected.#client.connect(new StdioClientTransport({ command, args: [...args], env: { PATH }, stderr: 'pipe' }));
    return connected;
  }

  place(wish: Wish): Promise<Answer> {
    const order = {
      instrument: 'BTC-USDT',
      side: 'buy',
      type: 'market',
      quantity: '20',
      quantity_unit: 'usd',
      reason: 'a test of the road',
    };
    return this.call('place_order', { ...order, ...wish });
  }

  async call(tool: string, given: Readonly<Record<string, unknown>> = {}): Promise<Answer> {
    const result = await this.#client.callTool({ name: tool, arguments: { ...given } });
    return result.structuredContent ?? {};
  }

  close(): Promise<void> {
    return this.#client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function become(user: string): readonly string[] {
  return ['--reuid', user, '--regid', user, '--init-groups', '--inh-caps=-all'];
}

export function ran(command: string, argv: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(command, [...argv], {
    cwd: '/',
    encoding: 'utf8',
    env: { PATH, HOME: '/nonexistent' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return { code: status, stdout, stderr };
}
