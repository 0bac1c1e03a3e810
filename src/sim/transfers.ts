import { err, ok, type Result } from '../core/lang/result.ts';
import { add, compare, type Decimal, formatDecimal as text, isZero, negate, zero } from '../core/money/decimal.ts';
import { page, pageAnswer } from './account.ts';
import { type Answer, failure, success } from './answers.ts';
import { bookCash } from './cash.ts';
import { amountField, type Fields, listField, textField } from './fields.ts';
import { instruments } from './instruments.ts';
import { fundsOf } from './margin.ts';
import { dollarCoins } from './market.ts';
import { type Refusal, refusals } from './refusal.ts';
import type { Row } from './rows.ts';
import {
  type Account,
  addFundingBill,
  addRefused,
  addTransfer,
  type FundingBill,
  nextId,
  nextSequence,
  putFunding,
  type Transfer,
} from './state.ts';
import type { Call } from './trade.ts';
import type { World } from './world.ts';

const currencies: ReadonlySet<string> = new Set([...instruments.flatMap(({ base, quote }) => [base, quote]), ...dollarCoins]);
const AMOUNT_DIGITS_MAX = 8;

export type Moving = {
  readonly world: World;
  readonly account: Account;
  readonly fields: Fields;
  readonly origin: Transfer['origin'];
};

/** Moves a sum between the funding account (6) and the trading account (18) of one user. */
export function moveFunds({ world, account, fields, origin }: Moving): Result<Transfer, Refusal> {
  for (const name of ['ccy', 'amt', 'from', 'to']) if (textField(fields, name) === '') return err(refusals.missing(name));
  // @rule transfer-own-only
  if (!['', '0'].includes(textField(fields, 'type'))) return err(refusals.parameter('type'));
  const [ccy, from, to, clientId] = [
    textField(fields, 'ccy'),
    textField(fields, 'from'),
    textField(fields, 'to'),
    textField(fields, 'clientId'),
  ];
  const amt = amountField(fields, 'amt');
  if (!currencies.has(ccy)) return err(refusals.unknownCurrency());
  if (amt === undefined || amt.scale > AMOUNT_DIGITS_MAX) return err(refusals.parameter('amt'));
  if (from !== '6' && from !== '18') return err(refusals.parameter('from'));
  if ((to !== '6' && to !== '18') || to === from) return err(refusals.parameter('to'));
  if (!/^[A-Za-z0-9]{0,32}$/.test(clientId)) return err(refusals.parameter('clientId'));
  // @rule transfer-available
  const there = from === '6' ? (account.funding.get(ccy) ?? zero) : fundsOf({ world, account, ccy }).available;
  if (compare(amt, there) > 0) return err(refusals.transferTooLarge());
  const { state } = world;
  const seq = nextSequence(state);
  const transfer: Transfer = { seq, account: account.uid, transId: String(seq), clientId, ccy, amt, from, to, origin, at: state.now };
  const change = to === '18' ? amt : negate(amt);
  // @rule transfer-bills
  const caused = { fee: zero, pnl: zero, fill: undefined, instId: '', px: undefined, sz: amt, from, to, at: state.now };
  const cause = { billId: nextId(state), type: '1', subType: to === '18' ? '11' : '12', ...caused };
  bookCash({ state, account, ccy, change, freed: zero, cause });
  moveFunding({ world, account, ccy, change: negate(change), clientId, type: to === '18' ? '131' : '130' });
  addTransfer({ state, account, transfer });
  return ok(transfer);
}

/** A sum that arrives from outside, in the funding account. */
export function deposit({ world, account, ccy, amt }: Arriving): void {
  moveFunding({ world, account, ccy, change: amt, clientId: '', type: '1' });
}

type Arriving = { readonly world: World; readonly account: Account; readonly ccy: string; readonly amt: Decimal };

export function isCurrency(ccy: string): boolean {
  return currencies.has(ccy);
}

function moveFunding({ world, account, ccy, change, clientId, type }: FundingMove): void {
  const { state } = world;
  const balance = add(account.funding.get(ccy) ?? zero, change);
  putFunding({ state, account, ccy, balance });
  addFundingBill({ state, account, bill: { billId: nextId(state), ccy, clientId, type, change, balance, at: state.now } });
}

type FundingMove = Pick<FundingBill, 'ccy' | 'clientId' | 'type' | 'change'> & { readonly world: World; readonly account: Account };

export function postTransfer({ world, account, fields, path }: Call): Answer {
  const moved = moveFunds({ world, account, fields, origin: 'api' });
  if (!moved.ok) {
    const { code, message } = moved.error;
    addRefused(world.state, {
      account: account.uid,
      path,
      instId: '',
      clOrdId: textField(fields, 'clientId'),
      code,
      message,
      origin: 'api',
    });
    return failure(moved.error);
  }
  const { transId, ccy, clientId, from, amt, to } = moved.value;
  return success([{ amt: text(amt), ccy, clientId, from, to, transId }]);
}

/** GET asset/transfer-state, by either id; the latest where a client's id was used again. */
export function getTransferState({ account, fields }: Call): Answer {
  const [transId, clientId] = [textField(fields, 'transId'), textField(fields, 'clientId')];
  if (transId === '' && clientId === '') return failure(refusals.needsOneOf('transId', 'clientId'));
  const found = account.transfers.findLast((one) => (transId === '' ? one.clientId === clientId : one.transId === transId));
  // @rule transfer-unknown
  if (found === undefined) return failure(refusals.transferUnknown());
  return success([transferRow(found)]);
}

function transferRow({ amt, ccy, clientId, from, to, transId }: Transfer): Row {
  // @rule transfer-at-once
  const ended = { state: 'success', subAcct: '', instId: '', toInstId: '', type: '0' };
  return { amt: text(amt), ccy, clientId, from, to, transId, ...ended };
}

export function getFundingBalances({ account, fields }: Call): Answer {
  const wanted = listField(fields, 'ccy');
  if (wanted.length > 20) return failure(refusals.parameter('ccy'));
  const rows = [...account.funding].filter(([ccy, bal]) => !isZero(bal) && (wanted.length === 0 || wanted.includes(ccy)));
  return success(rows.map(([ccy, bal]) => ({ availBal: text(bal), bal: text(bal), ccy, frozenBal: '0' })));
}

/** GET asset/bills: what came to and went from the funding account. */
export function getFundingBills({ account, fields }: Call): Answer {
  const [ccy, type, clientId] = ['ccy', 'type', 'clientId'].map((name) => textField(fields, name));
  const paged = { items: account.fundingBills, id: (bill: FundingBill) => bill.billId, at: (bill: FundingBill) => bill.at };
  const found = page(
    fields,
    paged,
    (bill) => (ccy === '' || bill.ccy === ccy) && (type === '' || bill.type === type) && (clientId === '' || bill.clientId === clientId),
  );
  return pageAnswer(found, (bill) => ({
    bal: text(bill.balance),
    balChg: text(bill.change),
    billId: bill.billId,
    ccy: bill.ccy,
    clientId: bill.clientId,
    notes: '',
    ts: String(bill.at),
    type: bill.type,
  }));
}

/** GET account/max-withdrawal: what may leave the trading account. */
export function getMaxWithdrawal({ world, account, fields }: Call): Answer {
  const wanted = listField(fields, 'ccy');
  if (wanted.length > 20) return failure(refusals.parameter('ccy'));
  const held = [...account.balances.keys()].filter((ccy) => wanted.length === 0 || wanted.includes(ccy));
  return success(
    held.map((ccy) => {
      const most = text(fundsOf({ world, account, ccy }).available);
      return { ccy, maxWd: most, maxWdEx: most, spotOffsetMaxWd: '', spotOffsetMaxWdEx: '' };
    }),
  );
}
