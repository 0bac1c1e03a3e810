import { formatDecimal } from '../money/decimal.ts';
import type { Triggers } from './order.ts';
import type { ExchangeRequest } from './request.ts';

/** A request as it crosses a channel: amounts as texts; everything else in it is JSON already. */
export function channelForm(request: ExchangeRequest): object {
  switch (request.kind) {
    case 'place': {
      const { terms, protection } = request;
      const amounts = { size: formatDecimal(terms.size), price: formatDecimal(terms.price) };
      const attached = protection === null ? null : { ...protection, ...triggerTexts(protection) };
      return { ...request, terms: { ...terms, ...amounts }, protection: attached };
    }
    case 'protect': {
      const { terms } = request;
      return { ...request, terms: { ...terms, size: formatDecimal(terms.size), ...triggerTexts(terms) } };
    }
    case 'amend_protection':
      return { ...request, triggers: triggerTexts(request.triggers) };
    case 'set_leverage':
      return { ...request, leverage: formatDecimal(request.leverage) };
    default:
      return request;
  }
}

function triggerTexts({ takeProfit, stopLoss }: Triggers): object {
  return {
    takeProfit: takeProfit === null ? null : formatDecimal(takeProfit),
    stopLoss: stopLoss === null ? null : formatDecimal(stopLoss),
  };
}
