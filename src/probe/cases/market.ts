import { compare, decimal, divideDown, formatDecimal, multiply, one, roundDownToStep, subtract } from '../../core/money/decimal.ts';
import { amount, codeOf, firstRow, pick, text } from '../answer.ts';
import { get, post, resting, rounded, tried } from '../asking.ts';
import { type Case, onSpot, reading, waits } from '../case.ts';
import { instrumentOf } from '../side.ts';

const PERIOD_MILLISECONDS = 28_800_000n;
const [DOLLAR_LEAST, DOLLAR_MOST, BEYOND] = [decimal('0.9'), decimal('1.1'), decimal('1.01')];

const own = ['seeded-market', 'regimes', 'coins-go-together', 'thin-market', 'replay-leads'];
const staged = ['throttling', 'clock-skew', 'frozen-account', 'ghost-price', 'maintenance'];

export const marketCases: readonly Case[] = [
  reading('dollar-coins', async (side) => {
    for (const instId of ['USDT-USD', 'USDC-USD']) {
      const answer = await get(side, 'market/index-tickers', { instId });
      const row = firstRow(answer);
      const price = amount(row, 'idxPx');
      const isDollar = compare(price, DOLLAR_LEAST) > 0 && compare(price, DOLLAR_MOST) < 0;
      side.saw(`the index of ${instId}`, { code: codeOf(answer), ...pick(row, 'instId'), about_one_dollar: String(isDollar) }, answer);
    }
  }),
  onSpot('price-limit-spot', async (side) => {
    const instId = instrumentOf.spot;
    const limit = await get(side, 'public/price-limit', { instId });
    const index = amount(firstRow(await get(side, 'market/index-tickers', { instId })), 'idxPx');
    const [buy, sell] = [amount(firstRow(limit), 'buyLmt'), amount(firstRow(limit), 'sellLmt')];
    const share = (price: typeof buy) => rounded({ dividend: subtract(price, index), divisor: index, digits: 2 });
    side.saw('the limits as a share of the index', { ...pick(firstRow(limit), 'enabled'), buy: share(buy), sell: share(sell) }, limit);
    const { tick } = await side.terms('spot');
    const px = formatDecimal(roundDownToStep({ value: multiply(buy, BEYOND), step: tick }));
    const order = await resting(side, 'spot', 'buy', { ordType: 'post_only', px });
    await tried(side, 'a buy one per cent above the limit', post(side, 'trade/order', order));
  }),
  reading('mark-price-of-spot', async (side) => {
    const margin = await get(side, 'public/mark-price', { instType: 'MARGIN', instId: instrumentOf.spot });
    side.saw('asked for as margin', { code: codeOf(margin), ...pick(firstRow(margin), 'instType', 'instId') }, margin);
  }),
  reading('funding-rate', async (side) => {
    const answer = await get(side, 'public/funding-rate', { instId: instrumentOf.swap });
    const row = firstRow(answer);
    const [due, next] = [amount(row, 'fundingTime'), amount(row, 'nextFundingTime')];
    const hours = formatDecimal(divideDown({ dividend: subtract(next, due), divisor: decimal('3600000'), digits: 3 }));
    const onTheHour = due.scale === 0 && due.coefficient % PERIOD_MILLISECONDS === 0n;
    const small = compare(amount(row, 'fundingRate'), one) < 0 && text(row, 'fundingRate') !== '';
    side.saw('the period', { code: codeOf(answer), hours, from_midnight: String(onTheHour), has_a_rate: String(small) }, answer);
  }),
  ...own.map((rule) => waits(rule, 'the course of the simulated market is its own; prices of the demo are whatever they are')),
  ...staged.map((rule) => waits(rule, "an accident that the simulator's own desk stages; nobody can ask the exchange for one")),
  waits('one-reference-per-coin', 'a simplification of the simulated market: on the exchange each market has a price of its own'),
  waits('resting-fills', 'a resting order is filled when the market comes to it, which cannot be asked for'),
];
