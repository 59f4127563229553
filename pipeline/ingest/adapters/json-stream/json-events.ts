/** What a reader asks of a JSON document, and what it is given of it: values at paths. */
import type { Excerpt } from './byte-trail.ts';

/** Names of members and `*` for the items of a list, from the top of a document. */
export type JsonPath = readonly string[];

/** What to do with the value at a path: give it whole, look inside (lists and objects; else take), or pass over it. */
export type JsonChoice = 'take' | 'enter' | 'skip';

export interface JsonPlan {
  at(path: JsonPath): JsonChoice;
  /** Members that are left out of values that are taken. */
  without?: ReadonlySet<string>;
}

export type JsonEvent =
  /** `line`: where it begins. `problem`: what is wrong with it; `value` is then what could be read. */
  | {
      kind: 'value';
      path: JsonPath;
      value: JsonValue;
      line: number;
      problem: string | null;
      source(): Excerpt;
    }
  | { kind: 'begin'; path: JsonPath; line: number }
  /** `whole`: false where the document ended before. */
  | { kind: 'end'; path: JsonPath; line: number; whole: boolean }
  /** Text between values that is no JSON. */
  | { kind: 'nonsense'; path: JsonPath; line: number; source(): Excerpt };

/** Numbers that a double can't hold to the digit, and what was left out, are null. Objects have no prototype. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [name: string]: JsonValue };
