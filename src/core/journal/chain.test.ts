import assert from 'node:assert/strict';
import { test } from 'node:test';
import { genesisHash, genesisHead, nothingVerified, rowHash, seal, verifyRows } from './chain.ts';
import type { Draft, Row } from './row.ts';

const account = 'okx:sim:1001';

function draft(at: number, text: string): Draft {
  return { at, account, kind: 'note', body: { text } };
}

const drafts = [
  draft(1_000, 'one'),
  draft(1_001, 'two\nlines'),
  draft(1_001, 'drei ü €'),
  draft(999, 'clock went back'),
  draft(1_002, 'five'),
];
const rows = seal(genesisHead, drafts);

function rowAt(index: number): Row {
  const row = rows[index];
  assert.ok(row);
  return row;
}

function defect(tampered: readonly Row[]): { seq: number; kind: string; what: string } {
  const verdict = verifyRows(tampered, nothingVerified);
  assert.equal(verdict.ok, false);
  return verdict.error;
}

test('the first row hangs on 64 zeros and each other row on the hash before it', () => {
  assert.deepEqual(
    rows.map((row) => row.prev),
    [genesisHash, ...rows.slice(0, -1).map((row) => row.hash)],
  );
  assert.deepEqual(
    rows.map((row) => row.seq),
    [1, 2, 3, 4, 5],
  );
});

test('a row has the hash that any SHA-256 tool gives for its line', () => {
  const row = { seq: 1, at: 1_700_000_000_000, account, kind: 'note', body: '{"text":"one"}', prev: genesisHash };
  // printf '%s\n1\n1700000000000\nokx:sim:1001\nnote\n{"text":"one"}' 000…000 | sha256sum
  assert.equal(rowHash(row), '5692981ef08a4134aca72d50771dc726fc8a35ffca1aa5f826253a3523860696');
});

test('an untouched chain verifies, and so do its pages one after the other', () => {
  const whole = verifyRows(rows, nothingVerified);
  assert.ok(whole.ok);
  assert.deepEqual(whole.value, { head: { seq: 5, hash: rowAt(4).hash }, account });
  const first = verifyRows(rows.slice(0, 2), nothingVerified);
  assert.ok(first.ok);
  assert.deepEqual(verifyRows(rows.slice(2), first.value), whole);
});

test('sealing in two steps gives the same rows as sealing at once', () => {
  const begun = seal(genesisHead, drafts.slice(0, 3));
  assert.deepEqual([...begun, ...seal({ seq: 3, hash: rowAt(2).hash }, drafts.slice(3))], rows);
});

test('every single character changed in any field of any row is found in that row', () => {
  for (const row of rows) {
    for (const field of ['account', 'kind', 'body', 'prev', 'hash'] as const) {
      for (let at = 0; at < row[field].length; at += 1) {
        const old = row[field].charCodeAt(at);
        const changed = { ...row, [field]: row[field].slice(0, at) + String.fromCharCode(old ^ 1) + row[field].slice(at + 1) };
        const found = defect(rows.map((other) => (other.seq === row.seq ? changed : other)));
        assert.equal(found.seq, row.seq, `${field} at ${at}`);
      }
    }
    assert.equal(defect(rows.map((other) => (other.seq === row.seq ? { ...row, at: row.at + 1 } : other))).seq, row.seq);
  }
});

test('a row removed from the middle is found and named', () => {
  const found = defect(rows.filter((row) => row.seq !== 3));
  assert.equal(found.seq, 4);
  assert.match(found.what, /entry 3 before it is missing/);
  assert.match(defect(rows.filter((row) => row.seq !== 2 && row.seq !== 3)).what, /entries 2 to 3 before it are missing/);
});

test('a row removed and the rest numbered again is found', () => {
  const renumbered = rows.filter((row) => row.seq !== 3).map((row, index) => ({ ...row, seq: index + 1 }));
  assert.equal(defect(renumbered).seq, 3);
});

test('a beginning cut off is found', () => {
  assert.equal(defect(rows.slice(1)).seq, 2);
  const rebuilt = rows.slice(1).map((row, index) => ({ ...row, seq: index + 1 }));
  const resealed = rebuilt.map((row) => ({ ...row, hash: rowHash(row) }));
  assert.match(defect(resealed).what, /the beginning was removed/);
});

test('two rows that swapped places are found, with their numbers and without', () => {
  const swapped = [rowAt(0), rowAt(2), rowAt(1), rowAt(3), rowAt(4)];
  assert.equal(defect(swapped).seq, 3);
  assert.equal(defect(swapped.map((row, index) => ({ ...row, seq: index + 1 }))).seq, 2);
});

test('a row written twice is found', () => {
  assert.match(defect([rowAt(0), rowAt(1), rowAt(1), rowAt(2)]).what, /stands where entry 3 should/);
});

test('a row rewritten with a fitting hash is found by the row after it', () => {
  const { hash: _, ...rest } = { ...rowAt(2), body: '{"text":"forged"}' };
  const forged = { ...rest, hash: rowHash(rest) };
  const found = defect([rowAt(0), rowAt(1), forged, rowAt(3), rowAt(4)]);
  assert.equal(found.seq, 4);
  assert.match(found.what, /entry 3 was rewritten/);
});

test('a row of another account is found although it is sealed well', () => {
  const other = seal({ seq: 5, hash: rowAt(4).hash }, [{ at: 2_000, account: 'okx:live:7', kind: 'note', body: {} }]);
  assert.match(defect([...rows, ...other]).what, /of account okx:live:7 in a journal of okx:sim:1001/);
});

test('a body that is not the canonical JSON of an object is found although its hash fits', () => {
  for (const body of ['{"a":1,"a":1}', '{"b":1,"a":1}', '{ }', '{"a":1.5}', '{"a":"\\u0041"}', '[]', '"text"', 'null', '', '{"a":1']) {
    const rest = { seq: 1, at: 1, account, kind: 'note', body, prev: genesisHash };
    assert.match(defect([{ ...rest, hash: rowHash(rest) }]).what, /canonical JSON/, body);
  }
});

test('a field of impossible shape is found although its hash fits', () => {
  const good = { seq: 1, at: 1, account, kind: 'note', body: '{}', prev: genesisHash };
  for (const bad of [{ at: -1 }, { at: 1.5 }, { account: '' }, { account: 'a\nb' }, { kind: 'Note' }, { kind: '' }, { prev: 'x' }]) {
    const rest = { ...good, ...bad };
    assert.equal(defect([{ ...rest, hash: rowHash(rest) }]).seq, 1, JSON.stringify(bad));
  }
});

test('a line break cannot be moved from one field into the next', () => {
  assert.throws(() => seal(genesisHead, [{ at: 1, account, kind: 'note\n{}', body: {} }]), /well-shaped/);
  assert.throws(() => seal(genesisHead, [{ at: 1, account: 'okx\nsim', kind: 'note', body: {} }]), /well-shaped/);
});

test('a body with a right hash that is not the one text of its value is found, whichever way it is not', () => {
  const sealedWith = (body: string): Row => {
    const row = { seq: 1, at: 1, account, kind: 'note', body, prev: genesisHash };
    return { ...row, hash: rowHash(row) };
  };
  const deep = `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`;
  const refused = [
    '{"a":1,"a":1}',
    '{"b":1,"a":2}',
    '{"a": 1}',
    '{"a":1.5}',
    '{"a":1.0}',
    '{"a":1e3}',
    '{"a":-0}',
    '{"a":9007199254740993}',
    '{"__proto__":1}',
    '{"a":{"__proto__":{}}}',
    '{"a":"\\ud800"}',
    '{"a":"\\u0041"}',
    '{"\\ud800":1}',
    '[]',
    '1',
    'null',
    '',
    '{',
    '{"a":1}x',
    deep,
  ];
  for (const body of refused) assert.equal(defect([sealedWith(body)]).what, 'its body is not the canonical JSON of an object', body);
  const accepted = ['{}', '{"a":[1,true,null,{"b":"ü\\n"}],"b":-3}', '{"1":1,"10":2,"2":3}', '{"a":"\\u0001"}'];
  for (const body of accepted) assert.ok(verifyRows([sealedWith(body)], nothingVerified).ok, body);
});
