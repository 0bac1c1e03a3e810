import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Order, Played } from './child.ts';
import { type Fate, fates, type Finding } from './door.ts';

/** What came of all rounds of one door. */
export type Total = { readonly thrown: number; readonly fates: Readonly<Record<Fate, number>>; readonly findings: readonly Found[] };
export type Found = Finding & { readonly door: string; readonly seed: number };

/** How long one input may take on a machine that does much else; then it counts as a hang. */
const HANG_MILLISECONDS = 180_000;
const LOOK_MILLISECONDS = 1000;

/** Plays doors in a process of their own; one that dies or hangs with an input is a finding like any other. */
export async function playApart(
  order: Omit<Order, 'progress'>,
  told: (played: Played) => void = () => {},
): Promise<ReadonlyMap<string, Total>> {
  const folder = mkdtempSync(join(tmpdir(), 'tk-fuzz-'));
  const progress = join(folder, 'progress');
  const totals = new Map<string, Total>();
  const child = fork(fileURLToPath(new URL('child.ts', import.meta.url)), {
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: environment(),
  });
  let done = false;
  child.on('message', (played: Played) => {
    add(totals, played);
    told(played);
  });
  child.on('disconnect', () => (done = true));
  child.send({ ...order, progress } satisfies Order);
  const watch = watching(progress, () => child.kill('SIGKILL'));
  const ended = await new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
  });
  clearInterval(watch.timer);
  const last = readLast(progress);
  if (last !== null && !(done && ended === 'exit 0')) {
    const what = watch.hung() ? `nothing was heard for ${HANG_MILLISECONDS / 1000} s` : `the process ended (${ended})`;
    const finding = { what, input: `input ${last.input + 1} of the round` };
    add(totals, { door: last.door, seed: last.seed, thrown: last.input, fates: { accepted: 0, refused: 0, closed: 0 }, finding });
  }
  rmSync(folder, { recursive: true });
  if (last === null) throw new Error(`nothing was thrown (${ended})`);
  return totals;
}

/** Ends the process when the input that it is at stays the same for too long. */
function watching(progress: string, end: () => void) {
  let [seen, since, hung] = ['', performance.now(), false];
  const timer = setInterval(() => {
    const now = JSON.stringify(readLast(progress));
    if (now !== seen) [seen, since] = [now, performance.now()];
    if (performance.now() - since < HANG_MILLISECONDS) return;
    hung = true;
    end();
  }, LOOK_MILLISECONDS);
  return { timer, hung: () => hung };
}

function readLast(progress: string): { readonly door: string; readonly seed: number; readonly input: number } | null {
  try {
    return JSON.parse(readFileSync(progress, 'utf8')) as { door: string; seed: number; input: number };
  } catch {
    return null;
  }
}

function add(totals: Map<string, Total>, { door, seed, thrown, fates: more, finding }: Played): void {
  const before = totals.get(door) ?? { thrown: 0, fates: { accepted: 0, refused: 0, closed: 0 }, findings: [] };
  const sums = Object.fromEntries(fates.map((fate) => [fate, before.fates[fate] + more[fate]])) as Record<Fate, number>;
  const found = finding === null ? [] : [{ ...finding, door, seed }];
  totals.set(door, { thrown: before.thrown + thrown, fates: sums, findings: [...before.findings, ...found] });
}

/** Nothing of whoever runs this: no key of theirs is ever seen. */
function environment(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: tmpdir() };
}

/** How to see it again, and what was seen. */
export function shown({ door, seed, what, input }: Found): string {
  return `${door}, seed ${seed}: ${what}\n  with ${input}\n  again: npm run fuzz -- --door ${door} --seed ${seed} --rounds 1`;
}
