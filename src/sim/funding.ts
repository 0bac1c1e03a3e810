import { absolute, add, type Decimal, isNegative, isZero, multiply, negate, zero } from '../core/money/decimal.ts';
import { bookCash } from './cash.ts';
import { type Instrument, instruments, valueOf } from './instruments.ts';
import { referencePrice } from './market.ts';
import { everyPositionOn } from './position-side.ts';
import { hash32 } from './random.ts';
import { type Account, nextId, type Position, putPosition } from './state.ts';
import { marketOf, type World } from './world.ts';

/** Funding falls at 0, 8 and 16 o'clock UTC. */
export const FUNDING_PERIOD = 28_800_000;

export type FundingTime = { readonly world: World; readonly instrument: Instrument; readonly at: number };

/** The rate that is due at one funding time: a function of the seed and that time. */
export function fundingRate({ world, instrument, at }: FundingTime): Decimal {
  // @rule funding-rate
  const chance = hash32(world.course.seed, instrument.instIdCode, 7, Math.floor(at / FUNDING_PERIOD)) % 2001;
  return { coefficient: BigInt(chance - 800), scale: 7 };
}

/** Pays what fell due after one moment and until another, at the prices of the time when it was due. @returns whether anything was paid. */
export function payFunding(world: World, { after, until }: { readonly after: number; readonly until: number }): boolean {
  let paid = false;
  for (let at = (Math.floor(after / FUNDING_PERIOD) + 1) * FUNDING_PERIOD; at <= until; at += FUNDING_PERIOD) {
    for (const account of world.state.accounts.values()) {
      for (const instrument of instruments) {
        if (instrument.instType !== 'SWAP') continue;
        for (const position of everyPositionOn(account, instrument.instId)) {
          paid = pay({ world, instrument, at }, { account, position }) || paid;
        }
      }
    }
  }
  return paid;
}

function pay(due: FundingTime, { account, position }: { readonly account: Account; readonly position: Position }): boolean {
  const { world, instrument, at } = due;
  const px = referencePrice({ market: marketOf(world), instrument, at });
  const size = absolute(position.pos);
  const sum = multiply(valueOf({ instrument, size, price: px }), fundingRate(due));
  // @rule funding-payment
  const change = isNegative(position.pos) ? sum : negate(sum);
  if (isZero(change)) return false;
  const { state } = world;
  // @rule isolated-funding
  const margin = position.tdMode === 'isolated' ? add(position.margin, change) : zero;
  putPosition({ state, account, position: { ...position, margin, fundingFee: add(position.fundingFee, change), uTime: at } });
  const caused = { fee: zero, pnl: change, fill: undefined, instId: instrument.instId, px, sz: size, from: '', to: '', at };
  const cause = { billId: nextId(state), type: '8', subType: isNegative(change) ? '173' : '174', ...caused };
  bookCash({ state, account, ccy: instrument.settle, change, freed: zero, cause });
  return true;
}
