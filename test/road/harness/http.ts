import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** Whatever speaks HTTP on a port of this machine. */
export type Listening = { readonly port: number };

export type Answered = { readonly status: number; readonly body: string; readonly headers: Readonly<Record<string, unknown>> };
/** What is left out is a harmless question with no token. */
export type Asked = {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
};

export const ping = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
export const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

/** One request over a connection of its own, with every header as it says. */
export function ask({ port }: Listening, { method = 'POST', path = '/mcp', headers = {}, body = ping }: Asked = {}): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host: '127.0.0.1', port, method, path, headers: { ...json, ...headers }, agent: false }, (response) => {
      void text(response).then((said) => resolve({ status: response.statusCode ?? 0, body: said, headers: response.headers }), reject);
    });
    sent.on('error', reject);
    sent.end(method === 'POST' ? body : undefined);
  });
}

/** What is said to these bytes until the connection ends. */
export function raw({ port }: Listening, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect({ host: '127.0.0.1', port });
    socket.setEncoding('utf8').on('data', (piece: string) => (said += piece));
    socket.on('error', () => {});
    socket.on('close', () => resolve(said));
    socket.write(bytes);
  });
}
