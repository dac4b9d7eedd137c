// A line chart of losses by step, as SVG: it takes the page's colours, stays sharp at any width and can be read aloud.

/** A loss and its step. */
export interface Point {
  readonly step: number;
  readonly loss: number;
}
/** A line of the chart. */
export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

const HEIGHT = 300;
const MARGIN = { left: 34, right: 14, top: 10, bottom: 38 };

const make = (name: string, attributes: Readonly<Record<string, string | number>>, text = ''): SVGElement => {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  element.textContent = text;
  return element;
};
/** Round numbers from 0 up to `end`, at most `most` steps of 1, 2 or 5 times a power of ten apart. */
function ticks(end: number, most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(end / most));
  const apart = [1, 2, 5, 10].map((factor) => factor * power).find((size) => end / size <= most)!;
  return Array.from({ length: Math.floor(end / apart + 1e-9) + 1 }, (_, i) => Number((i * apart).toPrecision(12)));
}
const inWords = ({ name, points }: Series): string => {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return '';
  const end = `${last.loss.toFixed(3)} at step ${last.step}`;
  return first === last ? `${name}: ${end}` : `${name}: from ${first.loss.toFixed(3)} at step ${first.step} to ${end}`;
};

/** Draws `series` over steps 0 to `steps` into `svg`, each line with a class of its number, at the width that the page gives. */
export function draw(svg: SVGSVGElement, series: readonly Series[], steps: number): void {
  const width = Math.max(240, svg.clientWidth);
  const right = width - MARGIN.right;
  const bottom = HEIGHT - MARGIN.bottom;
  const losses = series.flatMap(({ points }) => points.map(({ loss }) => loss));
  const highest = Math.max(1, ...losses) * 1.02;
  const x = (step: number): number => MARGIN.left + (step / steps) * (right - MARGIN.left);
  const y = (loss: number): number => bottom - (loss / highest) * (bottom - MARGIN.top);

  const parts: SVGElement[] = [];
  for (const loss of ticks(highest, 8)) {
    parts.push(make('line', { class: 'grid', x1: MARGIN.left, x2: right, y1: y(loss), y2: y(loss) }));
    parts.push(make('text', { x: MARGIN.left - 6, y: y(loss) + 4, 'text-anchor': 'end' }, String(loss)));
  }
  const marks = ticks(steps, Math.max(3, Math.floor(width / 90))).filter(Number.isInteger);
  for (const step of marks)
    parts.push(make('text', { x: x(step), y: bottom + 16, 'text-anchor': 'middle' }, String(step)));
  parts.push(make('text', { x: (MARGIN.left + right) / 2, y: HEIGHT - 4, 'text-anchor': 'middle' }, 'step'));
  for (const [i, { points }] of series.entries()) {
    const path = points.map(({ step, loss }) => `${x(step).toFixed(1)},${y(loss).toFixed(1)}`).join(' ');
    parts.push(make('polyline', { class: `line series-${i}`, points: path }));
    // every point of a line that has few
    if (points.length <= steps / 5)
      for (const { step, loss } of points)
        parts.push(make('circle', { class: `series-${i}`, cx: x(step).toFixed(1), cy: y(loss).toFixed(1), r: 4 }));
  }
  const words = series.map(inWords).filter((text) => text !== '');
  svg.setAttribute('viewBox', `0 0 ${width} ${HEIGHT}`);
  svg.setAttribute('height', String(HEIGHT));
  svg.setAttribute('aria-label', `Loss by step. ${words.join('; ') || 'No step yet'}.`);
  svg.replaceChildren(...parts);
}
