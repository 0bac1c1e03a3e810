import type { OrderControl } from '../control.ts';

/** The last control: the answer is a full decision up to here, so that reasoning can be tested without trading. */
export const readOnly: OrderControl = {
  stage: 'order',
  bySize: 'aside',
  id: 'A5',
  name: 'read_only',
  configKey: 'exchange.read_only',
  source: 'DESIGN §4.3',
  appliesToExits: true,
  check: ({ question: { circumstances } }) =>
    circumstances.readOnly
      ? { code: 'READ_ONLY', text: 'the policy would allow this order, and the gateway is read-only', limit: null }
      : null,
};
