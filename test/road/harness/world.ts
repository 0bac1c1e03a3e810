import { createSocket } from 'node:dgram';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent } from './agent.ts';
import { eventually } from './eventually.ts';
import { ExchangeDesk } from './exchange.ts';
import { Program, root } from './program.ts';
import { wasHeldUp } from './stops.ts';
import { currentPlay } from './test.ts';

export type WorldOptions = {
  /** Lines of `[policy]`, over limits that are wide open. */
  readonly policy?: Readonly<Record<string, string>>;
  /** Whether the exchange keeps its rate limits; most tests have no time for them. */
  readonly rates?: 'strict' | 'lenient';
  /** Further sections of twokey.toml. */
  readonly sections?: string;
  /** Names of agents; without one there is `default`. */
  readonly agents?: readonly string[];
  /** Another home, whose exchange and account this one shares; its exchange runs already. */
  readonly beside?: World;
  /** The port where its gateways look for the exchange, when something lies between the two. */
  readonly reachedAt?: number;
  /** The top of another checkout, whose twokey is started in place of this one's. */
  readonly checkout?: string;
};

/** What a command printed and how it ended. */
export type Ran = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Wide open, so that a test meets the limit that it sets and no other. Ages are those of a machine that does much else. */
const openPolicy: Readonly<Record<string, string>> = {
  instruments: '["BTC-USDT", "ETH-USDT", "BTC-USDT-SWAP"]',
  max_order_size: '1000',
  max_position_size: '5000',
  max_total_exposure: '20000',
  max_open_positions: '10',
  max_open_orders: '100',
  max_daily_trades: '1000',
  max_daily_loss: '5000',
  max_drawdown: '5000',
  max_rejects: '{ in_a_row = 1000, per_10_minutes = 1000 }',
  max_slippage: '"20%"',
  max_leverage: '10',
  max_account_equity: '20000',
  max_order_rate: '{ per_second = 500, per_minute = 5000 }',
  max_same_side: '{ per_10_minutes = 1000, per_hour = 1000 }',
  max_data_age: '"30s"',
};

/** A home of its own with everything that a test starts on it. All of it ends with the test, however that ends. */
export class World implements AsyncDisposable {
  readonly home: string;
  readonly exchange: ExchangeDesk;
  readonly #checkout: string;
  readonly #stack = new AsyncDisposableStack();
  #kept = false;

  private constructor(home: string, port: number, checkout: string) {
    this.home = home;
    this.#checkout = checkout;
    this.exchange = new ExchangeDesk(`http://127.0.0.1:${port}`);
    const play = currentPlay();
    this.#stack.defer(() => {
      if (play !== undefined && wasHeldUp(home)) play.isHeldUp = true;
      if (!this.#kept) rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    });
  }

  static async create({
    policy = {},
    rates = 'lenient',
    sections = '',
    agents = [],
    beside,
    reachedAt,
    checkout = root,
  }: WorldOptions = {}): Promise<World> {
    // Short, because a socket's path may have 107 bytes.
    const home = mkdtempSync(join(tmpdir(), 'tk-'));
    const [exchange, http] = [beside === undefined ? await freePort() : Number(new URL(beside.exchange.url).port), await freePort()];
    const limits = Object.entries({ ...openPolicy, ...policy }).map(([key, value]) => `${key} = ${value}`);
    const text = [
      '[exchange]',
      'environment = "sim"',
      // What rests outlives a slow start.
      'dead_man = "2m"',
      '[sim]',
      `listen = "127.0.0.1:${reachedAt ?? exchange}"`,
      'seed = 7',
      `rate_limits = "${rates}"`,
      '[http]',
      `listen = "127.0.0.1:${http}"`,
      '[policy]',
      ...limits,
      ...agents.map((name) => `[agents.${name}]`),
      sections,
      // What the owner is told besides is told in the tests that are about it.
      ...(sections.includes('[alerts]') ? [] : ['[alerts]', 'normal_order_size = 1000000', 'trades_per_window = { count = 999 }']),
    ];
    writeFileSync(join(home, 'twokey.toml'), `${text.join('\n')}\n`);
    const world = new World(home, exchange, checkout);
    // By it a gateway knows that the exchange on this port is no stranger.
    if (beside !== undefined) {
      mkdirSync(join(home, 'run'), { mode: 0o700 });
      copyFileSync(join(beside.home, 'run', 'sim.nonce'), join(home, 'run', 'sim.nonce'));
    }
    return world;
  }

  /** Leaves the home where it is, for somebody to read. */
  keep(): void {
    this.#kept = true;
  }

  /** A file of this home that nobody else can read. */
  write(name: string, text: string): void {
    const path = join(this.home, name);
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(path, text, { mode: 0o600 });
    chmodSync(path, 0o600);
  }

  /** The exchange alone: it lives on when a gateway dies. */
  async startExchange(environment: Readonly<Record<string, string>> = {}): Promise<Program> {
    const argv = ['sim', '--port', new URL(this.exchange.url).port, '--seed', '7', '--rate-limits', 'lenient'];
    const sim = this.start(argv, environment);
    await sim.line(/listening/);
    return sim;
  }

  /** The gateway, once it says that it is ready. */
  async up(flags: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Promise<Program> {
    const gateway = this.start(['up', ...flags], environment);
    await gateway.line(/^ready /);
    return gateway;
  }

  /** Any command that stays. */
  start(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Program {
    const program = new Program({
      command: join(this.#checkout, 'twokey'),
      argv: [...argv, '--home', this.home],
      environment: { ...this.environment, ...environment },
    });
    this.#stack.use(program);
    return program;
  }

  /** A command that asks, with somebody at the other end of its standard input. */
  talk(argv: readonly string[]): Program {
    const program = new Program({
      command: join(this.#checkout, 'twokey'),
      argv: [...argv, '--home', this.home],
      environment: this.environment,
      isAnswered: true,
    });
    this.#stack.use(program);
    return program;
  }

  /** A command that stays, started by another program: one that first makes the machine worse. */
  startThrough(through: readonly string[], argv: readonly string[]): Program {
    const [command = '', ...rest] = through;
    const program = new Program({
      command,
      argv: [...rest, join(this.#checkout, 'twokey'), ...argv, '--home', this.home],
      environment: this.environment,
    });
    this.#stack.use(program);
    return program;
  }

  /** Any command that ends by itself. */
  async run(argv: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
    const program = this.start(argv, environment);
    const { code } = await program.exited;
    return { code, stdout: program.stdout, stderr: program.stderr };
  }

  /** The document that a command prints with `--json`. */
  async read(...argv: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
    const { stdout, stderr } = await this.run([...argv, '--json']);
    try {
      return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    } catch {
      throw new Error(`twokey ${argv.join(' ')} printed no document: ${stdout}${stderr}`);
    }
  }

  /** Until the exchange has shown that a halt has left nothing: only then it may be taken back. */
  async haltEnded(): Promise<void> {
    await eventually(
      'the halt is over',
      async () => ((await this.read('status'))['halt'] as { readonly ended: boolean } | null)?.ended === true,
    );
  }

  async agent(name = 'default', environment: Readonly<Record<string, string>> = {}): Promise<Agent> {
    const agent = await Agent.connect({
      home: this.home,
      name,
      environment: { ...this.environment, ...environment },
      checkout: this.#checkout,
    });
    this.#stack.use(agent);
    return agent;
  }

  /** What every process of this world inherits, and nothing else: no key of whoever runs the tests is ever seen. */
  get environment(): Readonly<Record<string, string>> {
    return { PATH: process.env['PATH'] ?? '', HOME: this.home };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

/**
 * A port that nobody listens on, below those that the system gives to connections: one of these could be taken between two starts on the
 * same home. Until this process ends no other one draws it: the UDP port of the same number says that it is taken.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    // oxlint-disable-next-line no-await-in-loop
    if ((await isClaimed(port)) && (await isFree(port))) return port;
  }
}

function isClaimed(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const claim = createSocket('udp4').unref();
    claim.once('error', () => claim.close(() => resolve(false)));
    claim.bind({ address: '127.0.0.1', port, exclusive: true }, () => resolve(true));
  });
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });
}
