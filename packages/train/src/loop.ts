// The loop: batches, gradients, steps, evaluations, checkpoints. It holds no graph and waits for nothing but its data and its listeners.
import {
  array,
  asyncEval,
  LanewiseError,
  memory,
  OutOfMemoryError,
  random,
  tidy,
  treeFlatten,
  treeMap,
  type nn,
  type Tensor,
} from 'lanewise';
import { checkBudget, estimateMemory, overBudget, type MemoryEstimate } from './budget.js';
import {
  checkpointName,
  checkpointNames,
  checkpointStep,
  newestCheckpoint,
  pruneCheckpoints,
  writeCheckpoint,
  type CheckpointStore,
} from './checkpoint.js';
import { parseConfig, type TrainConfig, type TrainConfigInput } from './config.js';
import type { BatchStream } from './data/batches.js';
import { CheckpointError, ConfigError, DivergedError } from './errors.js';
import type { Best, EndReason, Listener, Summary, TrainEvent } from './events.js';
import { makeOptimizer, type Updater } from './optimizer.js';
import { measure, Means, type Measured } from './measured.js';
import { finish, lossAndGradients, LossScale, widen } from './gradients.js';
import { recomputing } from './recompute.js';
import { restoredState, restoreModel, savedModel, settingsThatDiffer } from './resume.js';
import { learningRates } from './schedule.js';
import type { Task } from './task.js';
import { disposeTree, sizeOfTree } from './tree.js';

/** What a run is made of. */
export interface TrainerOptions<M extends nn.Module, B> {
  readonly task: Task<M, B>;
  readonly data: BatchStream<B>;
  readonly config?: TrainConfigInput;
  /** held-out batches, for `config.evaluation` */
  readonly evaluation?: BatchStream<B>;
  /** where checkpoints go; none are written without it */
  readonly checkpoints?: CheckpointStore;
  /** go on from the newest whole checkpoint, if there is one; without it, `checkpoints` must hold none of later steps */
  readonly resume?: boolean;
  /** instead of the one that `config.optimizer` describes; the run sets its learning rate */
  readonly optimizer?: Updater;
  readonly listeners?: readonly Listener[];
}
/** What a checkpoint says beside the tensors. */
interface Saved {
  readonly format: 1;
  readonly step: number;
  /** batches drawn; with the seed it is the key of everything the model draws next */
  readonly batches: number;
  readonly totalTokens: number;
  readonly skipped: number;
  readonly skippedInRow: number;
  readonly lossScale: { readonly value: number; readonly quiet: number };
  readonly best: Best | null;
  readonly since: number;
  readonly elapsed: number;
  readonly data: unknown;
  readonly config: TrainConfig;
}
type Immediate = (done: () => void) => unknown;
/** One turn of the event loop: messages and signals come through, and pages that are hidden do not slow it down. */
const turn = (): Promise<void> =>
  new Promise((resolve) => {
    const { setImmediate } = globalThis as { setImmediate?: Immediate };
    if (setImmediate !== undefined) return void setImmediate(resolve);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });

/**
 * A run of training. `run()` makes the steps; `pause`, `resume` and `stop` may be called at any time, and take effect between steps.
 *
 * ```ts
 * const trainer = new Trainer({ task: languageModelTask(model), data, config: { steps: 1000 } });
 * trainer.on((event) => postMessage(event));
 * await trainer.run();
 * ```
 */
export class Trainer<M extends nn.Module = nn.Module, B = unknown> {
  readonly config: TrainConfig;
  readonly optimizer: Updater;
  private readonly listeners: Listener[];
  private readonly rate: (step: number) => number;
  private scale: LossScale;

  private step = 0;
  private batches = 0;
  private totalTokens = 0;
  private skipped = 0;
  private skippedInRow = 0;
  private best: Best | null = null;
  private since = 0;
  private elapsed = 0;
  private loss = NaN;
  private written = -1;

  /** the first batch, which the memory check looks at, and the state of the data before it */
  private peeked: { batch: B; before: unknown } | null = null;
  private running = false;
  private stopping = false;
  /** set while paused: lets the run go on */
  private release: (() => void) | null = null;
  private gate: Promise<void> | null = null;

  /** @throws ConfigError for settings that cannot be used */
  constructor(private readonly options: TrainerOptions<M, B>) {
    this.config = parseConfig(options.config);
    if (this.config.evaluation.patience !== null && options.evaluation === undefined)
      throw new ConfigError([{ path: 'evaluation.patience', rule: 'needs data to evaluate on', got: 'none' }]);
    this.optimizer = options.optimizer ?? makeOptimizer(this.config.optimizer);
    this.rate = learningRates(this.config);
    this.scale = new LossScale(this.config);
    this.listeners = [...(options.listeners ?? [])];
  }

  /** Tells `listener` every event from now on. @returns a function that ends it */
  on(listener: Listener): () => void {
    this.listeners.push(listener);
    return () => void this.listeners.splice(this.listeners.indexOf(listener), 1);
  }
  /** Steps of the optimizer that were made. */
  get currentStep(): number {
    return this.step;
  }
  get paused(): boolean {
    return this.gate !== null;
  }
  /** Waits after the step that is being made. */
  pause(): void {
    this.gate ??= new Promise((resolve) => (this.release = resolve));
  }
  /** Goes on after `pause`. */
  resume(): void {
    this.release?.();
    this.release = this.gate = null;
  }
  /** Ends the run after the step that is being made, with a checkpoint. */
  stop(): void {
    this.stopping = true;
    this.resume();
  }

  /**
   * Makes the steps until the last one, the end of the data, `stop`, or the end of patience.
   * @throws MemoryBudgetError before or during a step that does not fit; DivergedError after too many steps without a finite loss;
   * CheckpointError if there are checkpoints to resume from and all are damaged, or there are some of later steps and `resume` is not set
   */
  async run(): Promise<Summary> {
    if (this.running) throw new LanewiseError('[train] a run must have ended before it is started again');
    this.running = true;
    const budget = Math.min(this.config.memoryBudget ?? Infinity, memory.limit());
    const limit = memory.limit();
    const { task } = this.options;
    let undo = (): void => {};
    try {
      widen(task.model);
      this.optimizer.init(task.model.trainableParameters() as never);
      const resumed = await this.load();
      task.model.train(true);
      if (this.config.gradientCheckpointing) undo = recomputing(task);
      const estimate = await this.estimate();
      checkBudget(estimate, budget);
      memory.setLimit(budget);
      await this.tell({
        type: 'start',
        step: this.step,
        steps: this.config.steps,
        resumed,
        trainable: sizeOfTree(task.model.trainableParameters()),
        parameters: sizeOfTree(task.model.parameters()),
        memory: estimate,
      });
      const reason = await this.steps();
      if (this.written !== this.step) await this.save();
      const { step, loss, best, totalTokens, skipped, elapsed } = this;
      const summary: Summary = { reason, step, loss, best, totalTokens, skipped, elapsed };
      await this.tell({ type: 'end', ...summary });
      return summary;
    } catch (error) {
      if (error instanceof OutOfMemoryError) throw overBudget(this.step + 1, error.held + error.needed, budget, error);
      throw error;
    } finally {
      undo();
      memory.setLimit(limit);
      this.running = this.stopping = false;
    }
  }
  /** The loss on the held-out batches, now. */
  async evaluate(): Promise<Measured> {
    const { task, evaluation } = this.options;
    if (evaluation === undefined)
      throw new ConfigError([{ path: 'evaluation', rule: 'needs data to evaluate on', got: 'none' }]);
    const { model } = task;
    const means = new Means();
    evaluation.reset();
    model.eval();
    try {
      const most = this.config.evaluation.batches ?? Infinity;
      for (let i = 0; i < most; i++) {
        const batch = await evaluation.next();
        if (batch === null) break;
        means.add(tidy(() => measure(task.loss(model, batch))));
        await turn();
      }
    } finally {
      model.train(true);
    }
    return means.values;
  }

  private async tell(event: TrainEvent): Promise<void> {
    for (const listener of [...this.listeners]) await listener(event);
  }
  private async steps(): Promise<EndReason> {
    const { config } = this;
    const { evaluation } = this.options;
    const session = { start: this.step, elapsed: 0 };
    while (this.step < config.steps) {
      if (this.gate !== null) {
        await this.tell({ type: 'pause', step: this.step });
        await this.gate;
        if (!this.stopping) await this.tell({ type: 'resume', step: this.step });
      }
      if (this.stopping) return 'stopped';
      const begun = performance.now();
      const made = await this.makeStep(begun, session);
      if (made === 'end') return 'data';
      let improved = false;
      if (made === 'made' && evaluation !== undefined && this.due(config.evaluation.every))
        improved = await this.judge();
      const seconds = (performance.now() - begun) / 1000;
      this.elapsed += seconds;
      session.elapsed += seconds;
      if (made === 'made' && (this.due(config.checkpoints.every) || (improved && config.checkpoints.best)))
        await this.save();
      const { patience } = config.evaluation;
      if (patience !== null && this.since >= patience) return 'no improvement';
      await asyncEval();
      await (config.pause > 0 ? new Promise((resolve) => setTimeout(resolve, config.pause)) : turn());
    }
    return 'steps';
  }
  private due(every: number): boolean {
    return this.step % every === 0 || this.step === this.config.steps;
  }

  private async nextBatch(): Promise<B | null> {
    const held = this.peeked;
    this.peeked = null;
    return held === null ? this.options.data.next() : held.batch;
  }
  /** One step of the optimizer. */
  private async makeStep(
    begun: number,
    session: { start: number; elapsed: number },
  ): Promise<'made' | 'skipped' | 'end'> {
    const { config, scale } = this;
    const means = new Means();
    let sum: object | null = null;
    memory.resetPeak();
    for (let i = 0; i < config.accumulation; i++) {
      const batch = await this.nextBatch();
      if (batch === null) break;
      random.seed((BigInt(config.seed) << 32n) | BigInt(this.batches++));
      const { measured, gradients } = this.gradientsOf(batch, sum);
      means.add(measured);
      sum = gradients;
      if (i + 1 < config.accumulation) await turn();
    }
    if (sum === null) return 'end';
    const { loss, tokens, extra } = means.values;
    const divisor = scale.value * (config.accumulation > 1 ? tokens : 1);
    const { gradients, gradNorm } = finish(sum, divisor, config.maxGradNorm);
    const learningRate = this.rate(this.step);
    if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
      disposeTree(gradients);
      await this.skip(loss, gradNorm);
      return 'skipped';
    }
    this.update(gradients, learningRate);
    scale.made();
    this.step++;
    this.loss = loss;
    this.skippedInRow = 0;
    this.totalTokens += tokens;
    if (this.step % config.logEvery === 0 || this.step === config.steps) {
      const seconds = (performance.now() - begun) / 1000;
      const perStep = (session.elapsed + seconds) / (this.step - session.start);
      const progress = this.options.data.progress;
      await this.tell({
        type: 'step',
        step: this.step,
        loss,
        learningRate,
        gradNorm,
        tokens,
        totalTokens: this.totalTokens,
        tokensPerSecond: tokens / seconds,
        memory: { active: memory.active(), peak: memory.peak() },
        elapsed: this.elapsed + seconds,
        eta: perStep * (config.steps - this.step),
        skipped: this.skipped,
        ...(progress === undefined ? {} : { epoch: progress.epoch + progress.fraction }),
        ...(Object.keys(extra).length === 0 ? {} : { extra }),
      });
    }
    return 'made';
  }
  /** Loss of one batch, and its gradients added to `sum`. With accumulation they are weighted by labels, so that it equals one large batch. */
  private gradientsOf(batch: B, sum: object | null): { measured: Measured; gradients: object } {
    const { task } = this.options;
    const { config, scale } = this;
    const { measured, gradients } = tidy(() => {
      const { loss, gradients } = lossAndGradients(task, batch, config.precision, scale.value);
      const measured = measure(loss);
      const labels = array(measured.tokens); // not a number: ops keep tensors of those they have met
      const weigh = (g: Tensor, s?: Tensor): Tensor => {
        const weighted = config.accumulation > 1 ? g.mul(labels) : g;
        return s === undefined ? weighted : s.add(weighted);
      };
      const weighted = sum === null ? treeMap(weigh, gradients) : treeMap(weigh, gradients, sum);
      // what the forward pass changed in the model, such as running means, is returned so that it outlives the scope
      return { measured, gradients: weighted, model: task.model.parameters() };
    });
    if (sum !== null) disposeTree(sum);
    return { measured, gradients };
  }
  private update(gradients: object, learningRate: number): void {
    const { model } = this.options.task;
    const rate = array(learningRate);
    this.optimizer.learningRate = rate;
    tidy(() => {
      this.optimizer.update(model as never, gradients as never);
      return [model.parameters(), this.optimizer.state];
    });
    rate.dispose();
    disposeTree(gradients);
  }
  private async skip(loss: number, gradNorm: number): Promise<void> {
    this.skipped++;
    this.skippedInRow++;
    this.scale.overflowed();
    const { skipped, skippedInRow: inRow } = this;
    await this.tell({ type: 'skip', step: this.step + 1, loss, gradNorm, inRow, skipped, lossScale: this.scale.value });
    if (inRow > this.config.maxSkipped)
      throw new DivergedError(
        `[train] at most ${this.config.maxSkipped} steps in a row may have no finite loss and gradients, got ${inRow} before step ${this.step + 1}: loss ${loss}, gradient norm ${gradNorm}`,
      );
  }
  /** Evaluates. @returns whether the loss is the best so far */
  private async judge(): Promise<boolean> {
    const begun = performance.now();
    const { loss, tokens, extra } = await this.evaluate();
    const improved = Number.isFinite(loss) && loss < (this.best?.loss ?? Infinity) - this.config.evaluation.minDelta;
    if (improved) this.best = { step: this.step, loss };
    this.since = improved ? 0 : this.since + 1;
    await this.tell({
      type: 'evaluation',
      step: this.step,
      loss,
      tokens,
      seconds: (performance.now() - begun) / 1000,
      best: this.best,
      since: this.since,
      ...(Object.keys(extra).length === 0 ? {} : { extra }),
    });
    return improved;
  }

  /** The first batch, and what the run will need. */
  private async estimate(): Promise<MemoryEstimate> {
    const { task, data } = this.options;
    const { model } = task;
    if (this.peeked === null && this.step < this.config.steps) {
      const before = data.state;
      const batch = await data.next();
      if (batch !== null) this.peeked = { batch, before };
    }
    const batch = this.peeked?.batch ?? null;
    const activations = batch === null ? 0 : (task.activationBytes?.(model, batch, this.config) ?? 0);
    return estimateMemory(
      model.parameters(),
      model.trainableParameters(),
      this.optimizer.state,
      activations,
      this.config,
    );
  }
  private async save(): Promise<void> {
    const { checkpoints: store, task, data } = this.options;
    if (store === undefined) return;
    const begun = performance.now();
    const { step, batches, totalTokens, skipped, skippedInRow, best, since, elapsed, config } = this;
    const { value, quiet } = this.scale;
    const state: Saved = {
      format: 1,
      ...{ step, batches, totalTokens, skipped, skippedInRow, best, since, elapsed },
      lossScale: { value, quiet },
      data: this.peeked === null ? data.state : this.peeked.before,
      config,
    };
    const name = checkpointName(step);
    await writeCheckpoint(store, name, {
      model: savedModel(task.model, config.checkpoints.frozen),
      optimizer: Object.fromEntries(treeFlatten(this.optimizer.state)),
      state,
    });
    await pruneCheckpoints(store, config.checkpoints.keep, config.checkpoints.best ? (best?.step ?? null) : null);
    this.written = step;
    await this.tell({ type: 'checkpoint', step, name, seconds: (performance.now() - begun) / 1000 });
  }
  /** Goes where the newest checkpoint was. @returns its name */
  private async load(): Promise<string | null> {
    const { checkpoints: store, resume = false, task, data } = this.options;
    if (store === undefined) return null;
    if (!resume) {
      const last = (await checkpointNames(store)).at(-1);
      if (last === undefined || checkpointStep(last)! <= this.step) return null;
      // it would outlive those of this run, and be what the next one resumes from
      throw new CheckpointError(
        `[checkpoint] a run must begin where no later checkpoints are, got ${last}: resume it, or begin in another place`,
      );
    }
    const warnings: string[] = [];
    const found = await newestCheckpoint<Saved>(store, (message) => warnings.push(message));
    for (const message of warnings) await this.tell({ type: 'warning', message });
    if (found === null) return null;
    const { model, optimizer, state } = found.checkpoint;
    for (const message of settingsThatDiffer(state.config, this.config)) await this.tell({ type: 'warning', message });
    restoreModel(task.model, model, found.name);
    this.optimizer.state = restoredState(this.optimizer.state, optimizer, found.name);
    await data.restore(state.data as never);
    this.peeked = null;
    this.step = this.written = state.step;
    this.batches = state.batches;
    this.totalTokens = state.totalTokens;
    this.skipped = state.skipped;
    this.skippedInRow = state.skippedInRow;
    this.scale = new LossScale(this.config, state.lossScale.value, state.lossScale.quiet);
    this.best = state.best;
    this.since = state.since;
    this.elapsed = state.elapsed;
    return found.name;
  }
}
