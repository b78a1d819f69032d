import { useEffect, useRef, type ReactNode } from 'react';
import uPlot from 'uplot';
import { useColours, type Colours } from './colours.js';

export interface ChartProps {
  /** Description of the chart, which a screen reader reads in place of the picture. */
  readonly label: string;
  readonly points: Points;
  readonly shape: 'line' | 'steps' | 'bars';
  /** The horizontal axis: heights or times. */
  readonly along: 'height' | 'time';
  /** Text of a value. */
  readonly format: (value: number) => string;
  /** Values are whole numbers, and so are the labels of the axis. */
  readonly whole?: boolean;
  /** The axis begins at zero, as it does for bars and whole numbers: then the area shows the amount. */
  readonly fromZero?: boolean;
  /** Pixels. */
  readonly height?: number;
}

/** Equally many x and y; a time is in seconds since 1970. */
export type Points = readonly [x: readonly number[], y: readonly number[]];

/** A chart of one series, with the value under the pointer above it. */
export function Chart(props: ChartProps): ReactNode {
  const {
    label,
    points,
    shape,
    along,
    format,
    whole = false,
    fromZero = whole || shape === 'bars',
    height = 150,
  } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(points);
  const colours = useColours();
  const drawable = points[0].length >= (shape === 'bars' ? 1 : 2);

  useEffect(() => {
    const element = place.current;
    if (!element || !drawable) return undefined;
    const size = { width: element.clientWidth, height };
    const drawn = new uPlot(
      optionsOf({ shape, along, format, whole, fromZero }, colours, size),
      aligned(latest.current),
      element,
    );
    plot.current = drawn;
    const observer = new ResizeObserver(() => drawn.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      drawn.destroy();
      plot.current = undefined;
    };
  }, [shape, along, format, whole, fromZero, colours, height, drawable]);

  useEffect(() => {
    latest.current = points;
    plot.current?.setData(aligned(points));
  }, [points]);

  return drawable ? (
    <div ref={place} className="chart" role="img" aria-label={label} style={{ minHeight: height }} />
  ) : (
    <p className="chart undrawn" style={{ minHeight: height }}>
      Nothing to draw yet
    </p>
  );
}

function aligned([x, y]: Points): uPlot.AlignedData {
  return [[...x], [...y]];
}

function optionsOf(
  {
    shape,
    along,
    format,
    whole,
    fromZero,
  }: Required<Pick<ChartProps, 'shape' | 'along' | 'format' | 'whole' | 'fromZero'>>,
  { line, fill, text, grid, font }: Colours,
  size: { readonly width: number; readonly height: number },
): uPlot.Options {
  const axis = { stroke: text, font, ticks: { show: false }, grid: { stroke: grid, width: 1 } };
  const paths = { line: uPlot.paths.linear!(), steps: uPlot.paths.stepped!({ align: 1 }), bars: BARS }[shape];
  return {
    ...size,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 6 } },
    scales: {
      x: { time: along === 'time', ...(shape === 'bars' && { range: halfAround }) },
      y: { range: (_plot, low, high) => bounds(low, high, fromZero) },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 24,
        space: 80,
        values: along === 'height' ? heights : times,
        incrs: along === 'height' ? WHOLE_STEPS : TIME_STEPS,
      },
      {
        ...axis,
        size: (_plot, values: readonly string[] | null) =>
          12 + LETTER * Math.max(...(values ?? []).map(({ length }) => length), 1),
        space: 32,
        values: (_plot, values) => values.map(format),
        ...(whole && { incrs: WHOLE_STEPS }),
      },
    ],
    series: [
      {},
      {
        stroke: line,
        fill: shape === 'bars' ? line : fill,
        width: shape === 'bars' ? 0 : 1.5,
        paths,
        points: { show: false },
      },
    ],
    plugins: [readout(along, format)],
  };
}

/** Makes room for the first and the last bar. */
function halfAround(_plot: uPlot, low: number, high: number): [number, number] {
  return [low - 0.5, high + 0.5];
}

/** From zero for counts and bars; else around the values, so that small changes are visible. */
function bounds(low: number | null, high: number | null, fromZero: boolean): [number, number] {
  const [least, most] = [low ?? 0, high ?? 1];
  const room = (most - least) * 0.1 || Math.abs(most) * 0.1 || 1;
  return [fromZero ? 0 : Math.max(least >= 0 ? 0 : -Infinity, least - room), most + room];
}

function heights(_plot: uPlot, values: number[]): string[] {
  return values.map((value) => (Number.isInteger(value) ? value.toLocaleString('en') : ''));
}

/** With seconds only if two marks differ by less than a minute. */
function times(_plot: uPlot, values: number[]): string[] {
  const step = (values[1] ?? 0) - (values[0] ?? 0);
  const format = step >= 86_400 ? DAY : step >= 60 ? MINUTE : SECOND;
  return values.map((value) => format.format(value * 1000));
}

/** Shows the point under the pointer. */
function readout(along: ChartProps['along'], format: ChartProps['format']): uPlot.Plugin {
  const text = document.createElement('output');
  text.className = 'readout';
  return {
    hooks: {
      init: (plot) => plot.over.append(text),
      setCursor: ({ cursor: { idx }, data }) => {
        const [x, y] = idx == null ? [] : [data[0][idx], data[1]![idx]];
        if (x == null || y == null) text.textContent = '';
        else {
          const where = along === 'time' ? SECOND.format(x * 1000) : `block ${x.toLocaleString('en')}`;
          text.textContent = `${format(y)} · ${where}`;
        }
      },
    },
  };
}

/** Width of a letter on the axes, pixels. */
const LETTER = 6.2;
const WHOLE_STEPS = Array.from({ length: 12 }, (_, power) => [1, 2, 5].map((digit) => digit * 10 ** power)).flat();
/** Seconds: from one up to a hundred days. */
const TIME_STEPS = [1, 60, 3_600, 86_400].flatMap((unit) =>
  (unit < 3_600 ? [1, 2, 5, 10, 15, 30] : unit < 86_400 ? [1, 2, 3, 6, 12] : [1, 2, 5, 10, 30, 100]).map(
    (count) => count * unit,
  ),
);
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' });
const MINUTE = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const SECOND = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium' });
const BARS = uPlot.paths.bars!({ size: [0.8, 24] });
