import type { JsonObject } from './json.ts';

/** The kinds of things a server offers and Veto pins. */
export type DefinitionKind = 'tool' | 'prompt' | 'resource' | 'template';

/** What an upstream says of one tool, prompt, resource or template, as it arrived. */
export interface Definition {
  readonly kind: DefinitionKind;
  /** The upstream's own name; of resources the URI, of templates the URI template. */
  readonly name: string;
  readonly body: JsonObject;
}

/** How a definition stands against its pin. */
export type PinState = 'pinned' | 'new' | 'changed' | 'quarantined' | 'rejected' | 'unpinned';
