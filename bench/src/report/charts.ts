// Charts of a run: how many times our time each peer takes, one picture a group.
import * as echarts from 'echarts';
import { speedup } from './table.js';
import type { ColumnInfo, Entry } from './result.js';

// told apart by those who see few colours, on light and dark pages (Okabe and Ito)
const COLORS = ['#0072B2', '#E69F00', '#009E73', '#CC79A7', '#D55E00', '#56B4E9', '#999999', '#F0E442'];
const WIDTH = 900;
const ROW = 44;

/** An SVG of a group, null where no peer was timed. The axis is logarithmic; the line at 1 is our own time. */
export function chart(title: string, entries: readonly Entry[], columns: readonly ColumnInfo[]): string | null {
  const [ours, ...rest] = columns as [ColumnInfo, ...ColumnInfo[]];
  const rows = entries.filter((e) => rest.some((c) => speedup(e, ours, c) !== null));
  const shown = rest.filter((c) => rows.some((e) => speedup(e, ours, c) !== null));
  if (rows.length === 0) return null;
  const height = 110 + ROW * rows.length;
  const picture = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  picture.setOption({
    animation: false,
    backgroundColor: '#ffffff',
    title: { text: title, subtext: 'their time / ours: right of the line we are faster', left: 8, top: 4 },
    legend: { top: 10, right: 8, width: 520, itemWidth: 12, itemHeight: 12 },
    grid: { left: 8, right: 30, top: 70, bottom: 24, containLabel: true },
    xAxis: {
      type: 'log',
      axisLabel: { formatter: (x: number) => `${Number(x.toPrecision(3))}` },
      splitLine: { lineStyle: { color: '#e5e5e5' } },
    },
    yAxis: { type: 'category', inverse: true, data: rows.map((e) => e.name), axisTick: { show: false } },
    series: shown.map((column, i) => ({
      name: column.title,
      type: 'scatter',
      symbolSize: 11,
      itemStyle: { color: COLORS[rest.indexOf(column) % COLORS.length] },
      symbol: column.native ? 'diamond' : 'circle',
      data: rows.flatMap((e, row) => {
        const value = speedup(e, ours, column);
        return value === null ? [] : [[value, row]];
      }),
      ...(i > 0
        ? {}
        : {
            markLine: {
              silent: true,
              symbol: 'none',
              label: { show: false },
              lineStyle: { color: '#333333', type: 'solid', width: 1.5 },
              data: [{ xAxis: 1 }],
            },
          }),
    })),
  });
  const svg = picture.renderToSVGString();
  picture.dispose();
  return svg;
}
