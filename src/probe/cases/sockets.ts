import { type Case, waits } from '../case.ts';

const heard = ['login-sequence', 'connects-per-second', 'quiet-sockets-closed', 'socket-paths', 'unsubscribe-unknown'];
const told = ['pushes', 'holding-events', 'liquidation-warning', 'public-pushes', 'public-push-pace', 'failed-amendments-told'];
const staged = ['socket-order-faults', 'push-faults', 'socket-faults'];

export const socketCases: readonly Case[] = [
  ...heard.map((rule) => waits(rule, 'the probe asks over REST alone and opens no socket')),
  ...told.map((rule) => waits(rule, 'the probe asks over REST alone and hears no pushes')),
  ...staged.map((rule) => waits(rule, "an accident that the simulator's own desk stages; nobody can ask the exchange for one")),
];
