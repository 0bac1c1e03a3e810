import { SOCKET_PATH_BYTES_MAX } from '../../adapters/operator/server.ts';
import type { Command } from '../../doors/operator/command.ts';
import { doctor as diagnose } from '../../doors/operator/doctor.ts';
import type { Gateway, Reader } from '../../doors/operator/gateway.ts';
import type { ExitCode } from '../../doors/operator/output.ts';
import { originOf, readConfiguration, withEnvironment } from './home.ts';

/** `twokey doctor`, with what it looks at. */
export function doctor(command: Command, sources: { readonly gateway: Gateway; readonly reader: Reader }): Promise<ExitCode> {
  const read = readConfiguration(command.home);
  return diagnose(command, {
    ...sources,
    configuration: read.ok ? { ok: true, value: withEnvironment(read.value, command.environment) } : read,
    socketPathBytesMax: SOCKET_PATH_BYTES_MAX,
    originOf: (configuration) => {
      const origin = originOf(configuration);
      return origin.ok ? origin.value : origin.error;
    },
  });
}
