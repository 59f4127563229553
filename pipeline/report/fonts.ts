/** The one font of the figures: Inter (SIL Open Font License), regular and semi-bold, from the package that ships it. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type FontMetrics, readFontMetrics } from './font-metrics.ts';

const require = createRequire(import.meta.url);

const REGULAR = '@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf';
const SEMI_BOLD = '@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf';

let metrics: { regular: FontMetrics; semiBold: FontMetrics } | undefined;

/** Paths of the font files. */
export function fontFiles(): string[] {
  return [require.resolve(REGULAR), require.resolve(SEMI_BOLD)];
}

/** Width of `text` in pixels; from a weight of 600 on it is semi-bold. */
export function textWidth(text: string, fontSize: number, fontWeight: unknown): number {
  metrics ??= { regular: load(REGULAR), semiBold: load(SEMI_BOLD) };
  const heavy = fontWeight === 'bold' || Number(fontWeight) >= 600;
  return (heavy ? metrics.semiBold : metrics.regular).width(text) * fontSize;
}

function load(file: string): FontMetrics {
  return readFontMetrics(readFileSync(require.resolve(file)));
}
