import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import packageFile from '../../../package.json' with { type: 'json' };
import { cleanEnvironment } from '../../adapters/process/clean-environment.ts';
import type { Configuration } from '../../core/policy/configuration.ts';
import { checklistOf, hindrancesIn } from '../../doors/checkup/checklist.ts';
import { checklist as show, type ChecklistSources, localEvidence } from '../../doors/checkup/command.ts';
import type { Item } from '../../doors/checkup/item.ts';
import { demoTrades, readingWeek } from '../../doors/checkup/step-items.ts';
import type { Traces } from '../../doors/checkup/traces.ts';
import type { Command } from '../../doors/operator/command.ts';
import type { Gateway, Reader } from '../../doors/operator/gateway.ts';
import { type ExitCode, exits, fail } from '../../doors/operator/output.ts';
import { SOCKET_PATH_BYTES_MAX } from '../../adapters/operator/server.ts';
import { machineAt, surroundingsOf, tracesAt } from './doctor.ts';
import { seek } from './seeking.ts';

/** `twokey checklist`, with what it looks at. */
export async function checklist(command: Command, sources: { readonly gateway: Gateway; readonly reader: Reader }): Promise<ExitCode> {
  const { home } = command;
  // Before anything else: it may start this program anew.
  const clean = cleanEnvironment({ home, argv: process.argv, environment: process.env, anew: 'for_secrets' });
  if (!clean.ok) return fail(command, { code: 'UNAVAILABLE', message: clean.error, exit: exits.failed });
  const { credentials } = clean.value;
  return show(command, surroundingsOf(command, sources), {
    ...sourcesAt(home),
    seek: (configuration) => seek(configuration, { home, credentials }),
  });
}

/**
 * What keeps live from starting, a line each. Nothing is asked of the exchange: what it has to say of key and account is vetted after this. `isAsked`: whoever
 * sits at the terminal is asked next whether he takes advisory mode upon himself, so that this is nothing yet.
 */
export async function hindrancesToLive(
  configuration: Configuration,
  { home, credentials, isAsked }: { readonly home: string; readonly credentials: 'fd0' | 'none'; readonly isAsked: boolean },
): Promise<readonly string[]> {
  const machine = { ...machineAt(home), ...(isAsked ? { advisoryAccepted: () => Date.now() } : {}) };
  const place = { home, machine, socketPathBytesMax: SOCKET_PATH_BYTES_MAX };
  const evidence = await localEvidence(configuration, place, sourcesAt(home));
  const here = hindrancesIn(checklistOf(evidence).filter(({ needs }) => needs === 'machine' || needs === 'doctor'));
  // The key is not touched for a start that is refused anyway.
  if (here.length > 0) return here;
  const sightings = await seek(configuration, { home, credentials });
  return hindrancesIn(checklistOf({ ...evidence, sightings }).filter(({ needs }) => needs !== 'exchange'));
}

/**
 * The go-live list as far as no key is used and nothing is asked of the exchange but by those who hold the key anyway; `steps`: demo trading and reading
 * alone. What is red for want of a look here was looked at by the gateway that runs: it would not have started, nor gone on.
 */
export async function goLiveItems(configuration: Configuration, home: string, which: 'all' | 'steps'): Promise<readonly Item[]> {
  const place = { home, machine: machineAt(home), socketPathBytesMax: SOCKET_PATH_BYTES_MAX };
  const evidence = await localEvidence(configuration, place, sourcesAt(home));
  if (which === 'steps') return [...demoTrades(evidence), readingWeek(evidence)];
  const sightings = await seek(configuration, { home, credentials: 'none' });
  return checklistOf({ ...evidence, sightings }).filter(({ needs, blocking }) => needs !== 'exchange' && blocking);
}

function sourcesAt(home: string): Omit<ChecklistSources, 'seek'> {
  return { version: packageFile.version, journals: () => journalsAt(home) };
}

/** This home's own journal first, then copies of others that the operator laid into `evidence/`. */
async function journalsAt(home: string): Promise<readonly Traces[]> {
  const folder = join(home, 'evidence');
  const copies = existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.(db|jsonl)$/.test(name))
        .toSorted()
    : [];
  const paths = [join(home, 'state', 'journal.db'), ...copies.map((name) => join(folder, name))];
  const read = await Promise.all(paths.map(tracesAt));
  return read.filter((traces) => traces !== null);
}
