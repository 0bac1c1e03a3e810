import { randomBytes } from 'node:crypto';
import type { Random } from '../../ports/random.ts';

/** The machine's own chance, good enough for secrets. */
export const systemRandom: Random = { bytes: (count) => randomBytes(count) };
