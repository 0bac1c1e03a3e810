// The test runner that Stryker asks about each mutant. Stryker instruments the code, says which mutant is switched on and which tests reach
// it, and ends endless loops; here the unit tests of the core are loaded and called, in Stryker's process.
//
// For each mutant the modules are loaded anew with the mutant switched on: samples and tables are made when a module is loaded, and a
// mutant that shows only there must be seen. So what the loading of a test file reaches is told as reached by every test of that file.

import { INSTRUMENTER_CONSTANTS } from '@stryker-mutator/api/core';
import { PluginKind, declareClassPlugin } from '@stryker-mutator/api/plugin';
import {
  type CompleteDryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestRunner,
  TestStatus,
} from '@stryker-mutator/api/test-runner';
import fc from 'fast-check';
import { globSync } from 'node:fs';
import type { CollectedTest } from './collector.ts';
import { load, prepare } from './loading.ts';

/** How often each mutant was reached, by its number. */
type Counts = { readonly [mutant: string]: number };

/** What the instrumented code reads and counts up. It keeps hold of this one object. */
type Instrumented = {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: { readonly static: Counts; readonly perTest: { readonly [test: string]: Counts } };
};

type Tried = { readonly id: string; readonly name: string; readonly timeSpentMs: number; readonly reached: Counts };

const CONTEXT = { diagnostic: (): void => undefined };

class CoreTests implements TestRunner {
  readonly #instrumented: Instrumented = {};
  #loadings = 0;

  capabilities(): { reloadEnvironment: boolean } {
    return { reloadEnvironment: true };
  }

  init(): Promise<void> {
    Object.assign(globalThis, { [INSTRUMENTER_CONSTANTS.NAMESPACE]: this.#instrumented });
    // A counter-example is not made smaller: that it exists is all that matters here, and the search for a small one costs seconds.
    fc.configureGlobal({ endOnFailure: true });
    prepare(process.cwd());
    return Promise.resolve();
  }

  /** Runs every test once; one that fails ends the run. Stryker will ask for them in this sequence: the quick files first. */
  async dryRun(): Promise<CompleteDryRunResult> {
    const files: Tried[][] = [];
    for (const file of globSync('src/core/**/*.test.ts').sort()) files.push(await this.#tryFile(file));
    const tried = files.sort((one, other) => milliseconds(one) - milliseconds(other)).flat();
    return {
      status: DryRunStatus.Complete,
      tests: tried.map(({ id, name, timeSpentMs }) => ({ id, name, timeSpentMs, status: TestStatus.Success })),
      mutantCoverage: { static: {}, perTest: Object.fromEntries(tried.map(({ id, reached }) => [id, reached])) },
    };
  }

  async mutantRun({ activeMutant, testFilter = [], hitLimit }: MutantRunOptions): Promise<MutantRunResult> {
    const loading = (this.#loadings += 1);
    const files = new Map<string, readonly CollectedTest[]>();
    Object.assign(this.#instrumented, { activeMutant: activeMutant.id, hitCount: 0, hitLimit });
    let asked = '';
    let nrOfTests = 0;
    try {
      for (asked of testFilter) {
        nrOfTests += 1;
        const [file = '', index] = asked.split(' ');
        const tests = files.get(file) ?? (await load(file, loading));
        files.set(file, tests);
        await tests[Number(index)]?.run(CONTEXT);
      }
      return this.#isEndless() ? { status: MutantRunStatus.Timeout } : { status: MutantRunStatus.Survived, nrOfTests };
    } catch (error) {
      if (this.#isEndless()) return { status: MutantRunStatus.Timeout };
      return { status: MutantRunStatus.Killed, killedBy: [asked], failureMessage: String(error), nrOfTests };
    } finally {
      this.#instrumented.activeMutant = undefined;
    }
  }

  /** The file gets modules of its own, so that it is known what loading it reaches. */
  async #tryFile(file: string): Promise<Tried[]> {
    const coverage = { static: {} as Counts, perTest: {} as { [test: string]: Counts } };
    this.#instrumented.mutantCoverage = coverage;
    const tests = await load(file, (this.#loadings += 1));
    const tried: Tried[] = [];
    for (const [index, { name, run }] of tests.entries()) {
      const id = `${file} ${index}`;
      this.#instrumented.currentTestId = id;
      const begun = performance.now();
      await run(CONTEXT);
      const timeSpentMs = performance.now() - begun;
      this.#instrumented.currentTestId = undefined;
      tried.push({ id, name, timeSpentMs, reached: { ...coverage.static, ...coverage.perTest[id] } });
    }
    return tried;
  }

  #isEndless(): boolean {
    const { hitCount = 0, hitLimit = Infinity } = this.#instrumented;
    return hitCount > hitLimit;
  }
}

function milliseconds(tests: readonly Tried[]): number {
  return tests.reduce((sum, { timeSpentMs }) => sum + timeSpentMs, 0);
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'core-tests', CoreTests)];
