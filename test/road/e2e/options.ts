import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../../../src/core/lang/result.ts';

export type Environment = 'sim' | 'demo';
export type Site = 'global' | 'eea' | 'us';

export type Options = {
  readonly environment: Environment;
  /** Of the demo account; the simulator has none. */
  readonly site: Site;
  /** The variables that hold the key, for `init` alone. Nothing of them is printed. */
  readonly key: Readonly<Record<string, string>>;
};

/** Why the suite does not run: its exit code is that of a wrong command line, or of a check that did not pass. */
export type Refusal = { readonly message: string; readonly exit: 1 | 2 };

const USAGE = 'usage: npm run e2e -- [--env sim|demo] [--site global|eea|us]';

/** Each field of a key, under the names that twokey reads itself. */
const fields = [['OKX_API_KEY'], ['OKX_API_SECRET', 'OKX_SECRET_KEY'], ['OKX_PASSPHRASE']] as const;

/** What was asked for. A suite that was told to run against demo trading and has no key says so and fails: it never passes for want of one. */
export function readOptions(argv: readonly string[], variables: Readonly<Record<string, string | undefined>>): Result<Options, Refusal> {
  const wrong = (message: string) => err({ message: `${message}\n${USAGE}`, exit: 2 } as const);
  let values;
  try {
    ({ values } = parseArgs({ args: [...argv], options: { env: { type: 'string' }, site: { type: 'string' } } }));
  } catch (error) {
    return wrong(error instanceof Error ? error.message : 'these arguments cannot be read');
  }
  const { env: environment = 'sim', site = 'global' } = values;
  if (environment === 'live') return wrong('the suite places orders, and never in live trading');
  if (environment !== 'sim' && environment !== 'demo') return wrong('--env: expected sim or demo');
  if (site !== 'global' && site !== 'eea' && site !== 'us') return wrong('--site: expected global, eea or us');
  // The simulator has a key of its own, and no other is for it to see.
  if (environment === 'sim') return ok({ environment, site, key: {} });
  const given = fields.map((names) => names.flatMap((name) => [name, `${name}_FILE`]).filter((name) => (variables[name] ?? '') !== ''));
  const missing = fields.filter((_, index) => given[index]?.length === 0).map((names) => names.join(' or '));
  if (missing.length === 0)
    return ok({ environment, site, key: Object.fromEntries(given.flat().map((name) => [name, variables[name] ?? ''])) });
  const message = `nothing was run: --env demo needs a key of OKX's demo trading, and the environment has no ${missing.join(', no ')} (each may also be a file, named by …_FILE)`;
  return err({ message, exit: 1 });
}
