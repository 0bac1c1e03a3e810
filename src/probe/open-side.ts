import { assert } from '../core/lang/assert.ts';
import { add, compare, decimal, isPositive } from '../core/money/decimal.ts';
import type { Sent, SignedRequest } from '../ports/exchange.ts';
import type { Credentials } from '../vault/sign.ts';
import { amount, type Answer, codeOf, firstRow } from './answer.ts';
import { beyondBounds, beyondValue, isFields, type Measures, ORDERS_MAX } from './bounds.ts';
import { signed } from './signing.ts';
import { CaseEnds, instrumentOf, type Market, type Question, type Side, type Step, type Terms } from './side.ts';

/** The way to an exchange, with its own time. */
export type Wire = {
  readonly send: (request: SignedRequest) => Promise<Sent>;
  /** The exchange's time in UTC milliseconds. */
  readonly now: () => number;
  /** Ends early when the run is stopped. */
  readonly pause: (milliseconds: number) => Promise<void>;
  /** How long balances and lists may lag behind an order. */
  readonly lagMilliseconds: number;
  /** Whether the operator wants the run to end. */
  readonly stopped: () => boolean;
};

/** A side with what was seen on it, and with what it was asked to do that has to be undone, whether or not it was answered. */
export type OpenSide = Side & { readonly steps: readonly Step[]; readonly deeds: Deeds };

export type Deeds = {
  /** Client ids of orders. */
  readonly placed: readonly { readonly market: Market; readonly id: string }[];
  /** Kinds of stop orders. */
  readonly stops: ReadonlySet<string>;
  /** Whether another position mode was asked for. */
  readonly movedMode: boolean;
};

/** What all sides of a run share: names and the number of orders that it may still place. */
export class Budget {
  readonly prefix: string;
  #ids = 0;
  #orders = 0;

  /** `prefix` begins every client id of the run. */
  constructor(prefix: string) {
    assert(/^[a-z0-9]{4,16}$/.test(prefix), 'a prefix is short, of letters and digits');
    this.prefix = prefix;
  }

  nextId(): string {
    this.#ids += 1;
    return `${this.prefix}${this.#ids}`;
  }

  takeOrder(): void {
    this.#orders += 1;
    assert(this.#orders <= ORDERS_MAX, `a run places at most ${ORDERS_MAX} orders`);
  }
}

/** With these the exchange says that it is busy or does not know, which says nothing of a rule (okx-errors.md §3). */
const noAnswers: ReadonlySet<string> = new Set(['50001', '50004', '50013', '50026', '51149']);
const ATTEMPTS_MAX = 8;
const RATE_PAUSE_MILLISECONDS = 500;

/** How old a price may be that an order is put by. */
const PRICE_MILLISECONDS_MAX = 1000;

type Measured = NonNullable<Measures[Market]> & { readonly at: number };

export type Opening = { readonly wire: Wire; readonly credentials: Credentials; readonly budget: Budget };

export function openSide({ wire, credentials, budget }: Opening): OpenSide {
  const steps: Step[] = [];
  const placed: { readonly market: Market; readonly id: string }[] = [];
  const stops = new Set<string>();
  let movedMode = false;
  const measures: { [Each in Market]: Measured | undefined } = { spot: undefined, swap: undefined };

  const ask = async (question: Question): Promise<Answer> => {
    const beyond = beyondBounds(question, measures);
    assert(beyond === undefined, `the probe stays within its bounds: ${beyond}`);
    remember(question);
    for (let attempt = 1; ; attempt += 1) {
      if (wire.stopped()) throw new CaseEnds({ kind: 'stopped' });
      // Each attempt is signed anew, at its own time.
      const sent = await wire.send(signed(question, { credentials, now: wire.now() }));
      if (sent.kind !== 'answered') throw new CaseEnds({ kind: 'no_answer', why: `${question.method} ${question.path}: ${sent.cause}` });
      const answer = { status: sent.status, body: read(sent.body) };
      const code = codeOf(answer);
      const isTooMany = code === '50011' && question.once !== true;
      if (answer.status >= 500 || noAnswers.has(code) || (isTooMany && attempt === ATTEMPTS_MAX))
        throw new CaseEnds({
          kind: 'no_answer',
          why: `${question.method} ${question.path}: ${code === '' ? `status ${answer.status}` : code}`,
        });
      if (!isTooMany) return answer;
      // A refusal for its rate was certainly not executed, so that to ask again asks once.
      await wire.pause(RATE_PAUSE_MILLISECONDS);
    }
  };

  const remember = ({ method, path, body }: Question): void => {
    if (method !== 'POST' || !isFields(body)) return;
    const { clOrdId, instId, ordType } = body;
    if (path === '/api/v5/account/set-position-mode') movedMode = true;
    if (path === '/api/v5/trade/order' || path === '/api/v5/trade/order-algo') budget.takeOrder();
    if (path === '/api/v5/trade/order-algo' && typeof ordType === 'string') stops.add(ordType);
    if (path === '/api/v5/trade/order' && typeof clOrdId === 'string')
      placed.push({ market: instId === instrumentOf.spot ? 'spot' : 'swap', id: clOrdId });
  };

  const measured = async (market: Market): Promise<Measured> => {
    const before = measures[market];
    if (before !== undefined && wire.now() - before.at < PRICE_MILLISECONDS_MAX) return before;
    const instId = instrumentOf[market];
    const instType = market === 'spot' ? 'SPOT' : 'SWAP';
    const terms = before?.terms ?? termsOf(await ask({ method: 'GET', path: '/api/v5/public/instruments', query: { instType, instId } }));
    const ticker = firstRow(await ask({ method: 'GET', path: '/api/v5/market/ticker', query: { instId } }));
    const price = { bid: amount(ticker, 'bidPx'), ask: amount(ticker, 'askPx') };
    if (!isPositive(price.bid) || compare(price.ask, price.bid) < 0)
      throw new CaseEnds({ kind: 'lacks', why: `nobody quotes ${instId} on this exchange now` });
    if (beyondValue(add(terms.min, terms.min), { terms, price }))
      throw new CaseEnds({ kind: 'lacks', why: `the smallest orders of ${instId} cost more than a case may` });
    const measure = { terms, price, at: wire.now() };
    measures[market] = measure;
    return measure;
  };

  return {
    steps,
    deeds: {
      placed,
      stops,
      get movedMode() {
        return movedMode;
      },
    },
    ask,
    quote: async (market) => (await measured(market)).price,
    terms: async (market) => (measures[market] ?? (await measured(market))).terms,
    pause: (milliseconds) => wire.pause(milliseconds),
    settled: () => wire.pause(wire.lagMilliseconds),
    newId: () => budget.nextId(),
    saw: (what, facts, answer) => {
      steps.push({ what, facts, answer });
    },
  };
}

function termsOf(answer: Answer): Terms {
  const row = firstRow(answer);
  const [tick, lot, min] = [amount(row, 'tickSz'), amount(row, 'lotSz'), amount(row, 'minSz')];
  if (!isPositive(tick) || !isPositive(lot) || !isPositive(min))
    throw new CaseEnds({ kind: 'lacks', why: 'this exchange does not say the sizes of its instruments' });
  const contract = amount(row, 'ctVal');
  return { tick, lot, min, contract: isPositive(contract) ? contract : decimal('1') };
}

function read(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}
