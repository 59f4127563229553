/**
 * A Vega-Lite specification to SVG (through Vega, no browser) and SVG to PNG (through resvg). Text is measured and
 * drawn with the packaged Inter only, so the same specification gives the same bytes on every machine.
 */
import { Resvg } from '@resvg/resvg-js';
import * as vega from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { fontFiles, textWidth } from './fonts.ts';

/** Pixels of the PNG for one of the SVG. */
const PNG_SCALE = 2;

/** A well-formed SVG document. Warnings and errors of Vega are thrown: a figure of ours has none. */
export async function drawSvg(spec: TopLevelSpec): Promise<string> {
  measureWithInter();
  vega.resetSVGDefIds();
  const compiled = compile(spec, { logger: strictLogger() });
  const view = new vega.View(vega.parse(compiled.spec), { renderer: 'none', logger: strictLogger() });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

export function drawPng(svg: string): Uint8Array {
  const options = {
    fitTo: { mode: 'zoom' as const, value: PNG_SCALE },
    font: { loadSystemFonts: false, fontFiles: fontFiles(), defaultFontFamily: 'Inter' },
  };
  return new Uint8Array(new Resvg(svg, options).render().asPng());
}

/** What vega-scenegraph measures text with; its typings leave it out. */
interface TextMetrics {
  width(item: { fontSize?: number; fontWeight?: unknown; limit?: number }, text: unknown): number;
}

function measureWithInter(): void {
  const { textMetrics } = vega as unknown as { textMetrics: TextMetrics };
  textMetrics.width = (item, text) => {
    const width = textWidth(String(text ?? '').trim(), item.fontSize ?? 11, item.fontWeight);
    return item.limit ? Math.min(width, item.limit) : width;
  };
}

function strictLogger(): vega.LoggerInterface {
  const quiet = vega.logger(vega.None);
  const fail = (...words: readonly unknown[]): vega.LoggerInterface => {
    const message = words.join(' ');
    if (!message.startsWith(HARMLESS)) throw new Error(`figure: ${message}`);
    return quiet;
  };
  return Object.assign(quiet, { warn: fail, error: fail });
}

/** Said of any layers in a facet with scales of their own; both layers draw the same field of the same rows. */
const HARMLESS = 'Detected faceted independent scales that union domain of the same fields';
