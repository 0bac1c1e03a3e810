import { callOperator } from '../../adapters/operator/client.ts';
import { SOCKET_PATH_BYTES_MAX } from '../../adapters/operator/server.ts';
import { renderChecks } from '../../doors/operator/checks.ts';
import { checksOf } from '../../doors/operator/doctor.ts';
import type { Command } from './command.ts';
import { originOf, readConfiguration, withEnvironment } from './home.ts';
import { type ExitCode, exits, fail, out } from './output.ts';
import { askReader } from './reading.ts';

const GATEWAY_MILLISECONDS_MAX = 10_000;

/** Prints what `checksOf` finds. Ends with 1 when anything failed. */
export async function doctor(command: Command): Promise<ExitCode> {
  const { home } = command;
  if (command.words.length > 0) return fail(command, { code: 'SCHEMA', message: 'doctor takes no further words', exit: exits.usage });
  const read = readConfiguration(home);
  const configuration = read.ok ? { ok: true as const, value: withEnvironment(read.value, command.environment) } : read;
  const checks = await checksOf({
    home,
    configuration,
    socketPathBytesMax: SOCKET_PATH_BYTES_MAX,
    gateway: (verb) => callOperator({ home, request: { verb }, timeoutMilliseconds: GATEWAY_MILLISECONDS_MAX }),
    reader: (question) => askReader(command, question),
    originOf: (chosen) => {
      const origin = originOf(chosen);
      return origin.ok ? origin.value : origin.error;
    },
  });
  const passed = checks.every(({ status }) => status !== 'failed');
  const environment = configuration.ok ? configuration.value.exchange.environment : 'unknown environment';
  if (command.json) out(`${JSON.stringify({ ok: passed, environment, home, checks }, null, 2)}\n`);
  else out(`${environment} · ${home}\n\n${renderChecks(checks)}`);
  return passed ? exits.fine : exits.failed;
}
