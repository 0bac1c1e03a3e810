import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { eventually, pause } from '../road/harness/eventually.ts';
import { ask, bearer, ping, raw } from '../road/harness/http.ts';
import type { Attack } from './attack.ts';
import { agentOf, calling, doorsOf, succeeded, tokens } from './grounds.ts';

const webbed = {
  adversary: 'whoever finds a port, or a web page in a browser',
  asset: 'the limits and the mode',
  modes: 'one user',
} as const;
const admission = 'src/doors/http/admission.ts';
const listener = 'src/doors/http/listener.ts';
const withoutHaste = [
  { file: listener, from: 'headersTimeout: HEADERS_MILLISECONDS_MAX,', to: 'headersTimeout: 0,' },
  { file: listener, from: 'requestTimeout: REQUEST_MILLISECONDS_MAX,', to: 'requestTimeout: 0,' },
];

/** What comes over HTTP, from whoever finds the port. Every attack asks a question or calls a tool, and looks whether the gateway heard of it. */
export const httpAttacks: readonly Attack[] = [
  {
    ...webbed,
    name: 'has the name of its own web page lead to this machine (DNS rebinding)',
    control: 'the door answers to its own names alone',
    plant: {
      file: admission,
      from: "return host?.length === 1 && hosts.has((host[0] ?? '').toLowerCase());",
      to: 'return host !== undefined || hosts.size > 0;',
    },
    attempt: async (target) => {
      await using doors = await doorsOf(target);
      const headers = { host: `rebound.example:${doors.port}`, ...bearer(tokens.one) };
      const { status } = await ask(doors, { headers, body: calling('get_limits', {}) });
      return succeeded(doors.calls.length > 0, `HTTP ${status}; ${doors.calls.length} calls reached the gateway`);
    },
  },
  {
    ...webbed,
    name: 'asks from a web page of another origin, with a token that it found',
    control: 'no web page is answered that the owner did not name',
    plant: { file: admission, from: "!(origin.length === 1 && origins.has(origin[0] ?? ''))", to: 'origins.has(String(origin))' },
    attempt: async (target) => {
      await using doors = await doorsOf(target);
      const headers = { origin: 'https://evil.example', ...bearer(tokens.one) };
      const { status } = await ask(doors, { headers, body: calling('get_limits', {}) });
      return succeeded(doors.calls.length > 0, `HTTP ${status}; ${doors.calls.length} calls reached the gateway`);
    },
  },
  {
    ...webbed,
    name: 'asks without a token',
    control: 'a token for all but /healthz',
    plant: [
      {
        file: admission,
        from: 'return principal === undefined ? null : { principal, tokenHash };\n}',
        to: "return { principal: principal ?? [...agents.values()][0] ?? '', tokenHash };\n}",
      },
      {
        file: listener,
        from: 'if (this.#guests.agents.get(guest.tokenHash) !== guest.principal) return refuse(response, unknownGuest);',
        to: '',
      },
    ],
    attempt: async (target) => {
      await using doors = await doorsOf(target);
      const { status } = await ask(doors, { headers: bearer(`twokey_${'9'.repeat(43)}`), body: calling('get_limits', {}) });
      const none = await ask(doors, { body: calling('get_limits', {}) });
      return succeeded(
        doors.calls.length > 0,
        `HTTP ${status} with a made-up token, ${none.status} with none; ${doors.calls.length} calls`,
      );
    },
  },
  {
    ...webbed,
    name: 'names another agent in headers, in the call and beside its arguments',
    adversary: 'one agent against another',
    asset: "another agent's orders",
    control: 'who asks is the token and nothing that a request says',
    plant: {
      file: listener,
      from: 'await this.#handlers.answer(guest.principal, {',
      to: "await this.#handlers.answer(String(request.headers['x-agent'] ?? guest.principal), {",
    },
    attempt: async (target) => {
      await using doors = await doorsOf(target);
      const said = { principal: 'two', agent: 'two', _meta: { principal: 'two', agent: 'two' } };
      await ask(doors, {
        headers: { 'x-agent': 'two', 'x-forwarded-user': 'two', ...bearer(tokens.one) },
        body: calling('get_portfolio', {}, said),
      });
      const asked = doors.calls.map(({ principal }) => principal);
      return succeeded(asked.includes('two'), `agent one asked; the gateway heard ${asked.join(', ')}`);
    },
  },
  {
    ...webbed,
    name: 'goes on with a token that was revoked, over a connection that stands',
    adversary: 'whoever finds a token of an agent, or had one',
    control: 'a token ends with every connection that it opened',
    plant: [
      { file: listener, from: 'this.#connections.keep({ has: (holder) => holder === PAGE || known.has(holder) });', to: '' },
      { file: listener, from: '    this.#handlers.keep(names);\n', to: '' },
    ],
    attempt: async (target) => {
      await using doors = await doorsOf(target);
      const respond = doors.respond;
      doors.respond = () => {};
      const answer = ask(doors, { headers: bearer(tokens.one), body: calling('get_portfolio', {}) }).then(
        ({ status }) => `it was answered with HTTP ${status}`,
        () => 'its connection was ended',
      );
      await eventually('the call waits', () => doors.calls.length === 1);
      doors.setAgents([agentOf('two')]);
      await pause(500);
      for (const call of doors.calls) respond(call);
      const saw = await answer;
      return succeeded(saw.includes('200'), saw);
    },
  },
  {
    ...webbed,
    name: "asks the operator's page from another page in the operator's browser (CSRF)",
    adversary: "a web page, at the operator's page",
    control: 'the page is asked from itself alone',
    plant: { file: admission, from: '  return isOwn && isSame\n', to: '  return isOwn || isSame\n' },
    attempt: async (target) => {
      await using doors = await doorsOf(target);
      const body = JSON.stringify({ ask: 'do', verb: 'halt', arguments: { reason: 'from elsewhere' } });
      const { status } = await ask(doors, { path: '/ask', headers: { origin: 'https://evil.example' }, body });
      return succeeded(doors.wishes.length > 0, `HTTP ${status}; ${doors.wishes.length} wishes reached the gateway`);
    },
  },
  {
    ...webbed,
    name: 'sends a body without end',
    asset: 'the way out',
    control: 'a body is read as far as a call may be long',
    plant: { file: 'src/doors/http/body.ts', from: 'if (length > messageBytesMax) {', to: 'if (length > 1e9) {' },
    attempt: async (target) => {
      await using doors = await doorsOf(target);
      const megabytes = 24;
      const head = `POST /mcp HTTP/1.1\r\nHost: localhost:${doors.port}\r\nAuthorization: Bearer ${tokens.one}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n`;
      const said = await raw(doors, `${head}${`f4240\r\n${'x'.repeat(1e6)}\r\n`.repeat(megabytes)}0\r\n\r\n`);
      const status = /^HTTP\/1\.1 (\d+)/.exec(said)?.[1] ?? 'nothing';
      return succeeded(status !== '413' && status !== 'nothing', `after at most ${megabytes} MB it answered ${status}`);
    },
  },
  {
    ...webbed,
    name: 'says its headers a byte at a time, and holds its place (slowloris)',
    asset: 'the way out',
    control: 'headers come within 5 seconds, a request within 10',
    plant: withoutHaste,
    attempt: async (target) => {
      await using doors = await doorsOf(target);
      const slow = connect({ host: '127.0.0.1', port: doors.port });
      slow.on('error', () => {}).resume();
      let closed = false;
      slow.on('close', () => (closed = true));
      slow.write(`POST /mcp HTTP/1.1\r\nHost: localhost:${doors.port}\r\nX: `);
      let bytes = 0;
      for (const until = performance.now() + 9000; !closed && performance.now() < until; bytes += 1) {
        slow.write('y');
        // oxlint-disable-next-line no-await-in-loop
        await pause(250);
      }
      const held = !closed;
      slow.destroy();
      return succeeded(held, `after ${bytes} bytes it was ${held ? 'still waited for' : 'let go'}`);
    },
  },
  {
    ...webbed,
    name: 'opens ten thousand connections and says nothing',
    asset: 'the way out',
    control: 'the oldest that showed no token goes when all places are taken',
    // Slow ones would be let go a little later.
    plant: [
      { file: 'src/doors/http/connections.ts', from: 'if (this.#held.size >= CONNECTIONS_MAX) {', to: 'if (this.#held.size < 0) {' },
      ...withoutHaste,
    ],
    missing: () => (process.platform === 'linux' ? '' : 'only Linux tells how many descriptors a process holds'),
    attempt: async (target) => {
      await using doors = await doorsOf(target);
      const pid = doors.doors.pid() ?? 0;
      const { opened, most, close } = await strangers(doors.port, 10_000, () => readdirSync(`/proc/${pid}/fd`).length);
      const asked = await ask(doors, { headers: bearer(tokens.one), body: ping }).then(
        ({ status }) => `HTTP ${status}`,
        () => 'no answer',
      );
      close();
      return succeeded(
        most > 1500 || asked !== 'HTTP 200',
        `${opened} were opened; the doors held at most ${most} descriptors; an agent got ${asked}`,
      );
    },
  },
];

/** Connections, as many of `count` as this process may have open, and the most that `held` said meanwhile. */
async function strangers(
  port: number,
  count: number,
  held: () => number,
): Promise<{ readonly opened: number; readonly most: number; readonly close: () => void }> {
  const sockets: Socket[] = [];
  let [opened, most] = [0, 0];
  let limit = count;
  for (let begun = 0; begun < limit; begun += 250) {
    const batch = Array.from({ length: Math.min(250, limit - begun) }, () => {
      const socket = connect({ host: '127.0.0.1', port }).resume();
      sockets.push(socket);
      socket.on('error', (error) => {
        if ('code' in error && error.code === 'EMFILE') limit = 0;
      });
      return once(socket, 'connect').then(
        () => (opened += 1),
        () => {},
      );
    });
    // oxlint-disable-next-line no-await-in-loop
    await Promise.all(batch);
    most = Math.max(most, held());
  }
  return { opened, most, close: () => void sockets.map((socket) => socket.destroy()) };
}
