import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { needsToken, type OperatorRequest } from '../../../src/adapters/operator/protocol.ts';
import { startOperatorSocket } from '../../../src/adapters/operator/server.ts';
import type { Json } from '../../../src/core/lang/canonical.ts';
import { answerOperator } from '../../../src/main/answering.ts';
import { doorOf, type Fate, holds } from '../door.ts';
import { FuzzedGateway } from '../gateway.ts';
import { jsonLike } from '../json.ts';
import { linesOf, say, showWire, type Wire } from '../line.ts';
import { verbs } from '../samples.ts';

const token = 'b'.repeat(64);
const samples: readonly Json[] = verbs.flatMap((each, index) => [
  { id: index, token, ...each },
  { id: index, ...each },
  { id: index, token, ...each, proof: { passphrase: 'p', code: '123456' } },
]);
const SILENCE_MILLISECONDS = 60;
const PATIENCE_MILLISECONDS = 30_000;
const SERVED_EVERY = 25;

/** The operator's socket, with the token and without it. Without it nothing but stopping may get through. */
export const operatorSocket = doorOf<Wire>({
  name: 'operator-socket',
  inputs: linesOf(
    jsonLike(samples),
    samples.map((sample) => JSON.stringify(sample)),
  ),
  round: 150,
  few: 80,
  show: showWire,
  open: () => {
    let serving: Serving | null = null;
    let thrown = 0;
    return Promise.resolve({
      throwAt: async (wire) => {
        if (serving?.gateway.isFresh !== true) {
          await serving?.close();
          serving = await Serving.open();
        }
        const text = await serving.say(wire);
        const passed = serving.handled.splice(0);
        const isGuess = !wire.bytes.includes(token);
        holds(!isGuess || !passed.some(needsToken), `without the token this got through: ${JSON.stringify(passed)}`);
        thrown += 1;
        if (thrown % SERVED_EVERY === 0) await serving.serves();
        return fateOf(text);
      },
      [Symbol.asyncDispose]: async () => {
        await serving?.close();
      },
    });
  },
});

function fateOf(text: string): Fate {
  if (text === '') return 'closed';
  const answers = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly ok: boolean; readonly code?: string });
  holds(!answers.some(({ code }) => code === 'INTERNAL'), `an error of ours was told: ${text}`);
  return answers.some(({ ok }) => ok) ? 'accepted' : 'refused';
}

class Serving {
  readonly gateway: FuzzedGateway;
  readonly handled: OperatorRequest[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'tk-f-'));
  #open = 0;
  #close: () => Promise<void> = () => Promise.resolve();

  private constructor(gateway: FuzzedGateway) {
    this.gateway = gateway;
  }

  static async open(): Promise<Serving> {
    const serving = new Serving(await FuzzedGateway.open());
    const started = await startOperatorSocket({ path: serving.#path, token, handle: (request) => serving.#handle(request) });
    if (!started.ok) throw new Error(started.error);
    serving.#close = () => started.value.close();
    return serving;
  }

  get #path(): string {
    return join(this.#folder, 'operator.sock');
  }

  async say(wire: Wire, silenceMilliseconds = SILENCE_MILLISECONDS): Promise<string> {
    const meanwhile = async (): Promise<void> => {
      if (this.#open > 0) await this.gateway.world.pass(20);
      await turn();
    };
    const { text } = await say({ path: this.#path }, wire, { silenceMilliseconds, meanwhile });
    // What a person asked for goes on when they have gone.
    for (let count = 0; this.#open > 0 && count < 20_000; count += 1) {
      // oxlint-disable-next-line no-await-in-loop
      await this.gateway.world.pass(20);
    }
    holds(this.#open === 0, 'a request was never answered');
    this.gateway.judge();
    return Buffer.from(text, 'latin1').toString('utf8');
  }

  /** Whoever stops is heard on a connection of its own, whatever came before. */
  async serves(): Promise<void> {
    await this.gateway.serves();
    const stop = Buffer.from('{"id":1,"verb":"reduce_only","arguments":{"reason":"honest"}}\n');
    const text = await this.say({ bytes: stop, cuts: [], ends: true }, PATIENCE_MILLISECONDS);
    holds(text.includes('"ok":true'), `who wanted to stop was told: ${text}`);
    this.handled.length = 0;
  }

  async close(): Promise<void> {
    await this.#close();
    this.gateway.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #handle(request: OperatorRequest): ReturnType<typeof answerOperator> {
    this.handled.push(request);
    if (request.verb === 'promote') return { ok: false, error: { code: 'NOT_ALLOWED', message: 'not here' } };
    this.#open += 1;
    try {
      return await answerOperator(this.gateway.desk, request);
    } finally {
      this.#open -= 1;
    }
  }
}
