import { mkdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type * as OperatorSockets from '../../src/adapters/operator/server.ts';
import type * as Tokens from '../../src/adapters/operator/token.ts';
import type * as Pages from '../../src/main/page/page.ts';
import type * as Provings from '../../src/main/proving.ts';
import { eventually } from '../road/harness/eventually.ts';
import type { AgentDesk } from '../support/agent-desk.ts';
import type { Target } from './attack.ts';
import { load } from './load.ts';

/** The operator's socket of a home, as the gateway serves it, with a vault that knows somebody else. */
export async function provingSocket(target: Target, desk: AgentDesk, home: string): Promise<AsyncDisposable> {
  const { startOperatorSocket } = await load<typeof OperatorSockets>(target, 'src/adapters/operator/server.ts');
  const { createOperatorToken } = await load<typeof Tokens>(target, 'src/adapters/operator/token.ts');
  const { createProving } = await load<typeof Provings>(target, 'src/main/proving.ts');
  const { engine } = desk.world;
  mkdirSync(join(home, 'run'), { mode: 0o700 });
  const proving = createProving({
    engine: { state: engine.state, now: () => engine.now(), tell: (event) => desk.world.until(engine.tell(event)) },
    limits: { configuration: desk.desk.configuration },
    enrolled: true,
    prove: () => Promise.resolve({ kind: 'refused', cause: 'passphrase or code is wrong' }),
  });
  const opened = await startOperatorSocket({
    path: join(home, 'run', 'operator.sock'),
    token: createOperatorToken(home),
    handle: async (request, proof) => {
      const refused = await proving(request, proof);
      if (refused !== null) return { ok: false, error: refused };
      return request.verb === 'promote' ? { ok: false, error: { code: 'NOT_ALLOWED', message: 'not here' } } : desk.operate(request);
    },
  });
  if (!opened.ok) throw new Error(opened.error);
  return opened.value;
}

/** The operator's page behind the attacked doors. No vault stands behind it: it believes no proof. */
export async function pageOf(target: Target, desk: AgentDesk): Promise<Pages.Page> {
  const { Page } = await load<typeof Pages>(target, 'src/main/page/page.ts');
  const { createTrying } = await load<typeof Provings>(target, 'src/main/proving.ts');
  const { engine } = desk.world;
  const refuses = () => Promise.resolve({ kind: 'refused', cause: 'wrong' } as const);
  return new Page({
    engine,
    isLive: () => false,
    passkeyOrigins: [],
    enrolled: true,
    operate: (request) => (request.verb === 'promote' ? Promise.reject(new Error('not here')) : desk.operate(request)),
    tried: createTrying(engine),
    prove: refuses,
    provePasskey: refuses,
    newest: () => Promise.resolve([]),
    draw: (bytes) => new Uint8Array(bytes).fill(7),
  });
}

/** What a socket answers to one line. */
export async function lineTo(path: string, line: unknown): Promise<string> {
  let said = '';
  const socket = connect(path, () => socket.write(`${JSON.stringify(line)}\n`));
  socket.setEncoding('utf8').on('data', (piece: string) => (said += piece));
  await eventually('it answers', () => said.includes('\n'));
  socket.destroy();
  return said;
}
