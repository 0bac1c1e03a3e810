import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { systemClock } from '../../../src/adapters/clock/system.ts';
import { openSocket, type WebSocketClient } from '../../../src/adapters/websocket/socket.ts';
import { eventually } from './eventually.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'headless_shell'];

/** The Chromium of this machine, where it has one; `TWOKEY_TEST_CHROMIUM` names another. */
export function findChromium(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const named = process.env['TWOKEY_TEST_CHROMIUM'];
  return [...(named === undefined ? [] : [named]), ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name)))].find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

type Fields = Readonly<Record<string, unknown>>;
type Said = {
  readonly id?: number;
  readonly result?: Fields;
  readonly error?: { readonly message: string };
  readonly method?: string;
  readonly params?: Fields;
};

/** A real browser with one tab, spoken to in its own debugging protocol over our own WebSocket client. */
export class Chromium implements AsyncDisposable {
  /** What the page complained of: errors of scripts, and what its policy had to forbid. */
  readonly complaints: string[] = [];
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #waiting = new Map<number, (said: Said) => void>();
  #socket: WebSocketClient | undefined;
  #session = '';
  #last = 0;

  private constructor(path: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'tk-chromium-'));
    const flags = [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
    ];
    const own = [`--user-data-dir=${this.#folder}`, '--remote-debugging-port=0', 'about:blank'];
    const environment = { PATH: process.env['PATH'] ?? '', HOME: this.#folder };
    this.#child = spawn(path, [...flags, ...own], { stdio: ['ignore', 'ignore', 'pipe'], env: environment });
  }

  static async start(path: string): Promise<Chromium> {
    const chromium = new Chromium(path);
    let said = '';
    chromium.#child.stderr?.setEncoding('utf8').on('data', (piece: string) => (said += piece));
    const address = await eventually('Chromium listens', () => /DevTools listening on ws:\/\/(\S+?)(\/\S+)/.exec(said) ?? undefined);
    await chromium.#connect(`http://${address[1] ?? ''}`, address[2] ?? '');
    const { targetId } = await chromium.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await chromium.send('Target.attachToTarget', { targetId, flatten: true });
    chromium.#session = String(sessionId);
    for (const domain of ['Page', 'Runtime', 'Log', 'WebAuthn'])
      // oxlint-disable-next-line no-await-in-loop
      await chromium.send(`${domain}.enable`);
    return chromium;
  }

  send(method: string, params: Fields = {}): Promise<Fields> {
    this.#last += 1;
    const id = this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result = {}, error }) =>
        error === undefined ? resolve(result) : reject(new Error(`${method}: ${error.message}`)),
      );
      this.#socket?.send(JSON.stringify({ id, method, params, ...(this.#session === '' ? {} : { sessionId: this.#session }) }));
    });
  }

  /** A screen of a phone, upright. */
  async asPhone(): Promise<void> {
    await this.send('Emulation.setDeviceMetricsOverride', { width: 360, height: 740, deviceScaleFactor: 3, mobile: true });
  }

  /** A device with passkeys, whose owner is there. @returns its number. */
  async plugIn(): Promise<string> {
    const options = {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    };
    const { authenticatorId } = await this.send('WebAuthn.addVirtualAuthenticator', { options });
    return String(authenticatorId);
  }

  async open(url: string): Promise<void> {
    // A change behind the # alone loads nothing.
    await this.send('Page.navigate', { url: 'about:blank' });
    await this.send('Page.navigate', { url });
    await eventually(`${url} is there`, () => this.value(`document.readyState === 'complete' && location.href !== 'about:blank'`));
  }

  /** What an expression comes to in the page. */
  async value(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as Fields)['value'];
  }

  /** The text that a person sees in the first element that `selector` finds; empty where there is none to be seen. */
  async shown(selector: string): Promise<string> {
    return String(
      await this.value(
        `(() => { const found = document.querySelector(${JSON.stringify(selector)}); return found !== null && found.checkVisibility() ? found.innerText : ''; })()`,
      ),
    );
  }

  async sees(selector: string, pattern: RegExp): Promise<string> {
    let last = '';
    try {
      return await eventually(`${selector} shows ${String(pattern)}`, async () => {
        last = await this.shown(selector);
        return pattern.test(last) ? last : undefined;
      });
    } catch (error) {
      throw new Error(`${selector} shows ${JSON.stringify(last)}; ${await this.shown('#notice')}; ${this.complaints.join('; ')}`, {
        cause: error,
      });
    }
  }

  /** Presses where the element is, as a finger would: what lies over it or is not to be seen is not pressed. */
  async press(selector: string): Promise<void> {
    const place = (await eventually(`${selector} can be pressed`, () =>
      this.value(
        `(() => { const found = document.querySelector(${JSON.stringify(selector)}); if (found === null || !found.checkVisibility()) return undefined; found.scrollIntoView({ block: 'center' }); const { x, y, width, height } = found.getBoundingClientRect(); return { x: x + width / 2, y: y + height / 2 }; })()`,
      ),
    )) as Fields;
    for (const type of ['mousePressed', 'mouseReleased'])
      // oxlint-disable-next-line no-await-in-loop
      await this.send('Input.dispatchMouseEvent', { type, ...place, button: 'left', clickCount: 1 });
  }

  async type(selector: string, text: string): Promise<void> {
    await this.press(selector);
    await this.send('Input.insertText', { text });
  }

  async #connect(origin: string, path: string): Promise<void> {
    const opened = Promise.withResolvers<void>();
    const socket = openSocket({
      origin,
      path,
      clock: systemClock,
      watcher: {
        opened: () => opened.resolve(),
        text: (text) => this.#take(JSON.parse(text) as Said),
        closed: (_code, cause) => opened.reject(new Error(cause)),
      },
    });
    if (!socket.ok) throw new Error(socket.error);
    this.#socket = socket.value;
    await opened.promise;
  }

  #take(said: Said): void {
    const { id, method, params = {} } = said;
    if (id !== undefined) {
      this.#waiting.get(id)?.(said);
      this.#waiting.delete(id);
    }
    if (method === 'Runtime.exceptionThrown') this.complaints.push(JSON.stringify(params['exceptionDetails']));
    const entry = method === 'Log.entryAdded' ? (params['entry'] as Fields) : {};
    if (entry['level'] === 'error' && (entry['source'] === 'security' || entry['source'] === 'javascript'))
      this.complaints.push(String(entry['text']));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    const ended = new Promise((resolve) => void this.#child.once('exit', resolve));
    if (this.#child.exitCode === null) {
      this.#child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }
}
