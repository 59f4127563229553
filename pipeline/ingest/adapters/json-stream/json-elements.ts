/**
 * Tokens of a JSON document, or of several one after the other → the parts of it that a reader asked for, one at a time, so
 * that memory is bounded by a part, not by the document. Lenient (RFC 8259 is not): commas may be missing or too many, closing
 * brackets may be missing at the end; what makes no sense is given as such, with its bytes, and reading goes on behind it.
 */
import { ByteTrail } from './byte-trail.ts';
import type { JsonEvent, JsonPlan, JsonValue } from './json-events.ts';
import { type Frame, isOutOfPlace, scalar } from './json-grammar.ts';
import { type JsonToken, JsonTokenizer } from './json-tokens.ts';

/**
 * `push` the chunks in order, then `end` once; both give what has become known by then, in order. Never throws for what the
 * document says.
 */
export class JsonElements {
  readonly #plan: JsonPlan;
  readonly #tokenizer = new JsonTokenizer((token) => this.#token(token));
  readonly #trail = new ByteTrail();
  readonly #frames: Frame[] = [];
  readonly #path: string[] = [];
  #events: JsonEvent[] = [];
  /** Inside of a value that is taken or skipped: how many frames were open before it. */
  #depth: number | null = null;
  #taken: { line: number; problem: string | null; value: JsonValue; bytes: number } | null = null;
  #nonsense: { line: number } | null = null;
  #line = 1;
  /** Brackets that are open beyond MAX_DEPTH: only counted. */
  #deeper = 0;

  constructor(plan: JsonPlan) {
    this.#plan = plan;
  }

  push(chunk: Uint8Array): JsonEvent[] {
    this.#trail.push(chunk, this.#tokenizer.unfinished);
    this.#tokenizer.push(chunk);
    return this.#drain();
  }

  end(): JsonEvent[] {
    this.#tokenizer.end();
    this.#endNonsense(Number.POSITIVE_INFINITY);
    this.#giveUp('the file ends before it is whole', Number.POSITIVE_INFINITY);
    while (this.#frames.length > 0) this.#leave(false);
    return this.#drain();
  }

  #drain(): JsonEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #token(token: JsonToken): void {
    this.#line = token.line;
    const opens = token.kind === '{' || token.kind === '[';
    const closes = token.kind === '}' || token.kind === ']';
    if (this.#deeper > 0) this.#deeper += Number(opens) - Number(closes);
    else if (closes) this.#close(token, token.kind as '}' | ']');
    else if (isOutOfPlace(this.#frames.at(-1), token)) this.#object(token);
    else this.#place(token);
  }

  /** A token where the grammar has none: between entered values it is nonsense, in a value a problem of that value. */
  #object(token: JsonToken): void {
    if (this.#depth === null) {
      this.#beginNonsense(token);
    } else if (token.kind === '{') {
      // What was broken off in the middle, and the next one: as a program leaves it that is killed and appends when run again.
      this.#giveUp('the next one begins before it is whole', token.start);
      this.#token(token);
    } else {
      this.#complain(`unexpected ${token.kind}`);
    }
  }

  #place(token: JsonToken): void {
    const frame = this.#frames.at(-1);
    if (token.kind === ':') frame!.next = 'value';
    else if (token.kind === ',') this.#comma(frame);
    else if (frame?.closing === '}' && frame.next !== 'value') this.#name(frame, token);
    else this.#value(token);
  }

  #comma(frame: Frame | undefined): void {
    if (frame?.closing === '}') frame.next = 'name';
  }

  #name(frame: Frame, token: JsonToken): void {
    this.#endNonsense(token.start);
    if (this.#taken) this.#taken.bytes += token.text.length;
    if (frame.next === 'comma' && this.#taken) this.#complain('no comma between members');
    frame.name = token.text;
    frame.next = 'colon';
  }

  #value(token: JsonToken): void {
    this.#endNonsense(token.start);
    const frame = this.#frames.at(-1);
    if (frame) frame.next = frame.closing === '}' ? 'comma' : 'value';
    const opens = token.kind === '{' || token.kind === '[';
    if (this.#depth === null) this.#begin(token, opens);
    else this.#inner(token, opens);
    if (this.#depth === this.#frames.length) this.#finish(token.end);
  }

  /** A value that no taken or skipped one is around. */
  #begin(token: JsonToken, opens: boolean): void {
    const frame = this.#frames.at(-1);
    if (frame) this.#path.push(frame.closing === '}' ? frame.name : '*');
    const choice = this.#plan.at(this.#path);
    if (choice === 'enter' && opens) {
      this.#events.push({ kind: 'begin', path: [...this.#path], line: token.line });
      this.#open(token.kind, null);
      return;
    }
    this.#depth = this.#frames.length;
    if (choice !== 'skip') {
      this.#trail.mark(token.start);
      this.#taken = { line: token.line, problem: null, value: null, bytes: 0 };
    }
    const value = this.#read(token, opens);
    if (this.#taken) this.#taken.value = value;
  }

  #inner(token: JsonToken, opens: boolean): void {
    const { into, closing, name } = this.#frames.at(-1)!;
    const isLeftOut = closing === '}' && this.#plan.without?.has(name);
    const isKept = into !== null && !isLeftOut && !this.#isTooLarge;
    if (!isKept) {
      if (opens) this.#open(token.kind, null);
      return;
    }
    const value = this.#read(token, opens);
    if (Array.isArray(into)) into.push(value);
    else into[name] = value;
  }

  /** The value of a token; of one that opens an empty list or object, which is filled later. */
  #read(token: JsonToken, opens: boolean): JsonValue {
    const taken = this.#taken;
    if (taken) {
      taken.bytes += token.text.length + VALUE_BYTES;
      if (this.#isTooLarge) this.#complain('too large');
      if (token.cut && token.kind === 'string') this.#complain('a string is too long, or has no end');
    }
    const isKept = taken !== null && !this.#isTooLarge;
    if (!opens) return isKept ? scalar(token) : null;
    const into = token.kind === '[' ? [] : Object.create(null);
    this.#open(token.kind, isKept ? into : null);
    return isKept ? into : null;
  }

  /** Then nothing more of it is kept. */
  get #isTooLarge(): boolean {
    return this.#taken !== null && this.#taken.bytes > MAX_ELEMENT_BYTES;
  }

  #open(kind: string, into: Frame['into']): void {
    if (this.#frames.length >= MAX_DEPTH) {
      this.#complain('nested too deeply');
      this.#deeper = 1;
      return;
    }
    const isObject = kind === '{';
    this.#frames.push({
      ...{ closing: isObject ? '}' : ']', next: isObject ? 'name' : 'value' },
      ...{ name: '', into },
    });
  }

  #close(token: JsonToken, closing: '}' | ']'): void {
    const inside = this.#depth ?? 0;
    const place = this.#frames.findLastIndex((frame) => frame.closing === closing);
    if (place === -1) {
      this.#object(token);
      return;
    }
    if (place < inside) this.#giveUp('what is around it ends before it is whole', token.start);
    this.#endNonsense(token.start);
    if (this.#depth === null) {
      while (this.#frames.length > place) this.#leave(this.#frames.length === place + 1);
      return;
    }
    const top = this.#frames.at(-1)!;
    if (
      place < this.#frames.length - 1 ||
      top.next === 'colon' ||
      (closing === '}' && top.next === 'value')
    ) {
      this.#complain(`unexpected ${closing}`);
    }
    this.#frames.length = place;
    if (this.#frames.length === this.#depth) this.#finish(token.end);
  }

  /** A value that was taken or skipped is over. */
  #finish(end: number): void {
    const taken = this.#taken;
    if (taken) {
      const { line, problem, value } = taken;
      this.#events.push({
        ...{ kind: 'value', path: [...this.#path], value, line, problem },
        source: this.#trail.since(end),
      });
    }
    this.#taken = null;
    this.#depth = null;
    this.#path.pop();
  }

  /** Ends what is being taken or skipped where it stands. */
  #giveUp(problem: string, end: number): void {
    if (this.#depth === null) return;
    this.#complain(problem);
    this.#deeper = 0;
    this.#frames.length = this.#depth;
    this.#finish(end);
  }

  #leave(whole: boolean): void {
    this.#frames.pop();
    this.#events.push({ kind: 'end', path: [...this.#path], line: this.#line, whole });
    this.#path.pop();
  }

  #complain(problem: string): void {
    if (this.#taken) this.#taken.problem ??= problem;
  }

  #beginNonsense(token: JsonToken): void {
    if (this.#nonsense) return;
    this.#nonsense = { line: token.line };
    this.#trail.mark(token.start);
  }

  #endNonsense(end: number): void {
    if (!this.#nonsense) return;
    const { line } = this.#nonsense;
    this.#nonsense = null;
    this.#events.push({ kind: 'nonsense', path: [...this.#path], line, source: this.#trail.since(end) });
  }
}

/** Of one value: text and, for each value in it, what it costs beside. A result of sslyze is some 0.4 MiB. */
const MAX_ELEMENT_BYTES = 16 * 1024 * 1024;
const VALUE_BYTES = 64;
const MAX_DEPTH = 64;
