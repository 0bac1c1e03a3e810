import { sinksOf } from '../../core/alert/sinks.ts';
import { compare, type Decimal, formatDecimal } from '../../core/money/decimal.ts';
import type { Configuration } from '../../core/policy/configuration.ts';
import { formatDuration } from '../../core/policy/fields.ts';
import { type Check, failed, fine, warned } from '../operator/checks.ts';
import { cell, type Fields, rowsOf } from '../operator/text.ts';
import type { Program, Published } from './program.ts';
import type { Sightings } from './search.ts';
import type { LastCompared, Traces, Traded } from './traces.ts';

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
  /** What this version was published with; `null` where nothing was. */
  readonly published: Published | null;
  /** This home's journal first, then those that the operator laid beside it as evidence. */
  readonly journals: readonly Traces[];
  readonly files: readonly Check[];
  readonly program: Program;
  /** What the exchange says of key and account, with findings and equity. */
  readonly account: Fields | null;
  readonly equityUsd: Decimal | null;
  /** An error says why the search could not be made. */
  readonly sightings: { readonly ok: true; readonly value: Searched } | { readonly ok: false; readonly error: string } | null;
  readonly doctor: readonly Check[] | null;
};

/** `isPublic`: the key is the simulator's own, which stands in every copy of twokey, so that there was nothing to look for. */
export type Searched = Sightings & { readonly source: string; readonly isPublic: boolean };

export const DEMO_TRADES_MIN = 20;
const READING_MILLISECONDS_MIN = 7 * 86_400_000;
const HOUR_MILLISECONDS = 3_600_000;
/** How long a comparison that came too late is held against a journal. */
const GAP_REMEMBERED_MILLISECONDS = 7 * 86_400_000;

/** Every item, in the order in which they are put right. */
export function checklistOf(evidence: Evidence): readonly Item[] {
  return [
    subAccount(evidence),
    keyRights(evidence),
    keyAddress(evidence),
    ...demoTrades(evidence),
    readingWeek(evidence),
    fileModes(evidence),
    noLeaks(evidence),
    limitsOutside(evidence),
    singleWriter(evidence),
    verification(evidence),
    reconciliation(evidence),
    alerts(evidence),
    audited(evidence),
    doctorPasses(evidence),
  ];
}

/** What keeps live from starting, a line each. */
export function hindrancesIn(items: readonly Item[]): readonly string[] {
  return items.filter(({ blocking, status }) => blocking && status === 'failed').map(({ name, detail }) => `${name}: ${detail}`);
}

type Proof = { readonly needs?: Needs; readonly blocking?: boolean; readonly journal?: Traces; readonly entries?: readonly number[] };

function item(check: Check, { needs = 'machine', blocking = true, journal, entries = [] }: Proof = {}): Item {
  return { ...check, blocking, needs, entries, journal: journal?.file ?? '' };
}

function accountItem(name: string, { account }: Evidence, read: (account: Fields) => Check): Item {
  const unseen = failed(name, 'the exchange did not say, so that nothing is proven', 'twokey doctor says what is in the way');
  return item(account === null ? unseen : read(account), { needs: 'exchange' });
}

/** What `up` refuses or tells of a topic; the item is red for both, because a go-live is no time for warnings. */
function findingOf(account: Fields, topic: string, name: string): Check | null {
  const found = rowsOf(account, 'findings').find((finding) => finding['topic'] === topic);
  return found === undefined ? null : failed(name, cell(found['message']), cell(found['fix']));
}

function subAccount(evidence: Evidence): Item {
  const name = 'sub-account with limited funds';
  return accountItem(name, evidence, (account) => {
    const found = findingOf(account, 'sub-account', name);
    if (found !== null) return found;
    const { equityUsd, configuration } = evidence;
    const most = configuration.policy.maxAccountEquity;
    if (equityUsd === null) return failed(name, 'the exchange did not say what the account holds', 'twokey account balance says why');
    const held = `${formatDecimal(equityUsd)} USD of at most ${formatDecimal(most)} (max_account_equity)`;
    if (compare(equityUsd, most) > 0)
      return failed(name, `the account holds ${held}`, 'move the rest to the main account: only what you mean to risk stays');
    return fine(name, `${cell(account['uid'])}, a sub-account of ${cell(account['main_uid'])}, holds ${held}`);
  });
}

function keyRights(evidence: Evidence): Item {
  const name = 'key may read and trade, nothing else';
  return accountItem(
    name,
    evidence,
    (account) => findingOf(account, 'key rights', name) ?? fine(name, `the exchange says: ${cell(account['key_rights'])}`),
  );
}

function keyAddress(evidence: Evidence): Item {
  const name = 'key bound to an address';
  return accountItem(
    name,
    evidence,
    (account) => findingOf(account, 'key address', name) ?? fine(name, `works from ${cell(account['key_bound_to'])} only`),
  );
}

/** An item for each agent: what one proved says nothing of another. Trades of the simulator do not count. */
function demoTrades({ configuration, journals }: Evidence): readonly Item[] {
  const sound = journals.filter(({ environment, damage }) => environment === 'demo' && damage === '');
  return [...configuration.agents.keys()].map((agent) => {
    const name = `${DEMO_TRADES_MIN} demo trades by ${agent}`;
    const own = sound.flatMap((journal) =>
      journal.traded.filter((traded) => traded.agent === agent).map((traded) => ({ journal, traded })),
    );
    const [best] = own.toSorted((one, other) => other.traded.orders - one.traded.orders);
    const simulated = journals
      .filter(({ environment }) => environment === 'sim')
      .flatMap(({ traded }) => traded)
      .filter((traded) => traded.agent === agent);
    if (best === undefined) {
      const others = simulated.reduce((sum, { orders }) => sum + orders, 0);
      const why = others > 0 ? `; the ${others} of the simulator do not count` : '';
      return item(failed(name, `no order of ${agent} was executed in demo trading${why}`, demoFix));
    }
    const { orders, first, last } = best.traded;
    const what = `${orders} executed orders ${strategyOf(best.traded)}, entries ${first} to ${last} of ${best.journal.file}`;
    const proof = { journal: best.journal, entries: [first, last] };
    return orders >= DEMO_TRADES_MIN
      ? item(fine(name, what), proof)
      : item(failed(name, `${what}: ${DEMO_TRADES_MIN - orders} are missing`, demoFix), proof);
  });
}

const demoFix =
  'let the agent trade in demo (twokey init --env demo, twokey up) under one strategy; a journal of another home counts when a copy lies in evidence/ of this one';

function strategyOf({ strategy }: Traded): string {
  return strategy === '' ? 'without a strategy named' : `of strategy ${strategy}`;
}

/** Reading live data for a week comes before trading on it; a read-only start is how it is done and is not held up by it. */
function readingWeek({ configuration, journals }: Evidence): Item {
  const name = 'a week of reading live data';
  const blocking = !configuration.exchange.readOnly;
  const sound = journals.filter(({ environment, damage }) => environment === 'live' && damage === '');
  const [best] = sound.toSorted((one, other) => other.readOnly.milliseconds - one.readOnly.milliseconds);
  const done = best?.readOnly ?? { milliseconds: 0, first: 0, last: 0 };
  const fix = 'twokey up --read-only with environment = "live", seven days without a gap of two hours';
  if (best === undefined || done.last === 0) return item(failed(name, 'no read-only gateway ever ran on live data', fix), { blocking });
  const proof = { blocking, journal: best, entries: [done.first, done.last] };
  const what = `${formatDuration(Math.floor(done.milliseconds / HOUR_MILLISECONDS) * HOUR_MILLISECONDS)} in a row, entries ${done.first} to ${done.last} of ${best.file}`;
  return done.milliseconds >= READING_MILLISECONDS_MIN ? item(fine(name, what), proof) : item(failed(name, `${what}, of 7d`, fix), proof);
}

function fileModes({ files }: Evidence): Item {
  const name = 'files closed to others (0600)';
  const open = files.filter(({ status }) => status === 'failed');
  if (open.length > 0) return item(failed(name, open.map(({ detail }) => detail).join('; '), open.map(({ fix }) => fix).join('; ')));
  if (!files.some(({ name: file, status }) => file === 'credentials.toml' && status === 'ok'))
    return item(
      failed(
        name,
        'there is no credentials.toml, so that its mode proves nothing of where the key lies',
        'twokey init writes it with mode 600',
      ),
    );
  return item(
    fine(
      name,
      files
        .filter(({ status }) => status === 'ok')
        .map(({ detail }) => detail)
        .join('; '),
    ),
  );
}

function noLeaks({ sightings }: Evidence): Item {
  const name = 'no credentials in chats, repository or shared configs';
  const proof: Proof = { needs: 'key' };
  if (sightings === null) return item(failed(name, 'nothing was looked through yet', 'twokey checklist does'), proof);
  if (!sightings.ok)
    return item(failed(name, `nothing was looked through: ${sightings.error}`, 'twokey doctor says more of the key'), proof);
  const { found, files, bytes, unread, source, isPublic } = sightings.value;
  if (found.length > 0) {
    const where = found.map(({ file, what }) => `${what.join(' and ')} in ${file}`).join('; ');
    const fix =
      'make a new key at OKX, delete this one there, give the new one to twokey init alone, and clean those files: whoever read them may have it';
    return item(failed(name, `the key ${source === '' ? '' : `from ${source} `}stands in plain text: ${where}`, fix), proof);
  }
  if (isPublic)
    return item(
      warned(
        name,
        'the key is that of the simulator, which is public: there was nothing to look for',
        'with a key of your own this looks for it',
      ),
      proof,
    );
  if (unread.length > 0)
    return item(
      failed(
        name,
        `not everything could be looked through: ${unread.join(', ')}`,
        'make them readable for this user, or look yourself and move them away',
      ),
      proof,
    );
  return item(
    fine(
      name,
      `the key from ${source} stands in none of ${files} files (${Math.ceil(bytes / MEBIBYTE)} MiB) of clients, transcripts, shell histories and this repository`,
    ),
    proof,
  );
}

const MEBIBYTE = 1024 * 1024;

function limitsOutside({ journals, configuration }: Evidence): Item {
  const [own] = evidenceOf(journals, configuration);
  const held = own === undefined || own.policyHash === '' ? '' : `; every decision names its limits (hash ${own.policyHash.slice(0, 12)})`;
  const detail = `no tool of an agent changes a limit${held}, but nothing proves that agents run as another user: one with a shell of this user can edit twokey.toml`;
  return item(
    failed(
      'limits outside the agent’s control',
      detail,
      'let agents run as another user or on another machine; this version cannot prove that they do, so that this stays red',
    ),
  );
}

function singleWriter({ journals, configuration }: Evidence): Item {
  return usedItem('single writer', { journals, configuration }, (journal, last) => {
    const others = last.classes.filter((sort) => foreign.has(sort));
    const proof = { journal, entries: [last.seq] };
    if (others.length > 0)
      return item(
        failed(
          'single writer',
          `somebody else acts on the account: ${others.join(', ')} (entry ${last.seq})`,
          'stop the other program and delete its key; twokey reconcile lists what it did',
        ),
        proof,
      );
    return item(
      fine(
        'single writer',
        `${journal.starts} starts under one lock, and at entry ${last.seq} nothing of anybody else on ${journal.account}`,
      ),
      proof,
    );
  });
}

/** Classes of differences that only another writer makes. */
const foreign: ReadonlySet<string> = new Set(['other_writer', 'foreign_order', 'foreign_trade', 'changed_order']);

function verification({ journals, configuration }: Evidence): Item {
  const name = 'post-trade verification';
  return usedItem(name, { journals, configuration }, (journal) => {
    const [open] = journal.divergent;
    if (open !== undefined)
      return item(
        failed(
          name,
          `what the exchange has of ${open[0]} is not what was meant (entry ${open[1]})`,
          'twokey log show, then twokey reconcile',
        ),
        { journal, entries: [open[1]] },
      );
    if (journal.matched === 0) return item(failed(name, 'no trade was ever verified', 'let the agent trade in demo'), { journal });
    return item(
      fine(name, `${journal.matched} trades verified against the exchange's own position, the last with entry ${journal.lastMatched}`),
      { journal, entries: [journal.lastMatched] },
    );
  });
}

function reconciliation({ journals, configuration }: Evidence): Item {
  const name = 'hourly reconciliation';
  const every = configuration.reconcile.fullEveryMilliseconds;
  if (every > HOUR_MILLISECONDS)
    return item(failed(name, `full_every is ${formatDuration(every)}`, 'set full_every = "1h" or less in [reconcile]'));
  return usedItem(name, { journals, configuration }, (journal, last) => {
    const proof = { journal, entries: [last.seq] };
    if (!last.clean)
      return item(failed(name, `the last comparison found differences (entry ${last.seq})`, 'twokey reconcile lists them'), proof);
    const { lastGap: gap, lastAt } = journal;
    if (gap !== null && lastAt - gap.at < GAP_REMEMBERED_MILLISECONDS)
      return item(
        failed(
          name,
          `${formatDuration(Math.floor(gap.milliseconds / 60_000) * 60_000)} passed without one before entry ${gap.seq}`,
          'keep the machine awake and online; a week without such a gap clears this',
        ),
        { journal, entries: [gap.seq] },
      );
    return item(
      fine(name, `${journal.comparisons} comparisons, the last one clean (entry ${last.seq}), due every ${formatDuration(every)}`),
      proof,
    );
  });
}

function alerts({ journals, configuration }: Evidence): Item {
  const name = 'alerts configured and delivered';
  const sinks = [...sinksOf(configuration.alerts)].filter(([, { kind }]) => kind !== 'log').map(([sink]) => sink);
  if (sinks.length === 0)
    return item(
      failed(name, 'there are no [[alerts.sinks]] that reach a person', 'name one in twokey.toml, start, then twokey alerts test'),
    );
  for (const journal of evidenceOf(journals, configuration)) {
    const arrived = sinks.flatMap((sink) => (journal.down.has(sink) ? [] : (journal.delivered.get(sink) ?? [])));
    if (arrived.length === sinks.length)
      return item(fine(name, `${sinks.join(', ')}: delivered with entries ${arrived.map(({ seq }) => seq).join(', ')}`), {
        journal,
        entries: arrived.map(({ seq }) => seq),
      });
  }
  return item(
    failed(
      name,
      `nothing is known to have arrived by each of ${sinks.join(', ')}`,
      'twokey alerts test, and look whether you got it; twokey doctor says which is down',
    ),
  );
}

function audited({ program, version, published }: Evidence): Item {
  const name = 'code audited';
  const { tree, lock } = program;
  const here = `tree ${tree}, lock file ${lock === '' ? 'missing' : lock}`;
  if (published === null)
    return item(
      failed(
        name,
        `no hashes of ${version} have been published that this copy could be held against; here: ${here}`,
        'wait for a release with published hashes: until then nobody has audited what runs here',
      ),
    );
  if (published.tree === tree && published.lock === lock) return item(fine(name, `the published ones of ${version}: ${here}`));
  return item(failed(name, `this copy is not the published ${version}; here: ${here}`, 'install the published version anew'));
}

function doctorPasses({ doctor }: Evidence): Item {
  const name = 'doctor passes';
  const proof: Proof = { needs: 'doctor' };
  if (doctor === null) return item(failed(name, 'it was not run', 'twokey doctor'), proof);
  const wrong = doctor.filter(({ status }) => status === 'failed');
  if (wrong.length > 0)
    return item(failed(name, `✗ ${wrong.map((check) => check.name).join(', ')}`, 'twokey doctor says what to do about each'), proof);
  return item(fine(name, `${doctor.length} rows, none red`), proof);
}

/** Journals that count: a simulation proves nothing for demo and live. */
function evidenceOf(journals: readonly Traces[], { exchange }: Configuration): readonly Traces[] {
  return journals.filter(
    ({ environment, damage }) =>
      damage === '' && (exchange.environment === 'sim' ? environment !== '' : environment === 'demo' || environment === 'live'),
  );
}

/** An item about a gateway that has run: red where none has. */
function usedItem(
  name: string,
  { journals, configuration }: Pick<Evidence, 'journals' | 'configuration'>,
  read: (journal: Traces, last: LastCompared) => Item,
): Item {
  for (const journal of evidenceOf(journals, configuration)) if (journal.lastCompared !== null) return read(journal, journal.lastCompared);
  const damaged = journals.find(({ damage }) => damage !== '');
  const why = damaged === undefined ? 'no journal says that a gateway ever ran here' : `${damaged.file}: ${damaged.damage}`;
  return item(failed(name, why, 'twokey up in demo writes one; a copy of it counts in evidence/ of this home'));
}
