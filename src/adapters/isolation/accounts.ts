import { readFileSync } from 'node:fs';

/** Users and groups as the files of this machine name them. Those of a directory service stand in neither, and are not known here. */
export type Accounts = { readonly users: readonly User[]; readonly groups: readonly Group[] };
export type User = { readonly name: string; readonly uid: number; readonly gid: number };
export type Group = { readonly name: string; readonly gid: number; readonly members: readonly string[] };

/** @throws when the files cannot be read. */
export function readAccounts(): Accounts {
  return accountsIn({ passwd: readFileSync('/etc/passwd', 'utf8'), group: readFileSync('/etc/group', 'utf8') });
}

export function accountsIn({ passwd, group }: { readonly passwd: string; readonly group: string }): Accounts {
  return {
    users: rowsOf(passwd).map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) })),
    groups: rowsOf(group).map(([name = '', , gid, members = '']) => ({
      name,
      gid: Number(gid),
      members: members.split(',').filter((member) => member !== ''),
    })),
  };
}

function rowsOf(text: string): readonly (readonly string[])[] {
  return text
    .split('\n')
    .map((line) => line.split(':'))
    .filter((fields) => fields.length >= 4);
}

/** Everybody in a group, by either file. A name that no user has is listed too: whoever gets it one day is in. */
export function namesIn({ users }: Accounts, { gid, members }: Group): readonly string[] {
  const primary = users.filter((user) => user.gid === gid).map(({ name }) => name);
  return [...new Set([...members, ...primary])];
}

/** The group whose members reach an agent's socket: it is named after the gateway's own user and the agent, and who is in it is who the agent is. */
export function agentGroup(
  { groups }: Accounts,
  { service, agent }: { readonly service: string; readonly agent: string },
): Group | undefined {
  return groups.find(({ name }) => name === `${service}-${agent}`);
}
