import type { Side } from './side.ts';

/** What an account needs for a case. Trading is always with the smallest sizes. */
export type Need =
  /** A key that may trade, on an account without any position or order, with some tethers. */
  | 'trading'
  /** An account in futures mode besides, in which contracts can be traded. */
  | 'contracts';

export type ProbedCase = {
  readonly kind: 'probed';
  /** The name of the rule in src/sim/rules.ts, which is that of the case. */
  readonly rule: string;
  readonly needs: readonly Need[];
  /** One position an instrument or two legs; undefined where it does not matter. */
  readonly mode: 'net_mode' | 'long_short_mode' | undefined;
  readonly run: (side: Side) => Promise<void>;
};

export type WaitingCase = { readonly kind: 'waits'; readonly rule: string; readonly why: string };

/** How a rule that was assumed is decided by the exchange's own demo, or why a request from outside cannot decide it. */
export type Case = ProbedCase | WaitingCase;

type Run = ProbedCase['run'];

/** A case that only reads. */
export function reading(rule: string, run: Run): Case {
  return { kind: 'probed', rule, needs: [], mode: undefined, run };
}

/** A case that places orders on spot, whatever mode the account is in. */
export function onSpot(rule: string, run: Run): Case {
  return { kind: 'probed', rule, needs: ['trading'], mode: undefined, run };
}

/** A case on contracts, with one position an instrument. */
export function onContracts(rule: string, run: Run): Case {
  return { kind: 'probed', rule, needs: ['trading', 'contracts'], mode: 'net_mode', run };
}

/** A case on contracts with a long and a short leg. */
export function onLegs(rule: string, run: Run): Case {
  return { kind: 'probed', rule, needs: ['trading', 'contracts'], mode: 'long_short_mode', run };
}

/** A rule that no request from outside decides. */
export function waits(rule: string, why: string): Case {
  return { kind: 'waits', rule, why };
}
