import { createServer, type Server } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type * as Clocks from '../../src/adapters/clock/system.ts';
import type * as Exchanges from '../../src/adapters/exchange/https.ts';
import type { SignedRequest } from '../../src/ports/exchange.ts';
import { selfSigned } from '../contract/certificate.ts';
import { answerText, MisbehavingServer } from '../contract/misbehaving-server.ts';
import type { Attack, Target } from './attack.ts';
import { succeeded } from './grounds.ts';
import { load } from './load.ts';

const order: SignedRequest = {
  method: 'POST',
  path: '/api/v5/trade/order',
  headers: { 'OK-ACCESS-KEY': 'key', 'OK-ACCESS-SIGN': 'signature', 'Content-Type': 'application/json' },
  body: '{"sz":"1"}',
};

async function exchangeAt(target: Target, baseUrl: string): Promise<Exchanges.ClosableExchange> {
  const { createExchange } = await load<typeof Exchanges>(target, 'src/adapters/exchange/https.ts');
  const { systemClock } = await load<typeof Clocks>(target, 'src/adapters/clock/system.ts');
  const made = createExchange({ baseUrl, clock: systemClock });
  if (!made.ok) throw new Error(made.error);
  return made.value;
}

const wire = { adversary: 'the network', asset: 'the exchange keys', modes: 'one user', isQuick: true, isInProcess: true } as const;

/** What somebody on the way to the exchange does. */
export const networkAttacks: readonly Attack[] = [
  {
    ...wire,
    name: 'answers a signed order with a redirect to another host',
    control: 'nobody follows a redirect: it is an answer',
    plant: {
      file: 'src/adapters/exchange/https.ts',
      from: '    const bytes = requestBytes(request, this.#origin.header);',
      to: `    if (this.#origin.host !== '') {
      const { method, path, headers, body } = request;
      const url = 'http://' + this.#origin.header + path;
      return fetch(url, { method, headers, body }).then(async (found) => ({ kind: 'answered', status: found.status, body: await found.text() }));
    }
    const bytes = requestBytes(request, this.#origin.header);`,
    },
    attempt: async (target) => {
      await using thief = await MisbehavingServer.start(({ socket }) => socket.write(answerText('{}')));
      const headers = `Location: ${thief.url}/api/v5/trade/order\r\n`;
      await using server = await MisbehavingServer.start(({ socket }) => socket.write(answerText('', { status: 307, headers })));
      await using exchange = await exchangeAt(target, server.url);
      const sent = await exchange.send(order, () => true);
      const got = thief.seen.filter(({ text }) => /ok-access-sign/i.test(text)).length;
      const status = sent.kind === 'answered' ? String(sent.status) : sent.kind;
      return succeeded(got > 0, `the other host got ${got} signed requests; the answer was ${status}`);
    },
  },
  {
    ...wire,
    name: 'stands in the middle with a certificate of its own',
    control: 'certificates are checked, whatever the environment says',
    plant: { file: 'src/adapters/exchange/origin.ts', from: 'rejectUnauthorized: true,', to: 'rejectUnauthorized: false,' },
    attempt: async (target) => {
      let heard = '';
      const server: Server = createServer(selfSigned('localhost'), (socket) => {
        socket.on('error', () => {});
        socket.setEncoding('utf8').on('data', (piece: string) => {
          heard += piece;
          socket.write(answerText('{}'));
        });
      });
      server.on('tlsClientError', () => {});
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      await using exchange = await exchangeAt(target, `https://localhost:${(server.address() as AddressInfo).port}`);
      const sent = await exchange.send(order, () => true);
      server.close();
      const why = sent.kind === 'answered' ? 'it was believed' : sent.cause;
      return succeeded(/OK-ACCESS-SIGN/.test(heard), `it read ${heard.length} bytes of a signed order; ${why}`);
    },
  },
  {
    ...wire,
    name: 'makes one request two, by a name with line ends in it (request smuggling)',
    asset: "the account's money",
    adversary: 'an agent that wants more than tools',
    control: 'a path or header that holds a line end or a blank is not sent',
    plant: { file: 'src/adapters/exchange/request.ts', from: 'if (!target.test(request.path))', to: "if (request.path === '')" },
    attempt: async (target) => {
      await using server = await MisbehavingServer.start(({ socket }) => socket.write(answerText('{}')));
      await using exchange = await exchangeAt(target, server.url);
      const path = '/api/v5/market/ticker?instId=X HTTP/1.1\r\nHost: x\r\n\r\nGET /api/v5/asset/withdrawal';
      const sent = await exchange.send({ method: 'GET', path, headers: {}, body: '' }, () => true);
      const paths = server.seen.map(({ text }) => text.split(' ')[1] ?? '');
      const why = sent.kind === 'answered' ? '' : `; ${sent.cause}`;
      return succeeded(paths.length > 1, `the exchange saw ${paths.length} requests ${paths.join(' ')}${why}`);
    },
  },
  {
    ...wire,
    name: 'has plain http lead to a host elsewhere',
    control: 'plain http is for this machine only',
    plant: { file: 'src/adapters/exchange/origin.ts', from: 'if (!secure && !loopback.has(host))', to: "if (!secure && host === '')" },
    attempt: async (target) => {
      const { createExchange } = await load<typeof Exchanges>(target, 'src/adapters/exchange/https.ts');
      const { systemClock } = await load<typeof Clocks>(target, 'src/adapters/clock/system.ts');
      const taken = ['http://www.okx.com', 'http://10.0.0.1', 'http://127.0.0.1.evil.example'].filter(
        (baseUrl) => createExchange({ baseUrl, clock: systemClock }).ok,
      );
      return succeeded(taken.length > 0, `${taken.length} of 3 are taken for an exchange ${taken.join(' ')}`);
    },
  },
];
