import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fork } from 'node:child_process';
import { err, ok, type Result } from '../../core/lang/result.ts';

export type EmbeddedSettings = {
  readonly home: string;
  readonly host: string;
  readonly port: number;
  readonly seed: number;
  readonly rateLimits: 'strict' | 'lenient';
};

/** The exchange that a gateway in environment sim trades on. `close` ends it only when it is a child of ours. */
export type Embedded = { readonly url: string; readonly close: () => Promise<void> };

const code = fileURLToPath(new URL('../../', import.meta.url));
const ANSWER_MILLISECONDS = 2000;
const START_MILLISECONDS = 20_000;
const GRACE_MILLISECONDS = 3000;
const PROOF_BYTES_MAX = 256;

/**
 * Uses the exchange that already answers at the address and proves that it belongs to this home; starts one where nothing listens.
 * Anything else there is refused: it could be somebody's simulator, and would be given this home's orders.
 */
export async function useSimulator(settings: EmbeddedSettings): Promise<Result<Embedded>> {
  const url = `http://${settings.host}:${settings.port}`;
  if (settings.port !== 0) {
    const found = await probe(settings);
    if (found === 'ours') return ok({ url, close: () => Promise.resolve() });
    if (found === 'foreign')
      return err(
        `something else listens at ${settings.host}:${settings.port}; end it, or set another address as listen in [sim] of twokey.toml`,
      );
  }
  return startSimulator(settings);
}

/** Whether the listener knows the 32 bytes that an exchange of this home wrote at its start (DESIGN §4.4). */
function probe({ home, host, port }: EmbeddedSettings): Promise<'ours' | 'foreign' | 'nobody'> {
  const challenge = randomBytes(32).toString('hex');
  return new Promise((resolve) => {
    const asked = request(
      // A bound on the whole, not on the silence: what answers drop by drop must not hold up a start.
      { host, port, path: `/sim/proof?challenge=${challenge}`, agent: false, signal: AbortSignal.timeout(ANSWER_MILLISECONDS) },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
          if (text.length > PROOF_BYTES_MAX) asked.destroy();
        });
        answer.on('end', () => resolve(proves({ home, challenge, text }) ? 'ours' : 'foreign'));
        answer.on('error', () => resolve('foreign'));
      },
    );
    asked.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED' ? 'nobody' : 'foreign'));
    asked.end();
  });
}

function proves({ home, challenge, text }: { readonly home: string; readonly challenge: string; readonly text: string }): boolean {
  try {
    const nonce = readFileSync(join(home, 'run', 'sim.nonce'));
    const expected = createHmac('sha256', nonce).update(challenge, 'hex').digest();
    const given = /[0-9a-f]{64}/.exec(text)?.[0];
    return given !== undefined && timingSafeEqual(Buffer.from(given, 'hex'), expected);
  } catch {
    return false;
  }
}

function startSimulator({ home, port, seed, rateLimits }: EmbeddedSettings): Promise<Result<Embedded>> {
  const argv = ['--home', home, '--port', String(port), '--seed', String(seed), '--rate-limits', rateLimits];
  // The exchange is a stranger to the gateway: it gets no environment, and no way to the journal but the file system's.
  const child = fork(join(dirname(code), 'bin', 'twokey.js'), ['sim', ...argv], {
    env: { PATH: process.env['PATH'] ?? '' },
    execArgv: ['--disable-sigusr1'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    serialization: 'json',
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const close = async (): Promise<void> => {
    if (child.connected) child.disconnect();
    const killer = setTimeout(() => child.kill('SIGKILL'), GRACE_MILLISECONDS);
    await exited;
    clearTimeout(killer);
  };
  return new Promise((resolve) => {
    const late = setTimeout(() => {
      resolve(err(`the embedded exchange did not start within ${START_MILLISECONDS / 1000} s; run twokey sim --home ${home} to see why`));
      void close();
    }, START_MILLISECONDS);
    child.once('message', (message: unknown) => {
      clearTimeout(late);
      resolve(readiness(message, close));
    });
    child.once('exit', () => {
      clearTimeout(late);
      resolve(err('the embedded exchange ended before it was ready; its message stands above'));
    });
  });
}

function readiness(message: unknown, close: () => Promise<void>): Result<Embedded> {
  if (typeof message === 'object' && message !== null && 'kind' in message) {
    if (message.kind === 'ready' && 'url' in message && typeof message.url === 'string') return ok({ url: message.url, close });
    if (message.kind === 'refused' && 'message' in message && typeof message.message === 'string') return err(message.message);
  }
  return err('the embedded exchange said something that cannot be read');
}
