#!/usr/bin/env node
// The launcher: checks the version, switches the compile cache on for all but the gateway, and hands over to the one file that knows the command.
// Each command is one dynamic import, so that an operator's verb never loads what an agent's door needs.

import './node-version.js';
import nodeModule from 'node:module';
import { fileURLToPath } from 'node:url';

const install = fileURLToPath(new URL('../', import.meta.url));
// Node opens its debugger on this signal, and whoever speaks to that runs what he likes with the rights of this process.
process.on('SIGUSR1', () => {});

const RUN_WORDS = ['up', 'mcp', 'sim', 'try', 'watch', 'drill', 'probe'];
const AGENT_WORDS = ['market', 'portfolio', 'preview', 'place', 'protect', 'close', 'cancel', 'rebalance', 'intent'];

const USAGE = `usage: twokey COMMAND [--home DIR] [--json]

begin      init [--env sim|demo] · operator enroll|passkey · install · uninstall
run        up · try [--once] · drill [NAME] · sim · watch [--once] · probe [--only CASE] · mcp --agent NAME
look       status · limits · positions · orders · fills · account · policy · log · why INTENT · report [DAY] · doctor · checklist
control    halt [--flatten] · reduce-only · resume · freeze · unfreeze · flatten · resolve · reconcile · approvals · approve · deny · page · alerts · ack · agents · credentials rotate · stage [promote|demote]
as agent   ${AGENT_WORDS.join(' · ')}

global flags, anywhere: --home DIR  --json  --demo  --env sim|demo  --read-only`;

/**
 * Finds the command word past the global flags, of which two take a value. `argv` gives the same arguments without
 * that word. A `--` ends the search.
 */
function splitCommand(argv) {
  for (let index = 0; index < argv.length && argv[index] !== '--'; index += 1) {
    if (argv[index] === '--home' || argv[index] === '--env') index += 1;
    else if (!argv[index].startsWith('-')) return { word: argv[index], rest: argv.toSpliced(index, 1) };
  }
  return { word: undefined, rest: argv };
}

// What serves several verbs is told the verb first; what serves one gets the arguments alone.
const { word, rest } = splitCommand(process.argv.slice(2));
// Every other word is the operator's, whose entry knows which there are and says so of the rest.
const entry = RUN_WORDS.includes(word) ? word : AGENT_WORDS.includes(word) ? 'agent' : 'operator';

if (word === undefined) {
  const asked = rest.some((argument) => argument === '--help' || argument === '-h');
  (asked ? console.log : console.error)(USAGE);
  process.exitCode = asked ? 0 : 2;
} else {
  // Whatever a shell gives to all that it starts, only these know what to do with keys. What a process was started with can be seen as
  // long as it lives, so that each of the others is started anew when it was given one. The agent's commands load npm packages and run as
  // whoever owns the keys: they always are, with nothing to read but the programs.
  const clean = Object.entries(process.env).filter(([name]) => !/^OKX_(API_KEY|API_SECRET|SECRET_KEY|PASSPHRASE)/.test(name));
  const burdened = !['up', 'operator', 'probe'].includes(entry) && clean.length < Object.keys(process.env).length;
  const bounded = '--permission --allow-net --no-experimental-sqlite --disable-warning=ExperimentalWarning'.split(' ');
  for (const name of ['package.json', 'node_modules', 'src', 'bin']) bounded.push(`--allow-fs-read=${install}${name}`);
  const flags = entry === 'agent' && process.permission === undefined ? bounded : [];
  const argv = [process.execPath, ...process.execArgv, ...flags, ...process.argv.slice(1)];
  if (burdened || flags.length > 0) process.execve(process.execPath, argv, Object.fromEntries(clean));
  // The cache stands in this install's own folder: in a shared temporary one anybody could plant code for us to run. What lies in it is in
  // no hash of this program, so that the gateway does without, and so does the vault, which it forks itself.
  if (entry !== 'up') nodeModule.enableCompileCache(`${install}.cache/compile`);
  const { main } = await import(entry === 'mcp' ? './shim.js' : `../src/main/${entry}.ts`);
  process.exitCode = await main(RUN_WORDS.includes(word) ? rest : [word, ...rest]);
}
