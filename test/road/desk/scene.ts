import assert from 'node:assert/strict';
import type { Agent, Answer } from '../harness/agent.ts';
import { booksEqualLedger } from '../harness/books.ts';
import { eventually } from '../harness/eventually.ts';
import { type JournalEntry, journalOf } from '../harness/journal.ts';
import { World } from '../harness/world.ts';

export const SWAP = 'BTC-USDT-SWAP';
const ORDER = '/api/v5/trade/order';

/** Stops that say that this machine was too slow, which a busy one is now and then; no accident of the desk is behind them. */
const ofMachine = /held up|slept|own timer was not renewed/;

/** Clocks are read every 30 s, and nothing is known for 30 s before that is told. */
const LONG_MILLISECONDS = 180_000;

type Taken = { readonly id: string; readonly answer: Answer };

/** A gateway that listens to its exchange, an agent on it, and what accidents are made of and judged by. */
export class Scene implements AsyncDisposable {
  readonly world: World;
  readonly agent: Agent;
  #count = 0;

  private constructor(world: World, agent: Agent) {
    this.world = world;
    this.agent = agent;
  }

  static async open(): Promise<Scene> {
    const world = await World.create();
    try {
      await world.startExchange();
      await world.up();
      const scene = new Scene(world, await world.agent());
      // The comparison that follows its first subscriptions.
      await eventually('the gateway listens', () => scene.reconnects().length > 0);
      return scene;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  entries(kind: string): readonly JournalEntry[] {
    return journalOf(this.world.home).filter((entry) => entry.kind === kind);
  }

  /** Comparisons that a connection which came back has caused. */
  reconnects(): readonly JournalEntry[] {
    return this.entries('compared').filter(({ body }) => body['trigger'] === 'reconnect');
  }

  /** Why the account was stopped since an entry, but for a machine that was too slow. */
  stopsSince(seq: number): readonly string[] {
    const stops = this.entries('mode').filter(
      (entry) => entry.seq > seq && entry.body['to'] !== 'ACTIVE' && entry.body['by'] !== 'operator',
    );
    return stops.map(({ body }) => String(body['cause'])).filter((cause) => !ofMachine.test(cause));
  }

  async mode(): Promise<unknown> {
    return (await this.world.read('status'))['mode'];
  }

  /** A person opens the account again, as often as it takes. */
  async open(): Promise<void> {
    const resumed = async (): Promise<boolean> => {
      if ((await this.mode()) === 'ACTIVE') return true;
      const { stdout, stderr } = await this.world.run(['resume', '--reason', 'a test of the desk']);
      throw new Error(stdout + stderr);
    };
    await eventually('the account is ACTIVE', resumed, LONG_MILLISECONDS);
  }

  /** Waits until the account was stopped with such a cause. */
  async stopped(since: number, cause: RegExp): Promise<void> {
    const found = (): boolean => this.stopsSince(since).some((each) => cause.test(each));
    await eventually(`the account is stopped: ${String(cause)}`, found, LONG_MILLISECONDS);
  }

  /** A wish that no other one resembles, in whole lots too. */
  async ask(wish: Readonly<Record<string, unknown>> = {}): Promise<Taken> {
    this.#count += 1;
    const id = `wish-${this.#count}`;
    return { id, answer: await this.agent.place({ intent_id: id, quantity: String(40 + 13 * this.#count), ...wish }) };
  }

  /** The same, until it is taken: where the machine was too slow a person goes on, and what was not known is known a moment later. */
  async enter(wish: Readonly<Record<string, unknown>> = {}): Promise<Taken> {
    return eventually('an order is taken', async () => {
      const taken = await this.ask(wish);
      const { code } = taken.answer;
      if (code !== 'REDUCE_ONLY' && code !== 'STALE_DATA') return taken;
      if (code === 'REDUCE_ONLY') await this.open();
      throw new Error(JSON.stringify(taken.answer));
    });
  }

  async ends(id: string, status: string): Promise<Answer> {
    return eventually(`${id} is ${status}`, async () => {
      const answer = await this.agent.intent(id, 5);
      if (answer.status !== status) throw new Error(JSON.stringify(answer));
      return answer;
    });
  }

  /** Waits until it is filled, and the exchange was seen to hold that. */
  async proven({ id }: Taken): Promise<void> {
    await this.ends(id, 'filled');
    await eventually(`${id} is proven`, async () => {
      const { verification } = await this.agent.intent(id);
      assert.notEqual(verification, 'divergent');
      return verification === 'matched';
    });
  }

  /** An order that was not carried out: nothing of it is at the exchange. */
  async absent({ id }: Taken): Promise<void> {
    const { order } = await this.ends(id, 'rejected');
    assert.equal(order?.filled, '0');
    const { orders } = await this.world.exchange.ledger();
    assert.ok(!orders.some(({ clOrdId }) => clOrdId === order?.client_order_id), 'the exchange never had it');
  }

  async told(code: string): Promise<void> {
    await eventually(`${code} is told`, () => this.entries('alert').some(({ body }) => body['code'] === code), LONG_MILLISECONDS);
  }

  /** A price a little under the market. */
  async below(): Promise<number> {
    return Math.floor((await this.world.exchange.lastPrice(SWAP)) * 0.995);
  }

  /** Rests a bid and lets the market come to it, so that nothing but a push or a question can tell of its fill. */
  async filledByMarket(): Promise<void> {
    const { exchange } = this.world;
    const last = await exchange.lastPrice(SWAP);
    const price = await this.below();
    const rested = await this.enter(bid(price));
    await this.ends(rested.id, 'working');
    await exchange.movePrice(SWAP, String(Math.floor(price * 0.999)));
    await this.proven(rested);
    await exchange.movePrice(SWAP, String(last));
  }

  /** Somebody accepts what the exchange says. */
  async adopt(): Promise<void> {
    await eventually('what the exchange says is accepted', async () => {
      const { code, stdout, stderr } = await this.world.run(['reconcile', '--adopt', '--reason', 'a test of the desk']);
      if (code !== 0) throw new Error(stdout + stderr);
      return true;
    });
  }

  /** Nothing was sent twice, no execution was booked twice, and the books are those of the exchange. */
  async isTrue(): Promise<void> {
    const { orders, refused } = await this.world.exchange.ledger();
    const names = [...orders, ...refused.filter(({ path }) => path === ORDER)].map(({ clOrdId }) => clOrdId).filter((name) => name !== '');
    assert.equal(new Set(names).size, names.length, 'no order was sent twice');
    const trades = this.entries('fill').map(({ body }) => `${String(body['client_order_id'])} ${String(body['trade_id'])}`);
    assert.equal(new Set(trades).size, trades.length, 'no execution is booked twice');
    await booksEqualLedger(this.world);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }
}

/** A wish for a bid that rests. */
export function bid(price: number): Readonly<Record<string, unknown>> {
  return { instrument: SWAP, type: 'limit', price: String(price) };
}
