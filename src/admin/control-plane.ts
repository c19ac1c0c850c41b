/**
 * The control plane. Enters: requests of administrators, recognised by keys of their own. Leaves: what they may see,
 * changes made and recorded in their name, problem documents. Must never happen here: a change that is not in the
 * record, or that was made by an agent; an answer to a definition that the administrator has not seen.
 */
import { z } from 'zod';
import type { JsonObject } from '../core/json.ts';
import { VERSION } from '../core/version.ts';
import { Administrators, type AdministratorPorts } from './administrators.ts';
import { openApi } from './openapi.ts';
import { operation, type Operation } from './operation.ts';
import { pinOperations, type PinPorts } from './pins.ts';

/** What the control plane needs from others. */
export type ControlPlanePorts = AdministratorPorts & PinPorts;

/** The door of this room. */
export interface ControlPlane {
  readonly administrators: Administrators;
  /** Everything that administrators can do, and the document that says so. */
  readonly operations: readonly Operation[];
}

/** @throws Fault('config_invalid') for declared keys that cannot be used */
export function openControlPlane(ports: ControlPlanePorts): ControlPlane {
  const administrators = new Administrators(ports);
  const operations = RESOURCES.flatMap((resource) => resource(ports));
  return {
    administrators,
    operations: withDocument(operations.map((each) => (each.method === 'GET' ? each : watched(each, administrators)))),
  };
}

const CONFLICT = 409;

/** A change that did not come about is recorded too, with who asked for it. */
function watched(change: Operation, administrators: Administrators): Operation {
  return {
    ...change,
    async handle(request) {
      const answer = await change.handle(request);
      const { caller, address } = request;
      // A conflict was recorded where it was found, with what it was about.
      if (answer.status >= 400 && answer.status !== CONFLICT && caller !== null) {
        const reason = `${answer.status} to \`${change.id}\``;
        administrators.failed(caller, { address, method: change.id, code: 'admin.failed', reason });
      }
      return answer;
    },
  };
}

/** Every resource, in the order of the document. A new one is one file and one entry. */
const RESOURCES: readonly ((ports: ControlPlanePorts) => readonly Operation[])[] = [pinOperations];

const DOCUMENT = {
  id: 'openApi',
  method: 'GET',
  path: '/v1/admin/openapi.json',
  access: 'open',
  summary: 'This document',
  description: 'Needs no key: it says nothing of this installation.',
  answer: z.looseObject({}),
} as const;

/** Adds the operation that answers with the document of them all. */
function withDocument(operations: readonly Operation[]): readonly Operation[] {
  let made: JsonObject | null = null; // when first asked for: few ask
  const document: Operation = operation(DOCUMENT, { query: null, body: null }, async () => {
    return (made ??= openApi([...operations, document], VERSION));
  });
  return [...operations, document];
}
