import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../adapters/clock/system.ts';
import { SOCKET_PATH_BYTES_MAX } from '../../adapters/operator/server.ts';
import { rowPages } from '../../adapters/store/export.ts';
import { serviceFolder } from '../../adapters/vault/sources.ts';
import { memoryFacts } from '../../doors/checkup/memory-facts.ts';
import type { Machine } from '../../doors/checkup/rows.ts';
import { readTraces, type Traces } from '../../doors/checkup/traces.ts';
import type { Command } from '../../doors/operator/command.ts';
import { doctor as diagnose, type Surroundings } from '../../doors/operator/doctor.ts';
import type { Gateway, Reader } from '../../doors/operator/gateway.ts';
import type { ExitCode } from '../../doors/operator/output.ts';
import { advisoryAccepted, isolationAt, openSourcesAt } from '../isolation.ts';
import { originOf, readConfiguration, withEnvironment } from './home.ts';

/** `twokey doctor`, with what it looks at. */
export function doctor(command: Command, sources: { readonly gateway: Gateway; readonly reader: Reader }): Promise<ExitCode> {
  return diagnose(command, surroundingsOf(command, sources));
}

export function surroundingsOf(command: Command, sources: { readonly gateway: Gateway; readonly reader: Reader }): Surroundings {
  const read = readConfiguration(command.home);
  return {
    ...sources,
    home: command.home,
    configuration: read.ok ? { ok: true, value: withEnvironment(read.value, command.environment) } : read,
    socketPathBytesMax: SOCKET_PATH_BYTES_MAX,
    originOf: (configuration) => {
      const origin = originOf(configuration);
      return origin.ok ? origin.value : origin.error;
    },
    machine: machineAt(command.home),
  };
}

export function machineAt(home: string): Machine {
  return {
    install: fileURLToPath(new URL('../../../', import.meta.url)),
    userHome: homedir(),
    user: userInfo().username,
    work: process.cwd(),
    // An image that was started anew without them says only that there were some.
    inEnvironment:
      process.env['TWOKEY_CLEAN'] === '1' ||
      Object.keys(process.env).some((name) => /^OKX_(API_KEY|API_SECRET|SECRET_KEY|PASSPHRASE)/.test(name)),
    now: () => systemClock.now(),
    isolation: (configuration) => isolationAt(home, configuration),
    // With which variables a gateway was started it sees for itself.
    openSources: (configuration) => openSourcesAt(home, configuration, 'none'),
    memory: memoryFacts,
    serviceFile: serviceFileAt(serviceFolder()),
    advisoryAccepted: () => advisoryAccepted(home),
    traces: () => tracesAt(join(home, 'state', 'journal.db')),
  };
}

function serviceFileAt(folder: string): string {
  const path = join(folder, 'okx');
  return folder !== '' && existsSync(path) ? path : '';
}

export async function tracesAt(path: string): Promise<Traces | null> {
  return existsSync(path) ? readTraces(path, rowPages(path)) : null;
}
