/** What the operator should know of a prior before a scan is begun with it, a line each: that it is old, or of others. */
import type { Prior } from '../../formats/prior.ts';

/** `startedAt`: milliseconds; `ports`: nominal ones that the scan asks. */
export function priorWarnings(prior: Prior, startedAt: number, ports: readonly number[]): string[] {
  return [ageWarning(prior, startedAt), portWarning(prior, ports), calibrationWarning(prior)].filter(
    (warning) => warning !== null,
  );
}

function ageWarning({ source }: Prior, startedAt: number): string | null {
  if (source.last_at === null)
    return 'the prior does not say when its servers were scanned: if that is long ago, it infers less, and more of it wrongly';
  const years = (startedAt - Date.parse(source.last_at)) / YEAR_MS;
  if (years <= MOST_YEARS) return null;
  return (
    `the prior is ${Math.floor(years)} years old (its servers were scanned until ${source.last_at.slice(0, 10)}): servers ` +
    'have changed since; look at the measured error at the end, and learn a new prior'
  );
}

function portWarning(prior: Prior, ports: readonly number[]): string | null {
  const missing = ports.filter((port) => !prior.ports.includes(port));
  if (missing.length === 0) return null;
  return `the prior has no servers of port ${missing.join(', ')}: what it infers there was learnt at ${prior.ports.join(', ')}`;
}

function calibrationWarning({ calibration, ports }: Prior): string | null {
  if (calibration === null)
    return 'the prior is not calibrated: its probabilities are its own opinion; make it anew with census learn-prior';
  if (calibration.method === 'ports left out') return null;
  return `the prior knows port ${ports.join()} only: its probabilities hold for servers of that port`;
}

const MOST_YEARS = 2;
const YEAR_MS = 365.25 * 24 * 3600 * 1000;
