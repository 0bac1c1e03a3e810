/** What may go wrong; says which rules a judge holds an accident to, and not how it should end. */
export const accidentKinds = ['lost_answer'] as const;
export type AccidentKind = (typeof accidentKinds)[number];
