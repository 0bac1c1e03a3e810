import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { emptyTable, entries, get, has, remove, set, size, type Table, tableOf } from './table.ts';

const seed = 20261123;
// Few keys, so that sets and removals meet.
const keys = ['a', 'b', 'c', 't1', 't2', 't3', '', 'BTC-USDT', 'costarring', 'liquid', 'declinate', 'macallums'];
const change = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), key: fc.constantFrom(...keys), value: fc.nat() }),
  fc.record({ kind: fc.constant('remove' as const), key: fc.constantFrom(...keys), value: fc.nat() }),
);

test('a table is what a Map is after the same changes, and every earlier table is still what it was', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      let table = emptyTable<number>();
      const model = new Map<string, number>();
      const history: { table: Table<number>; model: Map<string, number> }[] = [];
      for (const { kind, key, value } of changes) {
        history.push({ table, model: new Map(model) });
        table = kind === 'set' ? set(table, key, value) : remove(table, key);
        if (kind === 'set') model.set(key, value);
        else model.delete(key);
      }
      for (const state of [...history, { table, model }]) {
        assert.equal(size(state.table), state.model.size);
        assert.deepEqual(new Map(entries(state.table)), state.model);
        for (const key of keys) assert.equal(get(state.table, key), state.model.get(key));
        for (const key of keys) assert.equal(has(state.table, key), state.model.has(key));
      }
    }),
    { seed, numRuns: 300 },
  );
});

test('the shape of a table, and with it the order of the entries, depends on the keys alone', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 50 }), fc.array(fc.string()), (wanted, passing) => {
      const straight = tableOf(wanted.map((key) => [key, true] as const));
      let roundabout = tableOf([...passing, ...wanted.toReversed()].map((key) => [key, true] as const));
      for (const key of passing) if (!wanted.includes(key)) roundabout = remove(roundabout, key);
      assert.deepEqual([...entries(roundabout)], [...entries(straight)]);
      assert.deepEqual(roundabout, straight);
    }),
    { seed, numRuns: 300 },
  );
});

test('keys with one hash live side by side', () => {
  const [left, right] = ['k4uzx', 'kf2ad'];
  assert.equal(set(tableOf([[left, 1]]), right, 2).root?.kind, 'leaf', 'the two have one hash');
  for (const [first, second] of [
    [left, right],
    [right, left],
  ] as const) {
    const both = set(set(emptyTable<number>(), first, 1), second, 2);
    assert.equal(get(both, first), 1);
    assert.equal(get(both, second), 2);
    assert.deepEqual(
      [...entries(both)].map(([key]) => key),
      [left, right].sort(),
    );
    assert.equal(get(set(both, first, 3), first), 3);
    assert.equal(size(set(both, first, 3)), 2);
    const one = remove(both, first);
    assert.equal(get(one, first), undefined);
    assert.equal(get(one, second), 2);
  }
});

test('ten thousand order ids are found again and can all be removed', () => {
  const ids = Array.from({ length: 10_000 }, (_, index) => `tk3x9qz1${index.toString(36)}`);
  let table = tableOf(ids.map((id, index) => [id, index] as const));
  assert.equal(size(table), 10_000);
  assert.ok(ids.every((id, index) => get(table, id) === index));
  for (const id of ids) table = remove(table, id);
  assert.equal(size(table), 0);
  assert.deepEqual([...entries(table)], []);
});
