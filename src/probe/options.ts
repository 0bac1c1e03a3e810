import { parseArgs } from 'node:util';
import { err, ok, type Result } from '../core/lang/result.ts';
import type { Case } from './case.ts';

export type Options = {
  readonly home: string | undefined;
  readonly json: boolean;
  /** Nobody is asked. */
  readonly yes: boolean;
  readonly environment: 'sim' | 'demo' | null;
  readonly readOnly: boolean;
  /** The cases to run. */
  readonly chosen: readonly Case[];
};

const flags = {
  home: { type: 'string' },
  json: { type: 'boolean' },
  demo: { type: 'boolean' },
  env: { type: 'string' },
  'read-only': { type: 'boolean' },
  yes: { type: 'boolean' },
  only: { type: 'string', multiple: true },
} as const;

/** Reads the arguments of `twokey probe`. Live is not among what can be asked for. */
export function readOptions(argv: readonly string[], cases: readonly Case[]): Result<Options> {
  let values: ReturnType<typeof parse>;
  try {
    values = parse(argv);
  } catch (error) {
    return err(error instanceof Error ? error.message : 'these arguments cannot be read');
  }
  const { env, demo, only = [] } = values;
  if (env !== undefined && env !== 'sim' && env !== 'demo')
    return err('expected --env sim or --env demo; the probe never asks live trading');
  if (demo === true && env === 'sim') return err('--demo and --env sim contradict each other');
  const unknown = only.find((name) => !cases.some(({ rule }) => rule === name));
  if (unknown !== undefined)
    return err(`there is no case ${JSON.stringify(unknown)}; there are ${cases.map(({ rule }) => rule).join(', ')}`);
  return ok({
    home: values.home,
    json: values.json === true,
    yes: values.yes === true,
    environment: demo === true ? 'demo' : (env ?? null),
    readOnly: values['read-only'] === true,
    chosen: only.length === 0 ? cases : cases.filter(({ rule }) => only.includes(rule)),
  });
}

function parse(argv: readonly string[]) {
  return parseArgs({ args: [...argv], allowPositionals: false, options: flags }).values;
}
