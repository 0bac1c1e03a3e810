import type { Grants } from '../account/grants.ts';
import type { State } from '../account/state.ts';
import type { Entry } from '../journal/entry.ts';
import { AGENTS_MAX, type AgentPolicy, type Configuration, reservedNames } from '../policy/configuration.ts';
import type { Context, Event, Step } from './events.ts';
import { atStage } from '../stage/limits.ts';
import { orphans } from './freezing.ts';
import { withdrawn } from './judging.ts';

/**
 * Who may ask for anything now: the agents of `twokey.toml` and those whom the operator added, less those whom the operator revoked. One that was
 * added without a section of its own has the limits of `[policy]`, so that adding never makes a limit, nor the hash of them all, another. The section of
 * one that was revoked is kept beside them: its stops are looked after as before. In live the limits of the stage hold besides.
 */
export function inForce(configuration: Configuration, { grants, standing }: Pick<State, 'grants' | 'standing'>): Configuration {
  return atStage(withGrants(configuration, grants), standing);
}

function withGrants(configuration: Configuration, grants: Grants): Configuration {
  if (grants.size === 0) return configuration;
  const agents = new Map<string, AgentPolicy>(configuration.agents);
  const former = new Map<string, AgentPolicy>(configuration.former);
  for (const [name, { kind }] of grants) {
    const section = agents.get(name) ?? former.get(name);
    if (kind === 'added') {
      agents.set(name, section ?? { name, policy: configuration.policy, sharedPositions: false });
      former.delete(name);
    } else {
      agents.delete(name);
      if (section !== undefined) former.set(name, section);
    }
  }
  return { ...configuration, agents, former };
}

type Asked = Omit<Extract<Event, { kind: 'agent_asked' }>, 'kind'>;

/** Why an agent is not added, given another token or revoked, with the fix; `null` when it is. `configuration` is the one in force. */
export function mayNotGrant({ grants }: State, { verb, agent }: Asked, { agents }: Pick<Configuration, 'agents'>): string | null {
  if (reservedNames.includes(agent)) return `${agent} is no agent but one who also acts on the account; take another name`;
  const isThere = agents.has(agent);
  const hasToken = grants.get(agent)?.kind === 'added';
  switch (verb) {
    case 'add':
      if (isThere && hasToken) return `${agent} has a token already; twokey agents token ${agent} draws another, and ends that one`;
      // Sockets, limits and documents are one each; a name that was revoked takes no place.
      return isThere || agents.size < AGENTS_MAX ? null : `there are ${AGENTS_MAX} agents already; revoke one first`;
    case 'token':
      return isThere ? null : `${agent} is not an agent of this gateway; twokey agents add ${agent} makes it one`;
    case 'revoke':
      return isThere ? null : `${agent} is not an agent of this gateway: ${[...agents.keys()].join(', ') || 'there is none'}`;
  }
}

/**
 * The operator's word on an agent. With one that is revoked go its entries, those that wait for a person too; what it holds stays until the operator
 * closes it, because an exit that nobody asked for is a trade that nobody asked for.
 */
export function agentAsked(
  state: State,
  { verb, agent, tokenHash, reason }: Extract<Event, { kind: 'agent_asked' }>,
  context: Context,
): Step {
  const told = (message: string): Entry => ({ kind: 'alert', severity: 'info', code: 'AGENTS', message, by: 'operator' });
  if (verb !== 'revoke') {
    const added: Entry = { kind: 'agent_added', agent, token_hash: tokenHash, by: 'operator', reason };
    return { entries: [added, told(`the operator gave agent ${agent} a token`)], effects: [] };
  }
  const agents = new Map(context.configuration.agents);
  agents.delete(agent);
  const left = orphans(state, { agents }, [agent]);
  const revoked: Entry = { kind: 'agent_revoked', agent, by: 'operator', reason };
  const waiting = withdrawn(state, agent, { reason, now: context.circumstances.now });
  return { entries: [revoked, told(`the operator revoked agent ${agent}`), ...waiting, ...left.entries], effects: left.effects };
}
