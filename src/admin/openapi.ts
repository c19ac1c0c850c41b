import { z } from 'zod';
import { isObject, type JsonObject } from '../core/json.ts';
import type { Operation } from './operation.ts';

/** A problem document, as `core/problem.ts` writes it. */
const problemSchema = z
  .looseObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('One sentence: what was wrong, and what to do next.'),
    code: z.string().optional().describe('For programs: of the table of refusals, or of the resource.'),
    errors: z
      .array(z.strictObject({ pointer: z.string(), detail: z.string() }))
      .optional()
      .describe('Every wrong place in query or body, as a JSON pointer.'),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });

/** What every operation for administrators may answer besides. */
const REFUSED: Readonly<Record<number, string>> = {
  400: 'Query or body is not as described; `errors` names every place.',
  401: 'No credential was sent.',
  403: "The key is not an administrator's, or `Host` or `Origin` is foreign. The attempt is recorded.",
  429: 'Too many requests, or too many wrong keys from this address; `Retry-After` says how long to wait.',
  503: 'The store failed or the gateway is stopping. Nothing was changed.',
};
const REFUSED_BODY: Readonly<Record<number, string>> = {
  413: 'The body is larger than `listener.body_bytes_max`.',
  415: 'The body is not plain `application/json`.',
};

/** The OpenAPI document of the control plane (OpenAPI 3.1.1), made of the schemas that check its requests. */
export function openApi(operations: readonly Operation[], version: string): JsonObject {
  const schemas: JsonObject = {};
  const paths: Record<string, JsonObject> = {};
  for (const each of operations) {
    const methods = (paths[each.path] ??= {});
    methods[each.method.toLowerCase()] = described(each, schemas);
  }
  schemaOf(problemSchema, 'output', schemas);
  return {
    openapi: '3.1.1',
    info: {
      title: 'Veto control plane',
      version,
      description:
        "What administrators of a Veto gateway do over HTTP. Needs an administrator's key, made with " +
        '`veto keys create NAME --admin`; no agent’s key opens it. Every change, and every attempt that failed, is ' +
        'in the audit log with who made it. Errors are problem documents (RFC 9457).',
    },
    servers: [{ url: '/', description: 'The address of `listen.admin`, else that of the gateway.' }],
    security: [{ key: [] }, { bearer: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'apiKey', in: 'header', name: 'X-Veto-API-Key' },
        bearer: { type: 'http', scheme: 'bearer' },
      },
      schemas: sorted(schemas),
    },
  };
}

function described(each: Operation, schemas: JsonObject): JsonObject {
  const { id, summary, description, access, params, query, body, answer, problems } = each;
  const inPath = Object.entries(params).map(([name, what]): JsonObject => {
    return { name, in: 'path', required: true, description: what, schema: { type: 'string' } };
  });
  const all = access === 'open' ? problems : { ...REFUSED, ...(body ? REFUSED_BODY : {}), ...problems };
  const refused = Object.entries(all).map(([status, what]) => [status, problemAnswer(what)]);
  return {
    operationId: id,
    summary,
    description,
    ...(access === 'open' ? { security: [] } : {}),
    parameters: [...inPath, ...(query ? inQuery(query, schemas) : [])],
    ...(body ? { requestBody: { required: true, content: contentOf(schemaOf(body, 'input', schemas)) } } : {}),
    responses: {
      200: { description: 'Done.', content: contentOf(schemaOf(answer, 'output', schemas)) },
      ...(Object.fromEntries(refused) as JsonObject),
    },
  };
}

function inQuery(query: z.ZodObject, schemas: JsonObject): JsonObject[] {
  const { properties } = schemaOf(query, 'input', schemas);
  return Object.entries(isObject(properties) ? properties : {}).map(([name, schema]) => {
    const { description, ...rest } = isObject(schema) ? schema : {};
    return { name, in: 'query', required: false, description, schema: rest };
  });
}

function problemAnswer(description: string): JsonObject {
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description, content: { 'application/problem+json': { schema } } };
}

function contentOf(schema: JsonObject): JsonObject {
  return { 'application/json': { schema } };
}

/** One schema; those with an id, it may be itself, go to the components, and a reference stays. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output', schemas: JsonObject): JsonObject {
  const made = z.toJSONSchema(schema, { target: 'draft-2020-12', io });
  const text = JSON.stringify(made).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { $schema: _, $defs, ...rest } = JSON.parse(text) as JsonObject; // JSON by construction
  Object.assign(schemas, $defs);
  return rest;
}

function sorted(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
