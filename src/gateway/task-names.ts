import { isObject, type JsonObject } from '../core/json.ts';
import type { Sealer } from './sealing.ts';

export interface KnownTask {
  readonly upstream: string;
  readonly taskId: string;
}

/**
 * Task ids as clients see them: sealed with the principal and the upstream, so that a task can only be asked for by
 * the one who started it, where it runs, and on any replica. Ids of upstreams never reach a client.
 */
export class TaskNames {
  readonly #sealer: Sealer;

  constructor(sealer: Sealer) {
    this.#sealer = sealer;
  }

  open(name: string, gateway: string, principal: string): KnownTask | null {
    const opened = this.#sealer.open(name);
    if (opened === null || opened.g !== gateway || opened.p !== principal) return null;
    const { u: upstream, t: taskId } = opened;
    return typeof upstream === 'string' && typeof taskId === 'string' ? { upstream, taskId } : null;
  }

  /** Renames the task ids that an upstream's result carries, at the top and under `task`. */
  rename(result: JsonObject, gateway: string, principal: string, upstream: string): JsonObject {
    const seal = (taskId: string): string => this.#sealer.seal({ g: gateway, p: principal, u: upstream, t: taskId });
    const renamed = typeof result.taskId === 'string' ? { ...result, taskId: seal(result.taskId) } : result;
    const { task } = renamed;
    if (!isObject(task) || typeof task.taskId !== 'string') return renamed;
    return { ...renamed, task: { ...task, taskId: seal(task.taskId) } };
  }
}
