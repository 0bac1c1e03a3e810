import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import packageFile from '../../package.json' with { type: 'json' };
import { systemClock as clock } from '../adapters/clock/system.ts';
import { createExchange } from '../adapters/exchange/https.ts';
import { openHome } from '../adapters/home/home.ts';
import { writeStateFile } from '../adapters/home/state-file.ts';
import { acquireRunLock } from '../adapters/lock/run-lock.ts';
import { cleanEnvironment } from '../adapters/process/clean-environment.ts';
import { forbidCoreDumps } from '../adapters/process/core-dumps.ts';
import { serviceFolder } from '../adapters/vault/sources.ts';
import { type ExitCode, exits, fail, out } from '../doors/operator/output.ts';
import { cases } from '../probe/cases/all.ts';
import { conduct } from '../probe/conduct.ts';
import { readOptions } from '../probe/options.ts';
import { stopWhen } from '../probe/target.ts';
import { originOf, readConfiguration } from './operator/home.ts';

// A conformance run against OKX's demo trading or the simulator: a process of its own, which signs for demo alone (decision 0024).

/** `twokey probe [--only NAME] [--yes]`. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  const voice = { json: argv.includes('--json') };
  const failed = (message: string) => fail(voice, { code: 'UNAVAILABLE', message, exit: exits.failed });
  const options = readOptions(argv, cases);
  if (!options.ok) return fail(voice, { code: 'SCHEMA', message: options.error, exit: exits.usage });
  const home = openHome(options.value.home);
  if (!home.ok) return failed(home.error);
  const clean = cleanEnvironment({ home: home.value, argv: process.argv, environment: process.env, anew: 'for_secrets' });
  if (!clean.ok) return failed(clean.error);
  forbidCoreDumps();
  const configuration = readConfiguration(home.value);
  if (!configuration.ok) return failed(configuration.error);
  // What the probe does would look like somebody else's orders to a gateway.
  const lock = acquireRunLock(join(home.value, 'run', 'lock.db'), clock.now());
  if (!lock.ok) return failed(lock.error);
  using _held = lock.value;
  const ran = await conduct({
    options: options.value,
    home: home.value,
    userHome: homedir(),
    serviceFolder: serviceFolder(),
    configuration: configuration.value,
    input: clean.value.credentials === 'fd0' ? { kind: 'environment', text: readFileSync(0, 'utf8') } : { kind: 'none' },
    originOf,
    connect: (baseUrl) => createExchange({ baseUrl, clock }),
    clock,
    stop: stopWhen((stop) => ['SIGTERM', 'SIGINT'].forEach((signal) => process.on(signal, stop))),
    version: packageFile.version,
    talk: { input: process.stdin, output: process.stderr, progress: voice.json ? () => {} : out },
  });
  if (!ran.ok) return failed(ran.error);
  writeStateFile(ran.value.path, ran.value.report);
  out(ran.value.text);
  return ran.value.isFine ? exits.fine : exits.failed;
}
