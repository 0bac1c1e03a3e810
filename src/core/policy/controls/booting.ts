import type { WishControl } from '../control.ts';

export const booting: WishControl = {
  stage: 'wish',
  id: 'S1',
  name: 'booting',
  configKey: null,
  source: 'DESIGN §3.8',
  appliesToExits: true,
  check: ({ question }) =>
    question.books.booting
      ? { code: 'BOOTING', text: 'nothing is traded before the first clean comparison with the exchange', limit: null }
      : null,
};
