import { isolationText, WAY_OUT } from '../../core/policy/isolation.ts';
import { failed, fine, warned } from '../operator/checks.ts';
import { type Evidence, evidenceOf, type Item, item, type Proof } from './item.ts';
import { fileModes, keyAddress, keyRights, noLeaks, subAccount } from './key-items.ts';
import { hashesText, otherRuntime, RUNTIME_FIX } from './program.ts';
import { demoTrades, readingWeek } from './step-items.ts';
import { alerts, reconciliation, singleWriter, verification } from './use-items.ts';

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

function limitsOutside({ journals, configuration, isolation, advisoryUntil }: Evidence): Item {
  const name = 'limits outside the agent’s control';
  const [own] = evidenceOf(journals, configuration);
  const held = own === undefined || own.policyHash === '' ? '' : `; every decision names its limits (hash ${own.policyHash.slice(0, 12)})`;
  const detail = `no tool of an agent changes a limit${held}`;
  if (isolation.kind === 'isolated') return item(fine(name, `${detail}; ${isolationText(isolation)}`));
  const open = `${detail}, but ${isolationText(isolation)}: an agent with a shell can edit twokey.toml`;
  // Whoever took that upon himself has said that he knows; it is no proof of anything.
  if (advisoryUntil !== '') return item(warned(name, `${open} (accepted until ${advisoryUntil})`, WAY_OUT));
  return item(failed(name, open, WAY_OUT));
}

function audited({ program, version, published }: Evidence): Item {
  const name = 'code audited';
  const here = hashesText(program);
  if (published === null)
    return item(
      failed(
        name,
        `no hashes of ${version} lie in evidence/published.json that this copy could be held against; here: ${here}`,
        'get them from whoever looked through this version, by another way than the code came (docs/supply-chain.md)',
      ),
    );
  if (!published.ok) return item(failed(name, published.error, 'lay the file there as it was published'));
  const stated = published.value;
  if (stated.version !== version)
    return item(failed(name, `the hashes are of ${stated.version}, and this is ${version}; here: ${here}`, 'get those of this version'));
  if (program.runtime.instead !== '') return item(failed(name, otherRuntime(program.runtime), RUNTIME_FIX));
  const parts = { tree: 'code', lock: 'lock file', packages: 'npm packages' } as const;
  const other = (Object.keys(parts) as (keyof typeof parts)[]).filter((part) => stated[part] !== program[part]);
  if (other.length === 0) return item(fine(name, `what was published of ${version}: ${here}`));
  const differs = other.map((part) => parts[part]).join(', ');
  return item(failed(name, `not what was published of ${version}: ${differs}; here: ${here}`, 'install the published version anew'));
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
