import { isolationText, WAY_OUT } from '../../core/policy/isolation.ts';
import { failed, fine, warned } from '../operator/checks.ts';
import { type Evidence, evidenceOf, type Item, item, type Proof } from './item.ts';
import { fileModes, keyAddress, keyRights, noLeaks, subAccount } from './key-items.ts';
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
