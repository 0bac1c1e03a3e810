import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../amounts.ts';
import { AGENT, type Life, OTHER_SPOT, SPOT, SWAP } from '../life.ts';
import type { Step } from '../story.ts';

/** From which `init` makes the limits: an order of at most 100 USD. */
const EQUITY_USD = '2000';

/** A person who watches what the agent does allows it more orders than `init` does, and a slow machine older prices. */
const limits: Readonly<Record<string, string>> = {
  max_open_positions: '3',
  max_open_orders: '6',
  max_daily_trades: '40',
  max_order_rate: '{ per_second = 5, per_minute = 60 }',
  max_same_side: '{ per_10_minutes = 20, per_hour = 40 }',
  max_data_age: '"30s"',
  min_balance: '20',
};
const CEILING_PER_MINUTE = 120;

const isSpotMode = 'the account is in spot mode';

export const beginning: readonly Step[] = [
  {
    name: 'init writes limits, ceiling and key into an empty home, and nobody else may read the key',
    play: async (life) => {
      const { environment, site, key } = life.options;
      const instruments = [SPOT, OTHER_SPOT, SWAP].join(',');
      const flags = ['--env', environment, '--site', site, '--equity', EQUITY_USD, '--instruments', instruments, '--agent', AGENT, '--yes'];
      const { code, said, document } = await life.runWith(key, 'init', ...flags);
      assert.equal(code, 0, said);
      assert.equal((document['files'] as readonly string[]).length, 3, said);
      for (const name of ['credentials.toml', 'ceiling.toml']) assert.equal(statSync(join(life.home, name)).mode & 0o777, 0o600, name);
      await life.useFreePorts();
    },
  },
  {
    name: 'a person changes limits in the file, and policy check finds nothing wrong with it',
    play: async (life) => {
      life.edit('twokey.toml', (text) => {
        const kept = text.split('\n').filter((line) => limits[line.split(' =')[0] ?? ''] === undefined);
        const own = Object.entries(limits).map(([name, value]) => `${name} = ${value}`);
        return kept.join('\n').replace('[policy]', ['[policy]', ...own].join('\n'));
      });
      life.edit('ceiling.toml', (text) => text.replace(/^per_minute = .*$/m, `per_minute = ${CEILING_PER_MINUTE}`));
      const { code, said } = await life.run('policy', 'check');
      assert.equal(code, 0, said);
    },
  },
  {
    name: 'doctor finds nothing that speaks against a start',
    play: async (life) => {
      const { document, said } = await life.run('doctor');
      const failed = (document['checks'] as readonly Row[]).filter(({ status }) => status === 'failed');
      // What the account is not made for is taken out of the story with the next step.
      assert.deepEqual(
        failed.filter(({ name }) => name !== 'account level'),
        [],
        said,
      );
    },
  },
  {
    name: 'the gateway starts on an account on which nothing is open, and is ACTIVE',
    play: async (life) => {
      const { account, mode } = await startOn(life);
      assert.match(account, new RegExp(`^okx:${life.options.environment}:\\d+$`));
      const status = await life.run('status');
      const cause = String(status.document['mode_cause']);
      assert.equal(mode, 'ACTIVE', `${cause}; cancel every order that is open on the account, then start again`);
      life.hasActed = true;
    },
  },
];

/** An account that can trade no contracts is a reason to leave them out, which is told, and none to stop. */
async function startOn(life: Life): ReturnType<Life['up']> {
  try {
    return await life.up();
  } catch (error) {
    if (!(error instanceof Error) || !error.message.includes(isSpotMode)) throw error;
    life.withoutContracts = `${isSpotMode}: OKX: Trade → Settings → Account mode → Futures mode`;
    life.edit('twokey.toml', (text) => text.replace(`, "${SWAP}"`, ''));
    return life.up();
  }
}
