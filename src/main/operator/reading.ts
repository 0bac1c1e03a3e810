import { getCompileCacheDir } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Child } from '../../adapters/process/child.ts';
import { cleanEnvironment } from '../../adapters/process/clean-environment.ts';
import type { Json } from '../../core/lang/canonical.ts';
import { err, ok, type Result } from '../../core/lang/result.ts';
import type { ReaderAnswer, ReaderQuestion } from '../reader.ts';
import type { StageEvidence } from './stage-evidence.ts';
import type { Command } from '../../doors/operator/command.ts';

const ANSWER_MILLISECONDS_MAX = 90_000;
/** Of what is looked for in every file of the user. */
const SEARCH_MILLISECONDS_MAX = 330_000;
/** What a reader may see of the environment: certificates of the host, and nothing that could be a secret. */
const kept = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'TZ', 'PATH', 'HOME', 'XDG_RUNTIME_DIR', 'CREDENTIALS_DIRECTORY'];

/** Asks a reader: a process of its own that holds no lock, writes nothing, and whose vault signs nothing but questions. */
export async function askReader(command: Command, question: ReaderQuestion['question']): Promise<Result<Json>> {
  const { home, environment, count } = command;
  const clean = cleanEnvironment({ home, argv: process.argv, environment: process.env, anew: 'for_secrets' });
  return clean.ok ? ask({ question, home, environment, count, ...clean.value }) : clean;
}

/** Asks a reader what the next stage of the roll-out asks for; `environment`: what the flags of this start chose instead of the file's. Keys that came with the environment went to the vault, and are not there any more. */
export async function askEvidence(home: string, environment: ReaderQuestion['environment']): Promise<Result<StageEvidence>> {
  const answer = await ask({ question: 'stage', home, environment, count: 0, credentials: 'none' });
  // A reader is our own code in a process of its own.
  return answer.ok ? ok(answer.value as unknown as StageEvidence) : answer;
}

async function ask(asked: ReaderQuestion): Promise<Result<Json>> {
  const cache = getCompileCacheDir();
  const environment = Object.fromEntries(kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
  await using child = new Child({
    entry: fileURLToPath(new URL(`../reader.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)),
    flags: ['--disable-sigusr1'],
    argv: [],
    environment: { ...environment, ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: cache }) },
    standardInput: asked.credentials === 'fd0' ? 0 : 'ignore',
    standardOutput: 'ignore',
    standardError: 'inherit',
  });
  return await new Promise<Result<Json>>((resolve) => {
    const timer = setTimeout(
      () => resolve(err('the reader did not answer in time')),
      asked.question === 'stage' ? SEARCH_MILLISECONDS_MAX : ANSWER_MILLISECONDS_MAX,
    );
    const settle = (result: Result<Json>): void => {
      clearTimeout(timer);
      resolve(result);
    };
    child.onMessage((message) => {
      // A reader is our own code in a process of its own.
      const answer = message as ReaderAnswer;
      settle(answer.ok ? ok(answer.document) : err(answer.message));
    });
    void child.exited.then(() => settle(err('the reader ended without an answer')));
    child.send(asked, () => settle(err('the reader could not be asked')));
  });
}
