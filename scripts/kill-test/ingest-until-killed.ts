/** The process that the ingest's kill test kills: one ingest in small batches. Prints a line when it begins. */
import { ingest } from '../../pipeline/ingest/index.ts';

const [raw, lake] = process.argv.slice(2);
process.stdout.write('begun\n');
await ingest({ from: 'native', inputs: [raw!], lake: lake!, batch_records: 20 });
