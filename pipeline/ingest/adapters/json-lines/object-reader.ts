/**
 * What the readers of NDJSON share: each object of a file through `convert`, what of it can't be read to the quarantine. An object of
 * which nothing comes is a bug, and thrown.
 */
import type { ForeignItem, ForeignReader } from '../adapter.ts';
import type { JsonValue } from '../json-stream/json-events.ts';
import { reasonWords } from '../tool-words.ts';
import { type JsonLine, JsonLines } from './json-lines.ts';

/** What one object gives: items, or reasons why it does not, or both. */
export interface Converted {
  items: readonly ForeignItem[];
  /** UTC, ISO 8601; null where it does not say. */
  started_at: string | null;
  reasons: readonly string[];
}

export class ObjectReader implements ForeignReader {
  readonly #tool: string;
  readonly #convert: (value: { [name: string]: JsonValue }) => Converted;
  readonly #lines = new JsonLines();
  #began = false;
  #earliest: string | null = null;

  constructor(tool: string, convert: (value: { [name: string]: JsonValue }) => Converted) {
    this.#tool = tool;
    this.#convert = convert;
  }

  *push(chunk: Uint8Array): Generator<ForeignItem> {
    if (!this.#began) yield this.#scan();
    this.#began = true;
    for (const line of this.#lines.push(chunk)) yield* this.#take(line);
  }

  *end(): Generator<ForeignItem> {
    for (const line of this.#lines.end()) yield* this.#take(line);
    yield this.#scan();
  }

  *#take({ line, value, problem, bytes, truncated }: JsonLine): Generator<ForeignItem> {
    const converted = value === null ? { ...NOTHING, reasons: [problem!] } : this.#convert(value);
    const { items, started_at, reasons } = converted;
    const isLost = reasons.length === 0 && !items.some(({ kind }) => kind === 'endpoint');
    if (isLost) throw new Error(`${this.#tool}: line ${line} gave nothing`);
    yield* items;
    for (const reason of reasons)
      yield { kind: 'unreadable', line, reason: reasonWords(reason), bytes, truncated };
    if (started_at !== null && (this.#earliest === null || started_at < this.#earliest))
      this.#earliest = started_at;
  }

  /** It began when the first server was asked; when it ended no line says, nor which version of the tool it was. */
  #scan(): ForeignItem {
    const unknown = { tool_version: null, finished_at: null, cipher_suites: null };
    return { kind: 'scan', scan: { tool: this.#tool, started_at: this.#earliest, ...unknown } };
  }
}

/** What can't be read at all. */
export function unreadableBecause(reason: string): Converted {
  return { ...NOTHING, reasons: [reason] };
}

const NOTHING = { items: [], started_at: null };
