import { Fault } from '../core/fault.ts';
import { isObject, own, type JsonObject } from '../core/json.ts';
import { legacyMeta, modernMeta, type ClientInfo } from '../mcp/client-request.ts';
import { encodeHeaderValue, mirroredText, mirroredValue, nameOf } from '../mcp/headers.ts';
import { mayAskForInput } from '../mcp/methods.ts';
import type { Era } from '../mcp/revisions.ts';
import { requestText } from '../mcp/server-messages.ts';
import type { Sending } from './flight.ts';

/** What a result answers. */
type Asked = Pick<Sending, 'method' | 'capabilities'>;

/** How requests are put into words, and answers understood, in one era. */
export interface Dialect {
  readonly era: Era;
  readonly revision: string;
  /** JSON text of the request; its id is its progress token too. */
  write(id: number, sending: Sending): string;
  /** Mirrored headers, name and value in turn; null where the era has none. */
  mirror(sending: Sending): string[] | null;
  /** Why a result is no answer to what was asked in this era; null when it is one. */
  judge(result: JsonObject, asked: Asked): Fault | null;
}

/** The wire until 2025-11-25: state is in the session. */
export function legacyDialect(revision: string): Dialect {
  return {
    era: 'legacy',
    revision,
    write(id, { method, params: judged, meta, ear }) {
      const params = withoutRounds(judged);
      const fields = legacyMeta(meta, ear?.wantsProgress === true ? id : null);
      return requestText(id, method, fields === null ? params : { ...params, _meta: fields });
    },
    mirror: () => null,
    // These revisions know no types, but a client of any revision that is handed one takes it at its word.
    judge: (result) => (isComplete(result) ? null : unfit(result)),
  };
}

/** Answers to questions of an earlier round mean something to modern servers only. */
function withoutRounds(params: JsonObject): JsonObject {
  if (params['inputResponses'] === undefined && params['requestState'] === undefined) return params;
  const { inputResponses: _, requestState: __, ...rest } = params;
  return rest;
}

/** Absent means complete (2026-07-28, Basic › ResultType). */
function isComplete(result: JsonObject): boolean {
  const type = own(result, 'resultType');
  return type === undefined || type === 'complete';
}

function unfit(result: JsonObject): Fault {
  const type = JSON.stringify(own(result, 'resultType')).slice(0, 40);
  return new Fault('upstream_protocol', `the result is of a type that means nothing here: \`${type}\``);
}

const TASKS = 'io.modelcontextprotocol/tasks';

/** Other types are for those who can go on from there: MRTR › Supported Requests, and the Tasks extension. */
function mayFollow(type: unknown, { method, capabilities }: Asked): boolean {
  if (type === 'input_required') return mayAskForInput(method);
  const extensions = own(capabilities, 'extensions');
  return type === 'task' && isObject(extensions) && Object.hasOwn(extensions, TASKS);
}

/** The wire since 2026-07-28: every request carries its state. */
export function modernDialect(revision: string, clientInfo: ClientInfo): Dialect {
  return {
    era: 'modern',
    revision,
    write(id, { method, params, meta, capabilities, ear }) {
      const token = ear?.wantsProgress === true ? id : null;
      return requestText(id, method, { ...params, _meta: modernMeta(revision, clientInfo, capabilities, meta, token) });
    },
    mirror(sending) {
      const headers = ['mcp-method', sending.method];
      const name = nameOf(sending.method, sending.params);
      if (name !== null) headers.push('mcp-name', encodeHeaderValue(name));
      const args = own(sending.params, 'arguments');
      for (const param of sending.mirrored) {
        const text =
          typeof args === 'object' && !Array.isArray(args) && args ? mirroredText(mirroredValue(param, args)) : null;
        if (text !== null) headers.push(param.header, text);
      }
      return headers;
    },
    judge: (result, asked) =>
      isComplete(result) || mayFollow(own(result, 'resultType'), asked) ? null : unfit(result),
  };
}
