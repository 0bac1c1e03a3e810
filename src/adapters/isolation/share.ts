import { chmodSync, chownSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import { agentGroup, readAccounts } from './accounts.ts';

/**
 * Opens each agent's socket to the group of that agent, where there is one, and to nobody else. The doors make sockets for this user alone, and may not
 * change a mode. @returns what could not be done, a line each.
 */
export function shareSockets({ folder, agents }: { readonly folder: string; readonly agents: readonly string[] }): readonly string[] {
  if (process.platform !== 'linux') return [];
  const accounts = readAccounts();
  const own = accounts.users.find(({ uid }) => uid === process.getuid?.());
  if (own === undefined) return [];
  return agents.flatMap((agent) => {
    const group = agentGroup(accounts, { service: own.name, agent });
    const path = join(folder, `agent-${agent}.sock`);
    const status = lstatSync(path, { throwIfNoEntry: false });
    if (group === undefined || status === undefined || !status.isSocket()) return [];
    if (status.gid === group.gid && (status.mode & 0o777) === 0o660) return [];
    try {
      chownSync(path, own.uid, group.gid);
      chmodSync(path, 0o660);
      return [];
    } catch (error) {
      const cause = error instanceof Error && 'code' in error ? String(error.code) : 'unknown failure';
      return [`agent ${agent} cannot reach its socket: the gateway may not give it to the group ${group.name} (${cause}); start it again`];
    }
  });
}
