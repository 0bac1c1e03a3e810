import { join } from 'node:path';
import { compare, formatDecimal } from '../../core/money/decimal.ts';
import { type Check, failed, fine, warned } from '../operator/checks.ts';
import { cell, type Fields, rowsOf } from '../operator/text.ts';
import { type Evidence, type Item, item, type Proof } from './item.ts';

// Items about the key: whose account it opens, what it may, and where else it stands.

export function subAccount(evidence: Evidence): Item {
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

export function keyRights(evidence: Evidence): Item {
  const name = 'key may read and trade, nothing else';
  return accountItem(
    name,
    evidence,
    (account) => findingOf(account, 'key rights', name) ?? fine(name, `the exchange says: ${cell(account['key_rights'])}`),
  );
}

export function keyAddress(evidence: Evidence): Item {
  const name = 'key bound to an address';
  return accountItem(
    name,
    evidence,
    (account) => findingOf(account, 'key address', name) ?? fine(name, `works from ${cell(account['key_bound_to'])} only`),
  );
}

function accountItem(name: string, { account, accountFailure }: Evidence, read: (account: Fields) => Check): Item {
  const why = accountFailure === '' ? '' : ` (${accountFailure})`;
  const unseen = failed(name, `the exchange says nothing of this key and its account${why}`, 'twokey doctor says what is in the way');
  return item(account === null ? unseen : read(account), { needs: 'exchange' });
}

/** What `up` refuses or tells of a topic; the item is red for both, because a go-live is no time for warnings. */
function findingOf(account: Fields, topic: string, name: string): Check | null {
  const found = rowsOf(account, 'findings').find((finding) => finding['topic'] === topic);
  return found === undefined ? null : failed(name, cell(found['message']), cell(found['fix']));
}

export function fileModes({ files, serviceFile, configuration }: Evidence): Item {
  const name = 'files closed to others (0600)';
  const open = files.filter(({ status }) => status === 'failed');
  if (open.length > 0) return item(failed(name, open.map(({ detail }) => detail).join('; '), open.map(({ fix }) => fix).join('; ')));
  const closed = files.filter(({ status }) => status === 'ok').map(({ detail }) => detail);
  const { credentials } = configuration.exchange;
  if (files.some((file) => file.name === 'credentials.toml')) return item(fine(name, closed.join('; ')));
  if (serviceFile !== '') return item(fine(name, [...closed, `${serviceFile}, which systemd opens to this service alone`].join('; ')));
  // The vault itself refuses a file that others can read, wherever it lies.
  if (credentials.kind === 'file')
    return item(fine(name, [...closed, `${credentials.path}, which the vault takes with mode 600 alone`].join('; ')));
  if (credentials.kind !== 'unnamed')
    return item(fine(name, [...closed, `the key comes from a ${credentials.kind} and lies in no file of this home`].join('; ')));
  return item(
    failed(
      name,
      'there is no credentials.toml, so that nothing proves where the key lies and who can read it',
      'twokey init writes it with mode 600',
    ),
  );
}

export function noLeaks({ sightings }: Evidence): Item {
  const name = 'no credentials in chats, repository or shared configs';
  const proof: Proof = { needs: 'key' };
  if (sightings === null) return item(failed(name, 'nothing was looked through yet', 'twokey checklist does'), proof);
  if (!sightings.ok)
    return item(failed(name, `nothing was looked through: ${sightings.error}`, 'twokey doctor says more of the key'), proof);
  const { found, files, bytes, unread, source, isPublic } = sightings.value;
  if (found.length > 0) {
    const where = found.map(({ file, what }) => `${what.join(' and ')} in ${file}`).join('; ');
    const fix =
      'make a key for twokey alone at OKX, delete this one there, give the new one to twokey init, and clean those files: whoever read them may have it, and a program that uses it trades beside twokey';
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
  if (source.endsWith(KIT_FILE))
    return item(
      failed(
        name,
        `the key is the one in ${source}, by which the official kit trades beside twokey`,
        'make a key for twokey alone at OKX, and give that to twokey init',
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
const KIT_FILE = join('.okx', 'config.toml');
