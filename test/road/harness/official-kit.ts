import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './program.ts';

/**
 * A program of the exchange's own, as it is published, beside a simulated exchange. These packages run a script when they are installed,
 * which ours may not do: so they are no dependency of the package, and are put in a folder of the test without running it.
 */
export type Published = { readonly name: string; readonly version: string };

export class OfficialKit implements AsyncDisposable {
  readonly url: string;
  /** Its main file. */
  readonly entry: string;
  /** What it needs to find the exchange; its home is the test's. */
  readonly environment: Readonly<Record<string, string>>;
  readonly folder: string;
  readonly #sim: ChildProcess;

  private constructor(folder: string, { name }: Published, { sim, url }: { readonly sim: ChildProcess; readonly url: string }) {
    this.folder = folder;
    this.url = url;
    this.#sim = sim;
    this.entry = join(folder, 'node_modules', ...name.split('/'), 'dist', 'index.js');
    this.environment = {
      PATH: process.env['PATH'] ?? '',
      HOME: join(folder, 'home'),
      OKX_API_BASE_URL: url,
      OKX_API_KEY: 'sim-key',
      OKX_SECRET_KEY: 'sim-secret',
      OKX_PASSPHRASE: 'sim-pass',
    };
  }

  static async install(published: Published): Promise<OfficialKit> {
    const { name, version } = published;
    const folder = mkdtempSync(join(tmpdir(), 'official-kit-'));
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'folder-of-a-test', private: true }));
    const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${version}`];
    const installed = spawnSync('npm', npm, { cwd: folder, encoding: 'utf8', timeout: 600_000 });
    assert.equal(installed.status, 0, installed.stderr);
    // It asks for newer versions at each start unless it believes to have asked already.
    mkdirSync(join(folder, 'home', '.okx'), { recursive: true });
    const checked = { [name]: { latestVersion: version, checkedAt: Date.now() } };
    writeFileSync(join(folder, 'home', '.okx', 'update-check.json'), JSON.stringify(checked));
    return new OfficialKit(folder, published, await startSim(join(folder, 'sim')));
  }

  async desk(path: string, body: object): Promise<void> {
    const answer = await fetch(`${this.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
    assert.equal(answer.status, 200, await answer.text());
  }

  async ledger(): Promise<Ledger> {
    return (await (await fetch(`${this.url}/sim/ledger`)).json()) as Ledger;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = new Promise((resolve) => this.#sim.once('exit', resolve));
    this.#sim.kill('SIGTERM');
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

type Rows = readonly Readonly<Record<string, string>>[];
type Ledger = Readonly<Record<'orders' | 'algos' | 'fills' | 'positions' | 'transfers' | 'refused', Rows>>;

/** A simulated exchange that counts nothing: how fast a client asks is no matter here. */
export async function startSim(home: string): Promise<{ readonly sim: ChildProcess; readonly url: string }> {
  const words = ['sim', '--port', '0', '--home', home, '--rate-limits', 'lenient', '--json'];
  const sim = spawn(process.execPath, [join(root, 'bin', 'twokey.js'), ...words]);
  const url = await new Promise<string>((resolve, reject) => {
    sim.once('exit', (code) => {
      reject(new Error(`the exchange ended with ${String(code)}`));
    });
    sim.stdout.once('data', (line: Buffer) => {
      const ready: unknown = JSON.parse(line.toString());
      if (typeof ready === 'object' && ready !== null && 'url' in ready && typeof ready.url === 'string') resolve(ready.url);
    });
  });
  return { sim, url };
}
