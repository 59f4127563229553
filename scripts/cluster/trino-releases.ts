/**
 * Releases of the Trino server that the cluster of the tests can be made of, and the Java each needs. Only such ones stand
 * here as the tests were run with: their bytes are known by hash. Later ones are not published as `tar.gz` on Maven Central.
 */
import { findJava, type Java } from './java.ts';

export interface TrinoRelease {
  version: string;
  /** Least feature release of Java, as Trino's release notes say. */
  leastJava: number;
  /** Of trino-server-VERSION.tar.gz. */
  sha256: string;
}

export interface RunnableTrino {
  release: TrinoRelease;
  java: Java;
}

/** The newest release that runs on a Java which this machine has; what to do, where there is none. */
export function runnableTrino(javas: readonly Java[] = findJava()): RunnableTrino | { missing: string } {
  for (const release of TRINO_RELEASES) {
    const java = javas.find(({ feature }) => feature >= release.leastJava);
    if (java) return { release, java };
  }
  const least = TRINO_RELEASES.at(-1)!;
  const found = javas.map(({ feature }) => feature).join(', ') || 'none';
  return {
    missing: `Trino ${least.version} needs Java ${least.leastJava} or later, found: ${found}; install one, or name it with JAVA_HOME`,
  };
}

/** Newest first. */
export const TRINO_RELEASES: readonly TrinoRelease[] = [
  {
    version: '476',
    leastJava: 24,
    sha256: 'cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f',
  },
];
