import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

type Versions = Readonly<Record<string, string>>;
interface Manifest {
  readonly dependencies: Versions;
  readonly devDependencies: Versions;
}
interface Lock {
  readonly packages: Readonly<Record<string, { readonly hasInstallScript?: boolean; readonly resolved?: string }>>;
}

const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest; // ours
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lock; // npm's, of a known form
const [, runtime = '', development = ''] = readFileSync('docs/reference/dependencies.md', 'utf8').split(/^## /m);

const ROW = /^\| `([^`]+)` \| (\S+) \| ([^|]+) \| [\d.]+ MB \| ([^|]+) \| ([^|]+) \| none \|$/gm;
const listed = (chapter: string) =>
  Object.fromEntries([...chapter.matchAll(ROW)].map(([, name, version]) => [name, version]));

describe('docs/reference/dependencies.md', () => {
  it('has a complete row for every package at run time', () => {
    expect(listed(runtime)).toEqual(manifest.dependencies);
  });

  it('has a complete row for every package for development', () => {
    expect(listed(development)).toEqual(manifest.devDependencies);
  });
});

describe('package.json', () => {
  it('pins exact versions', () => {
    const versions = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('needs no install script, and the lock names no registry', () => {
    const entries = Object.entries(lock.packages);
    expect(entries.filter(([, entry]) => entry.hasInstallScript === true).map(([path]) => path)).toEqual([]);
    expect(entries.filter(([, entry]) => entry.resolved !== undefined).map(([path]) => path)).toEqual([]);
  });
});
