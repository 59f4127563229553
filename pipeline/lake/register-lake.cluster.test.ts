/**
 * What a cluster shows of a registered lake is what its manifest names: after an ingest, a drop and a compaction, beside files
 * that nobody named, and below a folder of any name. A lake that is not as registered is never answered from.
 */
import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { describeWithCluster, trinoOn } from '../../scripts/testing/describe-with-cluster.ts';
import { registerOn } from '../../scripts/testing/register-on.ts';
import { copyOfLake, sampleLake } from '../../scripts/testing/sample-lake.ts';
import { temporaryFolder } from '../../scripts/testing/temporary-folder.ts';
import { UsageError } from '../base/errors.ts';
import { packageRoot } from '../base/package-root.ts';
import { readManifest } from '../formats/lake-manifest.ts';
import { ingest } from '../ingest/index.ts';
import { chooseModules, executeOnTrino, openLake, type TrinoOptions } from '../query/index.ts';
import { compactLake } from './compact-lake.ts';
import { dropScan } from './drop-scan.ts';
import { lakeDdl } from './lake-ddl.ts';
import { registerLake } from './register-lake.ts';

const folder = temporaryFolder('register-lake');
const [overview] = chooseModules(['port_overview']);
let sample: string;

beforeAll(async () => {
  ({ lake: sample } = await sampleLake(folder));
});

describeWithCluster('a lake on Trino', (cluster) => {
  const ask = async (trino: TrinoOptions, statement: string, lake?: string) => {
    const open = await openLake({ trino, lake });
    try {
      return (await open.ask(statement)).rows;
    } finally {
      open.close();
    }
  };
  const refusal = async (work: Promise<unknown>): Promise<string> => {
    const failure = await work.catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(UsageError);
    expect((failure as Error).message).not.toContain('\n');
    return (failure as Error).message;
  };

  test('registered twice, it is the same; an ingest, a compaction and a drop are seen when it is registered again', async () => {
    const lake = copyOfLake(sample, 'changing');
    const trino = trinoOn(cluster, 'changing');
    const first = await registerOn(lake, trino);
    expect(await registerOn(lake, trino)).toEqual(first);
    const tables = () => ask(trino, `show tables from hive.changing like 'stored\\_%' escape '\\'`);
    const before = await tables();
    expect(before).toHaveLength(first.tables);

    await ingest({ inputs: [join(packageRoot, 'scripts/fuzz/samples/zgrab2.ndjson')], lake });
    expect(await refusal(ask(trino, 'select 1', lake))).toMatch(
      /has changed since it was registered as hive\.changing/,
    );
    const second = await registerOn(lake, trino);
    expect(second.scans).toBe(2);
    expect(second.rows).toBe(readManifest(lake).files.reduce((sum, { rows }) => sum + rows, 0));
    const scans = 'select scan_id, count(*) as endpoints from endpoints group by scan_id order by scan_id';
    const here = await openLake({ lake });
    expect(await ask(trino, scans, lake)).toEqual((await here.ask(scans)).rows);
    here.close();

    await compactLake(lake);
    await registerOn(lake, trino);
    expect(await ask(trino, 'select count(distinct scan_id) as scans from endpoints', lake)).toEqual([[2]]);
    const [dropped] = (await ask(trino, scans, lake))[0]!;
    await dropScan(lake, String(dropped));
    await registerOn(lake, trino);
    expect(await ask(trino, 'select count(distinct scan_id) as scans from endpoints', lake)).toEqual([[1]]);
    expect((await tables()).length).toBeLessThanOrEqual(first.tables);
  });

  test('files that no manifest names are not seen', async () => {
    const lake = copyOfLake(sample, 'with-strays');
    const [scan] = readdirSync(join(lake, 'endpoints'));
    const port = join(lake, 'endpoints', scan!, 'port=25');
    // What a killed ingest leaves: another file in a folder of the lake, and a folder of a scan of its own.
    cpSync(join(port, readdirSync(port)[0]!), join(port, 'part-0123456789abcdef.parquet'));
    cpSync(join(lake, 'endpoints', scan!), join(lake, 'endpoints', 'scan_id=killed'), { recursive: true });
    const trino = trinoOn(cluster, 'strays');
    await registerOn(lake, trino);
    const here = await openLake({ lake });
    const there = await openLake({ lake, trino });
    expect((await there.run(overview!)).rows).toEqual((await here.run(overview!)).rows);
    expect((await there.ask('select count(*) as n from endpoints')).rows).toEqual([[60]]);
    here.close();
    there.close();
  });

  test.each(["it's [b]* ü %20 port=99", 'scan_id=x'])('a lake below %s', async (name) => {
    mkdirSync(join(folder, name));
    const lake = join(folder, name, 'lake');
    cpSync(sample, lake, { recursive: true });
    const trino = trinoOn(cluster, `odd_${name.length}`);
    await registerOn(lake, trino);
    expect(await ask(trino, 'select count(*) as n from handshakes', lake)).toEqual([[867]]);
  });

  test('scans whose names have dots, dashes and digits only keep them', async () => {
    const lake = copyOfLake(sample, 'odd-scans');
    const patterns = join(folder, 'patterns.csv');
    const names = ['2026', '1.50', '2026-01-02', 'a.b_c-d'];
    const positions = join(folder, 'positions.csv');
    writeFileSync(patterns, 'count,ratio,port,pattern\n3,1,25,ra\n');
    writeFileSync(positions, 'position,version,openssl_name\n0,SSLv3,RC4-MD5\n1,TLSv1.0,RC4-MD5\n');
    for (const scan_id of names)
      await ingest({
        from: 'study-patterns',
        inputs: [patterns],
        positions,
        scan_id,
        lake,
      });
    const trino = trinoOn(cluster, 'odd_scans');
    await registerOn(lake, trino);
    const found = await ask(trino, 'select scan_id from endpoints group by scan_id order by scan_id', lake);
    expect(found.map(([scan]) => scan)).toEqual([...names, readManifest(sample).files[0]!.scan_id].sort());
    const open = await openLake({ lake, trino, scans: ['1.50', '2026'] });
    expect(
      (await open.ask('select scan_id, sum(accepted) as n from endpoints group by scan_id order by 1')).rows,
    ).toEqual([
      ['1.50', 3],
      ['2026', 3],
    ]);
    open.close();
    expect(await refusal(openLake({ lake, trino, scans: ['1.5'] }))).toMatch(/has no scan "1\.5"; it has: /);
  });

  test('a file that is gone is no smaller answer, seen from here or not', async () => {
    const lake = copyOfLake(sample, 'torn');
    const trino = trinoOn(cluster, 'torn');
    await registerOn(lake, trino);
    const open = await openLake({ trino });
    rmSync(join(lake, 'handshakes', readdirSync(join(lake, 'handshakes'))[0]!, 'port=25'), {
      recursive: true,
    });
    expect(await refusal(open.ask('select count(*) as n from handshakes'))).toMatch(
      /handshakes of .* has \d+ rows, registered were 867|was changed while it was read/,
    );
    expect((await open.ask('select count(*) as n from endpoints')).rows).toEqual([[60]]);
    expect(await refusal(registerOn(lake, trino))).toMatch(
      /is missing although the lake's manifest names it/,
    );
    open.close();
  });

  test('a place where the lake is not is found out, and what is half registered is not read', async () => {
    const lake = copyOfLake(sample, 'elsewhere');
    const moved = copyOfLake(sample, 'moved');
    const trino = trinoOn(cluster, 'elsewhere');
    await registerOn(lake, trino);
    // The cluster finds a folder there, but the files have other names.
    const port = join(moved, 'endpoints', readdirSync(join(moved, 'endpoints'))[0]!, 'port=25');
    renameSync(join(port, readdirSync(port)[0]!), join(port, 'part-0123456789abcdef.parquet'));
    expect(await refusal(registerOn(lake, trino, `local://${moved}`))).toMatch(
      /below local:\/\/.*moved the cluster reads 44 rows of endpoints of the scan \S+, \S+elsewhere has 60; say with --location/,
    );
    expect(await refusal(openLake({ trino }))).toMatch(/is being registered, or that was broken off/);
    await registerOn(lake, trino);
    expect(await ask(trino, 'select count(*) as n from endpoints', lake)).toEqual([[60]]);
  });

  test('a lake that was changed meanwhile is not registered', async () => {
    const lake = copyOfLake(sample, 'meanwhile');
    const trino = trinoOn(cluster, 'meanwhile');
    const execute = executeOnTrino(trino);
    let changed = false;
    const failure = registerLake(lake, trino, async (statement) => {
      if (!changed) {
        changed = true;
        await ingest({ inputs: [join(packageRoot, 'scripts/fuzz/samples/tlsx.ndjson')], lake });
      }
      return execute(statement);
    });
    expect(await refusal(failure)).toMatch(/was changed while it was registered; register it again/);
  });

  test('an empty lake is one, and a name that is taken is left alone', async () => {
    const lake = copyOfLake(sample, 'emptied');
    const trino = trinoOn(cluster, 'emptied');
    await registerOn(lake, trino);
    await dropScan(lake, readManifest(lake).files[0]!.scan_id);
    expect(await registerOn(lake, trino)).toEqual({ tables: 0, scans: 0, rows: 0 });
    expect(await refusal(openLake({ trino }))).toMatch(/hive\.emptied is an empty lake/);
    const execute = executeOnTrino(trino);
    for (const module of chooseModules([])) expect(await execute(module.sql), module.name).toEqual([]);

    const taken = trinoOn(cluster, 'taken');
    await execute('create schema hive.taken');
    await execute('create table hive.taken.endpoints (mine bigint)');
    expect(await refusal(registerOn(sample, taken))).toMatch(/already exists/);
    expect(await execute('select mine from hive.taken.endpoints')).toEqual([]);
  });

  test('what export-ddl writes does the same', async () => {
    const trino = trinoOn(cluster, 'by_ddl');
    const execute = executeOnTrino(trino);
    const ddl = lakeDdl(sample, { engine: 'trino', schema: 'by_ddl' });
    for (const statement of ddl.split(/;\n+/).filter((text) => text.trim() !== '')) await execute(statement);
    expect(await ask(trino, 'select count(*) as n from endpoints', sample)).toEqual([[60]]);
  });
});
