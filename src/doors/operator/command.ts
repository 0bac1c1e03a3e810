import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Voice } from './output.ts';

/** One command line of the operator, read. */
export type Command = Voice & {
  readonly home: string;
  /** What a flag chose instead of twokey.toml; never live, which that file alone can say. */
  readonly environment: 'sim' | 'demo' | null;
  readonly readOnly: boolean;
  readonly reason: string;
  readonly flatten: boolean;
  /** Accepts what the exchange says. */
  readonly adopt: boolean;
  /** Looks once and ends, where the command would go on. */
  readonly once: boolean;
  readonly count: number;
  /** A file for a report that others may read; empty where none is wanted. */
  readonly report: string;
  /** Tries as an agent's user what an agent should not be able to do. */
  readonly asAgent: boolean;
  /** The words after the verb. */
  readonly words: readonly string[];
};

const COUNT_DEFAULT = 20;
const COUNT_MAX = 1000;

/** The home that a flag, the environment or the default names, as an absolute path. */
export function homeOf(flag: string | undefined): string {
  return resolve(flag ?? process.env['TWOKEY_HOME'] ?? join(homedir(), '.twokey'));
}

/** Reads what follows the verb. Unknown flags are refused, because a flag that is ignored may have been the one that mattered. */
export function parseCommand(argv: readonly string[]): Result<Command> {
  let parsed;
  try {
    parsed = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        home: { type: 'string' },
        json: { type: 'boolean' },
        demo: { type: 'boolean' },
        env: { type: 'string' },
        'read-only': { type: 'boolean' },
        reason: { type: 'string' },
        flatten: { type: 'boolean' },
        adopt: { type: 'boolean' },
        once: { type: 'boolean' },
        count: { type: 'string' },
        report: { type: 'string' },
        'as-agent': { type: 'boolean' },
      },
    });
  } catch (error) {
    return err(error instanceof Error ? error.message : 'these arguments cannot be read');
  }
  const { values, positionals } = parsed;
  const { env, demo } = values;
  if (env === 'live') return err('only environment = "live" in twokey.toml can say live, never a flag');
  if (env !== undefined && env !== 'sim' && env !== 'demo') return err('expected --env sim or --env demo');
  if (demo === true && env === 'sim') return err('--demo and --env sim contradict each other');
  if (values.count !== undefined && !/^[1-9]\d{0,3}$/.test(values.count)) return err('expected --count as a whole number from 1 to 1000');
  return ok({
    home: homeOf(values.home),
    json: values.json === true,
    environment: demo === true ? 'demo' : (env ?? null),
    readOnly: values['read-only'] === true,
    reason: values.reason ?? '',
    flatten: values.flatten === true,
    adopt: values.adopt === true,
    once: values.once === true,
    count: Math.min(values.count === undefined ? COUNT_DEFAULT : Number(values.count), COUNT_MAX),
    report: values.report ?? '',
    asAgent: values['as-agent'] === true,
    words: positionals,
  });
}
