import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Client, connect, json, message } from '../../test/support/sim-socket.ts';
import { trade, type Trader } from '../../test/support/sim-trader.ts';

const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'limit', px: '59000', sz: '1' };

type Listening = { readonly trader: Trader; readonly client: Client; readonly place: (clOrdId: string) => void };

function listening(fault: Readonly<Record<string, unknown>>): Listening {
  const trader = trade();
  const client = connect(trader);
  client.logIn();
  client.subscribe({ channel: 'orders', instType: 'ANY' });
  assert.equal(trader.desk('/sim/faults', fault).status, 200);
  return { trader, client, place: (clOrdId) => void trader.post('/api/v5/trade/order', { ...swap, clOrdId }) };
}

/** The client ids of the orders that were told. */
function ids(texts: readonly string[]): readonly unknown[] {
  return json(texts).map(({ data }) => (data as Record<string, unknown>[])[0]?.['clOrdId']);
}

test('a missing push never comes, as often as it was armed, and on no other channel', () => {
  const { client, place, trader } = listening({ kind: 'push_missing', channel: 'orders', count: 2 });
  client.subscribe({ channel: 'tickers', instId: 'BTC-USDT' });
  for (const id of ['one', 'two', 'three']) place(id);
  assert.deepEqual(ids(client.told()), ['three']);
  assert.deepEqual(trader.get('/sim/faults').body, { faults: [] });
});

test('a duplicated push comes twice, the second one late when asked', () => {
  const { client, place, trader } = listening({ kind: 'push_duplicated', delay_ms: 1000 });
  place('one');
  assert.deepEqual(ids(client.told()), ['one']);
  trader.wait(1000);
  assert.deepEqual(ids(client.told()), ['one']);
});

test('a delayed push comes two seconds later, after those that followed it', () => {
  const { client, place, trader } = listening({ kind: 'push_delayed', path: '/ws/v5/private' });
  place('one');
  place('two');
  assert.deepEqual(ids(client.told()), ['two']);
  trader.wait(2000);
  assert.deepEqual(ids(client.told()), ['one']);
});

test('a reordered push comes after the next of its channel, or alone after ten seconds', () => {
  const { client, place, trader } = listening({ kind: 'push_reordered', channel: 'orders', count: 1 });
  place('one');
  assert.deepEqual(client.told(), []);
  place('two');
  assert.deepEqual(ids(client.told()), ['two', 'one']);
  trader.desk('/sim/faults', { kind: 'push_reordered' });
  place('three');
  assert.deepEqual(client.told(), []);
  trader.wait(10_000);
  assert.deepEqual(ids(client.told()), ['three']);
});

test('a silent socket stays open and says nothing more, whatever is asked', () => {
  const { client, place, trader } = listening({ kind: 'socket_silent', path: '/ws/v5/private', channel: 'orders' });
  assert.deepEqual(client.told(), []);
  place('one');
  assert.deepEqual(client.say('ping'), []);
  trader.wait(120_000);
  assert.deepEqual([client.told(), client.fate()], [[], []]);
});

test('a socket breaks without a word, and only one that the desk named', () => {
  const trader = trade();
  const [first, other] = [connect(trader, { path: '/ws/v5/public' }), connect(trader)];
  trader.desk('/sim/faults', { kind: 'socket_closed', path: '/ws/v5/private' });
  assert.deepEqual([first.fate(), other.fate()], [[], [{ kind: 'abort', socket: other.socket }]]);
});

test('a fault of sockets waits until one is met', () => {
  const trader = trade();
  trader.desk('/sim/faults', { kind: 'socket_closed', channel: 'tickers' });
  const client = connect(trader);
  trader.wait(200);
  assert.deepEqual(client.fate(), []);
  client.subscribe({ channel: 'tickers', instId: 'BTC-USDT' });
  trader.wait(200);
  assert.equal(client.fate().length, 1);
});

test('a service upgrade is announced with 64008 a minute before the socket closes', () => {
  const { client, place, trader } = listening({ kind: 'service_upgrade' });
  const notice = message(client.told());
  assert.deepEqual([notice['event'], notice['code'], notice['connId']], ['notice', '64008', client.connId]);
  place('one');
  assert.deepEqual(ids(client.told()), ['one'], 'until then all goes on');
  for (let seconds = 0; seconds < 60; seconds += 20) {
    assert.deepEqual(client.fate(), []);
    client.say('ping');
    trader.wait(20_000);
  }
  assert.deepEqual(client.fate(), [{ kind: 'close', socket: client.socket, code: 1001, reason: 'service upgrade' }]);
});

test('an event may come before the answer of a socket, and the answer of a path waits for it', () => {
  const { client, trader } = listening({ kind: 'event_before_ack', path: '/api/v5/trade/order', count: 2 });
  const asked = { id: '1', op: 'order', args: [{ ...swap, clOrdId: 'one' }] };
  assert.deepEqual(ids(client.ask(asked)), ['one']);
  trader.wait(200);
  assert.equal(message(client.told())['id'], '1');
  const { reaction } = trader.post('/api/v5/trade/order', { ...swap, clOrdId: 'two' });
  assert.deepEqual([reaction.kind === 'answer' && reaction.delayMilliseconds, ids(client.told())], [200, ['two']]);
});

test('an answer may come a second before its event', () => {
  const { client, place, trader } = listening({ kind: 'ack_before_event', path: '/api/v5/trade/order', count: 2 });
  place('one');
  assert.deepEqual(client.told(), []);
  trader.wait(1000);
  assert.deepEqual(ids(client.told()), ['one']);
  assert.equal(message(client.ask({ id: '2', op: 'order', args: [{ ...swap, clOrdId: 'two' }] }))['id'], '2');
  place('three');
  assert.deepEqual(ids(client.told()), ['three'], 'only the push of the struck write waits');
  trader.wait(1000);
  assert.deepEqual(ids(client.told()), ['two']);
});

test('bad input of the desk is refused with what would be right, and faults of both kinds are listed and cleared together', () => {
  const trader = trade();
  for (const [wrong, right] of [
    [{ kind: 'socket_melts' }, /use one of .*lost_ack.*push_missing/],
    [{ kind: 'push_missing', path: '/api/v5/trade/order' }, /"\/ws\/v5\/private"/],
    [{ kind: 'push_missing', channel: 'or ders' }, /"orders"/],
    [{ kind: 'push_missing', count: 0 }, /from 1 to/],
    [{ kind: 'push_delayed', delay_ms: -1 }, /from 0 to/],
  ] as const) {
    const { status, body } = trader.desk('/sim/faults', wrong);
    assert.equal(status, 400);
    assert.match(String(body['error']), right);
  }
  trader.desk('/sim/faults', { kind: 'push_missing', channel: 'orders' });
  trader.desk('/sim/faults', { kind: 'lost_ack', path: '/api/v5/trade/order' });
  assert.deepEqual((trader.get('/sim/faults').body['faults'] as unknown[]).at(-1), {
    kind: 'push_missing',
    channel: 'orders',
    count: 1,
    delay_ms: 0,
  });
  const handled = trader.exchange.handle({
    request: { method: 'DELETE', url: '/sim/faults', headers: {}, body: new Uint8Array(), remoteAddress: '127.0.0.1' },
    at: trader.now(),
  });
  assert.equal(handled.reaction.kind === 'answer' && handled.reaction.body, '{"cleared":2}');
});
