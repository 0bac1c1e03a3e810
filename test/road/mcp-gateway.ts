import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import type { DoorAgent, HttpDoor } from '../../src/core/channel.ts';
import { type CallFromDoors, type Doors, startDoors, type WishFromPage } from '../../src/adapters/doors/doors.ts';

export const installFolder = fileURLToPath(new URL('../../', import.meta.url));
export const launcher = join(installFolder, 'twokey');

/** A gateway that decides nothing: it starts real doors, notes what they ask, and answers as the test says. */
export type FakeGateway = {
  readonly home: string;
  readonly doors: Doors;
  readonly calls: CallFromDoors[];
  /** What came from the operator's page. */
  readonly wishes: WishFromPage[];
  readonly surprises: string[];
  /** Of the HTTP door; 0 where none is open. */
  port: number;
  /** How often it was wanted and could not be had. */
  withoutHttp: number;
  /** From here on these agents. */
  readonly setAgents: (agents: readonly DoorAgent[]) => void;
  /** How a call is answered; at first at once, with its own tool and arguments. */
  respond: (call: CallFromDoors) => void;
  respondToPage: (wish: WishFromPage) => void;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
};

export async function fakeGateway({
  agents = ['default'],
  install = installFolder,
  http = null,
  start = startDoors,
}: {
  agents?: readonly (string | DoorAgent)[];
  install?: string;
  http?: HttpDoor | null;
  /** Another checkout's way of starting doors. */
  start?: typeof startDoors;
} = {}): Promise<FakeGateway> {
  let present = agents.map((agent) => (typeof agent === 'string' ? { name: agent, tokenHash: '' } : agent));
  const home = mkdtempSync(join(tmpdir(), 'twokey-'));
  mkdirSync(join(home, 'run'));
  const calls: CallFromDoors[] = [];
  const surprises: string[] = [];
  const wishes: WishFromPage[] = [];
  const doors = start({
    installFolder: install,
    socketsFolder: join(home, 'run'),
    agents: () => present,
    http,
    onCall: (call) => {
      calls.push(call);
      gateway.respond(call);
    },
    onPage: (wish) => {
      wishes.push(wish);
      gateway.respondToPage(wish);
    },
    onDown: () => {},
    onNoHttp: () => (gateway.withoutHttp += 1),
    onSurprise: (what) => surprises.push(what),
  });
  const gateway: FakeGateway = {
    home,
    doors,
    calls,
    wishes,
    surprises,
    port: 0,
    withoutHttp: 0,
    setAgents: (given) => {
      present = [...given];
      doors.agentsChanged();
    },
    respond: (call) =>
      doors.answer({
        incarnation: call.incarnation,
        call: call.call,
        failed: false,
        answer: { ...head, tool: call.tool, asked: call.arguments },
      }),
    respondToPage: ({ incarnation, call }) => doors.answerPage({ incarnation, call, status: 200, session: '', answer: {} }),
    [Symbol.asyncDispose]: async () => {
      await doors.close();
      rmSync(home, { recursive: true });
    },
  };
  gateway.port = (await doors.ready) ?? 0;
  return gateway;
}

/** What stands over every answer. */
export const head = { environment: 'sim', account: 'okx:sim:1001', mode: 'ACTIVE', as_of: '2026-11-23T10:00:00.000Z' };

export const eras = { '2025-11-25': 'legacy', '2026-07-28': { pin: '2026-07-28' } } as const;
export type Era = keyof typeof eras;

export type Agent = { readonly client: Client; readonly [Symbol.asyncDispose]: () => Promise<void> };

/** An agent's host: the official client, starting the shim as a user's configuration would. */
export async function connectAgent({
  home,
  era,
  agent = 'default',
}: {
  readonly home: string;
  readonly era: Era;
  readonly agent?: string;
}): Promise<Agent> {
  const client = new Client({ name: 'a test', version: '1.2.3' }, { versionNegotiation: { mode: eras[era] } });
  await client.connect(new StdioClientTransport({ command: launcher, args: ['mcp', '--agent', agent, '--home', home] }));
  return { client, [Symbol.asyncDispose]: () => client.close() };
}

export const order = {
  instrument: 'BTC-USDT',
  side: 'buy',
  type: 'market',
  quantity: '5',
  quantity_unit: 'usd',
  reason: 'because',
} as const;

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
