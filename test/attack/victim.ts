import { join } from 'node:path';
import { Installed, ran } from '../road/harness/installed.ts';
import { descendants, procFile, type Program } from '../road/harness/program.ts';
import { type Ran, World } from '../road/harness/world.ts';
import type { Mode } from './attack.ts';

/** Two agents: the attacker is alpha, and beta is somebody else. */
export const [ALPHA, BETA] = [`a${process.pid.toString(36)}`, `b${process.pid.toString(36)}`];

/** A gateway that runs, and an attacker who has a shell on the same machine. */
export type Victim = {
  readonly home: string;
  /** The folder of the program, with `bin`, `src`, `node_modules` and the Node that runs it. */
  readonly program: string;
  /** The user whom the gateway runs as. */
  readonly service: string;
  /** The gateway and its children, as they are now: the first is the gateway. */
  readonly processes: () => readonly Process[];
  /** The attacker's shell: alpha's user, who is the gateway's own in the mode `one user`. */
  readonly attacker: (script: string) => Ran;
  /** The same shell where the border between users is gone: it runs as the gateway's own user. */
  readonly insider: (script: string) => Ran;
  /** A shell of whoever owns the machine, to remove a control with and to put it back. */
  readonly owner: (script: string) => Ran;
  /** A command of the operator's. */
  readonly operator: (...argv: readonly string[]) => Ran;
  /** Starts the gateway anew, also where an attack has ended it. */
  readonly restart: () => Promise<void>;
};

export type Process = { readonly pid: number; readonly what: 'gateway' | 'vault' | 'doors' | 'sim' | 'other' };

// An installation has a name of its own: that of a planted copy runs beside that of this checkout.
const marks = 'uvwxyz';
let installations = 0;

/** The victims of one checkout: at most one of each mode, started when an attack asks for it. */
export class Victims implements AsyncDisposable {
  readonly #checkout: string;
  readonly #stack = new AsyncDisposableStack();
  readonly #started = new Map<Mode, Promise<Victim>>();

  constructor(checkout: string) {
    this.#checkout = checkout;
  }

  of(mode: Mode): Promise<Victim> {
    const known = this.#started.get(mode);
    if (known !== undefined) return known;
    const started = mode === 'one user' ? this.#oneUser() : this.#twoUsers();
    this.#started.set(mode, started);
    // One that could not be started says so to whoever asked, and the next one tries again.
    started.catch(() => this.#started.delete(mode));
    return started;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack.disposeAsync();
  }

  async #oneUser(): Promise<Victim> {
    await using starting = new AsyncDisposableStack();
    const world = starting.use(await World.create({ agents: [ALPHA, BETA], checkout: this.#checkout }));
    world.write(
      'credentials.toml',
      `[profiles.demo]\ndemo = true\napi_key = 'sim-key'\nsecret_key = 'sim-secret'\npassphrase = 'sim-pass'\n`,
    );
    let gateway = await world.up();
    this.#stack.use(starting.move());
    const shell = (script: string): Ran => ran('/bin/sh', ['-c', script]);
    return {
      home: world.home,
      program: this.#checkout.replace(/\/$/, ''),
      service: '',
      processes: () => processesOf(gateway),
      attacker: shell,
      insider: shell,
      owner: shell,
      operator: (...argv) => ran(join(this.#checkout, 'twokey'), [...argv, '--home', world.home]),
      restart: async () => {
        await gateway.stop();
        gateway = await world.up();
      },
    };
  }

  async #twoUsers(): Promise<Victim> {
    await using starting = new AsyncDisposableStack();
    const mark = marks[installations % marks.length] ?? '';
    installations += 1;
    const place = starting.use(await Installed.prepare(mark, [ALPHA, BETA], this.#checkout));
    const installed = place.install();
    if (installed.code !== 0) throw new Error(`install failed: ${installed.stderr}`);
    let gateway = await place.up();
    this.#stack.use(starting.move());
    return {
      home: place.home,
      program: place.program,
      service: place.service,
      processes: () => processesOf(gateway),
      attacker: (script) => place.shell(`agent-${ALPHA}`, script),
      insider: (script) => place.shell(place.service, script),
      owner: (script) => ran('/bin/sh', ['-c', script]),
      operator: (...argv) => place.as(place.service, ...argv),
      restart: async () => {
        await gateway.stop();
        gateway = await place.up();
      },
    };
  }
}

function processesOf(gateway: Program): readonly Process[] {
  return [
    { pid: gateway.pid, what: 'gateway' },
    ...descendants(gateway.pid).map((pid) => {
      const entry = /\/src\/main\/(vault|doors|sim)\.ts/.exec(procFile(pid, 'cmdline'))?.[1];
      return { pid, what: entry === 'vault' || entry === 'doors' || entry === 'sim' ? entry : 'other' } as const;
    }),
  ];
}
