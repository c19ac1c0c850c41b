import type { z } from 'zod';
import { Fault } from '../core/fault.ts';
import type { JsonValue } from '../core/json.ts';
import type { Caller } from '../core/principal.ts';
import { pointerTo, problem, problemOf, type PlainAnswer, type ProblemPlace } from '../core/problem.ts';
import { refuse } from '../core/refusal.ts';
import { JsonRejected, parseStrict } from '../core/strict-json.ts';

/** A request as it reaches the control plane: its sender recognised, its body bounded, nothing parsed. */
export interface AdminRequest {
  readonly params: Readonly<Record<string, string>>;
  /** What follows the `?`, as sent. */
  readonly query: string;
  readonly caller: Caller | null;
  readonly body: Buffer;
  /** Whether the body claims to be plain JSON. */
  readonly isJson: boolean;
  readonly address: string;
}

/** One thing that administrators can do. The schemas check what comes in, and the OpenAPI document is made of them. */
export interface Operation {
  readonly id: string;
  readonly method: 'GET' | 'POST';
  /** Under `/v1/admin/`; `{name}` stands for one segment. */
  readonly path: string;
  readonly access: 'open' | 'admin';
  readonly summary: string;
  readonly description: string;
  readonly params: Readonly<Record<string, string>>;
  readonly query: z.ZodObject | null;
  readonly body: z.ZodObject | null;
  /** Of an answer with status 200. */
  readonly answer: z.ZodType;
  /** Answers besides 200, and those that every operation has (`openapi.ts`). */
  readonly problems: Readonly<Record<number, string>>;
  /** Answers one request. @throws for bugs only */
  handle(request: AdminRequest): Promise<PlainAnswer>;
}

/** What an operation is given: checked against its schemas. */
export interface Asked<Query, Body> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** null only where the operation is open. */
  readonly caller: Caller | null;
  readonly address: string;
}

/** A no of the operation itself. */
export class Problem {
  readonly answer: PlainAnswer;

  /** @param more further members of the document; `code` is for programs */
  constructor(status: number, detail: string, more: { readonly code: string } & Record<string, unknown>) {
    this.answer = problemOf(status, detail, more);
  }
}

type Described = Omit<Operation, 'query' | 'body' | 'params' | 'problems' | 'access' | 'handle'> &
  Partial<Pick<Operation, 'params' | 'problems' | 'access'>>;

/**
 * Ties schemas and work together: `work` never sees what does not fit.
 * @param forms of query and body; null where there is none, and then a query that is not empty is refused
 */
export function operation<Q extends z.ZodObject | null, B extends z.ZodObject | null>(
  described: Described,
  forms: { readonly query: Q; readonly body: B },
  work: (asked: Asked<Parsed<Q>, Parsed<B>>) => Promise<JsonValue | object | Problem>,
): Operation {
  return {
    params: {},
    problems: {},
    access: 'admin',
    ...described,
    ...forms,
    async handle(request) {
      const query = forms.query === null ? noQuery(request.query) : readQuery(forms.query, request.query);
      if ('answer' in query) return query.answer;
      const body = forms.body === null ? { value: null } : readBody(forms.body, request);
      if ('answer' in body) return body.answer;
      const { params, caller, address } = request;
      // Parsed by the very schemas of which these are the types.
      const asked = { params, caller, address, query: query.value, body: body.value } as Asked<Parsed<Q>, Parsed<B>>;
      return answerOf(() => work(asked));
    },
  };
}

type Parsed<S> = S extends z.ZodObject ? z.output<S> : null;

async function answerOf(work: () => Promise<JsonValue | object | Problem>): Promise<PlainAnswer> {
  try {
    const said = await work();
    if (said instanceof Problem) return said.answer;
    return { status: 200, type: 'application/json', body: JSON.stringify(said) };
  } catch (error) {
    // The sentence is for the operator, and an administrator is one.
    if (error instanceof Fault) return problem(refuse('RECORD_FAILED', `nothing was changed: ${error.message}`));
    throw error;
  }
}

type Read = { readonly value: unknown } | { readonly answer: PlainAnswer };

const DEPTH_MAX = 16;

function readBody(form: z.ZodObject, { body, isJson }: AdminRequest): Read {
  if (!isJson) return { answer: problemOf(415, 'send the body as `Content-Type: application/json`, not compressed') };
  try {
    return checked(form, parseStrict(body, { depthMax: DEPTH_MAX }), 'body');
  } catch (error) {
    if (!(error instanceof JsonRejected)) throw error;
    return { answer: problem(refuse('MESSAGE_MALFORMED', `the body is not acceptable JSON: ${error.message}`)) };
  }
}

function noQuery(query: string): Read {
  return query === '' ? { value: null } : { answer: invalid('query', [{ pointer: '#', detail: 'leave it out' }]) };
}

function readQuery(form: z.ZodObject, query: string): Read {
  const fields: Record<string, string> = Object.create(null) as Record<string, string>; // no inherited names
  for (const [name, value] of new URLSearchParams(query)) {
    if (name in fields) return { answer: invalid('query', [{ pointer: pointerTo([name]), detail: 'give it once' }]) };
    fields[name] = value;
  }
  return checked(form, { ...fields }, 'query');
}

function checked(form: z.ZodObject, value: unknown, what: 'query' | 'body'): Read {
  const parsed = form.safeParse(value);
  if (parsed.success) return { value: parsed.data };
  return { answer: invalid(what, parsed.error.issues.flatMap(placesOf)) };
}

function placesOf(issue: z.core.$ZodIssue): ProblemPlace[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  if (issue.code !== 'unrecognized_keys') return [{ pointer: pointerTo(path), detail: issue.message }];
  return issue.keys.map((key) => ({ pointer: pointerTo([...path, key]), detail: 'there is no such field here' }));
}

function invalid(what: 'query' | 'body', errors: readonly ProblemPlace[]): PlainAnswer {
  return problem(refuse('PARAMS_INVALID', `the ${what} is not valid; see \`errors\``), errors);
}
