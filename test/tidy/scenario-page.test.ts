import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { accidentKinds } from '../../src/doors/drill/accident.ts';
import { conditions } from '../../src/doors/drill/condition.ts';
import { parseScenario } from '../../src/doors/drill/scenario.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/formats/scenario.md'), 'utf8');

/** What stands in the first column of the table below a heading. */
function named(heading: string): readonly string[] {
  const part = page.slice(page.indexOf(heading)).split('\n\n## ')[0] ?? '';
  return [...part.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name.replace(' = true', '')),
  );
}

test('the page of scenarios names every condition, every word of a step and every kind of accident, and no other', () => {
  const timing = ['after', 'once', 'until'];
  assert.deepEqual(named('## When a step happens'), [...timing, ...conditions]);
  assert.deepEqual(named('## By what').toSorted(), [...accidentKinds].toSorted());
  const refused = parseScenario('name = "a"\nshows = "b"\n[[steps]]\nafter = "0s"\nnothing = true\n');
  assert.ok(!refused.ok);
  const words = refused.error.split('one of ')[1]?.split(', ') ?? [];
  assert.deepEqual(named('## What a step does').toSorted(), [...words, 'body'].toSorted());
});
