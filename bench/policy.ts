// Decisions per rule count and kind of rule, beside cedar-wasm and a CEL library with the same rules where they can.
import { preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs';
import { Environment } from '@marcbachmann/cel-js';
import { pathView } from '../src/guards/path/type.ts';
import { loadPolicies } from '../src/policy/load.ts';
import { questionOf } from '../src/policy/question-of.ts';

const BATCH_MS = 3;
const BATCHES = 60;

/** Microseconds per run: the 20th percentile of batches of a few milliseconds. */
function measure(run: () => unknown): number {
  let count = 1;
  for (let took = 0; took < BATCH_MS && count < 1e7; count *= 2) {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    took = performance.now() - start;
  }
  const samples = Array.from({ length: BATCHES }, () => {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    return ((performance.now() - start) * 1000) / count;
  });
  return samples.sort((a, b) => a - b)[Math.floor(BATCHES / 5)] ?? Number.NaN;
}

const PATTERN = '^(?!/etc|/root|/home).*$';

/** `count` rules over tools of ten rules each; the first tool is the one called. */
function rules(count: number, condition: string): string {
  const rule = (i: number) => {
    const tool = `tool_${Math.floor(i / 10)}`;
    const action = i % 10 === 9 ? 'deny' : 'allow';
    const args = condition === '' ? '' : `, arguments: { path: ${action === 'deny' ? "'^/never/'" : condition} }`;
    const who = action === 'deny' && condition === '' ? ', principal: { id: nobody }' : '';
    return `  - { name: rule ${i}, match: { tool: ${tool}${args}${who} }, action: ${action} }`;
  };
  return `default: deny\npolicies:\n${Array.from({ length: count }, (_, i) => rule(i)).join('\n')}\n`;
}

function policy(text: string) {
  const start = performance.now();
  const loaded = loadPolicies([{ name: 'bench.yaml', text }], {
    argumentTypes: [],
    views: [pathView],
    profile: 'production',
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems[0]));
  return { policy: loaded.policy, loadMs: performance.now() - start };
}

const question = questionOf(
  { server: 'files', tool: 'tool_0', arguments: { path: '/data/reports/2026/quarter.csv' } },
  { nowMs: 0 },
);
const row = (name: string, us: number, note = '') =>
  console.log(`${name.padEnd(56)} ${us.toFixed(2).padStart(10)} µs  ${note}`);

const one = (condition: string) =>
  `default: deny\npolicies:\n  - { name: a, match: { tool: tool_0, ${condition} }, action: allow }\n`;

function veto(): void {
  for (const [kind, condition] of [
    ['no pattern', ''],
    ['ten patterns, lookahead, default views', `'${PATTERN}'`],
  ] as const) {
    const base: number[] = [];
    for (const count of [10, 1000, 10_000]) {
      const loaded = policy(rules(count, condition));
      const us = measure(() => loaded.policy.decide(question));
      base.push(us);
      row(
        `veto, ${count} rules, ${kind}`,
        us,
        `${(us / (base[0] ?? us)).toFixed(2)} × ten rules; loaded in ${loaded.loadMs.toFixed(0)} ms`,
      );
    }
  }
  const single = policy(one(`arguments: { path: '${PATTERN}' }`));
  row(
    'veto, one pattern, lookahead, default views of a path',
    measure(() => single.policy.decide(question)),
  );
  const awkward = { ...question, arguments: { path: '/dätä/%72eports/..//x' } };
  row(
    'the same, non-ASCII, encoded and detoured',
    measure(() => single.policy.decide(awkward)),
  );
  const expression = policy(one("when: 'context.time.hour < 17'"));
  row(
    'veto, one `when`',
    measure(() => expression.policy.decide(question)),
  );
  row(
    'veto, explain',
    measure(() => single.policy.explain(question)),
  );
}

function cedar(): void {
  for (const count of [10, 1000]) {
    const text = Array.from({ length: count }, (_, i) => {
      const head = `(principal, action == Action::"call", resource == Tool::"tool_${Math.floor(i / 10)}")`;
      return i % 10 === 9
        ? `forbid ${head} when { context.path like "/never/*" };`
        : `permit ${head} unless { context.path like "/etc*" || context.path like "/root*" || context.path like "/home*" };`;
    }).join('\n');
    preparsePolicySet(`set ${count}`, { staticPolicies: text });
    const call = {
      principal: { type: 'User', id: 'p' },
      action: { type: 'Action', id: 'call' },
      resource: { type: 'Tool', id: 'tool_0' },
      context: { path: '/data/reports/2026/quarter.csv' },
      preparsedPolicySetId: `set ${count}`,
      entities: [],
    };
    const answer = statefulIsAuthorized(call);
    if (answer.type !== 'success' || answer.response.decision !== 'allow') throw new Error(JSON.stringify(answer));
    row(
      `cedar-wasm, ${count} rules, pre-parsed, \`like\` for patterns`,
      measure(() => statefulIsAuthorized(call)),
    );
  }
}

function cel(): void {
  const environment = new Environment().registerVariable('tool', 'string').registerVariable('path', 'string');
  for (const count of [10, 1000]) {
    const parsed = Array.from({ length: count }, (_, i) => {
      const tool = `tool == "tool_${Math.floor(i / 10)}"`;
      return environment.parse(
        i % 10 === 9
          ? `${tool} && path.startsWith("/never/")`
          : `${tool} && !path.startsWith("/etc") && !path.startsWith("/root") && !path.startsWith("/home")`,
      );
    });
    const context = { tool: 'tool_0', path: '/data/reports/2026/quarter.csv' };
    row(
      `cel-js, ${count} expressions, all evaluated`,
      measure(() => parsed.map((expression) => expression(context) as boolean)),
    );
  }
}

// Warm both kinds of rules first, so that the first row is not the compiler's.
for (const condition of ['', `'${PATTERN}'`]) {
  const { policy: warm } = policy(rules(10, condition));
  measure(() => warm.decide(question));
}
veto();
cedar();
cel();
