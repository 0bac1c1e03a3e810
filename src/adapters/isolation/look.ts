import { existsSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import type { Isolation } from '../../core/policy/isolation.ts';
import { type Accounts, agentGroup, namesIn, readAccounts, type User } from './accounts.ts';
import { openingsBelow, openingsOn } from './openings.ts';

export type Place = {
  readonly home: string;
  /** The folder that holds src, bin and node_modules. */
  readonly install: string;
  /** Real path of the Node that runs them. */
  readonly runtime: string;
  /** The variable PATH of the gateway: its commands for credentials and alerts are found there. */
  readonly searchPath: string;
  readonly agents: readonly string[];
  /** What the limits name beside: the file of credentials, and the programs and scripts that the gateway starts. */
  readonly named: readonly string[];
  /** Every file of the program, or what leads to it alone: a tenth of a second, or nothing to speak of. */
  readonly looks: 'everywhere' | 'at_ways';
};

/** Whoever is in one of these is root, or as good as root, or is so after a password that was typed a minute ago in the same terminal. */
const mighty = 'root sudo wheel admin docker podman lxd lxc incus incus-admin libvirt disk shadow'.split(' ');
const REASONS_MAX = 5;

/** Finds out in which mode a home is run; what cannot be looked at is `advisory`. The gateway's user is who owns the home. */
export function lookAtIsolation(place: Place): Isolation {
  if (process.platform !== 'linux') return advisory([`what users can do is only looked at on Linux, and this is ${process.platform}`]);
  try {
    return judge(place, readAccounts());
  } catch (error) {
    return advisory([`users and files could not be looked at (${error instanceof Error ? error.message : 'unknown failure'})`]);
  }
}

function judge(place: Place, accounts: Accounts): Isolation {
  const { uid } = statSync(place.home);
  const service = accounts.users.find((user) => user.uid === uid);
  if (service === undefined) return advisory([`${place.home} belongs to user ${uid}, who does not stand in /etc/passwd`]);
  const known = place.agents.map((agent) => ({ agent, ...userOf(agent, service, accounts) }));
  const reasons = [
    ...(uid === 0 ? ['the gateway runs as root, and the npm packages of its doors with it'] : []),
    ...known.flatMap(({ reason }) => (reason === '' ? [] : [reason])),
    ...sharedUsers(known),
  ];
  // The files are not walked for nothing: without users to keep out it is advisory in any case.
  const open = reasons.length === 0 ? openFiles(place, new Set([0, uid])) : [];
  if (reasons.length > 0 || open.length > 0) return advisory([...reasons, ...open]);
  return { kind: 'isolated', users: known.map(({ agent, user }) => `${agent} is ${user}`) };
}

/** Who may open an agent's socket, if that is one user who can do nothing else. */
function userOf(agent: string, service: User, accounts: Accounts): { readonly user: string; readonly reason: string } {
  const group = agentGroup(accounts, { service: service.name, agent });
  const names = group === undefined ? [] : namesIn(accounts, group).filter((name) => name !== service.name);
  const [name] = names;
  if (name === undefined) return { user: '', reason: `agent ${agent} has no user of its own, and may be ${service.name} itself` };
  const users = names.map((each) => accounts.users.find((user) => user.name === each));
  if (users.includes(undefined)) return { user: '', reason: `of the users of agent ${agent} not all stand in /etc/passwd` };
  const same = users.find((user) => user?.uid === service.uid || user?.uid === 0);
  if (same !== undefined) return { user: '', reason: `agent ${agent} is ${same.name}, who may do what the gateway may` };
  const strong = names.flatMap((each) =>
    powersOf(each, accounts).map((power) => `${each} is in the group ${power}, which can become root`),
  );
  return { user: names.join(' and '), reason: strong.join('; ') };
}

/** The groups that make a user another one's equal. */
export function powersOf(name: string, accounts: Accounts): readonly string[] {
  return accounts.groups
    .filter((group) => mighty.includes(group.name) && namesIn(accounts, group).includes(name))
    .map((group) => group.name);
}

function sharedUsers(known: readonly { readonly agent: string; readonly user: string }[]): readonly string[] {
  return known.flatMap(({ agent, user }, index) => {
    const other = known.slice(0, index).find((each) => user !== '' && each.user === user);
    return other === undefined ? [] : [`agents ${other.agent} and ${agent} are one user, ${user}, and can ask in each other's name`];
  });
}

function openFiles({ home, install, runtime, searchPath, named, looks }: Place, trusted: ReadonlySet<number>): readonly string[] {
  const { SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS } = process.env;
  const certificates = [SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS].filter(
    (path): path is string => path !== undefined && path !== '',
  );
  const files = ['twokey.toml', 'ceiling.toml', 'credentials.toml', 'operator.toml', 'state', 'run'].map((name) => join(home, name));
  const folders = searchPath.split(':');
  const relative = folders.filter((folder) => !isAbsolute(folder));
  const ways = [
    runtime,
    dirname(runtime),
    ...files,
    ...folders.filter(isAbsolute),
    ...named,
    ...certificates,
    join(install, 'package.json'),
  ];
  const code = ['bin', 'src', 'node_modules', '.cache'].map((name) => join(install, name)).filter((folder) => existsSync(folder));
  const found = new Set([
    ...relative.map((folder) => `PATH names ${JSON.stringify(folder)}, which is another folder each time`),
    ...[...ways, ...code].flatMap((path) => openingsOn(path, trusted)),
    ...(looks === 'everywhere' ? code.flatMap((folder) => openingsBelow(folder, trusted)) : []),
  ]);
  return found.size <= REASONS_MAX ? [...found] : [...[...found].slice(0, REASONS_MAX), `and ${found.size - REASONS_MAX} more such files`];
}

function advisory(reasons: readonly string[]): Isolation {
  return { kind: 'advisory', reasons };
}
