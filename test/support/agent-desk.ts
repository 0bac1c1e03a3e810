import type { Json } from '../../src/core/lang/canonical.ts';
import { parseConfiguration } from '../../src/core/policy/configuration.ts';
import { answerCall, answerOperator, type Desk } from '../../src/main/answering.ts';
import { sharedPrices } from '../../src/main/prices.ts';
import { createQuota } from '../../src/main/quota.ts';
import type { OperatorRequest } from '../../src/adapters/operator/protocol.ts';
import { EngineWorld } from './engine-world.ts';

type Answered = Awaited<ReturnType<typeof answerCall>>;
type Operated = Awaited<ReturnType<typeof answerOperator>>;

const notHere = { ok: false, error: { code: 'NOT_ALLOWED', message: 'not here' } } as const;

/** The gateway in one process: what turns calls of agents and of the operator into answers, before a real engine and a simulated exchange. Time passes while it is asked. */
export class AgentDesk {
  readonly world: EngineWorld;
  readonly desk: Desk;

  private constructor(world: EngineWorld, desk: Desk) {
    this.world = world;
    this.desk = desk;
  }

  /** `text` is a twokey.toml; calls are bounded by `ordersPerMinute` of the policy. */
  static async open(text: string, ordersPerMinute = 100_000): Promise<AgentDesk> {
    const world = await EngineWorld.running(text);
    return new AgentDesk(world, deskOf(world, text, ordersPerMinute));
  }

  call(tool: string, given: { readonly [key: string]: Json }, principal = 'default'): Promise<Answered> {
    const client = { name: '', version: '', toolsHash: '' };
    return this.world.until(answerCall(this.desk, { principal, tool, arguments: given, client }));
  }

  operate(request: Exclude<OperatorRequest, { verb: 'promote' }>): Promise<Operated> {
    return this.world.until(answerOperator(this.desk, request));
  }
}

function deskOf({ engine }: EngineWorld, text: string, ordersPerMinute: number): Desk {
  const configuration = parseConfiguration(text);
  if (!configuration.ok) throw new Error(configuration.error.message);
  return {
    engine,
    configuration: configuration.value,
    policyHash: 'policy',
    readOnly: false,
    isolation: () => null,
    limits: { answer: () => Promise.resolve(notHere) },
    stages: { demote: () => Promise.resolve(notHere) },
    rotate: () => Promise.resolve({ ok: false, error: 'not here' }),
    enter: () => notHere,
    doors: { mayOpen: () => null, agentsChanged: () => {}, httpUrl: () => null },
    quota: createQuota(ordersPerMinute),
    prices: sharedPrices({
      ask: async (request) => (await engine.inquiry.ask(request)).report,
      quotes: () => engine.market.quotes,
      now: () => engine.now(),
    }),
  };
}
