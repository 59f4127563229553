/** Measured sizes → Markdown tables. */
import type { Measured } from './one-size.ts';

export function markdown(measured: readonly Measured[]): string {
  return [
    '![Cost of an ingest by the size of the census](study-size.svg)',
    '',
    '| endpoints | ingest, s | CPU, s | peak MiB | µs an endpoint | bare, s | bare, µs an endpoint | of bare |',
    '| --: | --: | --: | --: | --: | --: | --: | --: |',
    ...measured.map(costRow),
    '',
    '"Of bare" is the throughput of the ingest as a share of that of DuckDB alone. Bare reading took all parts where not said ' +
      'otherwise.',
    '',
    '| endpoints | handshakes | rows of `handshakes` | certificates | raw, MB | lake, MB | bytes a row | bytes a handshake | simulated in, s |',
    '| --: | --: | --: | --: | --: | --: | --: | --: | --: |',
    ...measured.map(sizeRow),
    '',
  ].join('\n');
}

function costRow({ endpoints, ingest, bare }: Measured): string {
  const [own, other] = [ingest.seconds / endpoints, bare.seconds / bare.endpoints];
  const part = bare.endpoints === endpoints ? '' : ` (of ${whole(bare.endpoints)})`;
  return row([
    whole(endpoints),
    ingest.seconds.toFixed(1),
    ingest.cpu_seconds.toFixed(1),
    whole(ingest.peak_mib),
    (1e6 * own).toFixed(1),
    bare.seconds.toFixed(1) + part,
    (1e6 * other).toFixed(1),
    (other / own).toFixed(2),
  ]);
}

function sizeRow(one: Measured): string {
  return row([
    whole(one.endpoints),
    whole(one.handshakes),
    whole(one.handshake_rows),
    whole(one.certificates),
    (one.raw_bytes / 1e6).toFixed(1),
    (one.lake_bytes / 1e6).toFixed(1),
    (one.lake_bytes / one.handshake_rows).toFixed(2),
    (one.lake_bytes / one.handshakes).toFixed(3),
    one.simulate === null ? '' : one.simulate.seconds.toFixed(1),
  ]);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function whole(count: number): string {
  return count.toLocaleString('en');
}
