import type { Row } from '../../src/core/journal/row.ts';
import type { State } from '../../src/core/account/state.ts';
import { FuzzedGateway } from './gateway.ts';

/** What a gateway has written down that traded a little, and the state that it came to. */
export type History = { readonly rows: readonly Row[]; readonly state: State };

let made: Promise<History> | null = null;

/** The same one for everybody: it is read and never changed. */
export function history(): Promise<History> {
  made ??= trade();
  return made;
}

async function trade(): Promise<History> {
  const gateway = await FuzzedGateway.open();
  const wish = { instrument: 'BTC-USDT', side: 'buy', quantity: '40', quantity_unit: 'usd', reason: 'because' };
  await gateway.ask('place_order', { intent_id: 'h1', ...wish, type: 'market' });
  await gateway.ask('place_order', { intent_id: 'h2', ...wish, type: 'limit', price: '50000' });
  await gateway.ask('place_order', {
    intent_id: 'h3',
    ...wish,
    instrument: 'BTC-USDT-SWAP',
    quantity: '1000',
    type: 'market',
    stop_loss: '30000',
  });
  await gateway.ask('cancel_orders', { intent_id: 'h4', reason: 'because' });
  await gateway.ask('place_order', { intent_id: 'h5', ...wish, quantity: '99999999', type: 'market' });
  await gateway.ask('close_position', { intent_id: 'h6', instrument: 'BTC-USDT', reason: 'because' });
  await gateway.world.pass(5000);
  const { rows } = gateway.world.disk;
  const past = { rows: [...rows], state: gateway.world.engine.state };
  gateway.close();
  return past;
}
