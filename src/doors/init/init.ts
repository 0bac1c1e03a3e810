import { join } from 'node:path';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { InstrumentId } from '../../core/market/instrument.ts';
import { type ExitCode, exits, fail, out } from '../operator/output.ts';
import type { Person } from './ask.ts';
import { type Answers, filesOf, type Priced } from './files.ts';
import { type InitFlags, parseAgent, parseEnvironment, parseEquity, parseFlags, parseInstruments, parseSite } from './flags.ts';
import { checkField, checkKey, type KeyFields, keyFromLines, keyNames } from './secrets.ts';
import { standing, writeAll } from './write.ts';

/** What the command cannot do by itself, handed in by the process that may. */
export type Surroundings = {
  /** Makes the folders of a home, closed to everybody else. */
  readonly openHome: (flag: string | undefined) => Result<string>;
  readonly homeOf: (flag: string | undefined) => string;
  readonly defaultHome: string;
  /** The program by its whole path: an agent's host knows no other. */
  readonly program: string;
  /** What OKX_API_KEY and its kin hold; undefined where none is set. */
  readonly keyInEnvironment: () => Result<KeyFields | undefined>;
  /** Undefined where nobody sits at a terminal. */
  readonly person: (() => Person) | undefined;
  readonly standardInput: () => Promise<string>;
  /** What the exchange of the environment says that these cost. */
  readonly market: (
    answers: Pick<Answers, 'environment' | 'site' | 'instruments'>,
    given: InitFlags['prices'],
  ) => Promise<Result<readonly Priced[]>>;
};

const NAMES = ['twokey.toml', 'ceiling.toml', 'credentials.toml'] as const;
const simulated: KeyFields = { api_key: 'sim-key', secret_key: 'sim-secret', passphrase: 'sim-pass' };
const USAGE =
  'usage: twokey init [--home DIR] [--env sim|demo] [--site global|eea|us] [--equity USD] [--instruments A,B] [--prices A=USD,…] [--agent NAME] [--yes] [--json]';

/** Makes a home that `doctor` and `up` can work with. Never over a file that is there, and all three files or none. */
export async function init(argv: readonly string[], around: Surroundings): Promise<ExitCode> {
  const flags = parseFlags(argv);
  const voice = { json: argv.includes('--json') };
  if (!flags.ok) return fail(voice, { code: 'SCHEMA', message: `${flags.error}\n${USAGE}`, exit: exits.usage });
  const made = await make(flags.value, around);
  if (!made.ok) return fail(voice, { code: 'NOT_ALLOWED', message: made.error, exit: exits.failed });
  const { home, files, agent } = made.value;
  const next = nextSteps(home, agent, around);
  if (voice.json) out(`${JSON.stringify({ ok: true, home, files, next }, null, 2)}\n`);
  else out([...files.map((path) => `written: ${path}`), '', 'next:', ...next.map((step) => `  ${step}`), ''].join('\n'));
  return exits.fine;
}

type Made = { readonly home: string; readonly files: readonly string[]; readonly agent: string };

async function make(flags: InitFlags, around: Surroundings): Promise<Result<Made>> {
  // Before anything is asked: nobody wants to hear afterwards that it was for nothing.
  const there = standing(around.homeOf(flags.home), NAMES);
  if (there.length > 0)
    return err(
      `${there.join(' and ')} ${there.length === 1 ? 'is' : 'are'} there already, and nothing was written; move them away to begin anew, or edit them (twokey policy profile EQUITY prints limits), or name another --home`,
    );
  const answers = await answersOf(flags, around);
  if (!answers.ok) return answers;
  const market = await around.market(answers.value, flags.prices);
  if (!market.ok) return market;
  const files = filesOf(answers.value, market.value);
  if (!files.ok) return files;
  const home = around.openHome(flags.home);
  if (!home.ok) return home;
  const written = writeAll(home.value, files.value);
  return written.ok ? ok({ home: home.value, files: written.value, agent: answers.value.agent }) : written;
}

async function answersOf(flags: InitFlags, around: Surroundings): Promise<Result<Answers>> {
  const person = around.person?.();
  try {
    return await asked(flags, { around, person });
  } finally {
    person?.close();
  }
}

type Asking = { readonly around: Surroundings; readonly person: Person | undefined };

async function asked(flags: InitFlags, { around, person }: Asking): Promise<Result<Answers>> {
  const question = async <Value>(
    given: Value | undefined,
    text: string,
    otherwise: string,
    parse: (text: string) => Result<Value>,
  ): Promise<Result<Value>> =>
    given !== undefined ? ok(given) : person === undefined || flags.yes ? parse(otherwise) : person.ask(text, otherwise, parse);
  const environment = await question(
    flags.environment,
    'environment, sim or demo (live is chosen later, in twokey.toml)',
    'sim',
    parseEnvironment,
  );
  if (!environment.ok) return environment;
  const isSim = environment.value === 'sim';
  const site = isSim
    ? ok(flags.site ?? 'global')
    : await question(flags.site, 'site of the account: global, eea or us', 'global', parseSite);
  if (!site.ok) return site;
  const equity = isSim ? '10000' : '1000';
  const equityUsd = await question(
    flags.equityUsd,
    'equity in USD from which the limits are made: all that may be lost',
    equity,
    parseEquity,
  );
  if (!equityUsd.ok) return equityUsd;
  const instruments = await question<readonly InstrumentId[]>(
    flags.instruments,
    'instruments, separated by commas',
    'BTC-USDT',
    parseInstruments,
  );
  if (!instruments.ok) return instruments;
  const agent = await question(flags.agent, 'name of the agent', 'default', parseAgent);
  if (!agent.ok) return agent;
  const key = isSim ? ok(simulated) : await keyOf({ around, person });
  if (!key.ok) return key;
  return ok({
    environment: environment.value,
    site: site.value,
    equityUsd: equityUsd.value,
    instruments: instruments.value,
    agent: agent.value,
    key: key.value,
  });
}

/** From the environment, else from a person who types without being seen, else from standard input. */
async function keyOf({ around, person }: Asking): Promise<Result<KeyFields>> {
  const found = around.keyInEnvironment();
  if (!found.ok) return found;
  if (found.value !== undefined) return checkKey(found.value);
  if (person === undefined) return keyFromLines(await around.standardInput());
  const fields: { -readonly [Name in keyof KeyFields]: string } = { api_key: '', secret_key: '', passphrase: '' };
  for (const name of keyNames) {
    // One question follows the other.
    // oxlint-disable-next-line no-await-in-loop
    const answer = await person.askSecret(`${name} of the demo key (not shown)`, (text) => checkField(name, text));
    if (!answer.ok) return answer;
    fields[name] = answer.value;
  }
  return ok(fields);
}

/** What to type; the home is named where it is not the one that every command takes by itself. */
function nextSteps(home: string, agent: string, { defaultHome, program }: Surroundings): readonly string[] {
  const flag = home === defaultHome ? '' : ` --home ${quoted(home)}`;
  const server = `${quoted(program)} mcp --agent ${agent}${flag}`;
  return [
    `./twokey doctor${flag}    what is right, what is not, and the fix`,
    `./twokey up${flag}    the gateway; in another terminal: ./twokey status${flag}`,
    `register the agent with its host: its MCP server is the command  ${server}`,
    `with Claude Code:  claude mcp add twokey -- ${server}`,
    `limits stand in ${join(home, 'twokey.toml')}; ./twokey policy show${flag} tells all of them`,
  ];
}

/** As a shell reads it back. */
function quoted(text: string): string {
  return /^[A-Za-z0-9_./~-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
