/** Where a process can die: before or after anything that it waits for, and between. */
export type CrashPoint = { readonly event: string; readonly side: 'before' | 'after' };

const events = [
  'append writes',
  'append told',
  'place signed',
  'place leaves',
  'place arrives',
  'place told',
  'protect signed',
  'protect leaves',
  'protect arrives',
  'protect told',
  'cancel signed',
  'cancel leaves',
  'cancel arrives',
  'cancel told',
  'read signed',
  'read told',
  'disk read',
  'snapshot writes',
  'snapshot told',
  'checkpoint signed',
  'alarm',
];

export const crashPoints: readonly CrashPoint[] = events.flatMap((event) => [
  { event, side: 'before' } as const,
  { event, side: 'after' } as const,
]);
