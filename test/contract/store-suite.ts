import assert from 'node:assert/strict';
import { genesisHead, nothingVerified, seal, verifyRows } from '../../src/core/journal/chain.ts';
import type { Head, Row } from '../../src/core/journal/row.ts';
import type { JournalStore } from '../../src/ports/store.ts';
import { claimsAbout } from './claims.ts';

/** Where a store keeps its rows, which outlives any one opening of it. */
export type Place = {
  readonly open: () => JournalStore & { readonly close?: () => void };
  /** From now on there is no room for more rows. */
  readonly fill: () => void;
  readonly makeRoom: () => void;
  readonly remove: () => void;
};

function sealed(head: Head, ...texts: readonly string[]): readonly Row[] {
  return seal(
    head,
    texts.map((text) => ({ at: 1_000, account: 'okx:sim:1001', kind: 'note', body: { text } })),
  );
}

/** What every journal store must do, run against each of them. */
export function storeSuite(name: string, make: () => Place): void {
  const claim = claimsAbout(name, make);

  claim('an empty journal has the head before the first entry', async (place) => {
    const store = place.open();
    assert.deepEqual(await store.head(), genesisHead);
    assert.deepEqual(await store.read(1, 10), []);
  });

  claim('an append moves the head to its last row, and the rows read back as written', async (place) => {
    const store = place.open();
    const rows = sealed(genesisHead, 'one', 'zwei ü €', 'three 🔑\nline "quoted" \\ \u0000');
    const appended = await store.append(genesisHead, rows);
    assert.deepEqual(appended, { kind: 'appended', head: { seq: 3, hash: rows[2]?.hash } });
    assert.deepEqual(await store.head(), { seq: 3, hash: rows[2]?.hash });
    assert.deepEqual(await store.read(1, 10), rows);
  });

  claim('an append to an old head is a conflict that tells the head and writes nothing', async (place) => {
    const store = place.open();
    const first = sealed(genesisHead, 'one');
    await store.append(genesisHead, first);
    const head = await store.head();
    assert.deepEqual(await store.append(genesisHead, sealed(genesisHead, 'other')), { kind: 'conflict', head });
    assert.deepEqual(await store.read(1, 10), first);
  });

  claim('an append to a head of the right number and another hash is a conflict', async (place) => {
    const store = place.open();
    await store.append(genesisHead, sealed(genesisHead, 'one'));
    const [mine] = sealed(genesisHead, 'mine');
    assert.ok(mine);
    const wrong = { seq: 1, hash: mine.hash };
    assert.equal((await store.append(wrong, sealed(wrong, 'two'))).kind, 'conflict');
  });

  claim('an append to a head that the journal has not reached is a conflict', async (place) => {
    const store = place.open();
    const ahead = { seq: 7, hash: 'a'.repeat(64) };
    assert.deepEqual(await store.append(ahead, sealed(ahead, 'eight')), { kind: 'conflict', head: genesisHead });
  });

  claim('rows that are not chained to the head they name are our own bug', async (place) => {
    const store = place.open();
    const [row] = sealed(genesisHead, 'one');
    assert.ok(row);
    await assert.rejects(async () => store.append(genesisHead, []), /has rows/);
    await assert.rejects(async () => store.append(genesisHead, [{ ...row, seq: 2 }]), /numbered/);
    await assert.rejects(async () => store.append(genesisHead, [{ ...row, prev: 'b'.repeat(64) }]), /chained/);
    assert.deepEqual(await store.head(), genesisHead);
  });

  claim('what was appended is there for whoever opens it next', async (place) => {
    const first = place.open();
    const rows = sealed(genesisHead, 'one', 'two');
    await first.append(genesisHead, rows);
    first.close?.();
    const second = place.open();
    assert.deepEqual(await second.read(1, 10), rows);
    assert.deepEqual(await second.head(), { seq: 2, hash: rows[1]?.hash });
  });

  claim('pages follow each other without gap or repetition', async (place) => {
    const store = place.open();
    const rows = sealed(genesisHead, ...Array.from({ length: 25 }, (_, index) => `entry ${index}`));
    await store.append(genesisHead, rows);
    const found: Row[] = [];
    for (;;) {
      const page = await store.read(found.length + 1, 10);
      if (page.length === 0) break;
      assert.ok(page.length <= 10);
      found.push(...page);
    }
    assert.deepEqual(found, rows);
    assert.ok(verifyRows(found, nothingVerified).ok);
    assert.deepEqual(await store.read(26, 10), []);
    assert.deepEqual(await store.read(0, 1), rows.slice(0, 1));
  });

  claim('of two openers that append to one head, one wins and the other learns the new head', async (place) => {
    const left = place.open();
    const right = place.open();
    const answers = await Promise.all([
      left.append(genesisHead, sealed(genesisHead, 'left one', 'left two')),
      right.append(genesisHead, sealed(genesisHead, 'right')),
    ]);
    assert.deepEqual(answers.map((answer) => answer.kind).toSorted(), ['appended', 'conflict']);
    const heads = answers.map((answer) => (answer.kind === 'appended' || answer.kind === 'conflict' ? answer.head : undefined));
    assert.deepEqual(heads[0], heads[1]);
    const rows = await right.read(1, 10);
    assert.deepEqual(rows, await left.read(1, 10));
    assert.ok(rows.every((row) => row.body.includes('left')) || rows.every((row) => row.body.includes('right')));
  });

  claim('two openers that take turns, each from the head it was told, build one chain', async (place) => {
    const openers = [place.open(), place.open()];
    const heads: Head[] = [genesisHead, genesisHead];
    let conflicts = 0;
    for (let turn = 0; turn < 20; turn += 1) {
      const who = turn % 2;
      const store = openers[who];
      const head = heads[who];
      assert.ok(store);
      assert.ok(head);
      let answer = await store.append(head, sealed(head, `turn ${turn}`));
      if (answer.kind === 'conflict') {
        conflicts += 1;
        answer = await store.append(answer.head, sealed(answer.head, `turn ${turn}`));
      }
      assert.equal(answer.kind, 'appended');
      heads[who] = answer.head;
    }
    assert.equal(conflicts, 19);
    const verdict = verifyRows(await place.open().read(1, 100), nothingVerified);
    assert.ok(verdict.ok);
    assert.equal(verdict.value.head.seq, 20);
  });

  claim('a full disk writes none of a batch, leaves the journal readable, and room made lets the next append pass', async (place) => {
    const store = place.open();
    const first = sealed(genesisHead, 'one');
    await store.append(genesisHead, first);
    const head = await store.head();
    place.fill();
    const many = sealed(head, ...Array.from({ length: 50 }, (_, index) => `${index} ${'x'.repeat(5_000)}`));
    const answer = await store.append(head, many);
    assert.equal(answer.kind, 'not_written');
    assert.match(answer.cause, /full/);
    assert.deepEqual(await store.head(), head);
    assert.deepEqual(await store.read(1, 100), first);
    place.makeRoom();
    assert.equal((await store.append(head, many)).kind, 'appended');
    assert.equal((await store.read(1, 100)).length, 51);
  });
}
