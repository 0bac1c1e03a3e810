import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesLike, showBytes } from './bytes.ts';
import { doorOf, holds } from './door.ts';

test('a door that stumbles over one byte is found out, with the input made small and the door opened anew after each fall', async () => {
  let opened = 0;
  const door = doorOf<Buffer>({
    name: 'stumbles',
    inputs: bytesLike([Buffer.from('{"a":1}')]),
    round: 500,
    few: 500,
    show: showBytes,
    open: () => {
      opened += 1;
      let isBroken = false;
      return Promise.resolve({
        throwAt: (input) => {
          holds(!isBroken, 'a door that fell is not thrown at again');
          isBroken = input.includes(0xff);
          holds(!isBroken, 'it stumbles');
          return Promise.resolve('accepted');
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      });
    },
  });
  const { finding, thrown } = await door.play({ seed: 1, inputs: 500, begins: () => {}, isOver: () => false });
  assert.match(finding?.what ?? '', /it stumbles/);
  assert.match(finding?.input ?? '', /^(?:[0-9a-f]{2})*ff/);
  assert.ok(opened > 1 && thrown < 500, `${opened} opened, ${thrown} thrown`);
});
