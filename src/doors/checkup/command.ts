import type { Configuration } from '../../core/policy/configuration.ts';
import { parseDecimal } from '../../core/money/decimal.ts';
import { isoTime } from '../../view/head.ts';
import { part, renderChecks } from '../operator/checks.ts';
import type { Command } from '../operator/command.ts';
import { checksOf, fileChecks, settingChecks, type Surroundings } from '../operator/doctor.ts';
import { type ExitCode, exits, fail, out } from '../operator/output.ts';
import { type Fields, isFields } from '../operator/text.ts';
import { checklistOf, hindrancesIn } from './checklist.ts';
import type { Evidence, Item, Sought } from './item.ts';
import { programAt } from './program.ts';
import { publishedAt, publishedFileIn } from './published.ts';
import { type Machine, machineChecks } from './rows.ts';
import type { Traces } from './traces.ts';

/** What the checklist looks at beside what doctor does. */
export type ChecklistSources = {
  readonly version: string;
  readonly journals: () => Promise<readonly Traces[]>;
  /** Looks for the exchange key where it has no business. */
  readonly seek: (configuration: Configuration) => Promise<Sought>;
};

const GATEWAY_MILLISECONDS_MAX = 10_000;

/** `twokey checklist`: every item with its evidence. Ends with 1 while a blocking one is red. */
export async function checklist(command: Command, surroundings: Surroundings, sources: ChecklistSources): Promise<ExitCode> {
  const { json, home, words } = command;
  if (words.length > 0) return fail(command, { code: 'SCHEMA', message: 'checklist takes no further words', exit: exits.usage });
  const { configuration } = surroundings;
  if (!configuration.ok) return fail(command, { code: 'UNAVAILABLE', message: configuration.error, exit: exits.failed });
  const items = checklistOf(await evidenceOf(remembering(surroundings), configuration.value, sources));
  const blocking = hindrancesIn(items).length;
  const { environment } = configuration.value.exchange;
  if (json) {
    const rows = items.map(({ needs: _needs, entries, ...row }) => ({ ...row, entries: [...entries] }));
    out(`${JSON.stringify({ ok: blocking === 0, environment, home, blocking, items: rows }, null, 2)}\n`);
  } else out(`${environment} · ${home}\n\n${renderChecks(items)}\n${verdict(items, blocking)}\n`);
  return blocking === 0 ? exits.fine : exits.failed;
}

function verdict(items: readonly Item[], blocking: number): string {
  if (blocking === 0) return `none of the ${items.length} items keeps live from starting`;
  return `live does not start: ${blocking} of ${items.length} items are red`;
}

async function evidenceOf(surroundings: Surroundings, configuration: Configuration, sources: ChecklistSources): Promise<Evidence> {
  const account = await accountOf(surroundings, configuration);
  const [doctor, local, sightings] = await Promise.all([
    checksOf(surroundings),
    evidenceHere(configuration, surroundings, sources),
    sources.seek(configuration),
  ]);
  return { ...local, ...account, doctor, sightings };
}

/** What can be seen without the exchange and without the key; doctor is what it says of files, settings and machine. */
export async function localEvidence(
  configuration: Configuration,
  place: Pick<Surroundings, 'home' | 'machine' | 'socketPathBytesMax'>,
  sources: Omit<ChecklistSources, 'seek'>,
): Promise<Evidence> {
  const { home, machine } = place;
  const checks = await machineChecks(machine, { home, configuration, status: null });
  return {
    ...(await evidenceHere(configuration, place, sources)),
    doctor: [...fileChecks(home), ...settingChecks(place, configuration), ...checks],
  };
}

async function evidenceHere(
  configuration: Configuration,
  { home, machine }: { readonly home: string; readonly machine: Machine },
  { version, journals }: Omit<ChecklistSources, 'seek'>,
): Promise<Evidence> {
  const [read, program] = await Promise.all([journals(), programAt(machine.install)]);
  const files = fileChecks(home);
  const accepted = machine.advisoryAccepted();
  return {
    configuration,
    version,
    published: publishedAt(publishedFileIn(home), machine.install),
    journals: read,
    files,
    serviceFile: machine.serviceFile,
    program,
    isolation: machine.isolation(configuration),
    advisoryUntil: accepted === 0 ? '' : isoTime(accepted),
    ...unasked,
    sightings: null,
    doctor: null,
  };
}

const unasked = { account: null, accountFailure: '', equityUsd: null };

/** The gateway where one runs, else a reader of its own. */
async function accountOf(
  { gateway, reader }: Surroundings,
  configuration: Configuration,
): Promise<Pick<Evidence, 'account' | 'accountFailure' | 'equityUsd'>> {
  const config = await gateway({ verb: 'account_config' }, GATEWAY_MILLISECONDS_MAX);
  if (config.ok && isFields(config.value) && config.value['environment'] === configuration.exchange.environment) {
    const balance = await gateway({ verb: 'account_balance' }, GATEWAY_MILLISECONDS_MAX);
    return { account: config.value, accountFailure: '', equityUsd: equityIn(balance.ok ? balance.value : null) };
  }
  const facts = await reader('facts');
  if (!facts.ok || !isFields(facts.value)) return { ...unasked, accountFailure: facts.ok ? '' : facts.error };
  const account = part(facts.value, 'account');
  const failure = facts.value['account_failure'] ?? part(facts.value, 'vault')?.['message'];
  if (account === null) return { ...unasked, accountFailure: typeof failure === 'string' ? failure : '' };
  const balance = await reader('account_balance');
  return { account, accountFailure: '', equityUsd: equityIn(balance.ok ? balance.value : null) };
}

function equityIn(document: unknown): Evidence['equityUsd'] {
  const equity = parseDecimal((document as Fields | null)?.['equity_usd']);
  return equity.ok ? equity.value : null;
}

/** Doctor asks the same questions: each is put once. */
function remembering(surroundings: Surroundings): Surroundings {
  const asked = new Map<string, ReturnType<Surroundings['reader']>>();
  const reader: Surroundings['reader'] = (question) => {
    const before = asked.get(question) ?? surroundings.reader(question);
    asked.set(question, before);
    return before;
  };
  return { ...surroundings, reader };
}
