import assert from 'node:assert/strict';
import type { Answer } from '../harness/agent.ts';
import type { Row } from './amounts.ts';
import type { Document, Life } from './life.ts';

const WAIT_SECONDS = 5;
const CLOSES_MAX = 5;
const ATTEMPTS_MAX = 3;
const over = new Set(['filled', 'cancelled', 'rejected']);

/** What an order is asked for with. It is made anew for each attempt: prices move, and the same order twice looks like a mistake. */
export type Wish = () => Promise<Document>;
export type Placed = Document & { readonly intent_id: string };

/**
 * An order that has reached the exchange, or may have. Where a busy machine or exchange was too slow for the first (its prices too old, its
 * time at the exchange over) another is asked for, and that is told; any other refusal is a failure.
 */
export async function placed(life: Life, about: string, wish: Wish): Promise<Placed> {
  for (let attempt = 1; ; attempt += 1) {
    // Each attempt is a wish of its own, after the last has ended.
    // oxlint-disable no-await-in-loop
    const asked = { ...(await wish()), intent_id: life.name(about) };
    const answer = await life.call('place_order', asked);
    const told = JSON.stringify(answer);
    const isOnItsWay = answer.status !== 'denied' && answer.status !== 'rejected';
    if (isOnItsWay) return asked;
    assert.ok(tooSlow.has(answer.code ?? '') && attempt < ATTEMPTS_MAX, told);
    life.tell(`again    ${told}`);
    // oxlint-enable no-await-in-loop
  }
}

/** What passes by itself; UNAVAILABLE is what was not sent in time, and never will be. */
const tooSlow = new Set(['STALE_DATA', 'EXCHANGE_REJECTED', 'UNAVAILABLE']);

/** An order of which something was executed, booked and proven; on a thin book, or where it came too late, by another attempt. */
export async function traded(life: Life, about: string, wish: Wish): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    // oxlint-disable no-await-in-loop
    const { intent_id: intentId } = await placed(life, about, wish);
    const ended = await settled(life, intentId);
    // oxlint-enable no-await-in-loop
    if (executed(ended) > 0) return ended;
    assert.ok(attempt < ATTEMPTS_MAX, JSON.stringify(ended));
    life.tell(`again    ${JSON.stringify(ended)}`);
  }
}

/** What became of a wish, once nothing more can come of it and what was executed is proven. */
export async function settled(life: Life, intentId: string): Promise<Answer> {
  let last: Answer = {};
  return life.until(`${intentId} is over and proven`, async () => {
    last = await life.call('get_intent', { intent_id: intentId, wait_s: WAIT_SECONDS });
    assert.notEqual(last.verification, 'divergent', JSON.stringify(last));
    return over.has(last.status ?? '') && (executed(last) === 0 || last.verification === 'matched') && last;
  });
}

type Filled = { readonly filled?: string };

/** How much of a wish was executed, of all its orders where it has several. */
export function executed(answer: Answer): number {
  const { orders = [] } = answer as { readonly orders?: readonly (Filled & { readonly order?: Filled })[] };
  const told = [answer.order, ...orders.map((each) => each.order ?? each)];
  return told.reduce((sum, each) => sum + Number(each?.filled ?? 0), 0);
}

/** Nothing of a refused wish left the machine, and a person can read why. */
export function assertRefused(answer: Answer, ...codes: readonly string[]): void {
  const told = JSON.stringify(answer);
  assert.ok(codes.includes(answer.code ?? ''), `expected ${codes.join(' or ')}: ${told}`);
  assert.deepEqual([answer.status, answer.sent_to_exchange], ['denied', 'no'], told);
  assert.match(answer.message ?? '', /\w+ \w+ \w+/, told);
}

/** The row of what the agent holds, but for dust. */
export async function held(life: Life, instrument: string): Promise<Row | undefined> {
  const { positions = [] } = (await life.call('get_portfolio')) as { readonly positions?: readonly Row[] };
  return positions.find((row) => row['instrument'] === instrument && row['dust'] !== true);
}

export async function openOrders(life: Life): Promise<readonly Row[]> {
  const { open_orders: rows = [] } = (await life.call('get_portfolio')) as { readonly open_orders?: readonly Row[] };
  return rows;
}

/** The order rests where everybody sees it. On a real exchange that takes a moment. */
export async function rests(life: Life, intentId: string): Promise<Row> {
  return life.until(`${intentId} rests`, async () =>
    (await openOrders(life)).find((row) => row['intent_id'] === intentId && row['state'] === 'working'),
  );
}

/** The trigger of the stop that waits for an instrument. */
export async function stopOf(life: Life, instrument: string): Promise<string | undefined> {
  const stop = (await openOrders(life)).find((row) => row['instrument'] === instrument && row['state'] === 'armed');
  return stop === undefined ? undefined : String(stop['stop_loss']);
}

/** Closes what is held until nothing is: on a thin book that may take several orders. */
export async function closed(life: Life, instrument: string): Promise<void> {
  for (let attempt = 1; attempt <= CLOSES_MAX; attempt += 1) {
    const intentId = life.name('close');
    // Each close has to be over before the next is asked for.
    // oxlint-disable no-await-in-loop
    const asked = await life.call('close_position', { intent_id: intentId, instrument, reason: 'the end of this part' });
    // The gateway itself closes what a first close has left.
    if (asked.code !== 'NOT_REDUCING') {
      assert.notEqual(asked.sent_to_exchange, 'no', JSON.stringify(asked));
      await settled(life, intentId);
    }
    if ((await held(life, instrument)) === undefined) break;
    // oxlint-enable no-await-in-loop
  }
  await life.until(`nothing of ${instrument} is held`, async () => (await held(life, instrument)) === undefined);
  await life.until(`no stop waits for ${instrument}`, async () => (await stopOf(life, instrument)) === undefined);
}
