import { Fault } from '../core/fault.ts';
import type { GatewaySnapshot, Snapshot } from '../gateway/snapshot.ts';
import type { Observer } from '../gateway/observer.ts';
import { loadPolicies, type Loaded, type PolicyEnvironment } from '../policy/load.ts';
import { runTests } from '../policy/run-tests.ts';
import type { PolicyFile } from '../policy/source.ts';
import { describeProblem } from '../policy/problem.ts';
import { testFileOf } from '../policy/test-file.ts';
import type { FileRead, Unread } from './read-file.ts';
import type { GatewaySettings, Settings } from './settings.ts';

/** What a reload did. */
export interface Reloaded {
  /** Gateways whose policy is another one now. */
  readonly changed: ReadonlySet<string>;
  /** Why the files of a gateway were not taken; its last good version stays in force. */
  readonly problems: readonly string[];
}

type Introduced = Pick<PolicyEnvironment, 'argumentTypes' | 'views'> & {
  /** Adds to a call what guards find in it. Given: a policy whose own tests fail is not taken. */
  readonly observe?: Observer;
};

/** Keeps the policies of all gateways as one snapshot, swapped whole. */
export class PolicyShelf {
  readonly #settings: Settings;
  readonly #introduced: Introduced;
  readonly #read: (path: string) => FileRead;
  #snapshot: Snapshot;

  /** @throws Fault('config_invalid') naming every problem: without a good policy nothing starts */
  constructor(settings: Settings, introduced: Introduced, read: (path: string) => FileRead) {
    this.#settings = settings;
    this.#introduced = introduced;
    this.#read = read;
    const problems: string[] = [];
    const gateways = new Map<string, GatewaySnapshot>();
    for (const gateway of settings.gateways) {
      const loaded = this.#load(gateway);
      if ('problems' in loaded) problems.push(...loaded.problems);
      else gateways.set(gateway.name, loaded);
    }
    if (problems.length > 0) throw new Fault('config_invalid', problems.join('\n'));
    this.#snapshot = { version: 1, gateways };
  }

  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** Files whose change makes a reload worthwhile, the tests beside policies included. */
  get paths(): readonly string[] {
    const written = this.#settings.gateways.flatMap(({ policies }) =>
      policies.flatMap((source) => (source.kind === 'file' ? [source.path] : [])),
    );
    return [...new Set(written.flatMap((path) => [path, testFileOf(path) ?? path]))];
  }

  /** Loads again; gateways with problems keep what they have. */
  reload(): Reloaded {
    const gateways = new Map(this.#snapshot.gateways);
    const changed = new Set<string>();
    const problems: string[] = [];
    for (const gateway of this.#settings.gateways) {
      const loaded = this.#load(gateway);
      if ('problems' in loaded) problems.push(...loaded.problems);
      else if (loaded.policy.hash !== gateways.get(gateway.name)?.policy.hash) {
        gateways.set(gateway.name, loaded);
        changed.add(gateway.name);
      }
    }
    if (changed.size > 0) this.#snapshot = { version: this.#snapshot.version + 1, gateways };
    return { changed, problems };
  }

  #load(gateway: GatewaySettings): GatewaySnapshot | { readonly problems: readonly string[] } {
    const files: PolicyFile[] = [];
    for (const source of gateway.policies) {
      if (source.kind === 'inline') files.push({ name: source.name, text: source.text });
      else {
        const read = this.#read(source.path);
        if (!read.ok) return { problems: [unreadable(source.path, gateway, read)] };
        files.push({ name: source.path, text: read.bytes });
        const tests = testFileOf(source.path);
        const readTests = tests === null ? null : this.#read(tests);
        if (tests === null || readTests === null) continue;
        if (readTests.ok) files.push({ name: tests, text: readTests.bytes });
        // Tests that are there and cannot be run would let through what they are to keep out.
        else if (readTests.kind !== 'absent') return { problems: [unreadable(tests, gateway, readTests)] };
      }
    }
    const loaded = loadPolicies(files, { ...this.#introduced, profile: this.#settings.profile, mode: gateway.mode });
    if (!loaded.ok) return { problems: loaded.problems.map(describeProblem) };
    const failed = failedTests(loaded, this.#introduced.observe);
    if (failed.length > 0) return { problems: failed };
    const { environment } = this.#settings;
    const { name, upstreams, evaluate } = gateway;
    return { name, upstreams, evaluate, policy: loaded.policy, environment };
  }
}

function unreadable(path: string, gateway: GatewaySettings, { kind, what }: Unread): string {
  const mends: Readonly<Record<Unread['kind'], string>> = {
    absent: `create it, or correct \`policies\` of gateway \`${gateway.name}\``,
    large: 'split it into several files',
    strange: 'put a file there that the gateway may read',
    changing: 'write a new file beside it and rename that',
  };
  return `${path}:1:1: the policy file ${what}; ${mends[kind]}`;
}

function failedTests({ policy, files }: Extract<Loaded, { ok: true }>, observe: Observer | undefined): string[] {
  if (!observe) return [];
  const { results } = runTests(policy, files, (question) => observe(question, policy));
  return results.flatMap(({ passed, at, name, why }) =>
    passed ? [] : [`${at}: the test \`${name}\` fails: ${why}; mend the rule or the test`],
  );
}
