import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { deed, deedsPolicy, happen } from '../../../test/support/deeds.ts';
import { GatewayBench } from '../../../test/support/gateway-bench.ts';
import { spot, swap } from '../../../test/support/policy-samples.ts';
import { laidOpen, SnapshotShelf, wholeText } from '../../../test/support/snapshot-shelf.ts';
import { apply } from '../account/apply.ts';
import { emptyState, type State } from '../account/state.ts';
import { entryKinds } from '../journal/read-entry.ts';
import { canonicalJson } from '../lang/canonical.ts';
import { digest } from '../lang/digest.ts';
import { get, isTable, set, tableOf } from '../lang/table.ts';
import { type Reading, fromJson, toJson } from './plain.ts';
import { SNAPSHOT_FORMAT, type StateText } from './snapshot.ts';

const seed = 20261127;

test('of any history a snapshot is the state again, and going on from any snapshot comes to what going on from the first entry comes to', (context) => {
  const first = emptyState('okx:sim:1001');
  const unlikeBefore = new Set(pathsIn(first, ''));
  const unmet = new Set<string>(entryKinds);
  const met = { histories: 0, snapshots: 0, written: 0, named: 0, dropped: 0 };
  fc.assert(
    fc.property(
      fc.array(deed, { minLength: 10, maxLength: 100 }),
      fc.integer({ min: 1, max: 12 }),
      fc.boolean(),
      (deeds, every, watched) => {
        const bench = GatewayBench.running(watched ? deedsPolicy : '');
        const shelf = new SnapshotShelf();
        const resumed: { readonly from: number; readonly state: State }[] = [];
        for (const [index, each] of deeds.entries()) {
          happen(bench, each);
          if (index % every !== 0) continue;
          const { state } = bench;
          for (const path of unlikeBefore) if (!isDeepStrictEqual(at(state, path), at(first, path))) unlikeBefore.delete(path);
          const text = shelf.put(state);
          const read = shelf.read(text, state);
          assert.ok(read.ok, read.ok ? '' : read.error);
          assert.deepEqual(laidOpen(read.value), laidOpen(state));
          assert.equal(shelf.parts.size, shelf.count(text), 'what is kept is what the last snapshot names');
          resumed.push({ from: state.seq, state: read.value });
          met.snapshots += 1;
          met.written += shelf.written;
          met.named += shelf.count(text);
          met.dropped += shelf.dropped;
        }
        const end = wholeText(bench.state);
        // Parts that later snapshots threw away were read above; the state keeps what it has read.
        for (const { from, state } of resumed)
          assert.equal(wholeText(bench.facts.filter(({ seq }) => seq > from).reduce(apply, state)), end, `from entry ${from}`);
        for (const { seq, entry } of bench.facts) if (seq > (resumed[0]?.from ?? 0)) unmet.delete(entry.kind);
        met.histories += 1;
      },
    ),
    { seed, numRuns: 150 },
  );
  context.diagnostic(JSON.stringify(met));
  assert.ok(met.snapshots > met.histories * 3);
  assert.ok(met.written < met.named, 'what did not change is named and not written again');
  assert.ok(met.dropped > 100);
  // Before the first snapshot, and once in a journal.
  for (const kind of ['genesis', 'instruments']) unmet.delete(kind);
  assert.deepEqual([...unmet], [], 'every kind of entry came after a snapshot');
  // What no snapshot ever had another value of could be left out of them and nobody would notice.
  unlikeBefore.delete('account');
  assert.deepEqual([...unlikeBefore], [], 'every field of a state was another one in a snapshot than before the first entry');
});

/** The names of everything in a state that is no plain object with names of its own. */
function pathsIn(value: unknown, path: string): readonly string[] {
  const isNested =
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Map) &&
    !(value instanceof Set) &&
    !isTable(value);
  if (!isNested || 'coefficient' in value) return [path];
  return Object.entries(value).flatMap(([key, item]) => pathsIn(item, path === '' ? key : `${path}.${key}`));
}

function at(state: unknown, path: string): unknown {
  return laidOpen(
    path
      .split('.')
      .reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined), state),
  );
}

/** A state with a history, and its snapshot. */
function example(): { readonly shelf: SnapshotShelf; readonly state: State; readonly text: StateText } {
  const bench = GatewayBench.running();
  for (const quantity of ['0.01', '0.02', '0.03']) bench.filled(bench.place(spot, 'buy', quantity));
  bench.lose(bench.place(swap, 'buy', '1'));
  const shelf = new SnapshotShelf('1.2.3');
  return { shelf, state: bench.state, text: shelf.put(bench.state) };
}

/** The same snapshot with its text changed and its digest made anew: what is left to find is what the text says. */
function changed({ text, parts }: StateText, from: string, to: string): StateText {
  assert.ok(text.includes(from), `the text has ${from}`);
  const other = text.replace(from, to);
  return { text: other, digest: digest(other), parts };
}

function refusal({ shelf, state }: ReturnType<typeof example>, text: StateText, asked: Partial<State> = {}): string {
  const read = shelf.read(text, { ...state, ...asked });
  assert.equal(read.ok, false);
  return read.error;
}

test('a snapshot that is not exactly what this program would have written is refused, and says why', () => {
  const all = example();
  const { text, state, shelf } = all;
  assert.ok(shelf.read(text, state).ok);
  assert.match(refusal(all, { ...text, text: `${text.text} ` }), /does not give its digest/);
  assert.match(refusal(all, changed(text, `"format":${SNAPSHOT_FORMAT}`, `"format":${SNAPSHOT_FORMAT - 1}`)), /another form than \d+, /);
  assert.match(refusal(all, changed(text, '"program":"1.2.3"', '"program":"1.2.4"')), /another version of twokey/);
  assert.match(refusal(all, changed(text, '"mode":"ACTIVE"', '"mode":null')), /state.mode is null and not string/);
  assert.match(refusal(all, changed(text, '"mode":"ACTIVE"', '"mood":"ACTIVE"')), /state.mood is not known/);
  assert.match(refusal(all, changed(text, '"traceless":[],', '')), /state.traceless is missing/);
  assert.match(refusal(all, changed(text, '"longest":', '"longer":')), /state.activity.recent.longer is not known/);
  assert.match(refusal(all, changed(text, '#decimal', '#fraction')), /unknown form #fraction/);
  assert.match(refusal(all, changed(text, '{"#decimal":["', '{"#decimal":["0')), /a decimal that is none/);
  assert.match(refusal(all, { ...text, parts: text.parts.slice(1) }), /a part that lies nowhere/);
  assert.match(refusal(all, { ...text, parts: [...text.parts, 1] }), /lists parts that it does not name/);
  assert.match(refusal(all, changed(text, '{"format"', '{"also":1,"format"')), /other keys/);
  assert.match(refusal(all, text, { seq: state.seq + 1 }), /the state after entry/);
  assert.match(refusal(all, changed(text, '"account":"okx:sim:1001"', '"account":"okx:sim:1002"')), /it is of account okx:sim:1002/);
});

test('a part that is missing, changed or somewhere else is found when somebody looks into it, and not taken for another', () => {
  const { text, state, shelf } = example();
  const look = (): unknown => {
    const read = shelf.read(text, state);
    assert.ok(read.ok, read.ok ? '' : read.error);
    return laidOpen(read.value);
  };
  assert.deepEqual(look(), laidOpen(state));
  for (const id of text.parts) {
    const part = shelf.parts.get(id);
    const other = [...shelf.parts.values()].find((each) => each.id !== id);
    assert.ok(part !== undefined && other !== undefined);
    shelf.parts.delete(id);
    assert.throws(look, /missing/);
    shelf.parts.set(id, { ...part, text: part.text.replace(':', ': ') });
    assert.throws(look, /does not give its digest/);
    shelf.parts.set(id, other);
    assert.throws(look, /does not give its digest/);
    shelf.parts.set(id, part);
  }
});

test('of a long history a snapshot writes what changed, and whoever reads it reads what is looked at', () => {
  const state = {
    ...emptyState('okx:sim:1001'),
    seq: 1,
    trades: tableOf(Array.from({ length: 20_000 }, (_, index) => [`t${index}`, true] as const)),
  };
  const shelf = new SnapshotShelf();
  shelf.put(state);
  const all = shelf.written;
  const text = shelf.put({ ...state, trades: set(state.trades, 'another', true) });
  assert.ok(all > 1000);
  assert.ok(shelf.written <= 5, `${shelf.written} parts for one key`);
  const asked: number[] = [];
  const { parts } = shelf;
  const read = shelf.read(text, { account: state.account, seq: 1 });
  assert.ok(read.ok);
  const original = parts.get.bind(parts);
  parts.get = (id) => {
    asked.push(id);
    return original(id);
  };
  assert.equal(get(read.value.trades, 'another'), true);
  assert.equal(get(read.value.trades, 'nothing'), undefined);
  assert.ok(asked.length <= 8, `${asked.length} parts for two keys`);
});

test('what has no form is no snapshot, wherever in a state it stands: it must not become something else that can be read', () => {
  class Thing {
    readonly of = 1;
  }
  const strangers: readonly object[] = [new Thing(), new Date(0), new WeakSet(), Object.create(null) as object];
  for (const strange of strangers)
    for (const state of [
      { ...emptyState('okx:sim:1001'), killing: strange },
      { ...emptyState('okx:sim:1001'), killing: { asked: strange } },
    ])
      assert.throws(() => new SnapshotShelf().put(state as State), /an object of the state is a plain object/);
});

test('every value that a state may hold is itself again, and an object that looks like a form of ours is an object', () => {
  const samples: readonly unknown[] = [
    null,
    true,
    '',
    '#map',
    -5,
    Number.MAX_SAFE_INTEGER,
    [[], {}],
    new Map<unknown, unknown>([
      ['b', 1],
      ['a', new Map()],
    ]),
    new Set<unknown>(['b', 'a', 1]),
    new Set(),
    { coefficient: -12_300n, scale: 4 },
    { '#set': ['a'] },
    { '#map': [] },
    { '#decimal': ['1', 2], '##': '#', a: { '#table': null } },
    { root: null, count: 0, kind: 'leaf' },
  ];
  for (const sample of samples) {
    const reading: Reading = { problem: '' };
    assert.deepEqual(fromJson(toJson(sample), reading), sample);
    assert.equal(reading.problem, '');
  }
  for (const wrong of [undefined, 0.5, Number.NaN, -0, 1n, new Date(0), { a: undefined }, tableOf([['a', 1]])])
    assert.throws(() => canonicalJson(toJson(wrong)), `${typeof wrong} has no form`);
});
