import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../core/lang/result.ts';
import { entriesOf } from '../doors/try/facts.ts';
import { perform, type Performed } from '../doors/try/perform.ts';
import { limits, story } from '../doors/try/story.ts';
import { type Judged, type Transcript, writeTranscript } from '../doors/try/transcript.ts';
import { readConfiguration } from './operator/home.ts';
import { makeHome, setStage, type Theatre } from './try/stage.ts';

const USAGE = 'usage: twokey try [--once] [--seed N] [--json]';
const SEED_MAX = 4_294_967_295;

type Options = { readonly once: boolean; readonly seed: number; readonly json: boolean };

/** Tells the story of one agent, from the first question to the halt, with every process real, and judges it from outside. */
export async function main(argv: readonly string[]): Promise<number> {
  const options = readOptions(argv);
  if (!options.ok) {
    process.stderr.write(`twokey try: ${options.error}\n${USAGE}\n`);
    return 2;
  }
  const leaving = new AbortController();
  const leave = (): void => leaving.abort(new Error('interrupted'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
  // A reader that goes away, as `head` does, ends the story, and what was started still ends in good order.
  process.stdout.on('error', leave);
  const transcript = options.value.json ? silent : writeTranscript(process.stdout);
  try {
    // Everything that was started ends here, in whatever way the story ended.
    await using running = new AsyncDisposableStack();
    return await tell(options.value, { running, transcript, signal: leaving.signal });
  } catch (error) {
    const message = error instanceof Error ? error.message : 'an unknown failure';
    transcript.line('');
    if (options.value.json) process.stdout.write(`${JSON.stringify({ ok: false, steps: [], message }, null, 2)}\n`);
    process.stderr.write(`twokey try: ${message}\n`);
    return 1;
  }
}

function readOptions(argv: readonly string[]): Result<Options> {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { once: { type: 'boolean' }, seed: { type: 'string' }, json: { type: 'boolean' } },
    });
    const { once = false, seed = '1', json = false } = values;
    if (!/^\d{1,10}$/.test(seed) || Number(seed) > SEED_MAX) return err(`--seed is '${seed}'; use a whole number from 0 to ${SEED_MAX}`);
    return ok({ once, seed: Number(seed), json });
  } catch (error) {
    return err(error instanceof Error ? error.message : 'bad arguments');
  }
}

type Telling = { readonly running: AsyncDisposableStack; readonly transcript: Transcript; readonly signal: AbortSignal };

async function tell({ once, seed, json }: Options, { running, transcript, signal }: Telling): Promise<number> {
  const left = new Promise<never>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }));
  left.catch(() => {});
  transcript.line('twokey: the agent turns one key, your policy turns the other');
  transcript.line('');
  transcript.begin('starting a simulated exchange, the gateway, its vault and doors, and two agents');
  const home = makeHome(running);
  const stage = await Promise.race([setStage({ home, limits, seed }, running), left]);
  const declared = readConfiguration(home);
  if (!declared.ok) throw new Error(declared.error);
  transcript.line('A simulated exchange, the gateway with its vault and doors, two agents that speak MCP over stdio.');
  transcript.line(`Every process is real, and nothing leaves this machine. ${stage.account} · ${stage.mode}`);
  transcript.line('');
  // Without this a gateway that stops by itself would be told as the first question that nobody answered.
  const fallen = stage.ended.then((said): never => {
    throw new Error(`the gateway ended in the middle of the story\n${said}`);
  });
  fallen.catch(() => {});
  const performed = await Promise.race([perform({ stage, story, declared: declared.value, transcript, signal }), left, fallen]);
  const steps = performed.map(({ judged }) => judged);
  const right = steps.every(({ complaints }) => complaints.length === 0);
  if (json) process.stdout.write(`${JSON.stringify({ ok: right, steps: steps.map(documentOf) }, null, 2)}\n`);
  transcript.table(steps);
  for (const text of closing(performed)) transcript.line(text);
  if (!once) {
    for (const text of invitation(stage)) transcript.line(text);
    await Promise.race([left.catch(() => {}), stage.ended]);
  }
  return right ? 0 : 1;
}

function documentOf({ name, asked, outcome, without, complaints }: Judged) {
  const fine = complaints.length === 0;
  return { name, asked, outcome: outcome.whole, ok: fine, without, ...(fine ? {} : { complaints }) };
}

function closing(performed: readonly Performed[]): readonly string[] {
  const right = performed.filter(({ judged }) => judged.complaints.length === 0).length;
  const facts = performed.at(-1)?.facts;
  if (facts === undefined) return [];
  const denied = entriesOf(facts.journal, 'decision').filter(({ outcome }) => outcome === 'deny').length;
  const counts = `${facts.ledger.orders.length} orders and ${facts.ledger.fills.length} fills on the ledger of the exchange`;
  return [
    '',
    `  ${right} of ${performed.length} steps went as they must, judged without the script, from what is on record:`,
    `  ${counts}; ${denied} denials among ${facts.journal.length} journal entries.`,
    '',
  ];
}

function invitation({ home, exchangeUrl }: Theatre): readonly string[] {
  const root = relative(process.cwd(), fileURLToPath(new URL('../../', import.meta.url)));
  const command = `${root === '' ? '.' : root}/twokey`;
  const looks = [
    ['status', 'what is'],
    ['log', 'the journal'],
    ['why lost', 'one order, from wish to proof'],
    ['page', 'a code for the page, and its address'],
    ['resume', 'a person may: one step up, then one more'],
  ] as const;
  return [
    '  All of it stays up. From a second terminal:',
    ...looks.map(([verb, what]) => `    ${command} ${verb.padEnd(8)} --home ${home}   ${what}`),
    `    curl ${exchangeUrl}/sim/ledger`,
    '',
    '  Ctrl-C ends every process and removes the folder.',
  ];
}

const silent: Transcript = { line: () => {}, begin: () => {}, step: () => {}, table: () => {} };
