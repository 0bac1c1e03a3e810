/** How much an account may do, mildest first. BOOT is not among them: it is the time before the first clean comparison. */
export const modes = ['ACTIVE', 'REDUCE_ONLY', 'HALTED'] as const;
export type Mode = (typeof modes)[number];

/** The more severe of two modes; a mode never gets milder by itself (law 6). */
export function severest(left: Mode, right: Mode): Mode {
  return modes.indexOf(left) >= modes.indexOf(right) ? left : right;
}
