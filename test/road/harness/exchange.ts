/** What the simulated exchange says of itself, apart from the API that the gateway uses. */
export type Ledger = {
  readonly orders: readonly LedgerOrder[];
  readonly fills: readonly LedgerFill[];
  readonly positions: readonly { readonly account: string; readonly instId: string; readonly pos: string }[];
  readonly balances: readonly { readonly account: string; readonly ccy: string; readonly total: string }[];
  readonly refused: readonly { readonly path: string; readonly instId: string; readonly clOrdId: string; readonly code: string }[];
};

export type LedgerOrder = {
  /** One sequence for orders and fills. */
  readonly seq: number;
  readonly account: string;
  readonly instId: string;
  readonly clOrdId: string;
  readonly ordId: string;
  readonly side: string;
  readonly sz: string;
  readonly accFillSz: string;
  readonly reduceOnly: boolean;
  readonly state: string;
  readonly origin: string;
  /** When it was taken, and when anything of it changed last, by the exchange's clock. */
  readonly at: number;
  readonly changedAt: number;
};

export type LedgerFill = {
  readonly seq: number;
  readonly account: string;
  readonly ordId: string;
  readonly clOrdId: string;
  readonly instId: string;
  readonly side: string;
  readonly px: string;
  readonly sz: string;
  /** Negative is paid. */
  readonly fee: string;
  readonly feeCcy: string;
  readonly at: number;
};

export type Fault = {
  readonly kind: string;
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  readonly executed?: boolean;
  readonly count?: number;
  readonly delay_ms?: number;
};

/** The desk of a simulated exchange. */
export class ExchangeDesk {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  async ledger(): Promise<Ledger> {
    return (await this.#ask('GET', '/sim/ledger')) as Ledger;
  }

  async arm(fault: Fault): Promise<void> {
    await this.#ask('POST', '/sim/faults', fault);
  }

  /** The faults that nobody has met yet. */
  async armed(): Promise<readonly Fault[]> {
    return ((await this.#ask('GET', '/sim/faults')) as { readonly faults: readonly Fault[] }).faults;
  }

  async heal(): Promise<void> {
    await this.#ask('DELETE', '/sim/faults');
  }

  async movePrice(instId: string, price: string): Promise<void> {
    await this.#ask('POST', '/sim/market', { instId, price });
  }

  /** Whatever else the desk can do. */
  async stage(path: string, body: Readonly<Record<string, unknown>>): Promise<void> {
    await this.#ask('POST', path, body);
  }

  /** An order by somebody else on the same account. */
  async orderOfOthers(order: Readonly<Record<string, string>>): Promise<void> {
    await this.#ask('POST', '/sim/orders', order);
  }

  /** Money arrives in the trading account. */
  async topUp(ccy: string, amt: string): Promise<void> {
    await this.#ask('POST', '/sim/deposits', { ccy, amt, to: '18' });
  }

  /** Moves the exchange's clock ahead of the machine's. */
  async advance(milliseconds: number): Promise<void> {
    await this.#ask('POST', '/sim/clock', { advance_ms: milliseconds });
  }

  async lastPrice(instId: string): Promise<number> {
    return Number((await this.#ticker(instId)).last);
  }

  async askPrice(instId: string): Promise<string> {
    return (await this.#ticker(instId)).askPx;
  }

  async #ticker(instId: string): Promise<{ readonly last: string; readonly askPx: string }> {
    const answer = (await this.#ask('GET', `/api/v5/market/ticker?instId=${instId}`)) as {
      readonly data: readonly [{ readonly last: string; readonly askPx: string }];
    };
    return answer.data[0];
  }

  async #ask(method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown): Promise<unknown> {
    const init = body === undefined ? { method } : { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const answer = await fetch(this.url + path, init);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as unknown;
  }
}
