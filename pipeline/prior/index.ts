/**
 * Beside the stages: patterns that were seen → a prior file (docs/strategies.md), with which a scan of strategy
 * `predictive` needs few handshakes. From a lake, or from the patterns of the study of 2015.
 */
export { type LakePriorOptions, priorFromLake } from './from-lake.ts';
export { type PatternPlace, type PatternRow, priorFromPatterns } from './from-patterns.ts';
