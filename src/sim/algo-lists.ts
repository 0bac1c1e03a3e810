import type { Algo, AlgoState } from './algo.ts';
import { findAlgoOf } from './algo-orders.ts';
import { algoRow } from './algo-row.ts';
import { page, pageAnswer } from './account.ts';
import { type Answer, failure, success } from './answers.ts';
import { listField, textField } from './fields.ts';
import { refusals } from './refusal.ts';
import type { Call } from './trade.ts';
import { instrumentOfOrder } from './world.ts';

/** GET order-algo, by either id. */
export function getOrderAlgo(call: Call): Answer {
  const found = findAlgoOf(call);
  return found.ok ? success([algoRow(found.value)]) : failure(found.error);
}

/** Kinds that are asked for by themselves; the simulator never has some of them. */
const others: readonly string[] = ['trigger', 'move_order_stop', 'chase', 'twap', 'smart_iceberg', 'iceberg'];

/** The kinds that a list asks for; undefined when it asks for none, for an unknown one, or for two that cannot be combined. */
function kindsOf({ fields }: Call): readonly string[] | undefined {
  const kinds = listField(fields, 'ordType');
  // @rule algo-lists-by-kind
  if (kinds.length > 0 && kinds.every((kind) => kind === 'conditional' || kind === 'oco')) return kinds;
  return kinds.length === 1 && others.includes(kinds[0] ?? '') ? kinds : undefined;
}

function list(call: Call, keep: (algo: Algo) => boolean): Answer {
  const { world, account, fields } = call;
  if (textField(fields, 'ordType') === '') return failure(refusals.missing('ordType'));
  const kinds = kindsOf(call);
  if (kinds === undefined) return failure(refusals.parameter('ordType'));
  const [instType, instId, algoId] = ['instType', 'instId', 'algoId'].map((name) => textField(fields, name));
  const items = [...world.state.algos.values()]
    .filter((algo) => algo.account === account.uid && kinds.includes(algo.ordType))
    .sort((left, right) => left.seq - right.seq);
  const paged = { items, id: (algo: Algo) => algo.algoId, at: (algo: Algo) => algo.cTime };
  const found = page(
    fields,
    paged,
    (algo) =>
      keep(algo) &&
      (instType === '' || instrumentOfOrder(algo.instId).instType === instType) &&
      (instId === '' || algo.instId === instId) &&
      (algoId === '' || algo.algoId === algoId),
  );
  return pageAnswer(found, algoRow);
}

export function getAlgoPending(call: Call): Answer {
  return list(call, (algo) => algo.state === 'live');
}

const ended: readonly string[] = ['effective', 'canceled', 'order_failed'] satisfies readonly AlgoState[];

/** GET orders-algo-history: of one state, or one stop order. */
export function getAlgoHistory(call: Call): Answer {
  const [state, algoId] = [textField(call.fields, 'state'), textField(call.fields, 'algoId')];
  if (state === '' && algoId === '') return failure(refusals.missing('state'));
  if (state !== '' && !ended.includes(state)) return failure(refusals.parameter('state'));
  return list(call, (algo) => algo.state !== 'live' && (state === '' || algo.state === state));
}
