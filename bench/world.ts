import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { listAt, textAt } from './json.ts';
import { McpServer } from './mcp.ts';
import { type Command, Running } from './process.ts';

const twokey = fileURLToPath(new URL('../twokey', import.meta.url));

/** A temporary folder that goes when the bench goes. */
export function temporaryFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'twokey-bench-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  stack.defer(() => {
    process.off('exit', remove);
    remove();
  });
  return folder;
}

/** A command of twokey, with an environment in which nothing of the person who runs the bench is found. */
export function twokeyCommand(home: string, args: readonly string[]): Command {
  return { file: twokey, args: [...args, '--home', home], environment: { PATH: process.env['PATH'] ?? '', HOME: home } };
}

/**
 * Limits and rates as wide as the file takes them, so that what is measured is the road and not the policy's refusal. Nothing is
 * bypassed: every control still runs on every order.
 */
export function configuration(port: number): string {
  return `[exchange]
environment = "sim"
[policy]
instruments = ["BTC-USDT"]
max_order_size = 1000000
max_position_size = 1000000000
max_total_exposure = 1000000000
max_open_positions = 1000
max_open_orders = 1000000
max_daily_trades = 1000000
max_daily_loss = 1000000000
max_drawdown = 1000000000
max_account_equity = 1000000000
min_balance = 0
max_order_rate = { per_second = 1000000, per_minute = 1000000 }
max_same_side = { per_10_minutes = 1000000, per_hour = 1000000 }
duplicate_window = "1s"
[sim]
listen = "127.0.0.1:${port}"
rate_limits = "lenient"
`;
}

/** A home of its own with an exchange of its own, both gone at the end. The gateway is started apart. */
export type World = { readonly home: string; readonly url: string };

export async function openWorld(stack: AsyncDisposableStack): Promise<World> {
  const home = join(temporaryFolder(stack), 'home');
  mkdirSync(home, { mode: 0o700 });
  const exchange = stack.use(new Running(twokeyCommand(home, ['sim', '--port', '0', '--rate-limits', 'lenient', '--json'])));
  const url = textAt(JSON.parse(await exchange.line()), 'url');
  writeFileSync(join(home, 'twokey.toml'), configuration(Number(new URL(url).port)));
  chmodSync(join(home, 'twokey.toml'), 0o600);
  return { home, url };
}

export type Gateway = { readonly process: Running; readonly readyMilliseconds: number };

/** Starts the gateway and waits until it says that it is ready. */
export async function startGateway({ home }: World): Promise<Gateway> {
  const startedAt = performance.now();
  const gateway = new Running(twokeyCommand(home, ['up', '--json']));
  const ready: unknown = JSON.parse(await gateway.line());
  const readyMilliseconds = performance.now() - startedAt;
  const mode = textAt(ready, 'mode');
  if (mode !== 'ACTIVE') throw new Error(`the gateway came up ${mode}`);
  return { process: gateway, readyMilliseconds };
}

export function startShim({ home }: World): Promise<McpServer> {
  return McpServer.start(twokeyCommand(home, ['mcp', '--agent', 'default']));
}

/** What the exchange itself says that it has of one account. The gateway trades on 1001 and the peer on 1000. */
export type LedgerOrder = { readonly clientOrderId: string; readonly size: string; readonly state: string; readonly at: number };

export async function ledgerOrders({ url }: World, account: '1000' | '1001'): Promise<readonly LedgerOrder[]> {
  const ledger: unknown = await (await fetch(`${url}/sim/ledger`)).json();
  return listAt(ledger, 'orders')
    .filter((order) => textAt(order, 'account') === account)
    .map((order) => ({
      clientOrderId: textAt(order, 'clOrdId'),
      size: textAt(order, 'sz'),
      state: textAt(order, 'state'),
      at: Number(Reflect.get(Object(order), 'at')),
    }));
}
