import type { Finding } from '../../core/decision.ts';
import type { ShellFacts, Trait, TraitKind, Write } from './facts.ts';
import { isSystemPath } from './names.ts';

interface Rule {
  readonly code: string;
  readonly legal: string;
}

/** The built-in policy: which traits are findings. Kinds that are absent are facts for policies only. */
const RULES: Readonly<Partial<Record<TraitKind, Rule>>> = {
  unparsed: { code: 'shell.unparsed', legal: 'a script that the shell itself would accept, within the limits' },
  dynamic: { code: 'shell.dynamic', legal: 'commands and code that are written out' },
  obfuscated: { code: 'shell.obfuscated', legal: 'the decoded command itself' },
  pipe_to_shell: { code: 'shell.pipe_to_shell', legal: 'the commands themselves instead of a pipe into a shell' },
  download_and_run: { code: 'shell.download_and_run', legal: 'fetching and running as separate, reviewed calls' },
  destructive: { code: 'shell.destructive', legal: 'a form that keeps what exists' },
  recursive_delete: {
    code: 'shell.recursive_delete',
    legal: 'deleting named files, or trees below a temporary folder',
  },
  interpreter_escape: {
    code: 'shell.interpreter_escape',
    legal: 'the command itself, without a program that starts it',
  },
  interactive_shell: { code: 'shell.interactive_shell', legal: 'a command, instead of a shell that takes any' },
  remote_shell: { code: 'shell.remote_shell', legal: 'a client program for the connection' },
};

/**
 * The built-in policy on the facts of a shell text. Findings have an empty `at`: the caller knows the argument.
 * What only a site can judge (network use, privilege, substitution) is left to its rules.
 */
export function judgeShell(facts: ShellFacts): Finding[] {
  const findings: Finding[] = [];
  const seen = new Set<string>();
  for (const trait of facts.traits) {
    const rule = trait.mild ? undefined : RULES[trait.kind];
    if (rule === undefined || seen.has(`${rule.code} ${trait.what}`)) continue;
    seen.add(`${rule.code} ${trait.what}`);
    findings.push(finding(rule, trait.what, trait.span));
  }
  for (const write of facts.writes) if (isGraveWrite(write)) findings.push(systemWrite(write));
  return findings;
}

const finding = (rule: Rule, why: string, span: Trait['span']): Finding => ({
  code: rule.code,
  by: 'shell',
  at: '',
  span,
  why,
  legal: rule.legal,
  locked: false,
});

const BY_CONTENT =
  /^(?:redirect|tee|gtee|cp|mv|install|ln|dd|sed|gsed|perl|curl|wget|sponge|truncate|find|set-content|add-content|out-file|tee-object|export-csv|copy-item|move-item|copy|move|xcopy)$/;

const isGraveWrite = (write: Write): boolean => write.known && BY_CONTENT.test(write.by) && isSystemPath(write.target);

const systemWrite = (write: Write): Finding =>
  finding(
    { code: 'shell.system_write', legal: 'writing below the working folder or a temporary one' },
    `\`${write.by}\` writes \`${write.target}\`, which belongs to the system or decides what runs later`,
    write.span,
  );
