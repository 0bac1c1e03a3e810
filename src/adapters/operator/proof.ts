import type { OperatorRequest } from './protocol.ts';

/**
 * What only the operator in person may do, with a proof of it: in live always, elsewhere where twokey.toml asks for it. Everything that tightens, ends or only looks
 * stands here as `false`: who wants less to happen is never asked who they are beyond the token. A verb that is missing does not compile.
 */
export const needsProof: { readonly [Verb in OperatorRequest['verb']]: boolean } = {
  approve: true,
  resume: true,
  unfreeze: true,
  adopt: true,
  // Ends a reservation on a person's word alone, and with it makes room.
  resolve: true,
  set_leverage: true,
  policy_loosen: true,
  agent_add: true,
  agent_token: true,
  rotate: true,
  promote: true,
  // Refuses what would loosen.
  policy_apply: false,
  policy_withdraw: false,
  demote: false,
  agent_revoke: false,
  halt: false,
  reduce_only: false,
  freeze: false,
  deny: false,
  flatten: false,
  reconcile: false,
  // Opens nothing: what an alert was about goes on until it is over.
  ack: false,
  alert_test: false,
  // Whoever enters by it looks and stops; whatever needs a proof needs one there too, each time.
  page: false,
  status: false,
  limits: false,
  positions: false,
  orders: false,
  account_config: false,
  account_balance: false,
  agents: false,
  approvals: false,
  alerts: false,
};

/** What a request is for, as it stands beside its proof in the journal. */
export function purposeOf(request: OperatorRequest): string {
  const { verb } = request;
  const subject =
    'approval' in request
      ? request.approval
      : 'order' in request
        ? request.order
        : 'subject' in request
          ? request.subject
          : 'agent' in request
            ? request.agent
            : '';
  const what = subject === '' && 'instrument' in request ? request.instrument : subject;
  return what === '' ? verb : `${verb} ${what}`;
}
