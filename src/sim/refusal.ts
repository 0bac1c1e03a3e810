/** Why the exchange refuses: its code, its sentence, and the finer code it sometimes adds. */
export type Refusal = {
  readonly code: string;
  readonly message: string;
  readonly subCode: string;
  /** 200, or what the exchange answers where the whole request is at fault: such a refusal is never an item's. */
  readonly status: number;
};

function refusal(code: string, message: string, subCode = ''): Refusal {
  return { code, message, subCode, status: 200 };
}

/** A request that makes no sense is refused whole, before any item of it is looked at. */
function malformed(code: string, message: string): Refusal {
  // @rule malformed-request
  return { code, message, subCode: '', status: 400 };
}

export const refusals = {
  missing: (name: string) => malformed('50014', `Parameter ${name} can not be empty.`),
  parameter: (name: string) => malformed('51000', `Parameter ${name} error`),
  positionSide: () => refusal('51000', 'Parameter posSide error'),
  unknownIndex: () => refusal('51014', "Index doesn't exist."),
  queryFailed: () => ({ ...refusal('50026', 'System error. Try again later'), status: 500 }),
  conflict: (one: string, other: string) => malformed('50016', `Parameter ${one} and ${other} is an invalid pair.`),
  unknownInstrument: () => refusal('51001', "Instrument ID, Instrument ID code, or Spread ID doesn't exist."),
  instrumentExpired: () => refusal('51027', 'This contract has expired.'),
  accountMode: () => refusal('51010', 'You can’t complete this request under your current account mode.'),
  priceLimit: (highest: string, lowest: string) =>
    refusal('51006', `Order price is not within the price limit (max buy price: ${highest} min sell price: ${lowest})`),
  lessThanContract: () => refusal('51007', 'Order failed. Please place orders of at least 1 contract or more.'),
  insufficientBalance: (ccy: string) => refusal('51008', `Order failed. Insufficient ${ccy} balance in account`, '1000'),
  insufficientMargin: (ccy: string) => refusal('51008', `Order failed. Insufficient ${ccy} margin in account`, '1001'),
  beyondTier: () => refusal('51004', 'Order failed. Your order, positions and pending orders exceed the limit at the current leverage.'),
  aboveLimitSize: () => refusal('51005', 'Order amount exceeds current maximum order amount.'),
  aboveMarketSize: () => refusal('51101', 'Entered amount exceeds the max pending order amount (Cont).'),
  aboveMarketValue: () => refusal('51202', 'Market order amount exceeds the maximum amount.'),
  belowMinimum: () => refusal('51020', 'The quantity must be greater than or equal to the minimum order quantity.'),
  notLotMultiple: () => refusal('51121', 'Order quantity must be a multiple of the lot size.'),
  tooManyDecimals: () => refusal('51150', 'The number of trades or trading price exceeds the number of allowed decimals.'),
  tooManyPending: () => refusal('51174', 'The number of pending orders reached the upper limit.'),
  duplicateClientId: () => refusal('51016', 'Client order ID already exists.'),
  reduceOnlyUnavailable: () => refusal('51205', 'Reduce Only is not available.'),
  noPositionToReduce: () =>
    refusal('51169', "Order failed because you don't have any positions in this direction for this contract to reduce or close."),
  reduceOnlySameSide: () =>
    refusal('51170', "Failed to place order. A reduce-only order can't be the same trading direction as your existing positions."),
  reduceOnlyTooLarge: () => refusal('51148', 'ReduceOnly cannot increase the position quantity.'),
  closeTooLarge: () => refusal('51112', 'Close order size exceeds the available amount for this position.'),
  positionModeInUse: () => refusal('59000', 'Setting failed. Please cancel any open orders, close positions, and stop trading bots first.'),
  transferTooLarge: () => refusal('58350', 'Insufficient balance.'),
  transferUnknown: () => refusal('58129', 'transId is incorrect or transId does not match with type.'),
  unknownCurrency: () => refusal('51012', "Token doesn't exist."),
  needsOneOf: (one: string, other: string) => malformed('50015', `Either parameter ${one} or ${other} is required`),
  needsOrderId: () => refusal('51003', 'Either client order ID or order ID is required.'),
  cannotCancel: () => refusal('51400', 'Order cancellation failed as the order has been filled, canceled or does not exist.'),
  needsAmendment: () => refusal('51500', 'You must enter a price, quantity, or TP/SL.'),
  cannotAmend: () => refusal('51503', 'Order modification failed as the order has been filled, canceled or does not exist.'),
  orderUnknown: () => refusal('51603', 'Order does not exist.'),
  algoIdTaken: (name: string) => refusal('51068', `${name} already exists within algoClOrdId and attachAlgoClOrdId.`),
  algoWithoutPosition: () => refusal('51058', 'No available position for this algo order'),
  tooManyAlgos: () => refusal('51299', 'Order did not go through. You can hold a maximum of 100 orders of this type.'),
  onlyOneWholeClose: () => refusal('51088', 'You can only place 1 TP/SL order to close an entire position'),
  fractionNeedsReduceOnly: () => refusal('51328', 'closeFraction is only available for reduceOnly orders'),
  fractionNeedsContract: () => refusal('51327', 'closeFraction is only available for Expiry Futures and Perpetual Futures'),
  fractionNeedsMarket: () => refusal('51330', 'closeFraction is only available for stop market orders'),
  spotTriggersAtLast: () =>
    refusal(
      '51415',
      'Unable to place order. Spot trading only supports using the last price as trigger price. Please select "Last" and try again.',
    ),
  slippageTooLarge: () => refusal('54084', 'The slippage exceeds the maximum of 0.05.'),
  slippageInvalid: () => refusal('54085', 'Parameter slippagePct is invalid.'),
  attachedToReduceOnly: () =>
    refusal('51100', 'Unable to place order. Take profit/Stop loss conditions cannot be added to reduce-only orders.'),
  attachedWithoutLegs: () => refusal('51178', "tpTriggerPx&tpOrdPx or slTriggerPx&slOrdPx can't be empty when using attachAlgoClOrdId."),
  attachedNotAllowed: (type: string) => refusal('51045', `For order type ${type}, it is not allowed to set stop loss and take profit`),
  splitTakeProfits: (code: string, message: string) => refusal(code, message),
  wrongTrigger: (code: string, message: string) => refusal(code, message),
  algoGone: () => refusal('51527', 'Order modification unsuccessful. The stop order does not exist.'),
  kindFixed: () => refusal('51506', 'Order modification unsuccessful for the order type.'),
  legsFixed: () =>
    refusal('51526', 'Order modification unsuccessful. Take profit/Stop loss conditions cannot be added to or removed from stop orders.'),
  wholeCloseSizeFixed: () =>
    refusal(
      '51524',
      'Unable to modify the order quantity of a stop order that closes an entire position. Please modify the trigger price instead.',
    ),
  tooManyToCancel: () => malformed('51406', 'Canceled - order count exceeds the limit 10.'),
  noPosition: () => refusal('51023', "Position doesn't exist."),
  cancelCloseOrdersFirst: () => ({ ...refusal('51115', 'Cancel all pending close-orders before liquidation.'), status: 429 }),
  tooManyTimers: () => refusal('51071', 'You have reached the maximum number of tags for cancel all after.'),
  batchTooLong: () => refusal('51111', 'Maximum 20 orders can be placed in bulk.'),
  noIsolatedPosition: () => refusal('51043', 'This isolated position doesn’t exist.'),
  leverageOfPending: () => refusal('59101', 'Leverage cannot be modified. Please cancel all pending isolated orders first.'),
  leverageTooHigh: () => refusal('59102', 'Leverage exceeds the maximum limit. Please lower the leverage.'),
  leverageTooLow: () => malformed('59105', 'Leverage can not be less than the minimum leverage.'),
  leverageMargin: () => refusal('59108', 'Your account leverage is too low and has insufficient margin. Please increase the leverage.'),
  expired: () => refusal('50036', 'The expTime can’t be earlier than the current system time. Please adjust the expTime and try again.'),
  expiredInQueue: () => refusal('50037', 'Order expired.'),
  unavailableInDemo: () => refusal('50038', 'This feature is unavailable in demo trading'),
} as const;
