import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { packagesThatRun } from '../checkup/packages.ts';
import { type Credential, groupFor, type Request } from './request.ts';
import { root, type Step } from './step.ts';
import { unitText } from './unit.ts';

/** What of this machine the plan depends on. */
export type Facts = {
  /** The checkout that is copied. */
  readonly source: string;
  readonly runtime: string;
  readonly hasSystemd: boolean;
  readonly users: readonly { readonly name: string; readonly uid: number }[];
  /** The agents of the file that will hold, and its environment; `null` where there is no file yet. */
  readonly declared: { readonly agents: readonly string[]; readonly environment: string } | null;
};

export type Plan = { readonly steps: readonly Step[]; readonly agents: readonly Placed[] };
type Placed = { readonly agent: string; readonly user: string; readonly group: string };

/** Where everything of a service lies. */
export function placesOf(service: string) {
  return {
    home: `/var/lib/${service}`,
    program: `/opt/${service}`,
    command: `/usr/local/bin/${service}`,
    unit: `/etc/systemd/system/${service}.service`,
    /** What was made here and can be taken away again. */
    made: `/etc/${service}.made.json`,
    /** Homes of users made for agents; theirs to read and root's to write. */
    agentHomes: `/var/lib/${service}-agents`,
  } as const;
}

/** Everything that `install` does, in its order. */
export function planInstall(request: Request, facts: Facts): Result<Plan> {
  const { service } = request;
  const { home, program, command, unit, agentHomes } = placesOf(service);
  const placed = agentsOf(request, facts);
  if (!placed.ok) return placed;
  const own = { user: service, group: service };
  const parts = packagesThatRun(facts.source);
  if (!parts.ok) return parts;
  const names = placed.value.map(({ agent }) => agent);
  const taken: Step[] = [];
  const isThere = (name: string): boolean => request.from !== '' && existsSync(join(request.from, name));
  if (isThere('twokey.toml'))
    taken.push({
      kind: 'secret',
      from: join(request.from, 'twokey.toml'),
      path: `${home}/twokey.toml`,
      owner: { user: 'root', group: service },
      mode: 0o640,
    });
  else
    taken.push({
      kind: 'file',
      path: `${home}/twokey.toml`,
      text: limitsText(names),
      owner: { user: 'root', group: service },
      mode: 0o640,
      keeps: true,
    });
  for (const name of ['ceiling.toml', 'credentials.toml', 'operator.toml'].filter(isThere))
    taken.push({ kind: 'secret', from: join(request.from, name), path: `${home}/${name}`, owner: own, mode: 0o600 });
  const isSimulated = (facts.declared?.environment ?? 'sim') === 'sim';
  const keyed = request.isBox ? keySteps(request, placed.value) : ok(ownHomes(request, placed.value));
  if (!keyed.ok) return keyed;
  const unreadable = unfitCredential(request.credential);
  if (unreadable !== '') return err(unreadable);
  return ok({
    agents: placed.value,
    steps: [
      { kind: 'user', name: service, home, shell: '' },
      ...placed.value.flatMap(({ agent, user, group }): Step[] => [
        { kind: 'group', name: group },
        ...(facts.users.some(({ name }) => name === user)
          ? []
          : ([{ kind: 'user', name: user, home: `${agentHomes}/${agent}`, shell: '/bin/sh' }] as const)),
        { kind: 'member', user, group },
        // To give a socket to a group one has to be in it.
        { kind: 'member', user: service, group },
      ]),
      { kind: 'program', from: facts.source, path: program, runtime: facts.runtime, parts: parts.value },
      { kind: 'folder', path: home, owner: own, mode: 0o711 },
      { kind: 'folder', path: `${home}/state`, owner: own, mode: 0o700 },
      { kind: 'folder', path: `${home}/run`, owner: own, mode: 0o711 },
      ...taken,
      { kind: 'file', path: command, text: commandText(home, program), owner: root, mode: 0o755, keeps: false },
      ...keyed.value,
      {
        kind: 'file',
        path: unit,
        text: unitText({ service, home, program, reaches: request.reaches, isSimulated, credential: request.credential }),
        owner: root,
        mode: 0o644,
        keeps: false,
      },
      ...(facts.hasSystemd
        ? (['daemon-reload', `enable ${service}.service`, `restart ${service}.service`].map((words) => ({
            kind: 'run',
            argv: ['systemctl', ...words.split(' ')],
          })) as Step[])
        : []),
    ],
  });
}

/** Everything that `uninstall` does. Users and groups that were there before stay. */
export function planUninstall(
  { service, purges }: Pick<Request, 'service' | 'purges'>,
  {
    hasSystemd,
    made,
  }: Pick<Facts, 'hasSystemd'> & { readonly made: { readonly users: readonly string[]; readonly groups: readonly string[] } },
): readonly Step[] {
  const { home, program, command, unit, made: list, agentHomes } = placesOf(service);
  return [
    ...(hasSystemd ? [{ kind: 'run', argv: ['systemctl', 'disable', '--now', `${service}.service`] } as const] : []),
    ...[unit, command, program, agentHomes].map((path) => ({ kind: 'remove', path }) as const),
    ...(hasSystemd ? [{ kind: 'run', argv: ['systemctl', 'daemon-reload'] } as const] : []),
    purges ? { kind: 'remove', path: home } : { kind: 'give_to_root', path: home },
    ...made.users.map((name) => ({ kind: 'remove_user', name }) as const),
    ...made.groups.map((name) => ({ kind: 'remove_group', name }) as const),
    { kind: 'remove', path: list },
  ];
}

function agentsOf({ service, agents }: Request, { users, declared }: Facts): Result<readonly Placed[]> {
  const names = declared?.agents ?? (agents.size > 0 ? [...agents.keys()] : ['default']);
  const stray = [...agents.keys()].find((agent) => !names.includes(agent));
  if (stray !== undefined) return err(`there is no [agents.${stray}] in twokey.toml; add the section, or leave --agent ${stray} out`);
  const placed: Placed[] = [];
  for (const agent of names) {
    const group = groupFor(service, agent);
    if (!group.ok) return group;
    const user = agents.get(agent) || `agent-${agent}`;
    if (user.length > 32)
      return err(`the user ${user} would have ${user.length} characters of at most 32; name one: --agent ${agent}=USER`);
    const uid = users.find(({ name }) => name === user)?.uid;
    if (user === service || uid === 0)
      return err(`agent ${agent} cannot be ${user}, who may do what the gateway may; name another user: --agent ${agent}=USER`);
    const other = placed.find((each) => each.user === user);
    if (other !== undefined)
      return err(`agents ${other.agent} and ${agent} would both be ${user}, and could ask in each other's name; give each a user`);
    placed.push({ agent, user, group: group.value });
  }
  return ok(placed);
}

/** systemd reads it as root, and whoever else can read it has the key. @returns why it is not taken; empty where it is. */
function unfitCredential(credential: Credential | null): string {
  if (credential === null) return '';
  const { kind, path } = credential;
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined || !status.isFile()) return `${path} is no file; docs/operate/credentials.md says how it is made`;
  if (kind === 'plain' && (status.mode & 0o077) !== 0) return `others can read ${path}; run chmod 600 ${path}`;
  // Nobody loads a key that somebody else can exchange.
  return status.uid === (process.getuid?.() ?? 0) || status.uid === 0 ? '' : `${path} is not root's; run chown root:root ${path}`;
}

/** An agent that lives on this machine works somewhere; users that were there before have their own places. */
function ownHomes({ service, agents }: Request, placed: readonly Placed[]): readonly Step[] {
  const { agentHomes } = placesOf(service);
  const living = placed.filter(({ agent }) => (agents.get(agent) ?? '') === '');
  return [
    ...living.slice(0, 1).map(() => ({ kind: 'folder', path: agentHomes, owner: root, mode: 0o755 }) as const),
    ...living.map(
      ({ agent, user }) => ({ kind: 'folder', path: `${agentHomes}/${agent}`, owner: { user, group: user }, mode: 0o700 }) as const,
    ),
  ];
}

/** A key that opens the shim and nothing else. The files are root's, so that nobody adds another. */
function keySteps({ service, keys }: Request, placed: readonly Placed[]): Result<readonly Step[]> {
  const { agentHomes, command } = placesOf(service);
  const steps: Step[] = [{ kind: 'folder', path: agentHomes, owner: root, mode: 0o755 }];
  for (const { agent, user } of placed) {
    const file = keys.get(agent);
    if (file === undefined) return err(`--box needs the public key of every agent: add --key ${agent}=FILE`);
    const line = existsSync(file) ? readFileSync(file, 'utf8').trim() : '';
    if (!/^(ssh-ed25519|ecdsa-sha2-nistp(256|384|521)|ssh-rsa|sk-[a-z0-9@.-]+) [A-Za-z0-9+/=]{40,} ?[\w.@+-]*$/.test(line))
      return err(`${file} is not one public key of ssh; ssh-keygen -t ed25519 makes one, and its .pub file is meant`);
    if (user !== `agent-${agent}`) return err(`with --box agent ${agent} gets a user of its own, agent-${agent}; leave =${user} out`);
    const home = `${agentHomes}/${agent}`;
    steps.push(
      { kind: 'folder', path: home, owner: root, mode: 0o755 },
      { kind: 'folder', path: `${home}/.ssh`, owner: root, mode: 0o755 },
      {
        kind: 'file',
        path: `${home}/.ssh/authorized_keys`,
        text: `restrict,command="${command} mcp --agent ${agent}" ${line}\n`,
        owner: root,
        mode: 0o644,
        keeps: false,
      },
    );
  }
  return ok(steps);
}

function limitsText(agents: readonly string[]): string {
  const sections = agents.map((agent) => `\n[agents.${agent}]\n`).join('');
  return `# Written by twokey install. Change it as root; twokey policy apply has it hold.\n[exchange]\nenvironment = "sim"\n${sections}`;
}

function commandText(home: string, program: string): string {
  return `#!/bin/sh
# Written by twokey install: root's copy of the program, on the home of its service.
TWOKEY_HOME=\${TWOKEY_HOME:-${home}}
export TWOKEY_HOME
exec ${program}/twokey "$@"
`;
}
