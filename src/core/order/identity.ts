import type { Brand } from '../lang/brand.ts';

/** Ours, never reused, never resent (docs/decisions/0005): `t`, journal id, start epoch and sequence; at most 32 of `[A-Za-z0-9]`. */
export type ClientOrderId = Brand<string, 'ClientOrderId'>;

const EPOCH_DIGITS = 4;
const SEQUENCE_DIGITS = 8;

/** The next id. Fixed widths, so that no two pairs of epoch and sequence read the same. */
export function clientOrderId({
  journal,
  epoch,
  sequence,
}: {
  readonly journal: string;
  readonly epoch: number;
  readonly sequence: number;
}): ClientOrderId {
  return `t${journal}${epoch.toString(36).padStart(EPOCH_DIGITS, '0')}${sequence.toString(36).padStart(SEQUENCE_DIGITS, '0')}` as ClientOrderId;
}

const idShape = /^t([0-9a-z]{6})([0-9a-z]{4})([0-9a-z]{8})$/;

/** The sequence that an id was made from; 0 for a text of another shape. */
export function sequenceOf(id: string): number {
  return Number.parseInt(idShape.exec(id)?.[3] ?? '0', 36);
}

/** The start that an id was given in; 0 for a text of another shape. */
export function epochOf(id: string): number {
  return Number.parseInt(idShape.exec(id)?.[2] ?? '0', 36);
}

/** Of which journal an id is; empty for a text of another shape. */
export function journalOf(id: string): string {
  return idShape.exec(id)?.[1] ?? '';
}

const MARK_CHARACTERS = 7;
const markShape = /^t([0-9a-z]{6})$/;

/**
 * The mark of the instance that made an id, which is also the tag of its order: the exchange shows it to everybody who reads the account,
 * where an order sent by a stop carries no id of ours.
 */
export function markOf(id: string): string {
  return id.slice(0, MARK_CHARACTERS);
}

/** Of which journal a tag is; empty for a text of another shape. */
export function journalOfMark(tag: string): string {
  return markShape.exec(tag)?.[1] ?? '';
}
