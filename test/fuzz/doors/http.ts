import type { Json } from '../../../src/core/lang/canonical.ts';
import fc from 'fast-check';
import { bytesLike } from '../bytes.ts';
import { type Door, doorOf, type Fate, holds } from '../door.ts';
import { changedJson, jsonEdits } from '../json.ts';
import { showWire, type Wire, wires } from '../line.ts';
import { messages, verbs } from '../samples.ts';
import { AllWays, type FuzzedWays, tokens } from '../ways.ts';

// Requests to the HTTP door as bytes on its port. `PORT`, `COOKIE` and `KEY` stand for what is known only when it is open.

type Head = { readonly method?: string; readonly path: string; readonly headers?: readonly string[] };

function request({ method = 'POST', path, headers = [] }: Head, body: string): Buffer {
  const length = method === 'POST' ? [`Content-Length: ${Buffer.byteLength(body)}`] : [];
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: localhost:PORT', 'Connection: close', ...headers, ...length];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

const json = 'Content-Type: application/json';
const mcp: Head = {
  path: '/mcp',
  headers: [json, 'Accept: application/json, text/event-stream', `Authorization: Bearer ${tokens.default}`],
};
const ask: Head = { path: '/ask', headers: [json, 'Origin: http://localhost:PORT', 'Cookie: twokey=COOKIE', 'X-Twokey-Key: KEY'] };

const wishes: readonly Json[] = [
  ...['leave', 'welcome', 'log', 'challenge'].map((word) => ({ ask: word })),
  { ask: 'enter', code: 'aaaa-aaaa-aaaa-aaaa' },
  { ask: 'enter', nonce: 'n', assertion: { id: 'aaaa', authenticatorData: 'AAAA', clientData: 'AAAA', signature: 'AAAA' } },
  { ask: 'do', verb: 'approve', arguments: { approval: 'a1', reason: '' }, proof: { passphrase: 'p', code: '123456' } },
  ...verbs.map((each) => ({ ask: 'do', ...each })),
];

const words =
  'GET POST PUT OPTIONS HTTP/1.0 HTTP/2.0 Content-Length: Transfer-Encoding:chunked Host: Origin:null Expect:100-continue Upgrade:websocket Cookie: /mcp /ask /healthz / %2e%2e'.split(
    ' ',
  );

function inputs(head: Head, documents: readonly Json[], others: readonly Buffer[]): fc.Arbitrary<Wire> {
  const bodies = fc.tuple(fc.constantFrom(...documents), jsonEdits).map(([document, edits]) => request(head, changedJson(document, edits)));
  const samples = [...documents.map((document) => request(head, JSON.stringify(document))), ...others];
  return wires(fc.oneof(bodies, bytesLike(samples, words)));
}

const looks = ['/', '/page.js', '/page.css', '/healthz', '/mcp', '/nothing'].map((path) => request({ method: 'GET', path }, ''));
const chunked = Buffer.from(
  `${request({ ...mcp, method: 'PATCH' }, '')
    .toString()
    .replace('PATCH', 'POST')
    .replace('\r\n\r\n', '\r\nTransfer-Encoding: chunked\r\n\r\n')}2\r\n{}\r\n0\r\n\r\n`,
);

const overMcp = inputs(mcp, messages, [chunked, ...looks]);
const overPage = inputs(ask, wishes, looks);
/** The same for a port behind which nobody knows these tokens. */
export const httpInputs: fc.Arbitrary<Wire> = fc.oneof(overMcp, overPage);

/** MCP over HTTP, and everything else that anybody may ask of the port. */
export const mcpHttp = overHttp({ name: 'mcp-http', inputs: overMcp });
/** The operator's page, from inside a session. */
export const page = overHttp({ name: 'page', inputs: overPage });

const SERVED_EVERY = 25;

function overHttp({ name, inputs: given }: { readonly name: string; readonly inputs: fc.Arbitrary<Wire> }): Door {
  return doorOf<Wire>({
    name,
    inputs: given,
    round: 150,
    few: 80,
    show: showWire,
    open: () => {
      const all = new AllWays();
      let thrown = 0;
      const session = { cookie: '', key: '' };
      const begin = async (ways: FuzzedWays): Promise<void> => {
        const entrance = request(
          { path: '/ask', headers: [json, 'Origin: http://localhost:PORT'] },
          JSON.stringify({ ask: 'enter', code: ways.page.drawCode().code }),
        );
        const { text } = await ways.ask({ port: ways.port }, filled(entrance, ways, session));
        session.cookie = /twokey=([\w-]+)/.exec(text)?.[1] ?? '';
        session.key = /"key":"([\w-]+)"/.exec(text)?.[1] ?? '';
        holds(session.key !== '', `the page was not entered: ${text}`);
      };
      return Promise.resolve({
        throwAt: async (wire) => {
          const ways = await all.fresh(begin);
          const { text } = await ways.say({ port: ways.port }, { ...wire, bytes: filled(wire.bytes, ways, session) });
          await ways.judge();
          thrown += 1;
          if (thrown % SERVED_EVERY === 0) await served(ways);
          return fateOf(text);
        },
        [Symbol.asyncDispose]: () => all.close(),
      });
    },
  });
}

/** A request that says its own length says it of what it becomes; what was broken stays broken. */
function filled(bytes: Buffer, { port }: FuzzedWays, { cookie, key }: { readonly cookie: string; readonly key: string }): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll('PORT', String(port)).replace('COOKIE', cookie).replace('KEY', key), 'latin1');
}

function fateOf(text: string): Fate {
  if (text === '') return 'closed';
  const status = /^HTTP\/1\.1 ([1-5][0-9]{2}) /.exec(text)?.[1];
  holds(status !== undefined, `an answer that is none: ${text.slice(0, 200)}`);
  holds(!text.includes('    at '), `a stack is told: ${text}`);
  return Number(status) < 300 ? 'accepted' : 'refused';
}

async function served(ways: FuzzedWays): Promise<void> {
  const head = { ...mcp, headers: [json, 'Accept: application/json, text/event-stream', `Authorization: Bearer ${tokens.honest}`] };
  const honest = request(head, '{"jsonrpc":"2.0","id":"honest","method":"tools/list","params":{}}');
  const { text } = await ways.ask({ port: ways.port }, filled(honest, ways, { cookie: '', key: '' }));
  holds(text.includes('place_order'), `an honest agent was told: ${text.slice(0, 300)}`);
  await ways.gateway.serves();
  ways.gateway.judge();
}
