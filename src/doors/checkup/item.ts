import type { Result } from '../../core/lang/result.ts';
import type { Decimal } from '../../core/money/decimal.ts';
import type { Configuration } from '../../core/policy/configuration.ts';
import type { Isolation } from '../../core/policy/isolation.ts';
import type { Check } from '../operator/checks.ts';
import type { Fields } from '../operator/text.ts';
import type { Program } from './program.ts';
import type { Published } from './published.ts';
import type { Sightings } from './search.ts';
import type { Traces } from './traces.ts';

/** One line of the go-live list. `blocking`: live does not start while it is red. `entries` are those of the journal that prove it. */
export type Item = Check & {
  readonly blocking: boolean;
  readonly needs: Needs;
  readonly entries: readonly number[];
  /** Whose journal they stand in; empty where there are none. */
  readonly journal: string;
};

/** What has to be asked before an item can be green: the exchange, the key itself, everything that doctor looks at, or this machine alone. */
export type Needs = 'machine' | 'key' | 'exchange' | 'doctor';

/** What was seen. `null`: it was not looked at, which proves nothing. */
export type Evidence = {
  readonly configuration: Configuration;
  readonly version: string;
  /** What the operator was told that this version was published with; `null` where he was told nothing. */
  readonly published: Result<Published> | null;
  /** This home's journal first, then those that the operator laid beside it as evidence. */
  readonly journals: readonly Traces[];
  readonly files: readonly Check[];
  /** The file that systemd hands to this service; empty where there is none. */
  readonly serviceFile: string;
  readonly program: Program;
  readonly isolation: Isolation;
  /** Until when somebody took live in advisory mode upon himself, as `YYYY-MM-DD…`; empty: not. */
  readonly advisoryUntil: string;
  /** What the exchange says of key and account, with findings and equity. */
  readonly account: Fields | null;
  /** Why it said nothing; empty where it did, or was not asked. */
  readonly accountFailure: string;
  readonly equityUsd: Decimal | null;
  /** An error says why the search could not be made. */
  readonly sightings: Sought | null;
  readonly doctor: readonly Check[] | null;
};

/** `isPublic`: the key is the simulator's own, which stands in every copy of twokey, so that there was nothing to look for. */
export type Searched = Sightings & { readonly source: string; readonly isPublic: boolean };

export type Sought = Result<Searched>;

export type Proof = {
  readonly needs?: Needs;
  readonly blocking?: boolean;
  readonly journal?: Traces;
  readonly entries?: readonly number[];
};

export function item(check: Check, { needs = 'machine', blocking = true, journal, entries = [] }: Proof = {}): Item {
  return { ...check, blocking, needs, entries, journal: journal?.file ?? '' };
}

/** Journals that count: a simulation proves nothing for demo and live. */
export function evidenceOf(journals: readonly Traces[], { exchange }: Configuration): readonly Traces[] {
  return journals.filter(
    ({ environment, damage }) =>
      damage === '' && (exchange.environment === 'sim' ? environment !== '' : environment === 'demo' || environment === 'live'),
  );
}
