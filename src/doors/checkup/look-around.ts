import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Neighbours, serversIn, setsKey } from './neighbours.ts';
import { clientFiles, shellFiles } from './places.ts';

const BYTES_MAX = 64 * 1024 * 1024;

/** Reads what clients and shells of this user are set up with. Of what a variable holds nothing is kept. */
export function lookAround(where: { readonly userHome: string; readonly work: string; readonly inEnvironment: boolean }): Neighbours {
  const unread: string[] = [];
  const textOf = (path: string): string => {
    try {
      const status = statSync(path, { throwIfNoEntry: false });
      if (status === undefined || !status.isFile()) return '';
      if (status.size <= BYTES_MAX) return readFileSync(path, 'utf8');
    } catch {
      // Said below: what cannot be read is not known to be harmless.
    }
    unread.push(path);
    return '';
  };
  const clients = [...new Set(clientFiles(where))].map((file) => ({ file, servers: serversIn(textOf(file)) }));
  const kit = join(where.userHome, '.okx', 'config.toml');
  return {
    clients: clients.filter(({ servers }) => servers.length > 0),
    shells: shellFiles(where).filter((file) => setsKey(textOf(file))),
    kit: /^\s*(api_key|secret_key)\s*=/m.test(textOf(kit)) ? kit : '',
    inEnvironment: where.inEnvironment,
    unread,
  };
}
