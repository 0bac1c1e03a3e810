import type { IncomingMessage } from 'node:http';
import { err, ok, type Result } from '../../core/lang/result.ts';
import { messageBytesMax } from '../mcp/message-bytes.ts';
import type { Refusal } from './refusal.ts';

/** What came with a request. `parsed` is `undefined` where nothing came. */
export type Body = { readonly bytes: Buffer; readonly parsed: unknown };

/**
 * One JSON value of at most as many bytes as a line of a socket may have. Lists are refused: a batch would be many calls that count as one, and no
 * revision that is still spoken needs it.
 */
export async function readBody(request: IncomingMessage): Promise<Result<Body, Refusal>> {
  if (request.method !== 'POST') return ok({ bytes: Buffer.alloc(0), parsed: undefined });
  const [type = ''] = (request.headers['content-type'] ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json')
    return err({ status: 415, code: 'SCHEMA', message: 'expected Content-Type: application/json', closes: true });
  if (Number(request.headers['content-length'] ?? 0) > messageBytesMax) return tooLong;
  const bytes = await bounded(request);
  if (bytes === undefined) return tooLong;
  try {
    const parsed: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return Array.isArray(parsed)
      ? err({ ...malformed, message: 'expected one JSON-RPC message, and no list of them' })
      : ok({ bytes, parsed });
  } catch {
    return err(malformed);
  }
}

const tooLong: Result<never, Refusal> = err({
  status: 413,
  code: 'SCHEMA',
  message: `expected a body of at most ${messageBytesMax} bytes`,
  // The rest of it is on its way, and nobody wants it.
  closes: true,
});

const malformed: Refusal = { status: 400, code: 'SCHEMA', message: 'expected one JSON-RPC message', closes: false };

/** Everything, or `undefined` as soon as it is too much. A client that goes away in between ends it with what came. */
function bounded(request: IncomingMessage): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length > messageBytesMax) {
        request.pause();
        return resolve(undefined);
      }
      chunks.push(chunk);
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('close', () => resolve(Buffer.concat(chunks)));
  });
}
