/**
 * A TrueType font to the widths of its texts, so that Vega lays figures out with the widths of the font they are
 * drawn with. ISO/IEC 14496-22 (OpenType): tables head, hhea, hmtx and cmap format 4. Kerning and characters
 * beyond the Basic Multilingual Plane are left out: the latter take the width of a square.
 */

export interface FontMetrics {
  /** Width of `text` in units of the font size. */
  width(text: string): number;
}

/** Throws RangeError for bytes that are no such font. */
export function readFontMetrics(font: Uint8Array): FontMetrics {
  const view = new DataView(font.buffer, font.byteOffset, font.byteLength);
  const tables = tableOffsets(view);
  const unitsPerEm = view.getUint16(tables('head') + 18);
  const glyphs = glyphMap(view, tables('cmap'));
  const advances = advanceWidths(view, tables('hhea'), tables('hmtx'));
  const widthOf = (character: string): number => {
    const glyph = glyphs.get(character.codePointAt(0)!);
    return glyph === undefined ? unitsPerEm : advances(glyph);
  };
  return {
    width: (text) => {
      let width = 0;
      for (const character of text) width += widthOf(character);
      return width / unitsPerEm;
    },
  };
}

function tableOffsets(view: DataView): (tag: string) => number {
  const offsets = new Map<string, number>();
  const count = view.getUint16(4);
  for (let index = 0; index < count; index++) {
    const entry = 12 + 16 * index;
    const tag = String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(entry + byte)));
    offsets.set(tag, view.getUint32(entry + 8));
  }
  return (tag) => {
    const offset = offsets.get(tag);
    if (offset === undefined) throw new RangeError(`font has no table ${tag}`);
    return offset;
  };
}

function advanceWidths(view: DataView, hhea: number, hmtx: number): (glyph: number) => number {
  const last = view.getUint16(hhea + 34) - 1;
  return (glyph) => view.getUint16(hmtx + 4 * Math.min(glyph, last));
}

/** Code point to glyph, from the Unicode BMP subtable (platform 3, encoding 1, or platform 0, encoding 3). */
function glyphMap(view: DataView, cmap: number): Map<number, number> {
  const count = view.getUint16(cmap + 2);
  for (let index = 0; index < count; index++) {
    const subtable = cmap + view.getUint32(cmap + 4 + 8 * index + 4);
    if (view.getUint16(subtable) === 4) return segmentMap(view, subtable);
  }
  throw new RangeError('font has no character map of format 4');
}

function segmentMap(view: DataView, subtable: number): Map<number, number> {
  const glyphs = new Map<number, number>();
  const doubled = view.getUint16(subtable + 6);
  const ends = subtable + 14;
  const starts = ends + doubled + 2;
  for (let at = 0; at < doubled; at += 2) {
    const start = view.getUint16(starts + at);
    const delta = view.getUint16(starts + doubled + at);
    const rangeAt = starts + 2 * doubled + at;
    const range = view.getUint16(rangeAt);
    for (let code = start; code <= view.getUint16(ends + at) && code < 0xffff; code++) {
      const raw = range === 0 ? code : view.getUint16(rangeAt + range + 2 * (code - start));
      if (raw !== 0 || range === 0) glyphs.set(code, (raw + delta) & 0xffff);
    }
  }
  return glyphs;
}
