/** What is asked once more in the tick in which the bytes of an order would leave, beside the controls that decided it. */
export type LeavingCheck = {
  readonly id: string;
  readonly name: string;
  /** One sentence without its first word and its full stop. */
  readonly refuses: string;
  readonly applies: 'entries' | 'exits' | 'both';
  readonly source: string;
};

/**
 * Between a decision and the socket time passes: whatever changed meanwhile counts (DESIGN §3.4). The engine asks these, in no order that matters; an
 * order that one of them holds back was certainly not sent. Cancels are held back only when the gateway stops or the journal cannot be written.
 */
export const leavingChecks: readonly LeavingCheck[] = [
  {
    id: 'L1',
    name: 'epoch',
    refuses:
      'what was decided before the last halt or in an earlier start, and everything once the gateway stops; the vault signs nothing of an older epoch either',
    applies: 'both',
    source: 'DESIGN §3.4',
  },
  { id: 'L2', name: 'journal', refuses: 'everything while the journal cannot be written', applies: 'both', source: 'DESIGN §3.3' },
  {
    id: 'P18',
    name: 'parent_child',
    refuses:
      'an order whose terms are not those that the journal holds as not sent yet, and one with which its wish would come to more orders, or larger ones, than were decided; the account halts, because it is our own bug',
    applies: 'both',
    source: 'Knight 2012; P18',
  },
  { id: 'L3', name: 'expiry', refuses: 'an order whose time to be taken is over', applies: 'both', source: 'DESIGN §3.3' },
  { id: 'L4', name: 'booting', refuses: 'an order before the first clean comparison', applies: 'both', source: 'DESIGN §3.8' },
  { id: 'L5', name: 'read_only', refuses: 'every order of a read-only gateway', applies: 'both', source: 'DESIGN §4.3' },
  {
    id: 'L6',
    name: 'halt_file',
    refuses: 'every order while the file HALT stands in the home folder',
    applies: 'both',
    source: 'DESIGN §4.2',
  },
  { id: 'L7', name: 'mode', refuses: 'an entry unless the mode is ACTIVE, and an exit in HALTED', applies: 'both', source: 'law 6' },
  {
    id: 'L7c',
    name: 'cancel',
    refuses: 'an order whose cancel was asked for meanwhile: that came first and may have found nothing',
    applies: 'both',
    source: 'I-R6',
  },
  {
    id: 'L8',
    name: 'data_age',
    refuses: 'an entry whose price has become older than `max_data_age` by either clock',
    applies: 'entries',
    source: 'P15, §4.9',
  },
  {
    id: 'L9',
    name: 'clock',
    refuses: 'an entry while the clock is not known to agree with the exchange’s',
    applies: 'entries',
    source: '§4.9',
  },
];
