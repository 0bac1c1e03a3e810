import type { Json } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { parseSubject, type Subject } from '../../core/account/freeze.ts';
import { unreachable } from '../../core/lang/assert.ts';
import { parseInstrumentId } from '../../core/market/instrument.ts';
import { isReason } from '../../core/order/bounds.ts';
import { parsePrincipal } from '../../core/order/parse-intent.ts';

/** What the operator may ask of a running gateway (docs/formats/operator-socket.md). */
export type OperatorRequest =
  | { readonly verb: 'halt'; readonly reason: string; readonly flatten: boolean }
  | { readonly verb: 'reduce_only'; readonly reason: string }
  | { readonly verb: 'resume'; readonly reason: string }
  | { readonly verb: 'freeze' | 'unfreeze'; readonly subject: Subject; readonly reason: string }
  | { readonly verb: 'flatten'; readonly instrument: string; readonly reason: string }
  /** A person's word that an order is not at the exchange; `order` is its client order id. */
  | { readonly verb: 'resolve'; readonly order: string; readonly reason: string }
  | { readonly verb: 'reconcile' }
  /** A person accepts what the exchange says; a reason is needed. */
  | { readonly verb: 'adopt'; readonly reason: string }
  /** A person's answer to an order that waits; `approval` is what they typed. */
  | { readonly verb: 'approve' | 'deny'; readonly approval: string; readonly reason: string }
  /** A person has seen an alert, or all of them; `alert` is what they typed. */
  | { readonly verb: 'ack'; readonly alert: string; readonly reason: string }
  /** `leverage` is a plain decimal with at most two digits after the point. */
  | { readonly verb: 'set_leverage'; readonly instrument: string; readonly leverage: string; readonly reason: string }
  /** Who may ask at all; the answer to the first two has the token, once. */
  | { readonly verb: 'agent_add' | 'agent_token' | 'agent_revoke'; readonly agent: string; readonly reason: string }
  /** The keys that their source holds now take the place of those that sign. */
  | { readonly verb: 'rotate'; readonly reason: string }
  /** One rung up or down the roll-out. */
  | { readonly verb: 'promote'; readonly reason: string }
  | { readonly verb: 'demote'; readonly reason: string }
  | { readonly verb: 'alert_test' }
  /** A code by which a browser enters the operator's page, once. */
  | { readonly verb: 'page' }
  /** The twokey.toml of this digest is to hold: as far as it tightens, or whole. */
  | { readonly verb: 'policy_apply' | 'policy_loosen'; readonly digest: string; readonly reason: string }
  | { readonly verb: 'policy_withdraw'; readonly reason: string }
  | { readonly verb: (typeof looking)[number] };

export const looking = [
  'status',
  'limits',
  'positions',
  'orders',
  'account_config',
  'account_balance',
  'agents',
  'approvals',
  'alerts',
] as const;

/** What a person types beside a command. It goes to the vault and nowhere else: not into the journal, no log and no error. */
export type Proof = { readonly passphrase: string; readonly code: string };

/** One line of the socket, read but not yet allowed. */
export type OperatorCall = {
  readonly id: number;
  readonly token: string;
  readonly request: OperatorRequest;
  /** What is to prove that it is the operator in person. */
  readonly proof: Proof | null;
};

/** What comes back; `code` is one of docs/formats/codes.md. */
export type OperatorFailure = { readonly code: string; readonly message: string };

/** Longest line in either direction: far above any document of ours, far below what would hurt. */
export const LINE_BYTES_MAX = 4 * 1024 * 1024;
/** Longest request: a reason and a token. */
export const REQUEST_BYTES_MAX = 16 * 1024;

/** Stopping is open to whoever can reach the socket; everything else is the operator's alone (DESIGN §2). Flattening sends orders. */
export function needsToken(request: OperatorRequest): boolean {
  return request.verb === 'halt' ? request.flatten : request.verb !== 'reduce_only';
}

/** Reads a request strictly: no unknown verb, no unknown argument, nothing repaired. */
export function parseOperatorCall(value: unknown): Result<OperatorCall> {
  if (!isPlain(value) || !hasOnly(value, ['id', 'token', 'verb', 'arguments', 'proof']))
    return err('expected an object with id, token, verb and arguments, and proof where it takes one');
  const { id, token, verb } = value;
  if (typeof id !== 'number' || !Number.isSafeInteger(id) || id < 0) return err('expected id as a whole number');
  if (token !== undefined && typeof token !== 'string') return err('expected token as a text');
  if (typeof verb !== 'string') return err('expected verb as a text');
  const given = value['arguments'] ?? {};
  if (!isPlain(given)) return err('expected arguments as an object');
  const request = parseRequest(verb, given);
  if (!request.ok) return request;
  const proof = parseProof(value['proof']);
  return proof.ok ? ok({ id, token: token ?? '', request: request.value, proof: proof.value }) : proof;
}

function parseRequest(verb: string, given: Plain): Result<OperatorRequest> {
  const question = looking.find((each) => each === verb);
  if (question !== undefined || verb === 'reconcile' || verb === 'alert_test' || verb === 'page') {
    if (!hasOnly(given, [])) return err('expected no arguments');
    return ok({ verb: question ?? (verb === 'alert_test' || verb === 'page' ? verb : 'reconcile') });
  }
  if (verb === 'approve' || verb === 'deny') return parseAnswer(verb, given);
  if (verb === 'ack') return parseAcknowledgement(given);
  if (verb === 'adopt') return parseAdoption(given);
  if (verb === 'set_leverage') return parseLeverage(given);
  const own = Object.hasOwn(ownArguments, verb) ? ownArguments[verb as keyof typeof ownArguments] : undefined;
  if (own === undefined) return err('expected a verb of the operator');
  if (!hasOnly(given, ['reason', own])) return err('expected no argument but those of the verb');
  const { reason } = given;
  if (typeof reason !== 'string' || !isReason(reason)) return err(expectedReason);
  return parseReasoned(verb as keyof typeof ownArguments, given, reason);
}

/** What each verb takes beside its reason. */
const ownArguments = {
  halt: 'flatten',
  reduce_only: 'reason',
  resume: 'reason',
  rotate: 'reason',
  promote: 'reason',
  demote: 'reason',
  freeze: 'subject',
  unfreeze: 'subject',
  flatten: 'instrument',
  resolve: 'order',
  policy_apply: 'digest',
  policy_loosen: 'digest',
  policy_withdraw: 'reason',
  agent_add: 'agent',
  agent_token: 'agent',
  agent_revoke: 'agent',
} as const;

function parseReasoned(verb: keyof typeof ownArguments, given: Plain, reason: string): Result<OperatorRequest> {
  switch (verb) {
    case 'halt': {
      const { flatten = false } = given;
      return typeof flatten === 'boolean' ? ok({ verb, reason, flatten }) : err('expected flatten as true or false');
    }
    case 'reduce_only':
    case 'resume':
    case 'policy_withdraw':
    case 'rotate':
    case 'promote':
    case 'demote':
      return ok({ verb, reason });
    case 'policy_apply':
    case 'policy_loosen': {
      const { digest } = given;
      if (typeof digest !== 'string' || !/^[0-9a-f]{64}$/.test(digest)) return err('expected digest as 64 hexadecimal digits');
      return ok({ verb, digest, reason });
    }
    case 'freeze':
    case 'unfreeze': {
      const subject = parseSubject(given['subject']);
      return subject.ok ? ok({ verb, subject: subject.value, reason }) : subject;
    }
    case 'agent_add':
    case 'agent_token':
    case 'agent_revoke': {
      const agent = parsePrincipal(given['agent']);
      return agent.ok ? ok({ verb, agent: agent.value, reason }) : err(`expected agent: ${agent.error}`);
    }
    case 'flatten': {
      const instrument = parseInstrumentId(given['instrument']);
      return instrument.ok ? ok({ verb, instrument: instrument.value, reason }) : instrument;
    }
    case 'resolve': {
      const { order } = given;
      if (typeof order !== 'string' || !/^[A-Za-z0-9]{1,32}$/.test(order)) return err('expected order as the id that twokey orders shows');
      return ok({ verb, order, reason });
    }
    default:
      return unreachable(verb);
  }
}

function parseAnswer(verb: 'approve' | 'deny', given: Plain): Result<OperatorRequest> {
  if (!hasOnly(given, ['approval', 'reason'])) return err('expected no argument but those of the verb');
  const { approval, reason } = given;
  if (typeof approval !== 'string' || !/^[0-9a-z]{1,16}$/.test(approval))
    return err('expected approval as 1 to 16 of 0-9 a-z, as twokey approvals shows it');
  if (typeof reason !== 'string' || !isReason(reason)) return err(expectedReason);
  return ok({ verb, approval, reason });
}

function parseAcknowledgement(given: Plain): Result<OperatorRequest> {
  if (!hasOnly(given, ['alert', 'reason'])) return err('expected no argument but those of the verb');
  const { alert, reason } = given;
  if (typeof alert !== 'string' || !/^[0-9a-z]{1,16}$/.test(alert))
    return err('expected alert as 1 to 16 of 0-9 a-z, as twokey alerts shows it, or all');
  if (typeof reason !== 'string' || !isReason(reason)) return err(expectedReason);
  return ok({ verb: 'ack', alert, reason });
}

function parseAdoption(given: Plain): Result<OperatorRequest> {
  if (!hasOnly(given, ['reason'])) return err('expected no argument but those of the verb');
  const { reason } = given;
  if (typeof reason !== 'string' || reason === '' || !isReason(reason)) return err(`${expectedReason}, and not empty`);
  return ok({ verb: 'adopt', reason });
}

function parseLeverage(given: Plain): Result<OperatorRequest> {
  if (!hasOnly(given, ['instrument', 'leverage', 'reason'])) return err('expected no argument but those of the verb');
  const { leverage, reason } = given;
  const instrument = parseInstrumentId(given['instrument']);
  if (!instrument.ok) return instrument;
  if (typeof leverage !== 'string' || !/^(?:0|[1-9][0-9]{0,3})(?:[.][0-9]{1,2})?$/.test(leverage))
    return err('expected leverage as a number with at most two digits after the point, in quotes');
  if (typeof reason !== 'string' || !isReason(reason)) return err(expectedReason);
  return ok({ verb: 'set_leverage', instrument: instrument.value, leverage, reason });
}

const PASSPHRASE_CHARACTERS_MAX = 1024;

/** Reads a proof; `null` where there is none. */
function parseProof(value: unknown): Result<Proof | null> {
  if (value === undefined) return ok(null);
  if (!isPlain(value) || Object.keys(value).length !== 2) return err('expected proof as an object with passphrase and code');
  const { passphrase, code } = value;
  if (typeof passphrase !== 'string' || passphrase.length > PASSPHRASE_CHARACTERS_MAX)
    return err(`expected passphrase as a text of at most ${PASSPHRASE_CHARACTERS_MAX} characters`);
  if (typeof code !== 'string' || !/^[0-9]{6}$/.test(code)) return err('expected code as six digits in quotes');
  return ok({ passphrase, code });
}

const expectedReason = 'expected reason as one line of text without control characters, at most 2048 bytes';

/** The answer to a call, as it is written on the socket. */
export function answerLine(id: number, result: Result<Json, OperatorFailure>): string {
  return `${JSON.stringify(result.ok ? { id, ok: true, result: result.value } : { id, ok: false, ...result.error })}\n`;
}

export type Plain = { readonly [key: string]: unknown };

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasOnly(value: Plain, keys: readonly string[]): boolean {
  return Object.keys(value).every((key) => keys.includes(key));
}
