// A line chart of losses by step, as SVG: it takes the page's colours, follows its width and can be read aloud.
import { LineChart } from 'echarts/charts';
import { GridComponent, TooltipComponent } from 'echarts/components';
import { init, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

/** A loss and its step. */
export interface Point {
  readonly step: number;
  readonly loss: number;
}
/** A line of the chart, in the colour that the page calls `--color`. */
export interface Series {
  readonly name: string;
  readonly color: string;
  readonly points: readonly Point[];
}

use([LineChart, GridComponent, TooltipComponent, SVGRenderer]);

const inWords = ({ name, points }: Series): string => {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '';
  const end = `${last.loss.toFixed(3)} at step ${last.step}`;
  return first === last ? `${name}: ${end}` : `${name}: from ${first.loss.toFixed(3)} at step ${first.step} to ${end}`;
};

/** Makes the chart of `element`; what it returns draws `series` over steps 0 to `steps` at the width of the moment. */
export function chart(element: HTMLElement): (series: readonly Series[], steps: number) => void {
  const drawn = init(element, null, { renderer: 'svg' });
  return (series, steps) => {
    const style = getComputedStyle(element);
    const colored = (name: string): string => {
      element.style.color = `var(${name})`; // what the colour scheme makes of it
      return style.color;
    };
    const quiet = colored('--quiet');
    const axis = { type: 'value', nameTextStyle: { color: quiet }, axisLabel: { color: quiet } };
    drawn.resize();
    drawn.setOption(
      {
        animation: false,
        textStyle: { fontFamily: style.fontFamily },
        grid: { left: 34, right: 14, top: 10, bottom: 42 },
        tooltip: { trigger: 'axis', valueFormatter: (loss: number) => loss.toFixed(3) },
        xAxis: { ...axis, max: steps, name: 'step', nameLocation: 'middle', nameGap: 26, splitLine: { show: false } },
        yAxis: { ...axis, min: 0, splitLine: { lineStyle: { color: colored('--rule') } } },
        series: series.map(({ name, color, points }) => ({
          type: 'line',
          name,
          data: points.map(({ step, loss }) => [step, loss]),
          color: colored(color),
          showSymbol: points.length <= steps / 5, // every point of a line that has few
          symbol: 'circle',
          symbolSize: 8,
        })),
      },
      { notMerge: true },
    );
    const words = series.map(inWords).filter((text) => text !== '');
    element.setAttribute('aria-label', `Loss by step. ${words.join('; ') || 'No step yet'}.`);
  };
}
