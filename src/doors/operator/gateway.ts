import type { Subject } from '../../core/account/freeze.ts';
import type { Json } from '../../core/lang/canonical.ts';
import type { Result } from '../../core/lang/result.ts';

/** What shows that it is the operator in person who asks. */
export type Proof = { readonly passphrase: string; readonly code: string };

/** What the commands ask of a running gateway; `main` fills it with the socket. */
export type Gateway = (request: GatewayRequest, timeoutMilliseconds: number, proof?: Proof) => Promise<Result<Json, GatewayFailure>>;

export type Looking =
  | 'status'
  | 'limits'
  | 'positions'
  | 'orders'
  | 'approvals'
  | 'alerts'
  | 'agents'
  | 'account_config'
  | 'account_balance';

export type GatewayRequest =
  | { readonly verb: 'halt'; readonly reason: string; readonly flatten: boolean }
  | { readonly verb: 'reduce_only' | 'resume' | 'rotate' | 'promote' | 'demote'; readonly reason: string }
  | { readonly verb: 'approve' | 'deny'; readonly approval: string; readonly reason: string }
  | { readonly verb: 'freeze' | 'unfreeze'; readonly subject: Subject; readonly reason: string }
  | { readonly verb: 'ack'; readonly alert: string; readonly reason: string }
  | { readonly verb: 'adopt'; readonly reason: string }
  | { readonly verb: 'set_leverage'; readonly instrument: string; readonly leverage: string; readonly reason: string }
  | { readonly verb: 'agent_add' | 'agent_token' | 'agent_revoke'; readonly agent: string; readonly reason: string }
  | { readonly verb: 'alert_test' }
  | { readonly verb: 'policy_apply' | 'policy_loosen'; readonly digest: string; readonly reason: string }
  | { readonly verb: 'policy_withdraw'; readonly reason: string }
  | { readonly verb: 'flatten'; readonly instrument: string; readonly reason: string }
  | { readonly verb: 'resolve'; readonly order: string; readonly reason: string }
  | { readonly verb: 'page' }
  | { readonly verb: 'reconcile' | Looking };

export type GatewayFailure =
  /** Certainly nobody was asked. */
  | { readonly kind: 'not_running'; readonly message: string }
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }
  /** It was asked, or may have been, and no answer came. */
  | { readonly kind: 'unanswered'; readonly message: string };

/** What the commands ask where no gateway runs, or where it need not be bothered: a process that only reads. */
export type Reader = (question: Looking | 'fills' | 'stage' | 'facts' | 'facts_without_keys') => Promise<Result<Json>>;
