import { openControlPlane } from '../src/admin/control-plane.ts';
import { ManualClock } from '../src/core/clock.ts';
import type { JsonObject } from '../src/core/json.ts';
import { MemoryKeyStore } from '../src/store/memory/keys.ts';
import { MemoryPinStore } from '../src/store/memory/pins.ts';
import { MemoryRecordLog } from '../src/store/memory/record-log.ts';

/** The OpenAPI document as the control plane answers it, asked of one with nothing behind it. */
export async function controlPlaneDocument(): Promise<JsonObject> {
  const { operations } = openControlPlane({
    keys: new MemoryKeyStore(),
    adminKeys: new MemoryKeyStore(),
    configured: [],
    pins: new MemoryPinStore(),
    records: new MemoryRecordLog(),
    clock: new ManualClock(),
    world: () => ({ records: null, keys: [], gateways: '', rootsOf: () => [], nowMs: 0 }),
  });
  const asked = { params: {}, query: '', caller: null, body: Buffer.alloc(0), isJson: false, address: '' };
  const answer = await operations.find(({ id }) => id === 'openApi')?.handle(asked);
  return JSON.parse(answer?.body ?? '') as JsonObject; // the document of our own code
}
