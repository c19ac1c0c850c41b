import type { Command } from 'commander';
import type { Action } from './command.ts';

/** A command as the help shows it; its file is loaded only when it is asked for. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<(action: Action) => Command>;
}

/** Every command, in the order of the help. A new one is one file and one entry. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'serve', summary: 'run the gateway', load: async () => (await import('./serve.ts')).serveCommand },
  {
    name: 'stdio',
    summary: 'speak MCP on standard input and output',
    load: async () => (await import('./stdio.ts')).stdioCommand,
  },
  {
    name: 'init',
    summary: 'write veto.yaml and policies.yaml here, importing the servers that clients use',
    load: async () => (await import('./init.ts')).initCommand,
  },
  {
    name: 'keys',
    summary: 'create, list, rotate and revoke API keys',
    load: async () => (await import('./keys.ts')).keysCommand,
  },
  {
    name: 'upstreams',
    summary: 'list, add, remove, test and restart the servers behind the gateways; show their tools',
    load: async () => (await import('./upstreams.ts')).upstreamsCommand,
  },
  {
    name: 'policy',
    summary: 'check, test and examine policy files',
    load: async () => (await import('./policy.ts')).policyCommand,
  },
  {
    name: 'evaluate',
    summary: 'decide recorded or hand-written calls in bulk, without forwarding',
    load: async () => (await import('./policy.ts')).evaluateCommand,
  },
  {
    name: 'inspect',
    summary: 'judge tool definitions, changes of them, or what a server offers',
    load: async () => (await import('./inspect.ts')).inspectCommand,
  },
  {
    name: 'pins',
    summary: 'list, compare, approve and reject tool definitions',
    load: async () => (await import('./pins.ts')).pinsCommand,
  },
  {
    name: 'audit',
    summary: 'read, export and verify the record',
    load: async () => (await import('./audit.ts')).auditCommand,
  },
];
