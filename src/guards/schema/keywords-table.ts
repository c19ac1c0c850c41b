/**
 * The keywords of JSON Schema 2020-12 and draft-07 that constrain a value, by the form of their own value. Whatever
 * is not listed is left out of the compiled schema: annotations, `format` (an annotation by default, 2020-12
 * Validation, 7.2.1), and anything that a validator might take for an extension of its own.
 */
export const KEYWORD_FORMS = {
  additionalItems: 'schema',
  additionalProperties: 'schema',
  contains: 'schema',
  else: 'schema',
  if: 'schema',
  not: 'schema',
  propertyNames: 'schema',
  then: 'schema',
  unevaluatedItems: 'schema',
  unevaluatedProperties: 'schema',
  items: 'schema-or-list',
  allOf: 'list',
  anyOf: 'list',
  oneOf: 'list',
  prefixItems: 'list',
  $defs: 'map',
  definitions: 'map',
  dependentSchemas: 'map',
  patternProperties: 'map',
  properties: 'map',
  dependencies: 'map',
  dependentRequired: 'map',
  exclusiveMaximum: 'number',
  exclusiveMinimum: 'number',
  maximum: 'number',
  minimum: 'number',
  multipleOf: 'number',
  maxContains: 'number',
  maxItems: 'number',
  maxLength: 'number',
  maxProperties: 'number',
  minContains: 'number',
  minItems: 'number',
  minLength: 'number',
  minProperties: 'number',
  uniqueItems: 'boolean',
  required: 'names',
  type: 'type',
  enum: 'values',
  const: 'value',
  pattern: 'pattern',
  $ref: 'reference',
  $dynamicRef: 'reference',
  $anchor: 'text',
  $dynamicAnchor: 'text',
} as const;

export type Keyword = keyof typeof KEYWORD_FORMS;

/** Maps whose values may be lists of property names instead of schemas. */
export const NAME_MAPS: ReadonlySet<Keyword> = new Set(['dependencies', 'dependentRequired']);

export const JSON_TYPES: ReadonlySet<string> = new Set([
  'object',
  'array',
  'string',
  'number',
  'integer',
  'boolean',
  'null',
]);
