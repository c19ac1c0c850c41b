import { Fault } from '../core/fault.ts';
import type { Door } from '../gateway/door.ts';

/** The door of a listener that is for administrators only: there is no gateway behind it, whatever its name. */
export const CLOSED_DOOR: Door = {
  has: () => false,
  recognise: closed,
  introduce: closed,
  answer: closed,
  notified: closed,
  attach: closed,
};

function closed(): never {
  throw new Fault('config_invalid', 'this address is for administrators; agents have another');
}
