/** What of a signed request can be wrong on purpose. */
export type Part = 'key' | 'signature' | 'time' | 'passphrase';

/** What a request does wrong on purpose. A wrong part is a fixed text that is nobody's; the header of demo trading cannot be among them. */
export type Flaws = {
  readonly without?: readonly Part[];
  readonly wrong?: readonly Part[];
  /** Signed at a time that is long over. */
  readonly late?: boolean;
};
