import fc from 'fast-check';
import type { Json } from '../../../src/core/lang/canonical.ts';
import { digest } from '../../../src/core/lang/digest.ts';
import type { StateText } from '../../../src/core/snapshot/snapshot.ts';
import { laidOpen, SnapshotShelf, wholeText } from '../../support/snapshot-shelf.ts';
import { bytesLike } from '../bytes.ts';
import { doorOf, type Fate, holds } from '../door.ts';
import { history } from '../history.ts';
import { changedJson, jsonEdits } from '../json.ts';

// Snapshots as somebody may have changed them: their text, with its digest made anew or not, and the parts that it names.

type Input = { readonly text: string; readonly sealed: boolean; readonly part: number; readonly partText: string };

const { state } = await history();
const shelf = new SnapshotShelf();
const right = shelf.put(state);
const parts = [...shelf.parts.values()];
const document = JSON.parse(right.text) as Json;

export const snapshot = doorOf<Input>({
  name: 'snapshot',
  inputs: fc.record({
    text: fc.oneof(
      { weight: 3, arbitrary: jsonEdits.map((edits) => changedJson(document, edits)) },
      { weight: 1, arbitrary: bytesLike([Buffer.from(right.text)]).map((bytes) => bytes.toString('utf8')) },
    ),
    sealed: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    part: fc.nat(0xffff),
    partText: fc.oneof(
      fc.constant(''),
      bytesLike(parts.map(({ text }) => Buffer.from(text))).map((bytes) => bytes.toString('utf8')),
    ),
  }),
  round: 500,
  few: 200,
  show: (input) => JSON.stringify(input),
  open: () => Promise.resolve({ throwAt: (input) => Promise.resolve(read(input)), [Symbol.asyncDispose]: () => Promise.resolve() }),
});

function read({ text, sealed, part: number, partText }: Input): Fate {
  const given: StateText = { text, digest: sealed ? digest(text) : right.digest, parts: right.parts };
  const part = parts[number % Math.max(1, parts.length)];
  if (part !== undefined && partText !== '') shelf.parts.set(part.id, { ...part, text: partText });
  try {
    const found = shelf.read(given, state);
    if (!found.ok) return 'refused';
    holds(sealed || text === right.text, 'a text that does not give its digest was read');
    return opened(() => laidOpen(found.value), text === right.text);
  } finally {
    if (part !== undefined) shelf.parts.set(part.id, part);
  }
}

/** A part that was changed is found when somebody looks into it, and ends the gateway that did. */
function opened(look: () => unknown, isRight: boolean): Fate {
  try {
    look();
  } catch (error) {
    holds(
      error instanceof Error && !(error instanceof TypeError || error instanceof RangeError),
      `an error that nobody meant: ${String(error)}`,
    );
    return 'closed';
  }
  holds(!isRight || wholeText(state) !== '', 'the state is itself');
  return 'accepted';
}
