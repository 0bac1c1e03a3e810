import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { McpServer } from './mcp.ts';
import type { Command } from './process.ts';
import { temporaryFolder, type World } from './world.ts';

const PACKAGE = '@okx_ai/okx-trade-mcp';
const VERSION = '1.2.9';
const INSTALL_MILLISECONDS_MAX = 120_000;

/** The official kit's MCP server, installed for this run alone; `why` says why there is none. */
export type Peer =
  | { readonly kind: 'installed'; readonly entry: string; readonly home: string }
  | { readonly kind: 'absent'; readonly why: string };

export function installPeer(stack: AsyncDisposableStack): Peer {
  const folder = temporaryFolder(stack);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'peer-of-a-bench', private: true }));
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', `${PACKAGE}@${VERSION}`];
  const installed = spawnSync('npm', args, { cwd: folder, encoding: 'utf8', timeout: INSTALL_MILLISECONDS_MAX });
  if (installed.status !== 0)
    return { kind: 'absent', why: `the peer could not be installed (npm ended with ${String(installed.status)})` };
  const home = join(folder, 'home');
  // It asks the registry for newer versions at each start unless it believes to have asked already.
  mkdirSync(join(home, '.okx'), { recursive: true });
  writeFileSync(join(home, '.okx', 'update-check.json'), JSON.stringify({ [PACKAGE]: { latestVersion: VERSION, checkedAt: Date.now() } }));
  return { kind: 'installed', entry: join(folder, 'node_modules', ...PACKAGE.split('/'), 'dist', 'index.js'), home };
}

/** On the account beside ours: orders of somebody else on our own would rightly stop the gateway. */
function peerCommand({ entry, home }: Extract<Peer, { kind: 'installed' }>, { url }: World): Command {
  return {
    file: process.execPath,
    args: [entry, '--demo'],
    environment: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      OKX_API_BASE_URL: url,
      OKX_API_KEY: 'sim-key-main',
      OKX_SECRET_KEY: 'sim-secret',
      OKX_PASSPHRASE: 'sim-pass',
    },
  };
}

export async function startPeer(peer: Peer, world: World): Promise<McpServer | null> {
  return peer.kind === 'installed' ? McpServer.start(peerCommand(peer, world)) : null;
}
