import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExchangeDesk } from '../../harness/exchange.ts';
import { loadHook } from '../../harness/plant.ts';
import { Program, root } from '../../harness/program.ts';
import { Front } from './front.ts';

const PORT = 7000;
/** Outside of the simulator keys with its own names are refused, so that here its demo account has a key with another. */
const KEY = '3f0c8a52-7b1e-4d2f-9a66-demo';
const [SECRET, PASSPHRASE] = ['sim-secret', 'sim-pass'];

/** A simulator in the place of OKX, in a network in which the names of OKX's hosts lead to it. */
export class Okx implements AsyncDisposable {
  readonly desk = new ExchangeDesk(`http://127.0.0.1:${PORT}`);
  readonly front = new Front(['www.okx.com', 'wspap.okx.com'], PORT);
  /** What a program has to be told that shall believe in it, and have a key. */
  readonly variables: Readonly<Record<string, string>>;
  readonly #exchange: Program;

  private constructor(folder: string, exchange: Program) {
    this.#exchange = exchange;
    const authorities = join(folder, 'authorities.pem');
    writeFileSync(authorities, this.front.authorities);
    this.variables = { NODE_EXTRA_CA_CERTS: authorities, OKX_API_KEY: KEY, OKX_API_SECRET: SECRET, OKX_PASSPHRASE: PASSPHRASE };
  }

  /** `level` is that of the account; `listens` where its names lead to. */
  static async start(folder: string, { level, listens }: { readonly level: string; readonly listens: string }): Promise<Okx> {
    const plants = join(folder, 'plants.mjs');
    writeFileSync(plants, loadHook([{ file: 'src/sim/keys.ts', from: `apiKey: 'sim-key-demo'`, to: `apiKey: '${KEY}'` }]));
    const exchange = new Program({
      command: process.execPath,
      argv: ['--import', plants, join(root, 'bin', 'twokey.js'), 'sim', '--port', String(PORT), '--seed', '7', '--home', folder],
      environment: { PATH: process.env['PATH'] ?? '', HOME: folder },
    });
    await exchange.line(/listening/);
    const okx = new Okx(folder, exchange);
    // An account for spot alone is what the exchange hands out.
    await okx.byHand('account/set-account-level', { acctLv: level });
    await okx.front.listen(443, listens);
    await okx.front.listen(8443, listens);
    return okx;
  }

  /** What a person does at OKX, on a page and not through twokey. */
  async byHand(name: string, given: Readonly<Record<string, string>>): Promise<void> {
    const path = `/api/v5/${name}`;
    const body = JSON.stringify(given);
    const at = new Date().toISOString();
    const answer = await fetch(`${this.desk.url}${path}`, {
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'ok-access-key': KEY,
        'ok-access-sign': createHmac('sha256', SECRET).update(`${at}POST${path}${body}`).digest('base64'),
        'ok-access-timestamp': at,
        'ok-access-passphrase': PASSPHRASE,
        'x-simulated-trading': '1',
      },
    });
    const { code: refusal } = (await answer.json()) as { readonly code: string };
    if (refusal !== '0') throw new Error(`${name} ${body}: ${refusal}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#exchange.stop();
  }
}
