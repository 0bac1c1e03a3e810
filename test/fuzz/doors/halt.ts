import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { haltFileExists, haltFileSays } from '../../../src/adapters/home/home.ts';
import { readStateFile } from '../../../src/adapters/home/state-file.ts';
import { visible } from '../../../src/core/lang/visible.ts';
import { bytesLike, showBytes } from '../bytes.ts';
import { doorOf, type Fate, holds } from '../door.ts';
import { FuzzedGateway } from '../gateway.ts';

type Input = { readonly how: 'file' | 'folder' | 'link'; readonly bytes: Buffer };

const samples = [
  '{"at":"2026-11-27T00:00:00.000Z","by":"watch","reason":"too much"}\n',
  '{"at":"2026-11-27T00:00:00.000Z","by":"twokey","reason":{"toString":1}}\n',
  '{"by":"operator","reason":["x"]}',
  'stop!',
  '',
].map((text) => Buffer.from(text));
const OBEYED_EVERY = 100;

/** The file HALT, and small documents of the monitor beside it. Whatever HALT holds, and whatever it is, it stops everything. */
export const halt = doorOf<Input>({
  name: 'halt-file',
  inputs: fc.record({
    how: fc.constantFrom('file', 'file', 'file', 'folder', 'link'),
    bytes: bytesLike(samples, ['"by":', '"watch"', '"reason":']),
  }),
  round: 600,
  few: 300,
  show: ({ how, bytes }) => `${how}: ${showBytes(bytes)}`,
  open: () => {
    const home = mkdtempSync(join(tmpdir(), 'tk-f-'));
    let thrown = 0;
    return Promise.resolve({
      throwAt: async (input) => {
        const said = read(home, input);
        thrown += 1;
        if (thrown % OBEYED_EVERY === 1) await obeyed(said);
        return said.reason === '' ? 'refused' : 'accepted';
      },
      [Symbol.asyncDispose]: () => Promise.resolve(rmSync(home, { recursive: true })),
    });
  },
});

type Said = ReturnType<typeof haltFileSays>;

function read(home: string, { how, bytes }: Input): Said {
  const path = join(home, 'HALT');
  rmSync(path, { recursive: true, force: true });
  if (how === 'folder') mkdirSync(path);
  else if (how === 'link') symlinkSync('/nowhere/at/all', path);
  else writeFileSync(path, bytes);
  holds(haltFileExists(home), 'it stands there');
  const said = haltFileSays(home);
  holds(['operator', 'twokey', 'watch'].includes(said.by), `who: ${said.by}`);
  holds(said.reason === '' || visible(said.reason).length > 0, 'a reason that can be shown');
  holds(!/[\p{Cc}\p{Cf}]/u.test(said.reason), 'a reason with characters that nobody sees');
  readStateFile(path);
  return said;
}

async function obeyed(said: Said): Promise<Fate> {
  const gateway = await FuzzedGateway.open();
  const { world } = gateway;
  world.haltFileSays = said;
  world.haltFile = true;
  await world.pass(3000);
  holds(world.engine.state.mode === 'HALTED', 'the gateway is halted by it');
  gateway.judge();
  gateway.close();
  return 'accepted';
}
