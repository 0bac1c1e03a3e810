import type { Json } from '../../core/lang/canonical.ts';
import { approvalAbove, type Configuration, parsedButNotEnforced, policyHashOf, policyText } from '../../core/policy/configuration.ts';
import { formatDuration } from '../../core/policy/fields.ts';
import { defaultPolicy, type Policy, policyJson } from '../../core/policy/policy.ts';
import { cell, type Fields, pairs, rowsOf, table } from './text.ts';

/** Where a value comes from: it is what holds without a file, the account's, or the agent's own. */
type From = 'default' | 'account' | 'own';

/**
 * Every limit that holds, for the account and for each agent, under the keys of the file and in its words: those in which it is hashed. `hashed_text`
 * is enough to take the hash again with any tool.
 */
export function policyDocument(configuration: Configuration): Fields {
  const { exchange, policy, agents, approval } = configuration;
  const byDefault = new Map(limitsOf(defaultPolicy(exchange.environment)));
  const account = new Map(limitsOf(policy));
  const rows = (limits: Policy): readonly Fields[] =>
    limitsOf(limits).map(([name, value]) => {
      const from: From = same(value, byDefault.get(name)) ? 'default' : same(value, account.get(name)) ? 'account' : 'own';
      return { name, value, from, as_account: same(value, account.get(name)), enforced: !parsedButNotEnforced.includes(name) };
    });
  return {
    environment: exchange.environment,
    read_only: exchange.readOnly,
    policy_hash: policyHashOf(configuration),
    hashed_text: policyText(configuration),
    approval: { above: approvalAbove(approval), ttl: formatDuration(approval.ttlMilliseconds), first_of_kind: approval.firstOfKind },
    account: rows(policy),
    agents: [...agents.values()].map((agent) => ({
      name: agent.name,
      shared_positions: agent.sharedPositions,
      limits: rows(agent.policy),
    })),
    not_enforced: parsedButNotEnforced,
  };
}

/** Keys of the file with their values, in the order of the file. */
export function limitsOf(policy: Policy): readonly (readonly [string, Json])[] {
  return Object.entries(policyJson(policy));
}

/** Whether two values of a document are one. Lists of a policy are in order of name already. */
export function same(one: Json | undefined, other: Json | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The document of `policy show` for a person. Of an agent only what is its own is listed. */
export function renderPolicy(document: Fields): string {
  const approval = document['approval'];
  const head = [
    ['hash', `${cell(document['policy_hash'])} (stands in every decision)`],
    ['approval', cell(approval)],
    ['read-only', document['read_only'] === true ? 'yes: nothing is sent' : 'no'],
  ] as const;
  const groups = rowsOf(document, 'agents').map((agent) => {
    const shared = agent['shared_positions'] === true ? ', may close what others opened' : '';
    const own = rowsOf(agent, 'limits').filter((row) => row['as_account'] !== true);
    const title = `agent ${cell(agent['name'])}${shared}`;
    return own.length === 0 ? `${title}: every limit as the account's` : `${title}: every other limit as the account's\n${limitTable(own)}`;
  });
  const account = `account (USD unless the name says otherwise)\n${limitTable(rowsOf(document, 'account'))}`;
  return [pairs(head), account, ...groups].join('\n\n');
}

function limitTable(rows: readonly Fields[]): string {
  return table(
    [
      { title: 'limit', of: (row) => cell(row['name']) },
      { title: 'value', of: (row) => cell(row['value']) },
      {
        title: '',
        of: (row) =>
          [row['from'] === 'default' ? 'default' : '', row['enforced'] === false ? 'not enforced' : '']
            .filter((text) => text !== '')
            .join(', '),
      },
    ],
    rows,
  );
}
