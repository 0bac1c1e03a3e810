import { unreachable } from '../core/lang/assert.ts';
import { type Answer, bareFailure, failure, itemsAnswer } from './answers.ts';
import { refusals } from './refusal.ts';
import type { Fault, FaultKind, State } from './state.ts';
import { type Fields, isFields, textField } from './fields.ts';

/** What the listener does with the connection. Delays count from the moment the request came. */
export type Reaction =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
      readonly delayMilliseconds: number;
    }
  | {
      readonly kind: 'truncated';
      readonly status: number;
      readonly contentType: string;
      readonly body: string;
      readonly delayMilliseconds: number;
    }
  | { readonly kind: 'hang'; readonly closeAfterMilliseconds: number }
  | { readonly kind: 'reset'; readonly delayMilliseconds: number };

export const faultKinds: readonly FaultKind[] = [
  'lost_ack',
  'late_ack',
  'reset',
  'truncated',
  'http_502',
  'code_50004',
  'code_51149',
  'reject',
  'rate_limit',
  'stale_read',
  'query_fails',
  'event_before_ack',
  'ack_before_event',
];

export function isFaultKind(text: string): text is FaultKind {
  return faultKinds.some((kind) => kind === text);
}

/** How long a connection hangs, or an answer waits, when the desk did not say. */
export const DELAY_DEFAULT = { lost_ack: 30_000, late_ack: 2_000, event_before_ack: 200, ack_before_event: 1000 } as const;

export type Caller = { readonly path: string; readonly method: string; readonly takesPost: boolean };

function isQueryFault(kind: FaultKind): boolean {
  return kind === 'stale_read' || kind === 'query_fails';
}

/** A fault on the reads meets queries under its path; any other meets its own path, as a write where the path has one. */
function meets(fault: Fault, { path, method, takesPost }: Caller): boolean {
  if (isQueryFault(fault.kind)) return method === 'GET' && (path === fault.path || path.startsWith(fault.path.replace(/\/?$/, '/')));
  const wanted = fault.method === '' ? (takesPost ? 'POST' : 'GET') : fault.method;
  return path === fault.path && method === wanted;
}

/** Takes the oldest armed fault that this request meets, and counts it down. */
export function takeFault(state: State, caller: Caller): Fault | undefined {
  const index = state.faults.findIndex((fault) => meets(fault, caller));
  const fault = state.faults[index];
  if (fault === undefined) return undefined;
  const rest = fault.left > 1 ? [{ ...fault, left: fault.left - 1 }] : [];
  state.faults = [...state.faults.slice(0, index), ...rest, ...state.faults.slice(index + 1)];
  return fault;
}

export function answerReaction({ status, body }: Answer, delayMilliseconds = 0): Reaction {
  return { kind: 'answer', status, contentType: 'application/json', body: JSON.stringify(body), delayMilliseconds };
}

export type Struck = { readonly fault: Fault; readonly path: string; readonly body: unknown; readonly now: number };

/** What the caller sees of a struck request; `executed` is the true answer when the request was carried out. */
export function reactionUnder({ fault, path, body, now }: Struck, executed: Answer | undefined): Reaction {
  const delayMilliseconds = fault.delayMilliseconds ?? 0;
  switch (fault.kind) {
    case 'lost_ack':
      return { kind: 'hang', closeAfterMilliseconds: fault.delayMilliseconds ?? DELAY_DEFAULT.lost_ack };
    case 'late_ack':
      // @rule late-not-executed
      return answerReaction(executed ?? failure(refusals.expiredInQueue()), fault.delayMilliseconds ?? DELAY_DEFAULT.late_ack);
    case 'reset':
      return { kind: 'reset', delayMilliseconds };
    case 'truncated': {
      const { status, body: whole } = executed ?? rejection({ path, body, now });
      return { kind: 'truncated', status, contentType: 'application/json', body: JSON.stringify(whole), delayMilliseconds };
    }
    case 'http_502':
      return { kind: 'answer', status: 502, contentType: 'text/html', body: badGateway, delayMilliseconds };
    case 'code_50004':
      return answerReaction(failure(unknownOutcome['50004']), delayMilliseconds);
    case 'code_51149':
      return answerReaction(failure(unknownOutcome['51149']), delayMilliseconds);
    case 'reject':
      return answerReaction(rejection({ path, body, now }), delayMilliseconds);
    case 'rate_limit':
      return answerReaction(bareFailure({ code: '50011', message: 'Too Many Requests', status: 429 }), delayMilliseconds);
    case 'query_fails':
      return answerReaction(failure(refusals.queryFailed()), delayMilliseconds);
    case 'event_before_ack':
      // @rule event-and-ack
      return answerReaction(
        executed ?? rejection({ path, body, now }),
        Math.max(1, fault.delayMilliseconds ?? DELAY_DEFAULT.event_before_ack),
      );
    case 'ack_before_event':
      return answerReaction(executed ?? rejection({ path, body, now }));
    case 'stale_read':
      return answerReaction(executed ?? rejection({ path, body, now }), delayMilliseconds);
    default:
      return unreachable(fault.kind);
  }
}

const badGateway =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n';

const unknownOutcome = {
  '50004': {
    code: '50004',
    status: 400,
    message: 'API endpoint request timeout (does not mean that the request was successful or failed, please check the request result).',
  },
  '51149': {
    code: '51149',
    status: 500,
    message: 'Order timed out. This does not mean that the order was successful or failed, please check the order.',
  },
} as const;

/** A definitive refusal in the shape of the path: item by item where the path answers so. */
export function rejection({ path, body, now }: Omit<Struck, 'fault'>): Answer {
  const ts = String(now);
  const entries = (Array.isArray(body) ? body : [body]).map((entry: unknown): Fields => (isFields(entry) ? entry : {}));
  const items = (refusal: { readonly code: string; readonly message: string; readonly subCode: string }) =>
    itemsAnswer(
      entries.map((fields) => ({
        accepted: false,
        row: {
          clOrdId: textField(fields, 'clOrdId'),
          ordId: '',
          sCode: refusal.code,
          sMsg: refusal.message,
          subCode: refusal.subCode,
          tag: '',
          ts,
        },
      })),
      now,
    );
  switch (path) {
    case '/api/v5/trade/order':
    case '/api/v5/trade/batch-orders':
      return items(refusals.insufficientBalance('USDT'));
    case '/api/v5/trade/cancel-order':
    case '/api/v5/trade/cancel-batch-orders':
      return items(refusals.cannotCancel());
    case '/api/v5/trade/amend-order':
    case '/api/v5/trade/amend-batch-orders':
      return items(refusals.cannotAmend());
    case '/api/v5/trade/order-algo':
      return algoItems(entries, refusals.tooManyAlgos());
    case '/api/v5/trade/cancel-algos':
      return algoItems(entries, refusals.cannotCancel());
    case '/api/v5/trade/amend-algos':
      return algoItems(entries, refusals.cannotAmend());
    case '/api/v5/trade/close-position':
      return failure(refusals.noPosition());
    case '/api/v5/account/set-leverage':
      return failure(refusals.leverageTooHigh());
    default:
      return failure(refusals.parameter('request'));
  }
}

function algoItems(entries: readonly Fields[], { code, message }: { readonly code: string; readonly message: string }): Answer {
  const row = (fields: Fields) => ({ algoClOrdId: textField(fields, 'algoClOrdId'), algoId: '', sCode: code, sMsg: message });
  return { status: 200, body: { code: '1', data: entries.map(row), msg: 'All operations failed' } };
}
