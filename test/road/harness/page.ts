import { request as httpRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import { fromBase32 } from '../../../src/vault/base32.ts';
import { codeAt, STEP_MILLISECONDS } from '../../../src/vault/operator-proof.ts';
import type { Authenticator } from '../../support/authenticator.ts';
import { eventually } from './eventually.ts';
import type { Program } from './program.ts';
import type { World } from './world.ts';

export const PASSPHRASE = 'seventeen small boats';

/** The operator of one home: what they know and carry. */
export class Person {
  readonly #secret: Uint8Array;
  #usedStep = 0;

  private constructor(secret: Uint8Array) {
    this.#secret = secret;
  }

  /** `twokey operator enroll`, answered. */
  static async enroll(world: World): Promise<Person> {
    const program = world.talk(['operator', 'enroll']);
    program.answer(PASSPHRASE);
    program.answer(PASSPHRASE);
    await eventually('the secret is shown', () => /otpauth/.test(program.stderr) || !program.running);
    const secret = fromBase32(/secret {2}([A-Z2-7]{32})$/m.exec(program.stderr)?.[1] ?? '');
    program.answer(codeAt(secret, Math.floor(Date.now() / STEP_MILLISECONDS)));
    if ((await program.exited).code !== 0) throw new Error(program.stderr);
    return new Person(secret);
  }

  /** A code that was not used yet: that of the next step where the one of now was. */
  code(): string {
    this.#usedStep = Math.max(Math.floor(Date.now() / STEP_MILLISECONDS), this.#usedStep + 1);
    return codeAt(this.#secret, this.#usedStep);
  }

  /** Starts `twokey operator passkey`; the link that it shows on this machine. */
  async beginPasskey(world: World, name = 'phone'): Promise<{ readonly program: Program; readonly link: string }> {
    const program = world.talk(['operator', 'passkey', name]);
    program.answer(PASSPHRASE);
    // A prover of its own, which has seen no code yet.
    program.answer(codeAt(this.#secret, Math.floor(Date.now() / STEP_MILLISECONDS)));
    const link = await eventually('the link is shown', () => {
      if (!program.running) throw new Error(program.stderr);
      return /http:\/\/localhost:\d+\/#\S+/.exec(program.stderr)?.[0];
    });
    return { program, link };
  }
}

export function portOf(world: World): Promise<number> {
  return eventually('a port is named', async () => {
    const { urls } = (await world.read('page')) as { readonly urls?: readonly string[] };
    return urls?.[0] === undefined ? undefined : Number(new URL(urls[0]).port);
  });
}

export type Said = { readonly status: number; readonly body: Readonly<Record<string, unknown>>; readonly cookie: string };

/** One request as it stands; nothing is added but what HTTP needs. */
export function post(url: string, body: unknown, headers: Readonly<Record<string, string>>): Promise<Said> {
  const { hostname, port, pathname } = new URL(url);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: hostname === 'localhost' ? '127.0.0.1' : hostname, port, path: pathname, method: 'POST', headers, agent: false },
      (response) => {
        const cookie = (response.headers['set-cookie'] ?? []).join('; ');
        void text(response).then(
          (read) => resolve({ status: response.statusCode ?? 0, body: JSON.parse(read) as Said['body'], cookie }),
          reject,
        );
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}

/** A browser with the page open, as far as it is HTTP. */
export class Browser {
  readonly origin: string;
  cookie = '';
  key = '';

  constructor(origin: string) {
    this.origin = origin;
  }

  async ask(wish: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Said> {
    const own = { host: new URL(this.origin).host, origin: this.origin, 'content-type': 'application/json' };
    const session = this.cookie === '' ? {} : { cookie: this.cookie, 'x-twokey-key': this.key };
    const said = await post(`${this.origin}/ask`, wish, { ...own, ...session, ...headers });
    const [pair = ''] = said.cookie.split(';');
    if (pair !== '') this.cookie = pair;
    if (typeof said.body['key'] === 'string') this.key = said.body['key'];
    return said;
  }

  do(verb: string, given: object = {}, more: object = {}): Promise<Said> {
    return this.ask({ ask: 'do', verb, arguments: given, ...more });
  }

  /** Has a device sign a deed; without one the entrance. */
  async signed(device: Authenticator, deed: object = {}): Promise<{ readonly nonce: string; readonly assertion: unknown }> {
    const { body } = await this.ask({ ask: 'challenge', ...deed });
    return { nonce: String(body['nonce']), assertion: device.assert(String(body['challenge'])) };
  }

  async enter(world: World): Promise<void> {
    const { code } = await world.read('page');
    const said = await this.ask({ ask: 'enter', code });
    if (said.status !== 200) throw new Error(JSON.stringify(said));
  }
}
