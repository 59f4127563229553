/**
 * `npm run cluster -- java` says whether a Java is here that Trino runs on; `npm run cluster -- fetch` brings the server into the
 * cache; `npm run cluster [-- --workers N]` runs a cluster on loopback until it is interrupted, and says how a lake is registered.
 */
import { parseArgs } from 'node:util';
import { fetchTrino } from './fetch-trino.ts';
import { startTrinoCluster } from './trino-cluster.ts';
import { runnableTrino } from './trino-releases.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: 'string', default: '2' } },
});

const runnable = runnableTrino();
if ('missing' in runnable) {
  process.stderr.write(`cluster: ${runnable.missing}\n`);
  process.exit(2);
}
if (positionals[0] === 'java') {
  process.stdout.write(`Trino ${runnable.release.version} runs on ${runnable.java.command}\n`);
  process.exit(0);
}
const server = await fetchTrino(runnable.release);
process.stdout.write(`Trino ${runnable.release.version} is in ${server}\n`);
if (positionals[0] !== 'fetch') {
  const cluster = await startTrinoCluster({
    server,
    java: runnable.java,
    workers: Number(values.workers),
  });
  process.stdout.write(
    `${cluster.url} runs; register a lake with: census lake register --engine trino --url ${cluster.url} --lake LAKE\n`,
  );
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  await cluster.stop();
}
