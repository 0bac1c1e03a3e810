import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { drill, type Drilled, type Setting, type Staged } from './perform.ts';
import { parseScenario } from './scenario.ts';

const USAGE = 'usage: twokey drill [NAME] [--list] [--json]';
const SEED = 1;
const AT_A_TIME = 3;

/** What every drill is held to but for what its scenario says; everything that is not here has its default. */
const limits: Readonly<Record<string, string>> = {
  instruments: '["BTC-USDT", "ETH-USDT", "BTC-USDT-SWAP"]',
  // The play money of the exchange is more than the default wants to see in one account.
  max_account_equity: '20000',
  // A slow machine is no reason to distrust a price.
  max_data_age: '"5s"',
};

/** Where things happen: main sets a stage in a home of its own, and everything of it ends with `running`. */
export type Theatre = {
  readonly scenarios: string;
  readonly patienceMilliseconds: number;
  /** Takes a line of what is told. */
  readonly print: (line: string) => void;
  readonly open: (
    setting: { readonly limits: string; readonly seed: number },
    running: AsyncDisposableStack,
  ) => Promise<Setting & { readonly ended: Promise<string> }>;
};

/** `twokey drill`: stages each accident, and says what stopped it. @returns 1 when one was not stopped. */
export async function runDrills(argv: readonly string[], theatre: Theatre): Promise<number> {
  const asked = readAsked(argv, theatre.scenarios);
  if (!asked.ok) {
    process.stderr.write(`twokey drill: ${asked.error}\n`);
    return 2;
  }
  const { staged, list, json } = asked.value;
  const { print } = theatre;
  if (list) {
    const rows = staged.map(({ name, shows }) => ({ name, shows }));
    if (json) print(JSON.stringify({ scenarios: rows }, null, 2));
    else for (const { name, shows } of rows) print(`${name.padEnd(20)}  ${shows}`);
    return 0;
  }
  const leaving = new AbortController();
  const leave = (): void => leaving.abort(new Error('interrupted'));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, leave);
  process.stdout.on('error', leave);
  const drilled = await drillAll(theatre, staged, leaving.signal, (outcome) => {
    if (!json) for (const line of told(outcome)) print(line);
  });
  const stopped = drilled.filter(({ complaints }) => complaints.length === 0).length;
  const right = stopped === staged.length;
  if (json) print(JSON.stringify({ ok: right, drills: drilled.map(documentOf) }, null, 2));
  else print(`${stopped} of ${staged.length} accidents were stopped, judged from the exchange's ledger and the journal.`);
  return right ? 0 : 1;
}

/** A few at a time, since an accident is mostly waiting; told in the sequence of the list. */
async function drillAll(
  theatre: Theatre,
  staged: readonly Staged[],
  signal: AbortSignal,
  tell: (outcome: Drilled) => void,
): Promise<readonly Drilled[]> {
  const outcomes = staged.map(() => Promise.withResolvers<Drilled>());
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < staged.length; index = next++) {
      const scenario = staged[index];
      // oxlint-disable-next-line no-await-in-loop -- each worker stages one after the other
      if (scenario !== undefined) outcomes[index]?.resolve(await drilledIn(theatre, scenario, signal));
    }
  };
  const working = Promise.all(Array.from({ length: AT_A_TIME }, worker));
  const drilled: Drilled[] = [];
  for (const { promise } of outcomes) {
    // oxlint-disable-next-line no-await-in-loop
    const outcome = await promise;
    drilled.push(outcome);
    tell(outcome);
  }
  await working;
  return drilled;
}

type Asked = { readonly staged: readonly Staged[]; readonly list: boolean; readonly json: boolean };

function readAsked(argv: readonly string[], folder: string): Result<Asked> {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: { list: { type: 'boolean' }, json: { type: 'boolean' } },
    });
    if (positionals.length > 1) return err(`one accident at a time, or all of them\n${USAGE}`);
    const all = readScenarios(folder);
    if (!all.ok) return all;
    const [name] = positionals;
    const staged = all.value.filter((scenario) => name === undefined || scenario.name === name);
    if (staged.length === 0) return err(`there is no accident '${name}'; there are ${all.value.map((each) => each.name).join(', ')}`);
    return ok({ staged, list: values.list === true, json: values.json === true });
  } catch (error) {
    return err(`${error instanceof Error ? error.message : 'bad arguments'}\n${USAGE}`);
  }
}

/** The scenarios of the project that have an accident to be judged. */
export function readScenarios(folder: string): Result<readonly Staged[]> {
  const staged: Staged[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.toml')) continue;
    const scenario = parseScenario(readFileSync(join(folder, file), 'utf8'));
    if (!scenario.ok) return err(`${join(folder, file)}:${scenario.error}`);
    const { name, accident } = scenario.value;
    if (`${name}.toml` !== basename(file)) return err(`${join(folder, file)}: the scenario is named ${name}, and its file is not`);
    if (accident !== undefined) staged.push({ ...scenario.value, accident });
  }
  return ok(staged);
}

/** An accident that could not be staged has not been stopped. */
async function drilledIn(theatre: Theatre, scenario: Staged, signal: AbortSignal): Promise<Drilled> {
  const failed = (complaint: string): Drilled => ({ scenario, complaints: [complaint], stops: [], mode: 'not known', milliseconds: 0 });
  try {
    signal.throwIfAborted();
    await using running = new AsyncDisposableStack();
    const policy = Object.entries({ ...limits, ...scenario.policy }).map(([key, value]) => `${key} = ${value}`);
    const setting = await theatre.open({ limits: `[policy]\n${policy.join('\n')}\n\n[agents.alice]\n[agents.bob]\n`, seed: SEED }, running);
    const fallen = setting.ended.then((said) => failed(`the gateway ended in the middle of it: ${said}`));
    return await Promise.race([drill(scenario, setting, { signal, patienceMilliseconds: theatre.patienceMilliseconds }), fallen]);
  } catch (error) {
    return failed(error instanceof Error ? error.message : 'an unknown failure');
  }
}

function told({ scenario, complaints, stops, mode, milliseconds }: Drilled): readonly string[] {
  const verdict = complaints.length === 0 ? 'stopped' : 'NOT STOPPED';
  return [
    `${verdict}  ${scenario.name}  ${(milliseconds / 1000).toFixed(1)} s  ${mode}`,
    `  ${scenario.shows}`,
    ...stops.map(({ control, said, log }) => `  - ${control}${said === '' ? '' : `: ${said}`} (log ${log.join(', ')})`),
    ...complaints.map((complaint) => `  ! ${complaint}`),
    '',
  ];
}

function documentOf({ scenario: { name, shows }, complaints, stops, mode, milliseconds }: Drilled) {
  const stopped = complaints.length === 0;
  return {
    name,
    shows,
    stopped,
    stopped_by: stops,
    mode,
    milliseconds: Math.round(milliseconds),
    ...(stopped ? {} : { complaints }),
  };
}
