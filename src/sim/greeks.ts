import { type Answer, failure, success } from './answers.ts';
import { listField } from './fields.ts';
import { refusals } from './refusal.ts';
import { currenciesOf, type Row } from './rows.ts';
import type { Account } from './state.ts';
import type { Call } from './trade.ts';
import type { World } from './world.ts';

const names = ['thetaBS', 'thetaPA', 'deltaBS', 'deltaPA', 'gammaBS', 'gammaPA', 'vegaBS', 'vegaPA'];

/** What an account's options are worth in the moves of their coins: nothing, because none can be held here. */
export function greekRows(world: World, account: Account, wanted: readonly string[]): readonly Row[] {
  // @rule greeks
  const none = Object.fromEntries(names.map((name) => [name, '0']));
  const currencies = currenciesOf(world, account).filter((ccy) => wanted.length === 0 || wanted.includes(ccy));
  return currencies.map((ccy) => ({ ...none, ccy, ts: String(world.state.now) }));
}

/** GET account/greeks. */
export function getGreeks({ world, account, fields }: Call): Answer {
  const wanted = listField(fields, 'ccy');
  return wanted.length > 20 ? failure(refusals.parameter('ccy')) : success(greekRows(world, account, wanted));
}
