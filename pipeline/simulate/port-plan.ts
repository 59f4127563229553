/** What a part needs to know of each port: its endpoints, and what the endpoint at a place of them answers. */
import type { MailProtocol } from '../formats/raw-record.ts';
import { order } from './mixing.ts';
import { protocolOf, type SimulationPlan, templateStarts } from './plan.ts';

export interface PortPlan {
  /** Among the ports of the population. */
  place: number;
  port: number;
  protocol: MailProtocol;
  endpoints: number;
  /** Number of its first template. */
  start: number;
  /** Place of the answer, of those of the port, that its endpoint at a place gives. */
  answerAt: (place: number) => number;
}

export function portPlans({ population, answers, seed }: SimulationPlan): PortPlan[] {
  const starts = templateStarts(answers);
  return population.ports.map(({ port, endpoints }, place) => ({
    place,
    port,
    protocol: protocolOf(port),
    endpoints,
    start: starts[place]!,
    answerAt: quota(
      answers[place]!.map(({ weight }) => weight),
      endpoints,
      order(endpoints, seed, `answers of ${port}`),
    ),
  }));
}

/** `places` shared out by `weights` as evenly as whole numbers allow, each place then put at random. */
function quota(weights: readonly number[], places: number, mixed: (place: number) => number) {
  const ends = runningSums(weights);
  const sum = ends.at(-1)!;
  return (place: number): number => placeBeyond(ends, ((mixed(place) + 0.5) / places) * sum);
}

/** The sums of the first one, the first two … of `values`. */
export function runningSums(values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(values.length);
  for (let place = 0; place < values.length; place++) sums[place] = (sums[place - 1] ?? 0) + values[place]!;
  return sums;
}

/** The first place of ascending `ends` whose end is beyond `number`; the last one where none is. */
export function placeBeyond(ends: Float64Array, number: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! > number) high = middle;
    else low = middle + 1;
  }
  return low;
}
