import { err, ok, type Result } from '../../core/lang/result.ts';
import type { SignedRequest } from '../../ports/exchange.ts';

const headerName = /^[A-Za-z0-9-]{1,64}$/;
const headerValue = /^[\x21-\x7e](?:[\x20-\x7e]{0,4094}[\x21-\x7e])?$/;
const target = /^\/[\x21-\x7e]{0,8190}$/;
/** What says where a request ends is ours to write; a second one would let one request pose as two. */
const ours = new Set(['host', 'content-length', 'transfer-encoding', 'connection', 'expect', 'upgrade', 'te', 'trailer']);

/** The bytes of a request, head and body in one text, or why they cannot be written. Names the header, never its value. */
export function requestBytes(request: SignedRequest, host: string): Result<string> {
  if (!target.test(request.path)) return err('a path that cannot be sent');
  if (request.method === 'GET' && request.body !== '') return err('a GET with a body');
  if (!request.body.isWellFormed()) return err('a body that is not well-formed');
  let head = `${request.method} ${request.path} HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: twokey\r\nAccept: application/json\r\n`;
  for (const [name, value] of Object.entries(request.headers)) {
    if (!headerName.test(name) || ours.has(name.toLowerCase())) return err('a header that cannot be sent');
    if (!headerValue.test(value)) return err(`a value of the header ${name} that cannot be sent`);
    head += `${name}: ${value}\r\n`;
  }
  if (request.method === 'POST') head += `Content-Length: ${Buffer.byteLength(request.body)}\r\n`;
  return ok(`${head}\r\n${request.body}`);
}
