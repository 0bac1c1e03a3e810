import assert from 'node:assert/strict';
import { eventually } from '../harness/eventually.ts';
import { bid, type Scene, SWAP } from './scene.ts';

const ORDER = '/api/v5/trade/order';
const CANCELS = '/api/v5/trade/cancel-batch-orders';
const PRIVATE = '/ws/v5/private';
/** What others did, as a comparison tells it. */
const foundAtTheExchange = /the books say .*, the exchange says /;
/** Beyond what the gateway waits for an answer. */
const LATE = 4000;

export type WriteFault = { readonly kind: string; readonly delay_ms?: number };

/** Faults of one request. Orders, cancels and questions meet each of them, carried out and not (faults.test.ts). */
export const onWrites: readonly WriteFault[] = [
  { kind: 'lost_ack' },
  { kind: 'late_ack', delay_ms: LATE },
  { kind: 'reset' },
  { kind: 'truncated' },
  { kind: 'http_502' },
  { kind: 'code_50004' },
  { kind: 'code_51149' },
  { kind: 'reject' },
  { kind: 'rate_limit' },
];

export type Accident = {
  /** The kind of the fault, or the path of the desk. */
  readonly of: string;
  /** What is expected: a sentence. */
  readonly outcome: string;
  /** Stages it and waits for what is expected. `since`: the journal's last entry before it. */
  readonly stage: (scene: Scene, since: number) => Promise<void>;
  /** The stops that it causes; `null`: it causes none. */
  readonly stops: RegExp | null;
};

/** Accidents that meet one gateway after the other. */
export type Act = { readonly name: string; readonly accidents: readonly Accident[] };

const answersInTheWrongOrder: readonly Accident[] = [
  ...[true, false].flatMap((executed): readonly Accident[] =>
    (['event_before_ack', 'ack_before_event'] as const).map((kind) => ({
      of: kind,
      outcome: executed ? 'the order is booked once and proven' : 'the order is rejected, and nothing is held',
      stops: null,
      stage: async (scene) => {
        await scene.world.exchange.arm({ kind, path: ORDER, executed, delay_ms: 1200 });
        const taken = await scene.enter({ instrument: SWAP });
        await (executed ? scene.proven(taken) : scene.absent(taken));
      },
    })),
  ),
  {
    of: 'stale_read',
    outcome: 'old answers are not the end of anything: the order is booked and proven',
    stops: null,
    stage: async (scene) => {
      for (const path of ['/api/v5/trade', '/api/v5/account'])
        // oxlint-disable-next-line no-await-in-loop
        await scene.world.exchange.arm({ kind: 'stale_read', path, count: 6 });
      await scene.proven(await scene.enter());
    },
  },
  {
    of: 'query_fails',
    outcome: 'what is not answered stays unproven, and is proven when it is answered',
    stops: null,
    stage: async (scene) => {
      await scene.world.exchange.arm({ kind: 'query_fails', path: '/api/v5/account', count: 10_000 });
      const taken = await scene.enter({ instrument: SWAP });
      assert.notEqual((await scene.ends(taken.id, 'filled')).verification, 'matched');
      await scene.world.exchange.heal();
      await scene.proven(taken);
    },
  },
];

const pushFaults = ['push_duplicated', 'push_reordered', 'push_delayed', 'push_missing'];

const pushes: readonly Accident[] = [
  ...pushFaults.map((kind): Accident => ({
    of: kind,
    outcome: 'a fill that only a push tells of at once is booked once and proven',
    stops: null,
    stage: async (scene) => {
      const delay = kind === 'push_missing' ? {} : { delay_ms: 300 };
      await scene.world.exchange.arm({ kind, path: PRIVATE, count: 4, ...delay });
      await scene.filledByMarket();
      await scene.world.exchange.heal();
    },
  })),
  ...pushFaults.map((kind): Accident => ({
    of: kind,
    outcome: 'prices that come so are asked for where they must be, and an order is filled',
    stops: null,
    stage: async (scene) => {
      const { exchange } = scene.world;
      await exchange.arm({ kind, path: '/ws/v5/public', count: 10_000, ...(kind === 'push_missing' ? {} : { delay_ms: 3000 }) });
      const last = await exchange.lastPrice('BTC-USDT');
      await exchange.movePrice('BTC-USDT', String(Math.floor(last * 1.002)));
      await eventually('the gateway knows the price', async () => {
        const { answer } = await scene.agent.call('get_market', { instrument: 'BTC-USDT' });
        return 'bid' in answer && Number(answer.bid) > last;
      });
      await scene.proven(await scene.enter());
      await exchange.movePrice('BTC-USDT', String(last));
    },
  })),
  {
    of: 'push_missing',
    outcome: 'a connection that lives and says nothing of the account stops nothing while the exchange answers, and is told of',
    stops: null,
    stage: async (scene) => {
      await scene.world.exchange.arm({ kind: 'push_missing', path: PRIVATE, count: 10_000 });
      await scene.filledByMarket();
      await scene.told('FEED_DOWN');
      await scene.world.exchange.heal();
    },
  },
  {
    of: 'push_missing',
    outcome: 'without answers too nothing is known of the account, and entries close',
    stops: /^nothing is known of the account/,
    stage: async (scene, since) => {
      await scene.world.exchange.arm({ kind: 'push_missing', path: PRIVATE, count: 10_000 });
      await scene.world.exchange.arm({ kind: 'query_fails', path: '/api/v5/account', count: 10_000 });
      await scene.stopped(since, /^nothing is known of the account/);
      await scene.world.exchange.heal();
    },
  },
];

const sockets: readonly Accident[] = [
  ...[{ kind: 'socket_closed' }, { kind: 'socket_silent' }, { kind: 'service_upgrade', delay_ms: 20_000 }].map((fault): Accident => ({
    of: fault.kind,
    outcome: 'others follow the connections, everything is compared, and a fill meanwhile is booked and proven',
    stops: null,
    stage: async (scene) => {
      const before = scene.reconnects().length;
      await scene.world.exchange.arm({ path: '', count: 3, ...fault });
      await scene.filledByMarket();
      await eventually('everything is compared', () => scene.reconnects().length > before);
      for (const { body } of scene.reconnects().slice(before)) assert.deepEqual(body['differences'], []);
    },
  })),
  {
    of: 'socket_closed',
    outcome: 'while no connection lasts the account goes on by asking',
    stops: null,
    stage: async (scene) => {
      await scene.world.exchange.arm({ kind: 'socket_closed', path: '', count: 10_000 });
      await scene.filledByMarket();
    },
  },
];

const exchangeOutOfOrder: readonly Accident[] = [
  {
    of: '/sim/throttle',
    outcome: 'an order rests, or is turned away, or is denied because nobody answers what it is decided on: none is sent twice',
    stops: null,
    stage: async (scene) => {
      const price = await scene.below();
      await scene.world.exchange.stage('/sim/throttle', { divisor: 60, for_ms: 4000 });
      const taken = await Promise.all([0, 10, 20].map((lower) => scene.ask(bid(price - lower))));
      await eventually('each has ended or rests', async () => {
        const answers = await Promise.all(taken.map(({ id }) => scene.agent.intent(id, 5)));
        return answers.every(({ status }) => ['working', 'rejected', 'denied'].includes(status ?? ''));
      });
      await scene.agent.call('cancel_orders', { intent_id: 'after-the-throttle', reason: 'a test of the desk' });
      await eventually('nothing rests', async () => !(await scene.world.exchange.ledger()).orders.some(({ state }) => state === 'live'));
    },
  },
  {
    of: '/sim/ghosts',
    outcome: 'an entry at a price that nobody trades at is denied, and nothing is sent',
    stops: null,
    stage: async (scene) => {
      const { exchange } = scene.world;
      const half = String(Math.floor((await exchange.lastPrice('BTC-USDT')) / 2));
      await exchange.stage('/sim/ghosts', { instId: 'BTC-USDT', price: half, path: '/api/v5/market/ticker', for_ms: 600_000 });
      const wish = { instrument: 'BTC-USDT', side: 'buy', type: 'market', quantity: '77', quantity_unit: 'usd', reason: 'it has halved' };
      await eventually('the gateway sees it', async () => {
        const { answer } = await scene.agent.call('preview_order', { intent_id: 'ghost-seen', ...wish });
        return answer.status === 'denied' && answer.code !== 'REDUCE_ONLY';
      });
      const { orders } = await exchange.ledger();
      const { answer } = await scene.ask(wish);
      assert.equal(answer.status, 'denied', JSON.stringify(answer));
      assert.equal(answer.sent_to_exchange, 'no');
      assert.equal((await exchange.ledger()).orders.length, orders.length);
      await exchange.heal();
    },
  },
  {
    of: '/sim/accounts',
    outcome: 'an order on a blocked account is rejected, and entries close until a person has looked',
    stops: /^the exchange restricts the account/,
    stage: async (scene, since) => {
      await scene.world.exchange.stage('/sim/accounts', { frozen: true });
      await scene.absent(await scene.enter({ instrument: 'ETH-USDT' }));
      await scene.stopped(since, /^the exchange restricts the account/);
      await scene.world.exchange.stage('/sim/accounts', { frozen: false });
    },
  },
];

const clocks: readonly Accident[] = [
  {
    of: '/sim/clock',
    outcome: 'with an exchange whose clock is 20 s ahead entries close, and stay closed until it is right again',
    stops: /^the host's clock is \d+\.\d s behind the exchange's/,
    stage: async (scene, since) => {
      await scene.world.exchange.stage('/sim/clock', { skew_ms: 20_000 });
      await scene.stopped(since, /^the host's clock is/);
      assert.equal((await scene.world.run(['resume', '--reason', 'too early'])).code, 1);
      assert.equal((await scene.agent.place({ intent_id: 'while-apart' })).code, 'REDUCE_ONLY');
      await scene.world.exchange.stage('/sim/clock', { skew_ms: 0 });
    },
  },
];

const others: readonly Accident[] = [
  {
    of: '/sim/orders',
    outcome: 'what a person trades in the app is found and ends new risk, and no way leads up before it was accepted',
    stops: foundAtTheExchange,
    stage: async (scene, since) => {
      await scene.world.exchange.orderOfOthers({ instId: SWAP, side: 'buy', sz: '1' });
      await scene.stopped(since, foundAtTheExchange);
      assert.equal((await scene.world.run(['resume', '--reason', 'too early'])).code, 1);
      await scene.adopt();
    },
  },
  {
    of: '/sim/liquidations',
    outcome: 'a position that the exchange closed is found and stops the account, and is accepted by a person',
    stops: foundAtTheExchange,
    stage: async (scene, since) => {
      await scene.proven(await scene.enter({ instrument: SWAP }));
      await scene.world.exchange.stage('/sim/liquidations', { instId: SWAP });
      await scene.stopped(since, foundAtTheExchange);
      await scene.adopt();
    },
  },
];

const lists: readonly Accident[] = [true, false].map((executed) => ({
  of: 'partial_batch',
  outcome: `a halt asks until nothing rests, though half of its list is told as refused, ${executed ? 'and was carried out all the same' : 'and was not carried out'}`,
  stops: foundAtTheExchange,
  stage: async (scene, since) => {
    const { exchange } = scene.world;
    for (const px of ['1400', '1401', '1402', '1403'])
      // oxlint-disable-next-line no-await-in-loop
      await exchange.orderOfOthers({ instId: 'ETH-USDT', side: 'buy', ordType: 'limit', px, sz: '0.1' });
    await scene.stopped(since, foundAtTheExchange);
    await exchange.arm({ kind: 'partial_batch', path: CANCELS, executed });
    await scene.world.run(['halt', '--reason', 'a test of the desk']);
    await eventually('nothing rests', async () => !(await exchange.ledger()).orders.some(({ state }) => state === 'live'));
    assert.deepEqual(await exchange.armed(), [], 'a list of cancels has met it');
    await eventually('it is told', () => scene.entries('killed').length > 0);
  },
}));

/** Everything else that the desk can do to an exchange, with what the gateway makes of it (desk.test.ts). */
export const acts: readonly Act[] = [
  { name: 'answers that come in the wrong order, old, or not at all', accidents: answersInTheWrongOrder },
  { name: 'pushes that come twice, late, turned round, or not at all', accidents: pushes },
  { name: 'connections that break, are silent, or are announced to end', accidents: sockets },
  { name: 'an exchange that is throttled, shows ghosts, or has blocked the account', accidents: exchangeOutOfOrder },
  { name: 'clocks that are apart', accidents: clocks },
  { name: 'others who trade on the account', accidents: others },
  { name: 'lists of which half is refused', accidents: lists },
];
