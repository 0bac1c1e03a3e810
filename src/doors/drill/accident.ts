/** What may go wrong; says which rules a judge holds an accident to, and not how it should end. */
export const accidentKinds = [
  /** What became of an order is not told, or told wrongly. */
  'doubt',
  /** An entry is asked for that nobody in his senses would make: for its size, its price, its market, or what is not known of it. */
  'bad_entry',
  /** An agent that does not stop. */
  'loop',
  /** Somebody else trades on the account. */
  'stranger',
  'liquidation',
  /** The exchange closes a position that earns, for the loss of others. */
  'deleveraging',
  /** The exchange takes nothing of the account any more, for whatever reason. */
  'blocked',
  /** The exchange serves nobody for a while. */
  'outage',
  /** Orders are filled, and nobody tells. */
  'missed',
  'loss',
] as const;
export type AccidentKind = (typeof accidentKinds)[number];
