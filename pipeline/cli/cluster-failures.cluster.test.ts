/**
 * What can go wrong between us and a cluster, in a process of its own as an operator sees it: one line and exit code 2; over
 * https with a password it goes well. A worker that dies gives a line or the right answer, an interruption ends the query there.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { CLUSTER_PASSWORD, CLUSTER_USER, certificateOf } from '../../scripts/cluster/secured-access.ts';
import { addWorker } from '../../scripts/cluster/trino-cluster.ts';
import { describeWithCluster, trinoOn } from '../../scripts/testing/describe-with-cluster.ts';
import { registerOn } from '../../scripts/testing/register-on.ts';
import { censusProgram, runCensus } from '../../scripts/testing/run-census.ts';
import { sampleLake } from '../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../base/errors.ts';
import { executeOnTrino, openLake } from '../query/index.ts';

const folder = temporaryFolder('cluster-failures');
const SCHEMA = 'failures';
/** 867 handshakes, each with each, three times: seconds for any cluster. */
const LONG = `select count(*) as n from handshakes as a, handshakes as b, handshakes as c
  where a.endpoint_id + b.endpoint_id * c.endpoint_id >= 0`;
const LONG_ANSWER = 867 ** 3;

describeWithCluster('census and a cluster', (cluster) => {
  const trino = trinoOn(cluster, SCHEMA);
  const execute = executeOnTrino(trino);
  const ca = certificateOf(cluster.folder.folder);
  const secured = cluster.secured_url!;
  const plain = cluster.url;
  const login = { CENSUS_TRINO_USER: CLUSTER_USER, CENSUS_TRINO_PASSWORD: CLUSTER_PASSWORD };
  const query = (...words: string[]) => ['query', 'port_overview', '--engine', 'trino', ...words];

  beforeAll(async () => {
    const { lake } = await sampleLake(folder);
    await registerOn(lake, trino);
  });

  test('over https, with a password and the CA by name, the tables come', async () => {
    const words = query('--url', secured, '--ca', ca, '--schema', SCHEMA, '--format', 'csv');
    const ended = await runCensus(words, '', login);
    expect(ended.stderr).toBe('');
    expect(ended.stdout.split('\n')).toHaveLength(1 + 7 + 1);
    expect(ended.code).toBe(0);
  });

  test.each<[string, () => string[], RegExp, Record<string, string>?]>([
    [
      'no coordinator',
      () => query('--url', 'http://127.0.0.1:1'),
      /127\.0\.0\.1:1: no coordinator answers \(ECONNREFUSED/,
    ],
    [
      'no such host',
      () => query('--url', 'http://trino.invalid'),
      /no coordinator answers \((?:ENOTFOUND|EAI_AGAIN)/,
    ],
    ['a wrong catalog', () => query('--url', plain, '--catalog', 'nope'), /has no catalog nope; .*--catalog/],
    [
      'a wrong schema',
      () => query('--url', plain, '--schema', 'nope'),
      /has no lake registered as hive\.nope; .*census lake register/,
    ],
    [
      'an unknown scan',
      () => query('--url', plain, '--schema', SCHEMA, '--scan', 'x'),
      /hive\.failures has no scan "x"; it has: 2/,
    ],
    [
      'a wrong password',
      () => query('--url', secured, '--ca', ca),
      /refuses census \(HTTP 401\); set CENSUS_TRINO_USER and CENSUS_TRINO_PASSWORD/,
      { ...login, CENSUS_TRINO_PASSWORD: 'another' },
    ],
    ['no password', () => query('--url', secured, '--ca', ca), /refuses \S+ \(HTTP 401\)/],
    [
      'a certificate that does not verify',
      () => query('--url', secured),
      /its certificate does not verify \(DEPTH_ZERO_SELF_SIGNED_CERT\); .*--ca/,
      login,
    ],
    [
      'a certificate for another name',
      () => query('--url', secured.replace('127.0.0.1', 'localhost'), '--ca', ca),
      /its certificate does not verify \(ERR_TLS_CERT_ALTNAME_INVALID\)/,
      login,
    ],
    [
      'a CA file that is none',
      () => query('--url', secured, '--ca', notes()),
      /notes\.txt holds no certificate in PEM/,
      login,
    ],
    [
      'a CA file that is not there',
      () => query('--url', secured, '--ca', 'none.pem'),
      /the system refuses: ENOENT/,
      login,
    ],
    [
      'https where http is spoken',
      () => query('--url', plain.replace('http', 'https')),
      /no coordinator answers \((?:EPROTO|ERR_SSL)/,
    ],
    [
      'http where https is spoken',
      () => query('--url', secured.replace('https', 'http')),
      /no coordinator answers|answers HTTP/,
    ],
    ['a password over http', () => query('--url', plain), /a password goes only over https/, login],
    [
      'a password on the command line',
      () => query('--url', 'https://me:secret@127.0.0.1'),
      /CENSUS_TRINO_PASSWORD/,
    ],
    ['no URL', () => query(), /--engine trino needs the address of a coordinator.*--url/],
    ['no address', () => query('--url', '127.0.0.1:8080'), /is no address of a coordinator/],
    [
      'a URL without the engine',
      () => ['query', '--lake', folder, '--url', plain],
      /--url goes with --engine trino/,
    ],
    ['a name that is more', () => query('--url', plain, '--schema', 'a;b'), /"a;b" is no plain name/],
  ])('%s is one line', async (_, words, message, env = {}) => {
    const ended = await runCensus(words(), '', env);
    expect(ended.stderr).toMatch(/^census: [^\n]+\n$/);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/secret|another/);
    expect(ended.stdout).toBe('');
    expect(ended.code).toBe(2);
  });

  test.each([200, 404, 500])('something else that answers %i is no coordinator', async (status) => {
    const server = createServer((_, response) => response.writeHead(status).end('<html>'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const ended = await runCensus(query('--url', `http://127.0.0.1:${port}`));
    server.close();
    expect(ended.stderr).toMatch(
      /^census: [^\n]*(?:is no Trino coordinator|is it a Trino coordinator)[^\n]*\n$/,
    );
    expect(ended.code).toBe(2);
  });

  test('a coordinator that is busy for a moment is asked again', async () => {
    const busy = await busyProxy(new URL(plain));
    const open = await openLake({ trino: { ...trino, url: busy.url } });
    expect((await open.ask('select count(*) as n from endpoints')).rows).toEqual([[60]]);
    expect(busy.refused()).toBeGreaterThan(5);
    open.close();
    busy.close();
  });

  describe('a query under way', () => {
    test('a worker that is killed: the right answer, or one line', async () => {
      const extra = await addWorker(cluster, 'extra');
      try {
        const open = await openLake({ trino });
        const answer = open.ask(LONG).then(
          ({ rows }) => rows,
          (error: unknown) => error,
        );
        await until(async () => {
          const tasks = `select count(*) from system.runtime.tasks where node_id = 'extra' and state = 'RUNNING'`;
          return Number((await execute(tasks))[0]?.[0]) > 0;
        });
        extra.kill();
        const ended = await answer;
        if (ended instanceof UsageError) {
          expect(ended.message).toMatch(/did not finish: .*; run it again/);
          expect(ended.message).not.toContain('\n');
        } else expect(ended).toEqual([[LONG_ANSWER]]);
        open.close();
        // And again, on who is left.
        const again = await openLake({ trino });
        await until(
          async () => (await again.ask('select count(*) as n from handshakes')).rows[0]?.[0] === 867,
        );
        again.close();
      } finally {
        await extra.stop();
      }
    });

    test('an interruption ends it on the cluster, and the program with 130', async () => {
      const words = [
        'sql',
        LONG.replace('where', ', handshakes as d where'),
        '--engine',
        'trino',
        '--url',
        plain,
      ];
      const child = spawn(process.execPath, [censusProgram, ...words, '--schema', SCHEMA], { stdio: 'pipe' });
      const [stderr, ended] = [text(child.stderr), once(child, 'exit')];
      const running = async (): Promise<string | undefined> => {
        const [row] = await execute(
          `select query_id from system.runtime.queries where state = 'RUNNING' and query like '%handshakes as d where%' and query not like '%system.runtime%'`,
        );
        return row && String(row[0]);
      };
      await until(async () => (await running()) !== undefined);
      const id = await running();
      child.kill('SIGINT');
      const [code] = await ended;
      expect(code).toBe(130);
      expect(await stderr).toMatch(/^census: interrupted; the query was cancelled on the cluster\n$/);
      const state = await execute(
        `select state, error_code from system.runtime.queries where query_id = '${id}'`,
      );
      expect(state).toEqual([['FAILED', 'USER_CANCELED']]);
    });
  });

  function notes(): string {
    const file = join(folder, 'notes.txt');
    writeFileSync(file, 'no certificate\n');
    return file;
  }
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (await holds().catch(() => false)) return;
    await sleep(100);
  }
  throw new Error('it did not come to pass in half a minute');
}

/** Before each page, and before each statement, the coordinator is too busy once. */
async function busyProxy(to: URL): Promise<{ url: string; refused: () => number; close: () => void }> {
  let count = 0;
  const server = createServer((incoming, outgoing) => {
    if (count++ % 2 === 0) {
      outgoing.writeHead(503).end();
      return;
    }
    const { method, headers, url: path } = incoming;
    const onward = request({ host: to.hostname, port: to.port, method, headers, path }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    refused: () => Math.ceil(count / 2),
    close: () => server.close(),
  };
}
