import type { Figures } from './month.ts';

/** What a month of 31 days has to show at least, in proportion to the days that were played. */
const ORDERS_A_MONTH = 2000;
const DAYS_A_MONTH = 31;

/** Of what too little happened, so that equal books would prove too little. */
export function shortfalls({ days, orders, fillsByDay, partial, stops, restarts, hours, compared }: Figures): readonly string[] {
  const least = Math.floor((ORDERS_A_MONTH * days) / DAYS_A_MONTH);
  const without = Array.from({ length: days }, (_, day) => day).filter((day) => (fillsByDay[day] ?? 0) === 0);
  return [
    ...(orders.buy + orders.sell >= least ? [] : [`${orders.buy + orders.sell} orders, ${least} at least`]),
    ...(Math.min(orders.buy, orders.sell) >= least / 4 ? [] : [`${orders.buy} buys and ${orders.sell} sells: one side is rare`]),
    ...without.map((day) => `nothing was filled on day ${day + 1}`),
    ...(partial >= days ? [] : [`${partial} orders ended filled in part`]),
    ...(stops.triggered >= 1 && stops.placed >= days ? [] : [`${stops.placed} stops, of which ${stops.triggered} were reached`]),
    ...(restarts >= days - 1 && restarts >= 1 ? [] : [`${restarts} restarts in ${days} days`]),
    ...(compared >= hours ? [] : [`${compared} comparisons in ${hours} hours`]),
  ];
}
