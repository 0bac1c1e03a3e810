import assert from 'node:assert/strict';
import type { Row } from '../amounts.ts';
import { AGENT, OTHER_SPOT, SPOT, SWAP } from '../life.ts';
import type { Step } from '../story.ts';

const looks = [['status'], ['limits'], ['account', 'config'], ['account', 'balance'], ['positions'], ['orders'], ['fills']] as const;

export const looking: readonly Step[] = [
  {
    name: 'status, limits, account, balances, positions, orders and fills each say where they look, whose account it is and what it may do',
    play: async (life) => {
      for (const words of looks) {
        // One process at a time is enough for a small machine.
        // oxlint-disable-next-line no-await-in-loop
        const { code, document, said } = await life.run(...words);
        assert.equal(code, 0, said);
        assert.deepEqual([document['environment'], document['mode']], [life.options.environment, 'ACTIVE'], said);
        assert.match(String(document['account']), /^okx:/, said);
      }
    },
  },
  {
    name: 'there is equity, and something free to buy with',
    play: async (life) => {
      const { document, said } = await life.run('account', 'balance');
      assert.ok(Number(document['equity_usd']) > 0, said);
      const quote = SPOT.split('-')[1];
      const free = (document['balances'] as readonly Row[]).find(({ currency }) => currency === quote)?.['available'];
      assert.ok(Number(free) > 0, `no ${quote} is free: ${said}`);
    },
  },
  {
    name: 'doctor finds gateway, exchange, clock and key right',
    play: async (life) => {
      const { code, document, said } = await life.run('doctor');
      assert.equal(code, 0, said);
      const passed = (document['checks'] as readonly Row[]).filter(({ status }) => status === 'ok').map(({ name }) => name);
      for (const name of ['gateway', 'journal', 'network', 'environment truth', 'key rights']) assert.ok(passed.includes(name), said);
    },
  },
  {
    name: 'an agent sees prices, book and candles, as a command and over MCP',
    play: async (life) => {
      const { code, document: ticker, said } = await life.command('market', SPOT);
      assert.equal(code, 0, said);
      assert.ok(Number(ticker['bid']) > 0 && Number(ticker['bid']) < Number(ticker['ask']), said);
      for (const instrument of [OTHER_SPOT, ...(life.withoutContracts === undefined ? [SWAP] : [])]) {
        // oxlint-disable-next-line no-await-in-loop
        const book = (await life.call('get_market', { instrument, view: 'book', depth: 3 })) as Record<string, readonly Row[]>;
        const [bid, ask] = [Number(book['bids']?.[0]?.['price']), Number(book['asks']?.[0]?.['price'])];
        assert.ok(bid > 0 && bid < ask, JSON.stringify(book));
      }
      const asked = { instrument: SPOT, view: 'candles', bar: '1m', count: 3 };
      const candles = (await life.call('get_market', asked)) as { readonly candles?: readonly Row[] };
      assert.ok((candles.candles?.length ?? 0) >= 1, JSON.stringify(candles));
    },
  },
  {
    name: 'an agent sees its limits and what it holds, which is nothing',
    play: async (life) => {
      const limits = JSON.stringify(await life.call('get_limits'));
      assert.match(limits, /max_order_size/);
      const portfolio = (await life.call('get_portfolio')) as Row;
      assert.deepEqual([portfolio['agent'], portfolio['positions'], portfolio['open_orders']], [AGENT, [], []], JSON.stringify(portfolio));
    },
  },
  {
    name: 'a command that believes in the other environment is refused, and nothing is sent',
    play: async (life) => {
      const other = life.options.environment === 'sim' ? 'demo' : 'sim';
      const order = ['place', SPOT, 'buy', '--type', 'market', '--quantity', '1', '--quantity-unit', 'usd', '--reason', 'elsewhere'];
      const { code, said } = await life.command(...order, '--env', other);
      assert.equal(code, 1, said);
      assert.match(said, /not on (sim|demo); nothing was sent/);
    },
  },
];
