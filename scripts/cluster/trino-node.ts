/**
 * One process of a Trino cluster on loopback: its configuration as files in a folder of its own, and the command that runs it.
 * The catalog `hive` has its metastore in files, and reads lakes from the local file system as `local:///path/of/lake`.
 */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TRINO_PLUGINS } from './fetch-trino.ts';
import type { Java } from './java.ts';

export interface ClusterFolder {
  /** Holds all that the cluster writes. */
  folder: string;
  /** The unpacked server. */
  server: string;
  java: Java;
  /** Port of the coordinator. */
  port: number;
  /** Bound of each process's heap. */
  heapMib: number;
  /** What all processes of the cluster know, and nobody else. */
  secret: string;
  secured?: SecuredAccess | undefined;
}

/** HTTPS with passwords, beside HTTP without. */
export interface SecuredAccess {
  port: number;
  /** PEM: key and certificate. */
  keystore: string;
  passwords: string;
}

/** What the processes share: plugins, the catalog, the metastore. */
export function writeClusterFolder({ folder, server, secured }: ClusterFolder): void {
  for (const name of ['plugin', 'catalog', 'metastore', 'spill']) mkdirSync(join(folder, name));
  for (const plugin of TRINO_PLUGINS) {
    symlinkSync(join(server, 'plugin', plugin), join(folder, 'plugin', plugin));
  }
  writeProperties(join(folder, 'catalog', 'hive.properties'), {
    'connector.name': 'hive',
    'hive.metastore': 'file',
    'hive.metastore.catalog.dir': `local://${join(folder, 'metastore')}`,
    'fs.native-local.enabled': 'true',
    'local.location': '/',
  });
  if (!secured) return;
  writeProperties(join(folder, 'password-authenticator.properties'), {
    'password-authenticator.name': 'file',
    'file.password-file': secured.passwords,
  });
}

/** Writes the configuration of one process, and gives its command. */
export function trinoCommand(
  cluster: ClusterFolder,
  name: string,
  port: number,
  role: 'coordinator' | 'worker',
): string[] {
  const home = join(cluster.folder, name);
  mkdirSync(home);
  const config = join(home, 'config.properties');
  writeProperties(config, {
    ...common(cluster),
    'http-server.http.port': port,
    coordinator: role === 'coordinator',
    ...(role === 'coordinator' ? coordinatorOnly(cluster) : {}),
  });
  return [
    cluster.java.command,
    `-Xmx${cluster.heapMib}m`,
    ...JVM_OPTIONS,
    ...(cluster.java.modules.includes(VECTOR) ? [`--add-modules=${VECTOR}`] : []),
    `-Dconfig=${config}`,
    '-Dnode.environment=census',
    `-Dnode.id=${name}`,
    `-Dnode.data-dir=${home}`,
    '-Dnode.internal-address=127.0.0.1',
    '-Dnode.bind-ip=127.0.0.1',
    '-cp',
    join(cluster.server, 'lib', '*'),
    'io.trino.server.TrinoServer',
  ];
}

function common({ folder, port, heapMib, secret }: ClusterFolder): Properties {
  const headroom = Math.floor(heapMib * 0.25);
  return {
    'discovery.uri': `http://127.0.0.1:${port}`,
    'internal-communication.shared-secret': secret,
    'plugin.dir': join(folder, 'plugin'),
    'catalog.config-dir': join(folder, 'catalog'),
    // Otherwise it writes below the folder that it is started in.
    'http-server.log.enabled': false,
    'memory.heap-headroom-per-node': `${headroom}MB`,
    'query.max-memory-per-node': `${heapMib - headroom - 50}MB`,
    'query.max-memory': `${2 * (heapMib - headroom)}MB`,
    // How long a process that died is waited for: a minute by default, here what a busy machine may take.
    'query.remote-task.max-error-duration': '30s',
    'exchange.max-error-duration': '30s',
    // What a heap of a tests' cluster does not hold.
    'spill-enabled': true,
    'spiller-spill-path': join(folder, 'spill'),
  };
}

function coordinatorOnly({ folder, secured }: ClusterFolder): Properties {
  const coordinator: Properties = { 'node-scheduler.include-coordinator': false };
  if (!secured) return coordinator;
  return {
    ...coordinator,
    'http-server.https.enabled': true,
    'http-server.https.port': secured.port,
    'http-server.https.keystore.path': secured.keystore,
    'http-server.authentication.type': 'PASSWORD',
    'http-server.authentication.allow-insecure-over-http': true,
    'password-authenticator.config-files': join(folder, 'password-authenticator.properties'),
  };
}

type Properties = Record<string, string | number | boolean>;

function writeProperties(file: string, properties: Properties): void {
  const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
}

/** Those of Trino's documentation for its `jvm.config`. */
const JVM_OPTIONS = [
  '-XX:+UseG1GC',
  '-XX:+ExitOnOutOfMemoryError',
  '-XX:-OmitStackTraceInFastThrow',
  '-XX:+EnableDynamicAgentLoading',
  '-Djdk.attach.allowAttachSelf=true',
  '-Dfile.encoding=UTF-8',
  '--enable-native-access=ALL-UNNAMED',
];

/** Of Java's, which Trino does some reading with where it is there. */
const VECTOR = 'jdk.incubator.vector';
