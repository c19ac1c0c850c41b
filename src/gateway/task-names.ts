import type { Resolved } from '../core/call.ts';
import { isObject, type JsonObject } from '../core/json.ts';
import { identityOf } from '../core/principal.ts';
import type { Sealer } from './sealing.ts';

export interface KnownTask {
  readonly upstream: string;
  readonly taskId: string;
  /** The tool whose call became this task, under the upstream's own name. */
  readonly tool: string;
  /** Classes that the rule which allowed the call wants redacted in what comes of it. */
  readonly redactClasses: readonly string[];
}

/** Who started a task, where. */
export interface TaskOwner {
  readonly gateway: string;
  readonly principal: string;
  readonly upstream: string;
  readonly tool: string;
  readonly redactClasses: readonly string[];
}

const RELATED_TASK = 'io.modelcontextprotocol/related-task';

/**
 * Task ids as clients see them: sealed with the principal, the upstream, the tool and what its rule wants redacted, so
 * that a task can only be asked for by the one who started it, where it runs, and on any replica. Ids of upstreams
 * never reach a client.
 */
export class TaskNames {
  readonly #sealer: Sealer;

  constructor(sealer: Sealer) {
    this.#sealer = sealer;
  }

  open(name: string, gateway: string, principal: string): KnownTask | null {
    const opened = this.#sealer.open(name);
    if (opened === null || opened.g !== gateway || opened.p !== principal) return null;
    const { u: upstream, t: taskId, n: tool, r: classes = [] } = opened;
    const isWhole = typeof upstream === 'string' && typeof taskId === 'string' && typeof tool === 'string';
    const redactClasses = Array.isArray(classes) ? classes.filter((name) => typeof name === 'string') : [];
    return isWhole ? { upstream, taskId, tool, redactClasses } : null;
  }

  /** Renames the task ids that a result or a notification carries: at the top, under `task`, and in `_meta`. */
  rename(value: JsonObject, owner: TaskOwner): JsonObject {
    const meta = isObject(value._meta) ? value._meta : null;
    const renamed = { ...this.#named(value, owner) };
    if (isObject(value.task)) renamed.task = this.#named(value.task, owner);
    const related = meta?.[RELATED_TASK];
    if (isObject(related)) renamed._meta = { ...meta, [RELATED_TASK]: this.#named(related, owner) };
    return renamed;
  }

  #named(value: JsonObject, owner: TaskOwner): JsonObject {
    const { gateway, principal, upstream, tool, redactClasses } = owner;
    if (typeof value.taskId !== 'string') return value;
    const named: JsonObject = { g: gateway, p: principal, u: upstream, n: tool, t: value.taskId };
    if (redactClasses.length > 0) named.r = [...redactClasses];
    return { ...value, taskId: this.#sealer.seal(named) };
  }
}

/** The owner of whatever task a call starts or asks for. */
export function taskOwner(
  { gateway, caller, upstream, upstreamTarget: target }: Resolved,
  redactClasses: readonly string[],
): TaskOwner {
  const tool = target.kind === 'task' ? target.tool : target.kind === 'tool' ? target.name : '';
  return { gateway, principal: identityOf(caller.principal), upstream, tool, redactClasses };
}

/** Whether anything in a result speaks of a task: most do not and are passed on as they are. */
export function speaksOfTask(result: JsonObject): boolean {
  return 'taskId' in result || 'task' in result || (isObject(result._meta) && RELATED_TASK in result._meta);
}
