import { createConnection } from 'node:net';
import { join } from 'node:path';
import { type Json, parseJson } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { isPlain, LINE_BYTES_MAX, type OperatorFailure, type OperatorRequest, type Proof } from './protocol.ts';
import { readOperatorToken } from './token.ts';

export type CallFailure =
  /** Certainly nobody was asked: no gateway listens on this home. */
  | { readonly kind: 'not_running'; readonly message: string }
  /** The gateway answered no. */
  | ({ readonly kind: 'refused' } & OperatorFailure)
  /** It was asked, or may have been, and no answer came. */
  | { readonly kind: 'unanswered'; readonly message: string };

export type OperatorAsking = {
  readonly home: string;
  readonly request: OperatorRequest;
  readonly proof?: Proof | undefined;
  readonly timeoutMilliseconds: number;
};

/** Where the gateway of a home listens for its operator. */
export function operatorSocketPath(home: string): string {
  return join(home, 'run', 'operator.sock');
}

/** Asks the running gateway once. Stopping is asked for without a token where the token cannot be read. */
export async function callOperator({ home, request, proof, timeoutMilliseconds }: OperatorAsking): Promise<Result<Json, CallFailure>> {
  const token = readOperatorToken(home);
  const { verb, ...given } = request;
  const line = `${JSON.stringify({ id: 1, ...(token.ok ? { token: token.value } : {}), verb, arguments: given, proof })}\n`;
  const answer = await exchangeLines({ path: operatorSocketPath(home), line, timeoutMilliseconds });
  if (!answer.ok) return answer;
  const read = readAnswer(answer.value);
  // Who cannot read the token is told so, which is more use than that a token was missing.
  if (!read.ok && read.error.kind === 'refused' && read.error.code === 'NOT_ALLOWED' && !token.ok) {
    return err({ ...read.error, message: token.error });
  }
  return read;
}

type Lines = { readonly path: string; readonly line: string; readonly timeoutMilliseconds: number };

function exchangeLines({ path, line, timeoutMilliseconds }: Lines): Promise<Result<string, CallFailure>> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    let connected = false;
    let text = '';
    const settle = (result: Result<string, CallFailure>): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    const timer = setTimeout(
      () => settle(unanswered(`the gateway did not answer within ${timeoutMilliseconds / 1000} s`)),
      timeoutMilliseconds,
    );
    socket.setEncoding('utf8');
    socket.once('connect', () => {
      connected = true;
      socket.write(line);
    });
    socket.on('data', (piece: string) => {
      text += piece;
      const end = text.indexOf('\n');
      if (end >= 0) settle(ok(text.slice(0, end)));
      else if (text.length > LINE_BYTES_MAX) settle(unanswered('the gateway answered more than any document of it has'));
    });
    socket.once('error', (error) => settle(connected ? unanswered('the connection to the gateway broke') : notRunning(path, error)));
    socket.once('close', () => settle(unanswered('the gateway closed the connection without an answer')));
  });
}

function notRunning(path: string, error: Error): Result<string, CallFailure> {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'failed';
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return err({ kind: 'not_running', message: 'no gateway runs on this home' });
  return err({ kind: 'not_running', message: `the gateway cannot be reached at ${path} (${code})` });
}

function unanswered(message: string): Result<never, CallFailure> {
  return err({ kind: 'unanswered', message });
}

function readAnswer(line: string): Result<Json, CallFailure> {
  const parsed = parseJson(line, { charactersMax: LINE_BYTES_MAX, depthMax: 64 });
  if (!parsed.ok || !isPlain(parsed.value)) return unanswered('the gateway answered something that is no answer');
  const { ok: fine, result, code, message } = parsed.value;
  if (fine === true && result !== undefined) return ok(result);
  if (fine !== false || typeof code !== 'string' || typeof message !== 'string')
    return unanswered('the gateway answered something that is no answer');
  return err({ kind: 'refused', code, message });
}
