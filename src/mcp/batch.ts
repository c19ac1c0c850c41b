import type { JsonValue } from '../core/json.ts';
import { readMessage, type Message, type RequestId } from './json-rpc.ts';
import { isModernRequest } from './modern-request.ts';

/** The one revision whose servers take batches (2025-03-26, Basic › Batching). */
export const BATCH_REVISION = '2025-03-26';

/**
 * Reads a JSON-RPC batch, whole or not at all: every element is a message of a revision with batches, requests and
 * responses do not mix, no id is asked twice, and `initialize` is no part of it (2025-03-26, Lifecycle).
 * @returns why it is refused, as one sentence
 */
export function readBatch(items: readonly JsonValue[], messagesMax: number): readonly Message[] | string {
  if (items.length === 0 || items.length > messagesMax) return `a batch has one to ${messagesMax} messages`;
  const messages: Message[] = [];
  const ids = new Set<RequestId>();
  for (const item of items) {
    const message = readMessage(item);
    if (message === null) return 'an element of the batch is not one JSON-RPC message';
    messages.push(message);
    if (message.kind !== 'request') continue;
    if (ids.has(message.id)) return 'two requests of the batch have the same `id`';
    ids.add(message.id);
    const { method, params } = message;
    if (method === 'initialize' || isModernRequest(method, params, undefined)) {
      return 'an element of the batch belongs to another revision or opens a session';
    }
  }
  const answers = messages.filter((message) => message.kind === 'result' || message.kind === 'error').length;
  return answers > 0 && answers < messages.length ? 'the batch mixes requests and responses' : messages;
}
