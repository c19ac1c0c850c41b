import { isObject, type JsonObject } from '../core/json.ts';
import type { Introduction } from './door.ts';
import type { ListCapability } from './lists.ts';
import { EXTENSIONS } from './tenancy.ts';
import type { Offering } from './claims.ts';
import type { Exposure } from './exposure.ts';
import { VERSION } from '../core/version.ts';

export const SERVER_INFO: JsonObject = { name: 'veto', title: 'Veto', version: VERSION };

const NOTHING: ReadonlySet<string> = new Set();

/**
 * What the gateway says of itself: the capabilities of its upstreams taken together, changes always announced.
 * @param hidden what the caller may see nothing of. A session is told of it all the same: it hears this only once, and
 * the policy may change while it lasts.
 */
export function introduce(
  { offerings }: Exposure,
  era: 'legacy' | 'modern',
  hidden: ReadonlySet<ListCapability>,
): Introduction {
  const left: ReadonlySet<string> = era === 'modern' ? hidden : NOTHING;
  const has = (name: string): boolean =>
    !left.has(name) && offerings.some((o) => isObject(o.catalogue.capabilities[name]));
  const capabilities: JsonObject = {};
  if (has('tools')) capabilities.tools = { listChanged: true };
  if (has('prompts')) capabilities.prompts = { listChanged: true };
  if (has('resources'))
    capabilities.resources = { listChanged: true, ...(subscribable(offerings) ? { subscribe: true } : {}) };
  if (has('completions')) capabilities.completions = {};
  if (has('logging')) capabilities.logging = {};
  if (era === 'legacy' && has('tasks')) capabilities.tasks = { cancel: {}, requests: { tools: { call: {} } } };
  const extensions = extensionsOf(offerings);
  if (era === 'modern' && Object.keys(extensions).length > 0) capabilities.extensions = extensions;
  return { capabilities, serverInfo: SERVER_INFO, instructions: instructionsOf(offerings) };
}

function subscribable(offerings: readonly Offering[]): boolean {
  return offerings.some(
    ({ catalogue }) =>
      isObject(catalogue.capabilities.resources) && catalogue.capabilities.resources.subscribe === true,
  );
}

function extensionsOf(offerings: readonly Offering[]): JsonObject {
  const passed: JsonObject = {};
  for (const { catalogue } of offerings) {
    const { extensions } = catalogue.capabilities;
    if (!isObject(extensions)) continue;
    for (const name of EXTENSIONS) if (isObject(extensions[name])) passed[name] = extensions[name];
  }
  return passed;
}

/** The one server's own words as they are; of several, each under its name. */
function instructionsOf(offerings: readonly Offering[]): string | null {
  const said = offerings.flatMap(({ upstream, admission }) => {
    const instructions = admission.surface?.instructions;
    return instructions ? [{ upstream, instructions }] : [];
  });
  const [only] = said;
  if (offerings.length === 1 && only) return only.instructions;
  return said.length === 0 ? null : said.map((s) => `[${s.upstream}]\n${s.instructions}`).join('\n\n');
}
