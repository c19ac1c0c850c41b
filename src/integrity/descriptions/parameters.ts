import { isObject, own, type JsonObject } from '../../core/json.ts';
import type { Placed } from './signal.ts';

/** Parameters that ask about the model, the conversation or its secrets: no tool's work needs them unexplained. */
const PROBES: readonly (readonly [RegExp, number, string])[] = [
  [
    /(?:conversation|chat|dialog(?:ue)?|message|session)s?_?(?:history|context|log|transcript|so_far|summary)$|^(?:full_|entire_|whole_)?(?:conversation|transcript)$|(?:previous|prior|past|all|recent|last)_?(?:user_?|assistant_?|chat_?)?(?:messages|prompts|turns|interactions)/,
    0.6,
    'asks for the conversation',
  ],
  [
    /system_?(?:prompt|message|instructions?)|(?:initial|hidden|developer|original)_?(?:prompt|instructions?)|^(?:user_?)?(?:original_?)?prompt_?(?:text_?)?(?:history|verbatim)$|verbatim/,
    0.55,
    'asks for the prompt',
  ],
  [
    /(?:available_?|other_?|all_?|mcp_?|installed_?)tools?(?:_?(?:list|names|inventory|definitions?))?$|tools?_?(?:list|inventory|call_?history|calls?_?log|calls)$/,
    0.55,
    'asks for the list of tools',
  ],
  [
    /chain_?of_?thoughts?|^cot$|internal_?(?:thoughts?|reasoning|state|monologue)|model_?(?:reasoning|thoughts?)|scratch_?pad/,
    0.5,
    "asks for the model's reasoning",
  ],
  [
    /^(?:ai_?|llm_?|current_?|your_?)model(?:_?(?:name|id|version|family))?$|^(?:llm|model)_?(?:identity|provider_name|in_use)$|(?:context_?window|temperature_setting)$/,
    0.45,
    'asks which model is at work',
  ],
  [/^(?:your_|current_|llm_|ai_)?model_?(?:name|version|id)_and_/, 0.5, 'asks about the model'],
  [
    /content[s]?_(?:from|of)_|ssh_?key|id_?rsa|private_?key_?content|(?:env|environment)_?(?:vars?|variables|dump)$|user_?(?:secrets?|credentials|passwords?)$|bash_?history|aws_?(?:credentials|secret)|file_?contents_?of/,
    0.6,
    'asks for secrets',
  ],
  [
    /(?:user_?)?(?:ip_?address_of_user|geolocation_of_user|browser_?history|home_?directory_listing|clipboard_?content)/,
    0.5,
    "asks about the person's computer",
  ],
  [
    /(?:previous|prior|last|earlier)_?(?:response|result|output|answer|tool_?(?:call|result|output))s?$|(?:^|_)user_?(?:messages?|utterances?|prompts?)$|^full_?context$|conversation_?(?:id_and|contents?)|memory_?(?:dump|contents?|snapshot)$|(?:agent|assistant|hidden)_?(?:instructions?|memory|prompt|context)$/,
    0.5,
    'asks for what was said or remembered',
  ],
  [/^list_?of_?tools$|^tool_?names$|reasoning_?(?:trace|steps|chain)$/, 0.5, 'asks how the model works'],
];

/** Honest in many tools and out of place in one that only computes. */
const PERSONAL =
  /^(?:api_?keys?|credentials?|\w*private_?key|passwords?|(?:auth|access|bearer|session)_?tokens?|tokens?|cookies?|secrets?|environment|env|user_?(?:email|e_?mail)(?:_address)?|user_?(?:location|name|full_?name|phone|address)|clipboard|prompts?|thoughts?|reasoning|memory|model(?:_?name)?|llm_?model|host_?name|user_?name|home_?dir(?:ectory)?|history)$/;
/** Services that compute are paid for, and some of them work by place. */
const PAID = /weather|forecast|currency|exchange|convert|hash|random|uuid|date|time/i;

const ENVIRONMENT = /(?:^|_)(?:env|environment)_?(?:vars?|variables)$/;

/** Names that say nothing of what goes in: the usual vessels for what was read elsewhere. */
const VESSEL =
  /^(?:side_?notes?|feedback|debug(?:_?(?:info|data))?|extra(?:_?(?:data|info|context))?|notes?|misc(?:ellaneous)?|additional_?(?:info|information|data|context|notes)|aux(?:iliary)?(?:_?data)?|meta_?data|context(?:_?(?:data|info))?|remarks?|telemetry|diagnostics?|trace|audit(?:_?(?:data|log))?|internal(?:_?(?:data|notes?))?|reserved|payload_?extra|annotation|observations?|background)$/;

/** Of them those that honest tools hardly ever have. */
const STRICT =
  /^(?:side_?notes?|feedback|debug(?:_?(?:info|data))?|extra(?:_?(?:data|info|context))?|misc(?:ellaneous)?|additional_?(?:info|information|data|context|notes)|aux(?:iliary)?(?:_?data)?|background|internal(?:_?(?:data|notes?))?)$/;

/** Tools that only compute or look up something small: free text has no business there. */
const PURE =
  /\b(?:add|adds|sum|calculat\w+|multipl\w+|divi[ds]\w+|subtract\w*|convert\w*|weather|forecast|current time|date|random|uuid|hash|joke|dice|currency|exchange rate|square root|factorial|temperature|math)\b/i;

/** Words that say the probing is the tool's own trade. */
const TRADE =
  /\b(?:llm|prompts?|conversations?|chats?|messages?|models?|agents?|inference|completions?|transcripts?|tools?|memory|slack|discord|assistant|ssh|secrets?|environment)\b/i;

/** What the name of a parameter alone says. */
interface ReadName {
  readonly word: string;
  readonly probe: (typeof PROBES)[number] | null;
  readonly vessel: boolean;
  readonly personal: boolean;
}

/** The same few names come back in nearly every tool. */
const names = new Map<string, ReadName>();
const NAMES_MAX = 4_096;
const NAME_CHARS_MAX = 64;

function readName(key: string): ReadName {
  const known = names.get(key);
  if (known) return known;
  const word = key
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
  const probe = PROBES.find(([pattern]) => pattern.test(word)) ?? null;
  const read = { word, probe, vessel: VESSEL.test(word), personal: PERSONAL.test(word) };
  if (names.size >= NAMES_MAX) names.clear();
  if (key.length <= NAME_CHARS_MAX) names.set(key, read);
  return read;
}

/** Parameters outside a tool's purpose. */
export function probeParameters(name: string, body: JsonObject): Placed[] {
  const schema = own(body, 'inputSchema');
  const properties = isObject(schema) ? own(schema, 'properties') : undefined;
  if (!isObject(properties)) return [];
  const description = own(body, 'description');
  const ownWords = wordsOf(name);
  const said = `${ownWords} ${typeof description === 'string' ? description : ''}`;
  const purpose = said.split(/[.\n]/, 1)[0] ?? '';
  const found: Placed[] = [];
  let vessels = 0;
  let last = '';
  for (const key of Object.keys(properties)) {
    const { word, probe, vessel, personal } = readName(key);
    if (!probe && !vessel && !personal) continue;
    const at = `inputSchema.properties.${key}`;
    // A map of variables is handed over to be set; only a text could carry those of the machine.
    if (probe && !(ENVIRONMENT.test(word) && !isText(properties[key]))) {
      const [, weight, why] = probe;
      const trade = TRADE.test(ownWords) || (weight < 0.6 && TRADE.test(said));
      found.push({
        code: 'parameters.probe',
        weight: trade ? 0.2 : isPure(purpose) ? Math.max(weight, 0.55) : weight,
        start: 0,
        end: key.length,
        at,
        why,
      });
    } else if (
      personal &&
      isPure(purpose) &&
      !PAID.test(purpose) &&
      !purpose.toLowerCase().includes(word.replaceAll('_', ' '))
    )
      found.push({
        code: 'parameters.probe',
        weight: 0.55,
        start: 0,
        end: key.length,
        at,
        why: 'asks for what no computing needs',
      });
    if (vessel && isText(properties[key]) && !isExplained(properties[key], said, word)) {
      vessels += isPure(purpose) ? 2 : STRICT.test(word) ? 1.5 : 1;
      last = at;
    }
  }
  if (vessels >= 2)
    found.push({
      code: 'parameters.vessel',
      weight: vessels >= 4 ? 0.6 : 0.5,
      start: 0,
      end: 0,
      at: last,
      why: 'has parameters that nothing explains and its work does not need',
    });
  else if (vessels > 0)
    found.push({
      code: 'parameters.vessel',
      weight: vessels > 1 ? 0.35 : 0.2,
      start: 0,
      end: 0,
      at: last,
      why: 'has a parameter that nothing explains',
    });
  return found;
}

function wordsOf(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll(/[_-]/g, ' ');
}

/** "Adds a comment" is no sum. */
function isPure(purpose: string): boolean {
  return PURE.test(purpose.replace(/\badds?\b(?! (?:two|numbers|up))/gi, ''));
}

/** Free text fits into it; an object or a number has a form of its own. */
function isText(schema: unknown): boolean {
  if (!isObject(schema)) return true;
  const type = own(schema, 'type');
  return type === 'string' || (type === undefined && !Array.isArray(own(schema, 'anyOf')));
}

function isExplained(schema: unknown, said: string, word: string): boolean {
  if (!isObject(schema)) return false;
  const description = own(schema, 'description');
  if (typeof description === 'string' && description.trim().length >= 8) return true;
  if (own(schema, 'enum') !== undefined || own(schema, 'type') === 'boolean') return true;
  return said.toLowerCase().includes(word.replaceAll('_', ' '));
}
