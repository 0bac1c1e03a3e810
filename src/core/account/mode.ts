/** How much an account may do, mildest first. BOOT is not among them: it is the time before the first clean comparison. */
export const modes = ['ACTIVE', 'REDUCE_ONLY', 'HALTED'] as const;
export type Mode = (typeof modes)[number];
