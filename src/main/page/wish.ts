import { isPlain, type OperatorRequest, parseOperatorCall, type Plain, type Proof } from '../../adapters/operator/protocol.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { Assertion } from '../../core/page/challenge.ts';

/** What a device has signed, and which of our challenges it was. */
export type Signed = { readonly nonce: string; readonly assertion: Assertion };

/** What the page may ask for. */
export type Wish =
  | { readonly kind: 'enter_code'; readonly code: string }
  | { readonly kind: 'enter_passkey'; readonly signed: Signed }
  | { readonly kind: 'leave' | 'welcome' | 'log' }
  /** Something to sign: a deed, or for `null` the entrance. */
  | { readonly kind: 'challenge'; readonly request: OperatorRequest | null }
  | { readonly kind: 'do'; readonly request: OperatorRequest; readonly proof: Proof | null; readonly signed: Signed | null };

/** What the page may do, and with what: a list of its own, so that a new verb of the operator's socket is not on the page before somebody has put it here. */
const verbs: { readonly [Verb in OperatorRequest['verb']]?: 'session' | 'proof' } = {
  status: 'session',
  limits: 'session',
  positions: 'session',
  orders: 'session',
  approvals: 'session',
  alerts: 'session',
  agents: 'session',
  halt: 'session',
  reduce_only: 'session',
  freeze: 'session',
  deny: 'session',
  ack: 'session',
  approve: 'proof',
  resume: 'proof',
};

/** What a request of the page has to come with; `null` for what the page does not do. */
export function pageNeeds(request: OperatorRequest): 'session' | 'proof' | null {
  // Flattening sends orders.
  if (request.verb === 'halt' && request.flatten) return null;
  return verbs[request.verb] ?? null;
}

/** Reads a wish strictly. The doors, which passed it on, may be somebody else's. */
export function parseWish(value: unknown): Result<Wish> {
  if (!isPlain(value)) return err('expected an object');
  const { ask, ...given } = value;
  switch (ask) {
    case 'enter':
      return 'code' in given ? parseCode(given) : readSigned(given, (signed) => ({ kind: 'enter_passkey', signed }));
    case 'leave':
    case 'welcome':
    case 'log':
      return Object.keys(given).length === 0 ? ok({ kind: ask }) : err('expected nothing else');
    case 'challenge':
      return Object.keys(given).length === 0
        ? ok({ kind: 'challenge', request: null })
        : readRequest(given, ({ request }) => ok({ kind: 'challenge', request }));
    case 'do': {
      const { signed, ...call } = given;
      return readRequest(call, ({ request, proof }) =>
        signed === undefined
          ? ok({ kind: 'do', request, proof, signed: null })
          : readSigned(signed, (read) => ({ kind: 'do', request, proof, signed: read })),
      );
    }
    default:
      return err('expected ask as enter, leave, welcome, log, challenge or do');
  }
}

function parseCode({ code, ...more }: Plain): Result<Wish> {
  return typeof code === 'string' && code.length <= 64 && Object.keys(more).length === 0
    ? ok({ kind: 'enter_code', code })
    : err('expected code as a text');
}

type Called = { readonly request: OperatorRequest; readonly proof: Proof | null };

function readRequest(given: Plain, then: (called: Called) => Result<Wish>): Result<Wish> {
  if ('id' in given || 'token' in given) return err('expected verb and arguments');
  const call = parseOperatorCall({ id: 0, ...given });
  return call.ok ? then(call.value) : call;
}

function readSigned(given: unknown, then: (signed: Signed) => Wish): Result<Wish> {
  const expected = err('expected nonce and assertion as texts in base64url');
  if (!isPlain(given) || Object.keys(given).length !== 2) return expected;
  const { nonce, assertion } = given;
  if (!isToken(nonce) || !isPlain(assertion) || Object.keys(assertion).length !== 4) return expected;
  const { id, authenticatorData, clientData, signature } = assertion;
  if (!isToken(id) || !isToken(authenticatorData) || !isToken(clientData) || !isToken(signature)) return expected;
  return ok(then({ nonce, assertion: { id, authenticatorData, clientData, signature } }));
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{1,8192}$/.test(value);
}
