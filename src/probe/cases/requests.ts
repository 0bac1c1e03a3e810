import { codeOf, codesOf } from '../answer.ts';
import { type Case, reading, waits } from '../case.ts';
import { get } from '../asking.ts';
import { CaseEnds } from '../side.ts';
import type { Flaws } from '../flaws.ts';

const BURST_MAX = 12;
const AGAIN_MAX = 40;
const AGAIN_PAUSE_MILLISECONDS = 100;

/** Two things wrong at once: the code says which is looked at first. */
const flawed: readonly (readonly [string, Flaws])[] = [
  ['neither key nor signature', { without: ['key', 'signature'] }],
  ['neither signature nor time', { without: ['signature', 'time'] }],
  ['neither time nor passphrase', { without: ['time', 'passphrase'] }],
  ['a time that is none, no passphrase', { wrong: ['time'], without: ['passphrase'] }],
  ['an unknown key, no passphrase', { wrong: ['key'], without: ['passphrase'] }],
  ['an unknown key, too late', { wrong: ['key'], late: true }],
  ['too late, another signature', { wrong: ['signature'], late: true }],
  ['another signature, another passphrase', { wrong: ['signature', 'passphrase'] }],
  ['another passphrase', { wrong: ['passphrase'] }],
];

export const requestCases: readonly Case[] = [
  reading('auth-sequence', async (side) => {
    for (const [what, flaws] of flawed) {
      // One after the other: many failures at once look like an attack.
      const answer = await side.ask({ method: 'GET', path: '/api/v5/account/config', flaws });
      side.saw(what, { code: codeOf(answer) }, answer);
    }
  }),
  reading('unsupported-paths', async (side) => {
    const product = await get(side, 'finance/savings/balance', { ccy: 'USDT' });
    side.saw('a path of a product that is not for demo', codesOf(product), product);
    const unknown = await get(side, 'twokey-probe');
    side.saw('a path that nobody has', { status: String(unknown.status) }, unknown);
  }),
  reading('rate-limit-window', async (side) => {
    const question = { method: 'GET', path: '/api/v5/account/config', once: true } as const;
    // Five in two seconds are allowed (okx-overview.md §1).
    let answer = await side.ask(question);
    for (let count = 1; count < BURST_MAX && codeOf(answer) !== '50011'; count += 1) {
      answer = await side.ask(question);
    }
    const refused = codeOf(answer);
    if (refused !== '50011')
      throw new CaseEnds({ kind: 'lacks', why: `${BURST_MAX} requests in a row are not too many for this exchange` });
    for (let count = 0; count < AGAIN_MAX && codeOf(answer) === '50011'; count += 1) {
      await side.pause(AGAIN_PAUSE_MILLISECONDS);
      answer = await side.ask(question);
    }
    side.saw('asked ten times a second while it refuses', { passes_in_the_end: String(codeOf(answer) === '0') }, answer);
  }),
  waits('demo-header', 'every request of the probe asks for demo trading, and one that does not would be a request to live trading'),
  waits('late-not-executed', 'nothing that is sent from outside makes a request wait inside the exchange'),
];
