// Draws the loss of a run and that of its first steps in MLX: `node tools/story-model/loss-curve.mjs <run>/metrics.jsonl <out>.svg`.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { init } from 'echarts';

const [metrics, out] = process.argv.slice(2);
if (out === undefined) {
  console.error('usage: node tools/story-model/loss-curve.mjs <metrics.jsonl> <out.svg>');
  process.exit(2);
}
const events = readFileSync(metrics, 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));
const steps = events.filter((event) => event.type === 'step');
const evaluations = events.filter((event) => event.type === 'evaluation');
const golden = fileURLToPath(new URL('../../tests/goldens/llama/story-curve.json', import.meta.url));
const { mlx, lanewise, versions } = JSON.parse(readFileSync(golden, 'utf8'));
const worst = Math.max(...mlx.map((loss, i) => Math.abs(loss - lanewise[i])));

const numbered = (losses) => losses.map((loss, i) => [i + 1, loss]);
const rounded = ([x, y]) => [x, Number(y.toFixed(4))];
/** @param panel 0 on the left, 1 on the right */
const line = (panel, name, color, data, style = {}) => ({
  type: 'line',
  name,
  data: data.map(rounded),
  xAxisIndex: panel,
  yAxisIndex: panel,
  showSymbol: false,
  lineStyle: { color, width: 1.5, ...style },
  itemStyle: { color },
});
const axis = (panel, rest) => ({
  nameLocation: 'middle',
  gridIndex: panel,
  type: 'value',
  splitLine: { lineStyle: { color: '#e5e5e5' } },
  ...rest,
});
const titled = (text, left) => ({ text, left, top: 8, textStyle: { fontSize: 14, fontWeight: 'normal' } });
const legend = (left, data) => ({ data, left, top: 34, icon: 'roundRect', itemHeight: 3 });
const below = { nameGap: 28, name: 'step' };

const chart = init(null, null, { renderer: 'svg', ssr: true, width: 1100, height: 420 });
chart.setOption({
  animation: false,
  backgroundColor: '#fff',
  title: [
    titled(`The embedded model, ${steps.at(-1).step} steps`, 60),
    titled(`50 steps of its recipe against MLX ${versions.mlx} (largest difference ${worst.toExponential(1)})`, 610),
  ],
  legend: [legend(60, ['training texts', 'repeats in them', 'held-out stories']), legend(610, ['MLX', 'Lanewise'])],
  grid: [
    { left: 60, top: 70, width: 480, bottom: 50 },
    { left: 610, top: 70, width: 440, bottom: 50 },
  ],
  xAxis: [axis(0, { ...below, max: steps.at(-1).step }), axis(1, { ...below, max: mlx.length })],
  yAxis: [
    axis(0, { type: 'log', name: 'nats a token', nameGap: 32, min: 0.1, max: 12 }),
    axis(1, { name: 'weighted loss', nameGap: 28, scale: true }),
  ],
  series: [
    line(
      0,
      'training texts',
      '#9bbfe0',
      steps.map(({ step, extra }) => [step, extra.plain]),
    ),
    line(
      0,
      'repeats in them',
      '#efc9a0',
      steps.filter(({ extra }) => extra.repeats > 0).map(({ step, extra }) => [step, extra.repeats]),
    ),
    line(
      0,
      'held-out stories',
      '#1f4e79',
      evaluations.map(({ step, loss }) => [step, loss]),
      { width: 2 },
    ),
    line(1, 'MLX', '#d9822b', numbered(mlx), { width: 4, opacity: 0.45 }),
    line(1, 'Lanewise', '#1f4e79', numbered(lanewise)),
  ],
});
writeFileSync(out, `${chart.renderToSVGString()}\n`);
chart.dispose();
