import type { Holding } from '../exposure/holding.ts';
import { underlyingOf } from '../market/valuation.ts';
import { add } from '../money/decimal.ts';
import type { PositionKey } from '../order/leg.ts';
import { approvalSum } from './activity.ts';
import type { Proposal } from './control.ts';
import type { UnderlyingUse } from './decision.ts';
import { othersOf } from './others.ts';

/** What all agents and all instruments of the order's underlying come to, without and with the order. */
export function underlyingUse(proposal: Proposal): { readonly before: UnderlyingUse; readonly after: UnderlyingUse } {
  const { question, instrument, situation, notionalUsd, worstCaseUsd } = proposal;
  const { books, circumstances, policy } = question;
  const underlying = underlyingOf(instrument);
  const windowUsd = approvalSum(books.activity, underlying, circumstances.now);
  const holdings = holdingsOf(situation.holdings, underlying);
  const others = othersOf({ circumstances, policy, holdings, except: instrument.id });
  const known = others.kind === 'known' ? others.usd : null;
  return {
    before: { windowUsd, worstCaseUsd: known === null ? null : add(known, worstCaseUsd.before) },
    after: { windowUsd: add(windowUsd, notionalUsd), worstCaseUsd: known === null ? null : add(known, worstCaseUsd.after) },
  };
}

/** What is held or may still execute on the instruments of one underlying. */
export function holdingsOf(holdings: ReadonlyMap<PositionKey, Holding>, underlying: string): ReadonlyMap<PositionKey, Holding> {
  // What is not known any more may be of any underlying.
  return new Map([...holdings].filter(([, { listing }]) => listing === undefined || underlyingOf(listing) === underlying));
}
