// npm run e2e -- [--env sim|demo] [--site global|eea|us]: a user's whole life with twokey, the same against the simulator and OKX's demo trading.

import { readOptions } from './options.ts';
import { play } from './story.ts';

const options = readOptions(process.argv.slice(2), process.env);
if (options.ok) {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => interrupted.abort(new Error('the suite was told to stop; it clears what it made')));
  const isWell = await play(options.value, (line) => console.log(line), interrupted.signal);
  process.exitCode = isWell ? 0 : 1;
} else {
  console.error(options.error.message);
  process.exitCode = options.error.exit;
}
