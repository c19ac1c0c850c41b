import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const page = readFileSync('docs/clients.md', 'utf8');
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text);

describe('docs/clients.md', () => {
  it('shows configuration that parses and leads to the endpoint', () => {
    const shown = blocks('json');
    expect(shown.length).toBeGreaterThan(6);
    for (const text of shown) expect(JSON.stringify(JSON.parse(text))).toContain('http://127.0.0.1:8420');
  });

  it.each(['stateless', 'sessions'])('shows the example %s as it runs in founding.test.ts', (name) => {
    expect(blocks('ts')).toContain(readFileSync(`examples/clients/${name}.ts`, 'utf8'));
  });

  it('tells of every client that the script tries, and of every version that the tests run', () => {
    const script = readFileSync('scripts/real-clients.ts', 'utf8');
    const tried = new Set([...page.matchAll(/^\| ([\w ]+) \| [\d.]+ \|/gm)].map(([, name]) => name));
    const names = [...script.matchAll(/from '\.\/real-clients\/([\w-]+)\.ts'/g)].flatMap(([, file = '']) => {
      const source = readFileSync(`scripts/real-clients/${file}.ts`, 'utf8');
      return /^ {2}name: '([^']+)'/m.exec(source)?.[1] ?? [];
    });
    expect(tried).toEqual(new Set(names));
    // npm's own files, of a known form.
    const versions = (path: string) => {
      const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
      return { ...dependencies, ...devDependencies };
    };
    const [root, peers] = [versions('package.json'), versions('test/peers/package.json')];
    for (const version of [
      root['@modelcontextprotocol/sdk'],
      root['@modelcontextprotocol/client'],
      peers['@modelcontextprotocol/inspector'],
      peers['mcp-remote'],
    ])
      expect(page).toContain(String(version));
  });
});

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}
