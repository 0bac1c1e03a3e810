import { mkdtempDisposableSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digest } from '../../src/core/lang/digest.ts';
import type * as Configurations from '../../src/core/policy/configuration.ts';
import type * as CredentialsModule from '../../src/vault/credentials.ts';
import type { Attack } from './attack.ts';
import { succeeded } from './grounds.ts';
import { heldBy, LimitsDesk, waiting } from './limits-desk.ts';
import { load } from './load.ts';

const swapping = {
  adversary: 'whoever can write to twokey.toml, and to nothing else of the home',
  asset: 'the limits and the mode',
  modes: 'one user',
  isQuick: true,
  isInProcess: true,
} as const;
const bombing = { ...swapping, adversary: 'a careless owner, or whoever writes a file of theirs', asset: 'the way out' } as const;

/** Other limits behind the gateway's back, and files that are bombs. */
export const policyAttacks: readonly Attack[] = [
  {
    ...swapping,
    name: 'raises a limit in twokey.toml between two starts',
    control: 'what a wait or a proof is asked for holds only where the file tightens',
    plant: {
      file: 'src/core/policy/ratchet.ts',
      from: "return held.exchange.environment === 'live' || held.operator.requireProof || waitOf(held) > 0;",
      to: 'return waitOf(held) < 0;',
    },
    attempt: async (target) => {
      using desk = new LimitsDesk(target);
      desk.write(waiting(50));
      await desk.start();
      desk.write(waiting(50_000));
      const { size, saw } = heldBy(await desk.start());
      return succeeded(size > 50, saw);
    },
  },
  {
    ...swapping,
    name: 'takes the wait away in the very edit that raises the limit',
    control: 'what held before decides whether a wait is asked for, never the file that would loosen',
    plant: { file: 'src/core/policy/ratchet.ts', from: 'if (!isBinding(held.value)) {', to: 'if (!isBinding(file.configuration)) {' },
    attempt: async (target) => {
      using desk = new LimitsDesk(target);
      desk.write(waiting(50));
      await desk.start();
      desk.write(waiting(50_000, '0s'));
      const { size, saw } = heldBy(await desk.start());
      return succeeded(size > 50, saw);
    },
  },
  {
    ...swapping,
    name: 'changes the text of the limits that held, where the gateway has kept it',
    adversary: 'whoever can write to the folder of the state',
    control: 'a kept text counts only under the digest that the journal names',
    plant: { file: 'src/adapters/home/limits.ts', from: 'return digest(text) === name ? text : undefined;', to: 'return text;' },
    attempt: async (target) => {
      using desk = new LimitsDesk(target);
      desk.write(waiting(50));
      await desk.start();
      desk.write(waiting(50_000), join('state', 'policy', `${digest(waiting(50))}.toml`));
      desk.write(waiting(50_000));
      const { size, saw } = heldBy(await desk.start());
      return succeeded(size > 50, saw);
    },
  },
  {
    ...swapping,
    name: 'puts another twokey.toml in place between the look and the word of the operator',
    control: 'the operator applies the digest that they looked at',
    plant: [
      { file: 'src/main/limits.ts', from: 'if (read.value.digest !== request.digest)', to: "if (read.value.digest === '')" },
      { file: 'src/main/limits.ts', from: 'return read.value.digest === digest\n', to: "return read.value.digest !== ''\n" },
    ],
    attempt: async (target) => {
      using desk = new LimitsDesk(target);
      desk.write(waiting(50, '0s'));
      const limitsNow = await desk.start();
      if (typeof limitsNow === 'string') throw new Error(limitsNow);
      const looked = waiting(60, '0s');
      desk.write(waiting(50_000, '0s'));
      const answer = await limitsNow.answer({ verb: 'policy_loosen', digest: digest(looked), reason: '' });
      const { size, saw } = heldBy(limitsNow);
      return succeeded(size > 60, `${saw}, and the operator looked at 60${answer.ok ? '' : `: ${answer.error.message}`}`);
    },
  },
  {
    ...bombing,
    name: 'nests lists in twokey.toml until the reader falls (TOML bomb)',
    control: 'lists and tables stand at most eight deep',
    plant: { file: 'src/core/lang/toml.ts', from: 'if (depth >= TOML_DEPTH_MAX)', to: 'if (depth < 0)' },
    attempt: async (target) => {
      const { parseConfiguration } = await load<typeof Configurations>(target, 'src/core/policy/configuration.ts');
      const text = `[policy]\ninstruments = ${'['.repeat(100_000)}`;
      try {
        const read = parseConfiguration(text);
        return succeeded(false, read.ok ? 'it was read' : `line ${read.error.line}: ${read.error.message}`);
      } catch (error) {
        return succeeded(true, `the reader fell: ${error instanceof Error ? error.message : ''}`);
      }
    },
  },
  {
    ...bombing,
    name: 'writes three hundred thousand keys into twokey.toml (TOML bomb)',
    control: 'a file has at most 262,144 characters',
    plant: { file: 'src/core/lang/toml.ts', from: 'if (text.length > TOML_CHARACTERS_MAX) return', to: 'if (text.length < 0) return' },
    attempt: async (target) => {
      const { parseConfiguration } = await load<typeof Configurations>(target, 'src/core/policy/configuration.ts');
      const keys = Array.from({ length: 300_000 }, (_, index) => `k${index} = 1`).join('\n');
      const read = parseConfiguration(keys);
      const message = read.ok ? 'taken' : read.error.message;
      const isRead = !message.includes('262144');
      return succeeded(isRead, isRead ? `all of it was read: ${message}` : message);
    },
  },
  {
    ...bombing,
    name: 'makes credentials.toml a file of half a gigabyte',
    control: 'a file of credentials is looked at for its size before it is read',
    plant: { file: 'src/vault/files.ts', from: 'if (status.size > BYTES_MAX) return', to: 'if (status.size < 0) return' },
    attempt: async (target) => {
      const { findCredentials } = await load<typeof CredentialsModule>(target, 'src/vault/credentials.ts');
      using home = mkdtempDisposableSync(join(tmpdir(), 'tk-home-'));
      const path = join(home.path, 'credentials.toml');
      writeFileSync(path, '', { mode: 0o600 });
      truncateSync(path, 400_000_000);
      const exchange = {
        kind: 'okx',
        environment: 'demo',
        site: 'global',
        profile: 'demo',
        readOnly: false,
        deadManSeconds: 20,
        credentials: { kind: 'unnamed' },
      } as const;
      const found = findCredentials({ home: home.path, userHome: home.path, exchange, input: { kind: 'none' }, serviceFolder: '' });
      const said = found.ok ? 'it was taken' : found.error.replace(path, 'credentials.toml');
      return succeeded(!/bytes of at most/.test(said), said);
    },
  },
];
