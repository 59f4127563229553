/** Cost against size: seconds of ingest and bare reading by endpoints, and beside it what one endpoint costs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';
import { packageRoot } from '../../../pipeline/base/package-root.ts';
import { drawPng, drawSvg } from '../../../pipeline/report/draw-figure.ts';
import type { Measured } from './one-size.ts';

export interface Plot {
  svg: string;
  png: Uint8Array;
}

export async function plotCost(measured: readonly Measured[]): Promise<Plot> {
  const svg = await drawSvg(specOf(measured));
  return { svg, png: drawPng(svg) };
}

function specOf(measured: readonly Measured[]): TopLevelSpec {
  const config = JSON.parse(readFileSync(join(packageRoot, 'reports/theme.json'), 'utf8'));
  const values = measured.flatMap(({ endpoints, ingest, bare }) => [
    { what: INGEST, endpoints, seconds: ingest.seconds, each: (1e6 * ingest.seconds) / endpoints },
    {
      what: BARE,
      endpoints: bare.endpoints,
      seconds: bare.seconds,
      each: (1e6 * bare.seconds) / bare.endpoints,
    },
  ]);
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    config,
    data: { values },
    title: {
      text: 'Cost of an ingest by the size of the census',
      subtitle: 'Made populations (census simulate); where cost is linear, what one endpoint costs is level',
    },
    hconcat: [
      panel('seconds', 'Seconds, in all', 'log'),
      panel('each', 'Microseconds an endpoint', 'linear'),
    ],
  } as unknown as TopLevelSpec;
}

const INGEST = 'census ingest';
const BARE = "DuckDB's read_json to Parquet";

function panel(field: 'seconds' | 'each', title: string, type: 'log' | 'linear'): object {
  return {
    width: 340,
    height: 260,
    mark: { type: 'line', point: { size: 50 }, strokeWidth: 2 },
    encoding: {
      x: {
        field: 'endpoints',
        type: 'quantitative',
        scale: { type: 'log' },
        axis: { title: 'Endpoints', format: '~s', values: [1e4, 1e5, 1e6, 1e7] },
      },
      y: {
        field,
        type: 'quantitative',
        scale: { type, ...(type === 'linear' ? { zero: true } : {}) },
        axis: { title, format: '~s', ...(type === 'log' ? { values: [0.1, 1, 10, 100, 1000] } : {}) },
      },
      color: {
        field: 'what',
        type: 'nominal',
        scale: { domain: [INGEST, BARE], range: ['#0072b2', '#d55e00'] },
        legend: { title: null, labelLimit: 0 },
      },
    },
  };
}
