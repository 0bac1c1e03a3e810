import type {
  ApprovalAskedBody,
  ClearedOrder,
  DecisionBody,
  DifferenceBody,
  Entry,
  FillBody,
  NotFoundBody,
  SubmittingBody,
  TriggerTexts,
} from '../../core/journal/entry.ts';
import { unreachable } from '../../core/lang/assert.ts';
import { sources } from '../../core/order/absence.ts';
import { visible } from '../../core/lang/visible.ts';
import { isoTime } from '../../view/head.ts';
import { cents } from '../operator/text.ts';

/** Hexadecimal digits of a hash that are enough to find it again by eye. */
const HASH_DIGITS = 12;

/** One entry as one sentence, with units. Whatever an agent or the exchange wrote is made visible, so that it cannot forge a line. */
export function tell(entry: Entry): string {
  switch (entry.kind) {
    case 'genesis':
      return `journal ${visible(entry.journal)} begun in ${visible(entry.environment)} by twokey ${visible(entry.version)}`;
    case 'started':
      return `start ${entry.epoch} of twokey ${visible(entry.version)} under policy ${short(entry.policy_hash)}${entry.read_only ? ', read-only' : ''}${isolated(entry)}`;
    case 'instruments':
      return `${entry.instruments.length} instruments read: ${entry.instruments.map(({ id }) => visible(id)).join(', ')}`;
    case 'baseline':
      return `found at the first start, and not twokey's: ${holdings(entry)}`;
    case 'booted':
      return `start-up ended: mode ${visible(entry.mode)}`;
    case 'decision':
      return `${visible(entry.principal)} asked ${visible(entry.tool)} ${visible(entry.intent_id)}: ${verdict(entry)}${planned(entry)}`;
    case 'denied_again':
      return `${visible(entry.principal)} asked ${visible(entry.intent_id)}: denied again as ${visible(entry.same_as)} was (twokey why ${visible(entry.same_as)})`;
    case 'approval_asked':
      return `a person is asked to agree (${visible(entry.approval_id)}) until ${instant(entry.expires_at)}: ${question(entry)}`;
    case 'approved':
      return `${visible(entry.by)} agreed to ${visible(entry.approval_id)}${named(': ', entry.reason)}; decided anew, and used up`;
    case 'approval_ended':
      return `${visible(entry.approval_id)} ${entry.outcome === 'denied' ? `refused by ${visible(entry.by)}${named(': ', entry.reason)}` : 'expired: nobody answered in time'}`;
    case 'submitting':
      return `sending ${visible(entry.client_order_id)}: ${terms(entry)} (intent ${visible(entry.intent_id)} of ${visible(entry.principal)})`;
    case 'accepted':
      return `${visible(entry.client_order_id)} accepted by the exchange as ${visible(entry.exchange_order_id)}`;
    case 'rejected':
      return `${visible(entry.client_order_id)} rejected by the exchange with code ${visible(entry.code)}`;
    case 'not_sent':
      return `${visible(entry.client_order_id)} was not sent, certainly: ${visible(entry.cause)}`;
    case 'unknown':
      return `${visible(entry.client_order_id)} may or may not have reached the exchange: ${visible(entry.cause)}; it is looked up, never sent again`;
    case 'not_found':
      return `${visible(entry.client_order_id)} looked up and not found${silent(entry)}, which alone proves nothing (evidence ${short(entry.evidence)})`;
    case 'absent':
      return entry.by === undefined
        ? `${visible(entry.client_order_id)} never reached the exchange: complete look-ups, late enough, found nothing (evidence ${short(entry.evidence)})`
        : `${visible(entry.client_order_id)} is not at the exchange, says ${visible(entry.by)}${named(': ', entry.reason ?? '')}`;
    case 'reported':
      return `${visible(entry.client_order_id)} is ${visible(entry.state)} at the exchange with ${visible(entry.filled)} filled`;
    case 'fill':
      return `${visible(entry.client_order_id)} ${filled(entry)}`;
    case 'protecting':
      return `placing stop order ${visible(entry.client_order_id)}: ${visible(entry.side)} ${visible(entry.size)} ${sizeUnit(entry.instrument)} of ${visible(entry.instrument)}${triggers(entry)}`;
    case 'armed':
      return `stop order ${visible(entry.client_order_id)} waits at the exchange (order ${visible(entry.exchange_order_id)})`;
    case 'triggered':
      return `stop order ${visible(entry.client_order_id)} was reached and sent order ${visible(entry.exchange_order_id)}`;
    case 'moving':
      return `moving stop order ${visible(entry.client_order_id)} for ${visible(entry.principal)}${triggers(entry)}`;
    case 'moved':
      return `stop order ${visible(entry.client_order_id)} stands${triggers(entry)}`;
    case 'amending':
      return `amending ${visible(entry.client_order_id)} to ${visible(entry.size)} in all at ${visible(entry.price)}`;
    case 'amended':
      return `amendment of ${visible(entry.client_order_id)} ${visible(entry.outcome)}`;
    case 'cancelling':
      return `cancelling ${visible(entry.client_order_id)} for ${visible(entry.principal)}${named(' ', entry.intent_id)}${named(': ', entry.reason)}`;
    case 'cancel_answered':
      return `cancel of ${visible(entry.client_order_id)}: ${cancelOutcome(entry.outcome)}${named(', code ', entry.code)}`;
    case 'verified':
      return `${visible(entry.instrument)} ${entry.outcome === 'matched' ? 'matched' : 'DIVERGENT'}: ${sides(entry)} (evidence ${short(entry.evidence)})`;
    case 'leftover':
      return entry.size === '0'
        ? `what ${visible(entry.client_order_id)} left of a close is not followed any more`
        : `${visible(entry.client_order_id)} left ${visible(entry.size)} of a close, which is closed as well`;
    case 'mismatch':
      return `${visible(entry.instrument)} differs for now: ${sides(entry)}; compared again before it is believed (evidence ${short(entry.evidence)})`;
    case 'compared':
      return `full comparison (${visible(entry.trigger)}): ${entry.clean ? 'clean' : differences(entry.differences)} (evidence ${short(entry.evidence)})`;
    case 'statement':
      return `bills read through ${visible(entry.through) || 'none'}: ${entry.trades} trades of ours${items(entry.items)}`;
    case 'adopted':
      return `${visible(entry.by)} accepted what the exchange says: ${differences(entry.differences)}${named(': ', entry.reason)}`;
    case 'mode':
      return `mode ${visible(entry.from)} → ${visible(entry.to)} by ${visible(entry.by)}: ${visible(entry.cause)}`;
    case 'frozen':
      return `${visible(entry.subject)} frozen by ${visible(entry.by)}: ${visible(entry.cause)}`;
    case 'thawed':
      return `${visible(entry.subject)} thawed by ${visible(entry.by)}: ${visible(entry.cause)}`;
    case 'agent_added':
      return `agent ${visible(entry.agent)} added by ${visible(entry.by)}, with a token of hash ${short(entry.token_hash)}${named(': ', entry.reason)}`;
    case 'agent_revoked':
      return `agent ${visible(entry.agent)} revoked by ${visible(entry.by)}${named(': ', entry.reason)}`;
    case 'flattening':
      return `flattening ${entry.instrument === '' ? 'everything' : visible(entry.instrument)}, ${visible(entry.phase)}${named(': ', entry.reason)}`;
    case 'flattened':
      return `flattening ended ${visible(entry.outcome)}${entry.clean ? ', confirmed by the exchange' : ''}: ${left(entry)}`;
    case 'killing':
      return `halt by ${visible(entry.by)}: what was decided before is void, and the exchange is asked what waits there`;
    case 'clearing':
      return `cancelling ${entry.orders.length} of ${entry.listed} that the exchange lists: ${entry.orders.map(cleared).join(', ')} (evidence ${short(entry.evidence)})`;
    case 'killed':
      return `halt done, ${visible(entry.outcome)} after ${entry.milliseconds} ms: ${entry.cancelled} cancelled (${entry.foreign} not of twokey), ${entry.left} left, ${entry.kept} kept that only reduce (evidence ${short(entry.evidence)})`;
    case 'timer':
      return entry.seconds === 0
        ? 'the exchange need not cancel by itself any more'
        : `the exchange is to cancel all by itself when it hears nothing for ${entry.seconds} s`;
    case 'marked':
      return `twokey's own trading stands at ${cents(entry.managed_usd)} USD${stillHalting(entry.halting)}`;
    case 'unvalued':
      return `from here on it is not known how twokey's own trading stands: ${visible(entry.cause)}`;
    case 'checkpoint':
      return `checkpoint: the vault signed entry ${entry.entry} (${short(entry.entry_hash)}), state ${short(entry.state_digest)}, key ${short(entry.key)}`;
    case 'alert':
      return `${visible(entry.severity)} alert ${visible(entry.code)}: ${visible(entry.message)}`;
    case 'alert_ended':
      return `over: ${visible(entry.key)}`;
    case 'delivered':
      return entry.outcome === 'delivered'
        ? `${visible(entry.sink)} has the alert of entry ${entry.alert}`
        : `${visible(entry.sink)} is not in twokey.toml any more and never gets the alert of entry ${entry.alert}`;
    case 'policy':
      return `limits ${short(entry.policy_hash)} hold, by ${visible(entry.by)}: ${visible(entry.cause)}${entry.pending === null ? '' : `; ${short(entry.pending.digest)} waits until ${instant(entry.pending.due)}`}`;
    case 'stage':
      return `stage ${visible(entry.from)} → ${visible(entry.to)} by ${visible(entry.by)}: ${visible(entry.cause)}${entry.wait_until === 0 ? '' : `; not promoted before ${instant(entry.wait_until)}`}${entry.signed === undefined ? '' : `; signed at ${cents(entry.signed.equity_usd)} USD with key ${short(entry.signed.key)}`}`;
    case 'proof':
      return `proof of the operator for ${visible(entry.purpose)}: ${entry.outcome === 'begun' ? 'the vault is asked' : visible(entry.outcome)}${named(', ', entry.cause)}`;
    case 'acknowledged':
      return `${visible(entry.by)} acknowledged the alert of entry ${entry.alert}${named(': ', entry.reason)}`;
    case 'notifier':
      return `${visible(entry.sink)} ${entry.state === 'up' ? 'takes alerts' : `takes no alerts (${visible(entry.cause)})`}${entry.closes ? '; nobody can be told, entries are closed' : ''}`;
    default:
      return unreachable(entry);
  }
}

function cleared({ type, side, instrument, exchange_order_id: id, own }: ClearedOrder): string {
  return `${own ? '' : 'foreign '}${visible(type)} ${visible(id)} (${visible(side)} ${visible(instrument)})`;
}

function items(list: Extract<Entry, { kind: 'statement' }>['items']): string {
  return list.map((item) => `; ${visible(item.class)} of ${visible(item.change)} ${visible(item.currency)}`).join('');
}

function left({ positions, open_orders: open }: Extract<Entry, { kind: 'flattened' }>): string {
  const rows = positions.map(({ instrument, left: size, outcome }) => `${visible(instrument)} ${visible(outcome)} (${visible(size)} left)`);
  return [...(rows.length === 0 ? ['nothing was held'] : rows), ...(open === 0 ? [] : [`${open} orders open`])].join(', ');
}

/** Who said so, where not all of them did: whoever did not had changed. */
function silent({ sources: answers }: NotFoundBody): string {
  const names = sources.filter((source) => answers?.[source] !== undefined);
  return answers === undefined || names.length === sources.length ? '' : ` by ${names.join(', ')} alone`;
}

/** What the policy said, in one clause. */
export function verdict({ outcome, code, message }: Pick<DecisionBody, 'outcome' | 'code' | 'message'>): string {
  switch (outcome) {
    case 'allow':
      return 'allowed';
    case 'needs_approval':
      return `a person has to agree: ${visible(message)}`;
    case 'deny':
      return `denied ${visible(code)}: ${visible(message)}`;
    default:
      return unreachable(outcome);
  }
}

/** What a person is shown. */
function question(entry: ApprovalAskedBody): string {
  const size = `${visible(entry.size)} ${sizeUnit(entry.instrument)}`;
  const price = `${visible(entry.price)} ${priceUnit(entry.instrument)} or better`;
  const worst = entry.underlying_worst_case_usd === null ? 'not known' : `${cents(entry.underlying_worst_case_usd)} USD`;
  const together = `with it ${cents(entry.window_usd)} USD in 10 minutes and ${worst} in the worst case on its underlying`;
  const stops = `${named(', take profit ', entry.take_profit ?? '')}${named(', stop loss ', entry.stop_loss ?? '')}`;
  return `${visible(entry.side)} ${size} of ${visible(entry.instrument)} as ${visible(entry.type)} at ${price}${stops}, worth ${cents(entry.notional_usd)} USD; ${together}`;
}

/** How many orders a decision on several allowed, and what it only closes. */
export function planned({ plan }: Pick<DecisionBody, 'plan'>): string {
  if (plan === undefined) return '';
  const closed = plan.turns.length === 0 ? '' : `, ${plan.turns.map((id) => visible(id)).join(', ')} only closed`;
  return `, ${plan.orders.length} ${plan.orders.length === 1 ? 'order' : 'orders'} as one${closed}`;
}

/** What went on the wire. */
export function terms(entry: SubmittingBody): string {
  const size = `${visible(entry.size)} ${sizeUnit(entry.instrument)}`;
  const flags = `${named(', leg ', entry.leg === undefined || entry.leg === 'net' ? '' : entry.leg)}${entry.reduce_only ? ', reduce-only' : ''}, ${visible(entry.purpose)}`;
  const price = `${visible(entry.price)} ${priceUnit(entry.instrument)}`;
  const worth = `worth ${cents(entry.notional_usd)} USD at the worst price allowed`;
  return `${visible(entry.side)} ${size} of ${visible(entry.instrument)} as ${visible(entry.type)} at ${price}${flags}, ${worth}`;
}

function triggers({ stop_loss: stop, take_profit: profit }: TriggerTexts): string {
  return `${named(', stop at ', stop)}${named(', take profit at ', profit)}`;
}

function filled(fill: FillBody): string {
  const paid = fill.fee.startsWith('-');
  const fee = `fee ${visible(paid ? fill.fee.slice(1) : fill.fee)} ${visible(fill.fee_currency)} ${paid ? 'paid' : 'received'}`;
  const what = `${visible(fill.size)} ${sizeUnit(fill.instrument)} of ${visible(fill.instrument)}`;
  return `${fill.side === 'buy' ? 'bought' : 'sold'} ${what} at ${visible(fill.price)} ${priceUnit(fill.instrument)}, ${fee} (trade ${visible(fill.trade_id)})`;
}

/** The unit of a size: the base currency where the name has two parts (spot), contracts where it has more. */
export function sizeUnit(instrument: string): string {
  const parts = instrument.split('-');
  return visible(parts.length === 2 ? (parts[0] ?? '') : 'contracts');
}

/** The unit of a price: the second part of an instrument's name. */
export function priceUnit(instrument: string): string {
  return visible(instrument.split('-')[1] ?? '');
}

/** A time as people read it, to the millisecond: what happened within one second is the story. */
export function instant(milliseconds: number): string {
  return isoTime(milliseconds).replace('T', ' ').replace('Z', ' UTC');
}

/** A hash as a person compares it. */
export function short(hash: string): string {
  return hash.length > HASH_DIGITS ? `${visible(hash.slice(0, HASH_DIGITS))}…` : visible(hash);
}

function named(before: string, text: string): string {
  return text === '' ? '' : before + visible(text);
}

function stillHalting(limits: readonly string[]): string {
  return limits.length === 0 ? '' : `, beyond what halts: ${limits.map(visible).join(', ')}`;
}

function sides({ books, exchange }: { readonly books: string; readonly exchange: string }): string {
  return `books ${visible(books === '' ? 'nothing' : books)}, exchange ${visible(exchange === '' ? 'nothing' : exchange)}`;
}

function differences(list: readonly DifferenceBody[]): string {
  const told = list.map(
    (difference) => `${visible(difference.class ?? difference.kind)} ${visible(difference.subject)}: ${sides(difference)}`,
  );
  return `${list.length} ${list.length === 1 ? 'difference' : 'differences'}: ${told.join('; ')}`;
}

function holdings({ currencies, contracts }: Extract<Entry, { kind: 'baseline' }>): string {
  const held = Object.entries(currencies).map(([currency, amount]) => `${visible(amount)} ${visible(currency)}`);
  const open = Object.entries(contracts).map(([instrument, size]) => `${visible(size)} contracts of ${visible(instrument)}`);
  return [...held, ...open].join(', ') || 'nothing';
}

function cancelOutcome(outcome: Extract<Entry, { kind: 'cancel_answered' }>['outcome']): string {
  switch (outcome) {
    case 'accepted':
      return 'accepted by the exchange';
    case 'rejected':
      return 'rejected by the exchange';
    case 'unknown':
      return 'the exchange did not answer clearly';
    case 'not_sent':
      return 'not sent, certainly';
    default:
      return unreachable(outcome);
  }
}

function isolated({ isolation, isolation_says: says = [] }: Extract<Entry, { kind: 'started' }>): string {
  if (isolation === undefined) return '';
  return `, ${isolation === 'isolated' ? 'isolated' : 'ADVISORY'}: ${says.map(visible).join('; ')}`;
}
