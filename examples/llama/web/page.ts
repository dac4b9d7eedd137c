// The page: buttons that order, and what the worker tells, shown.
import { chart } from './chart.js';
import type { Point } from './chart.js';
import type { Message, Order } from './messages.js';

type State = 'ready' | 'preparing' | 'training' | 'pausing' | 'paused' | 'stopping' | 'stopped' | 'finished' | 'failed';
type Button = 'start' | 'pause' | 'resume' | 'stop';
/** What can be pressed when; the first takes the focus from what no longer can be used. */
const open: Readonly<Record<State, readonly Button[]>> = {
  ready: ['start'],
  preparing: [],
  training: ['pause', 'stop'],
  pausing: [],
  paused: ['resume', 'stop'],
  stopping: [],
  stopped: ['resume', 'start'],
  finished: ['start'],
  failed: ['start'],
};
const buttons: readonly Button[] = ['start', 'pause', 'resume', 'stop'];

const find = <T extends Element = HTMLElement>(id: string): T => document.getElementById(id) as Element as T;
const button = (name: Button): HTMLButtonElement => find<HTMLButtonElement>(name);
const input = (id: string): HTMLInputElement => find<HTMLInputElement>(id);
const draw = chart(find('chart'));
const progress = find<HTMLProgressElement>('progress');

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const mebibytes = (bytes: number): string => whole.format(bytes / 2 ** 20);
const time = (seconds: number): string => {
  const left = Math.round(seconds);
  return left < 60 ? `${left} s` : `${Math.floor(left / 60)} min ${left % 60} s`;
};

let worker: Worker | null = null;
let state: State = 'ready';
let steps = 150;
let training: Point[] = [];
let heldOut: Point[] = [];
/** whether what had the focus can no longer be used */
let focusWaits = false;

function enter(next: State, status: string): void {
  state = next;
  document.body.dataset['state'] = next;
  find('status').textContent = status;
  for (const name of buttons) button(name).disabled = !open[next].includes(name);
  find<HTMLFieldSetElement>('settings').disabled = !open[next].includes('start');
  focusWaits ||= document.activeElement?.matches(':disabled') ?? false;
  const first = open[next][0];
  if (!focusWaits || first === undefined) return;
  focusWaits = false;
  button(first).focus();
}
function fail(message: string): void {
  worker?.terminate();
  worker = null;
  find('failure').textContent = message;
  find('failure').hidden = false;
  enter('failed', 'The run has failed.');
}
const order = (what: Order): void => worker?.postMessage(what);

let drawing = 0;
/** Draws with the next frame, however much there is to tell until then. */
function redraw(): void {
  cancelAnimationFrame(drawing);
  drawing = requestAnimationFrame(() =>
    draw(
      [
        { name: 'training', color: '--training', points: training },
        { name: 'held-out stories', color: '--held-out', points: heldOut },
      ],
      steps,
    ),
  );
}
function clear(): void {
  [training, heldOut] = [[], []];
  for (const id of ['loss', 'held-out', 'step', 'rate', 'left', 'memory', 'learning-rate']) find(id).textContent = '–';
  find('stories').replaceChildren();
  find('no-stories').hidden = false;
  progress.value = 0;
  redraw();
}
function showStory(step: number, text: string): void {
  const [when, what] = [document.createElement('dt'), document.createElement('dd')];
  when.textContent = step === 0 ? 'Before the first step' : `After step ${step}`;
  what.textContent = text;
  find('no-stories').hidden = true;
  find('stories').prepend(when, what);
}

function show(message: Message): void {
  switch (message.type) {
    case 'start':
      progress.max = steps = message.steps;
      return enter('training', `Training ${whole.format(message.trainable)} weights.`);
    case 'step': {
      const { step } = message;
      const loss = message.extra?.['plain'] ?? message.loss; // what evaluation measures too
      training.push({ step, loss });
      progress.value = step;
      find('loss').textContent = loss.toFixed(3);
      find('step').textContent = `${step} of ${steps}`;
      find('rate').textContent = whole.format(message.tokensPerSecond);
      find('left').textContent = time(message.eta);
      find('memory').textContent = `${mebibytes(message.memory.active)} / ${mebibytes(message.memory.peak)} MiB`;
      find('learning-rate').textContent = message.learningRate.toExponential(2);
      return redraw();
    }
    case 'evaluation':
      heldOut.push({ step: message.step, loss: message.loss });
      find('held-out').textContent = message.loss.toFixed(3);
      return redraw();
    case 'story':
      return showStory(message.step, message.text);
    case 'pause':
      return enter('paused', `Paused after step ${message.step}.`);
    case 'resume':
      return enter('training', 'Training.');
    case 'skip':
    case 'warning': {
      const what =
        message.type === 'skip' ? `step ${message.step} was left out: its loss is not finite` : message.message;
      find('status').textContent = `Training; ${what}.`;
      return;
    }
    case 'end':
      find('left').textContent = '–';
      if (message.reason === 'stopped')
        return enter('stopped', `Stopped after step ${message.step}. Resume goes on from there, Start begins anew.`);
      return enter('finished', `Finished after ${message.step} steps in ${time(message.elapsed)}.`);
    case 'failure':
      return fail(message.message);
    case 'checkpoint':
  }
}

function start(): void {
  worker?.terminate();
  find('failure').hidden = true;
  steps = input('steps').valueAsNumber;
  clear();
  enter('preparing', 'Writing stories and drawing weights …');
  worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<Message>) => show(data);
  worker.onerror = (event) => {
    event.preventDefault();
    fail(event.message === undefined ? 'The worker could not be loaded.' : event.message);
  };
  const folder = new URL('./model', location.href).href;
  const [seed, prompt] = [input('seed').valueAsNumber, input('prompt').value];
  order({ type: 'start', wishes: { folder, steps, seed, prompt } });
}

find<HTMLFormElement>('form').addEventListener('submit', (event) => {
  event.preventDefault();
  if (open[state].includes('start')) start();
});
button('pause').addEventListener('click', () => {
  enter('pausing', 'Pausing after this step …');
  order({ type: 'pause' });
});
button('resume').addEventListener('click', () => {
  // after a stop the worker makes model and data again
  if (state === 'stopped') enter('preparing', 'Reading the checkpoint …');
  order({ type: 'resume' });
});
button('stop').addEventListener('click', () => {
  enter('stopping', 'Stopping after this step …');
  order({ type: 'stop' });
});
new ResizeObserver(redraw).observe(find('chart'));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
input('steps').value = '150';
input('seed').value = '42';
input('prompt').value = 'Once upon a time';
enter('ready', 'Ready.');
