/**
 * Tool integrity. What enters: what an upstream offers (tools, prompts, resources, templates, its own surface), and
 * tool results. What leaves: the definitions that may be shown and called, those withheld with reasons, events to
 * record, findings. What must never happen here: a definition that nobody approved and no rule called harmless is
 * served; an agent's traffic lifts a quarantine; a failing store lets something through.
 */
import type { Definition } from '../core/definition.ts';
import { Fault } from '../core/fault.ts';
import type { JsonObject } from '../core/json.ts';
import { fingerprint } from './fingerprint.ts';
import { judgedHints } from './judged-hints.ts';
import { createJudges, isCompatible, type Neighbourhood } from './judges.ts';
import type { Admission, Offer, ReservedName, ServedDefinition, ServedSurface, WithheldDefinition } from './offer.ts';
import { mayServe, pinStateOf, sight, type Circumstances, type Sighting } from './pins.ts';
import type { Pin, PinEvent, PinnedKind, PinStore, PinWrite } from './ports.ts';
import type { IntegritySettings } from './section.ts';

/** On which occasion an offer is looked at. */
export interface Occasion {
  /** Id of the principal whose request led to it; `gateway` for a refresh of our own. */
  readonly agent: string;
  /** Wall time in milliseconds since the Unix epoch. */
  readonly nowMs: number;
}

/** The door of this room. */
export interface Integrity {
  /**
   * The admission of exactly this offer object, if it was admitted before and no pin changed since. Synchronous, no
   * hashing. Its `events` are empty.
   * @throws Fault('store_failed') when the store cannot say whether pins changed
   */
  recall(gateway: string, upstream: string, offer: Offer): Admission | null;
  /**
   * Compares an offer with its pins, writes what changed and says what may be served. Safe to run in several
   * processes at once.
   * @throws Fault('store_failed') when pins cannot be read or written: then serve nothing of this upstream
   */
  admit(gateway: string, upstream: string, offer: Offer, occasion: Occasion): Promise<Admission>;
  /**
   * The names that an upstream keeps while it is away. The same array until a pin of it changes.
   * @throws Fault('store_failed')
   */
  reserved(gateway: string, upstream: string): Promise<readonly ReservedName[]>;
}

/** Attempts to write pins against other processes that write the same ones. */
const ATTEMPTS_MAX = 8;

interface Remembered {
  readonly revision: number;
  readonly admission: Admission;
}

/**
 * @param store where pins live
 * @param settingsOf the effective settings of an upstream of a gateway, cheap enough to ask on every admission
 */
export function createIntegrity(
  store: PinStore,
  settingsOf: (gateway: string, upstream: string) => IntegritySettings,
): Integrity {
  const remembered = new WeakMap<Offer, Map<string, Remembered>>();
  const absent = new Map<string, { revision: number; names: readonly ReservedName[] }>();
  return {
    recall(gateway, upstream, offer) {
      const known = remembered.get(offer)?.get(`${gateway} ${upstream}`);
      return known && known.revision === store.revision(gateway, upstream) ? known.admission : null;
    },
    async admit(gateway, upstream, offer, occasion) {
      const settings = settingsOf(gateway, upstream);
      const events: PinEvent[] = [];
      let writings = 0;
      for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
        // Read before the pins: a write in between makes the memory stale at once, never wrong.
        const revision = store.revision(gateway, upstream);
        const admission = await admitOnce(store, { gateway, upstream, offer, occasion, settings });
        if (!admission) continue;
        events.push(...admission.events);
        // What was written moved the revision: only a reading that changed nothing is remembered. A replica whose
        // server says something else would undo it without end: what was written the second time is good enough.
        if (admission.events.length > 0 && writings++ > 0) return { ...admission, events };
        if (admission.events.length > 0) continue;
        remember(remembered, offer, `${gateway} ${upstream}`, { revision, admission });
        return { ...admission, events };
      }
      throw new Fault('store_failed', `pins of \`${upstream}\` were changed by others ${ATTEMPTS_MAX} times in a row`);
    },
    async reserved(gateway, upstream) {
      const revision = store.revision(gateway, upstream);
      const known = absent.get(`${gateway} ${upstream}`);
      if (known?.revision === revision) return known.names;
      const names = reservedBy(await store.load(gateway, upstream), NOTHING_SERVED);
      absent.set(`${gateway} ${upstream}`, { revision, names });
      return names;
    },
  };
}

function remember(all: WeakMap<Offer, Map<string, Remembered>>, offer: Offer, where: string, what: Remembered): void {
  const known = all.get(offer) ?? new Map<string, Remembered>();
  known.set(where, what);
  all.set(offer, known);
}

interface Visit {
  readonly gateway: string;
  readonly upstream: string;
  readonly offer: Offer;
  readonly occasion: Occasion;
  readonly settings: IntegritySettings;
}

/** @returns null when another process was faster: read again */
async function admitOnce(store: PinStore, visit: Visit): Promise<Admission | null> {
  const pins = new Map<string, Pin>();
  for (const pin of await store.load(visit.gateway, visit.upstream)) pins.set(`${pin.kind} ${pin.name}`, pin);
  const { sightings, surplus } = survey(visit, pins);
  const writes = await compare(store, visit, sightings, pins);
  if (writes.length > 0) {
    if (!(await store.write(writes))) return null;
    for (const { pin } of writes) pins.set(`${pin.kind} ${pin.name}`, pin);
  }
  return sort(sightings, surplus, pins, writes);
}

interface Seen extends Sighting {
  /** The very object of the offer, handed on when it is the approved one. */
  readonly definition: Definition | null;
}

/** One sighting per definition and one for the server; doubles and what is over the limit is told apart. */
function survey(visit: Visit, pins: ReadonlyMap<string, Pin>): { sightings: Seen[]; surplus: WithheldDefinition[] } {
  const { gateway, upstream, offer, settings } = visit;
  const sightings: Seen[] = [seen(gateway, upstream, 'server', '', surfaceOf(offer), null)];
  const surplus: WithheldDefinition[] = [];
  const taken = new Set<string>();
  let room = settings.definitions_max - pins.size;
  for (const definition of [...offer.tools, ...offer.prompts, ...offer.resources, ...offer.templates]) {
    const id = `${definition.kind} ${definition.name}`;
    const isNew = !pins.has(id);
    if (taken.has(id)) surplus.push(refused(definition, 'offered more than once under the same name'));
    else if (isNew && room <= 0) surplus.push(refused(definition, 'more definitions than `definitions_max` allows'));
    else {
      if (isNew) room -= 1;
      taken.add(id);
      sightings.push(seen(gateway, upstream, definition.kind, definition.name, definition.body, definition));
    }
  }
  return { sightings, surplus };
}

const surfaces = new WeakMap<Offer, JsonObject>();

/** The server's own surface as one body, so that it is pinned like any definition. */
function surfaceOf(offer: Offer): JsonObject {
  let body = surfaces.get(offer);
  if (!body) {
    body = { serverInfo: offer.serverInfo, instructions: offer.instructions, capabilities: offer.capabilities };
    surfaces.set(offer, body);
  }
  return body;
}

function seen(
  gateway: string,
  upstream: string,
  kind: PinnedKind,
  name: string,
  body: JsonObject,
  definition: Definition | null,
): Seen {
  return { key: { gateway, upstream, kind, name }, body, fingerprint: fingerprint(kind, name, body), definition };
}

function refused(definition: Definition, reason: string): WithheldDefinition {
  const { kind, name, body } = definition;
  return { kind, name, fingerprint: fingerprint(kind, name, body), pinState: 'new', reason, findings: [] };
}

async function compare(store: PinStore, visit: Visit, sightings: Seen[], pins: Map<string, Pin>): Promise<PinWrite[]> {
  const news = sightings.filter(
    (s) => pins.get(`${s.key.kind} ${s.key.name}`)?.approved?.fingerprint !== s.fingerprint,
  );
  if (news.length === 0) return [];
  const judges = createJudges(await neighbourhoodOf(store, visit));
  const now: Circumstances = {
    mode: visit.settings.pin,
    blockDangerous: visit.settings.on_dangerous === 'block',
    agent: visit.occasion.agent,
    nowMs: visit.occasion.nowMs,
  };
  const writes: PinWrite[] = [];
  for (const sighting of news) {
    const written = sight(pins.get(`${sighting.key.kind} ${sighting.key.name}`) ?? null, sighting, judges, now);
    if (written) writes.push(written);
  }
  return writes;
}

/** The tools of this and the other upstreams behind the gateway, which a hostile definition may talk about. */
async function neighbourhoodOf(store: PinStore, visit: Visit): Promise<Neighbourhood> {
  const others = await store.find({ gateway: visit.gateway, kind: 'tool' });
  const trusted = others.filter((pin) => pin.upstream !== visit.upstream && mayServe(pin)).map((pin) => pin.name);
  return { own: visit.offer.tools.map((tool) => tool.name), trusted };
}

function sort(sightings: Seen[], surplus: WithheldDefinition[], pins: Map<string, Pin>, writes: PinWrite[]): Admission {
  const served: ServedDefinition[] = [];
  const withheld: WithheldDefinition[] = [...surplus];
  let surface: ServedSurface | null = null;
  for (const sighting of sightings) {
    const pin = pins.get(`${sighting.key.kind} ${sighting.key.name}`);
    const reason = pin ? reasonToWithhold(pin, sighting) : 'it has no pin';
    if (!pin || reason !== null) withheld.push(withhold(sighting, pin, reason ?? ''));
    else if (sighting.definition === null) surface = serveSurface(pin);
    else served.push(serve(sighting.definition, pin));
  }
  const events: readonly PinEvent[] = writes.map((w) => w.event);
  const names = new Set(served.map(({ definition: { kind, name } }) => `${kind} ${name}`));
  return { served, withheld, reserved: reservedBy(pins.values(), names), surface, events };
}

const NOTHING_SERVED: ReadonlySet<string> = new Set();

/** Approved and not served: the name stays with its upstream until the trust is taken away. */
function reservedBy(pins: Iterable<Pin>, served: ReadonlySet<string>): ReservedName[] {
  const reserved: ReservedName[] = [];
  for (const { kind, name, status, approved, trustedSinceMs } of pins) {
    if (kind === 'server' || status === 'retired' || !approved || served.has(`${kind} ${name}`)) continue;
    reserved.push({ kind, name, pinnedAtMs: trustedSinceMs ?? approved.atMs });
  }
  return reserved;
}

function reasonToWithhold(pin: Pin, sighting: Sighting): string | null {
  if (!mayServe(pin) || !pin.approved) return REASONS[pin.status];
  if (pin.approved.fingerprint === sighting.fingerprint) return null;
  if (isCompatible(pin.approved.body, sighting)) return null;
  return 'the server would understand calls for the approved definition differently now';
}

const REASONS: Readonly<Record<Pin['status'], string>> = {
  new: 'it waits for its first review',
  pinned: 'it has no approved definition',
  changed: 'it has no approved definition',
  quarantined: 'it is quarantined until a person verifies it',
  rejected: 'a person refused it',
  retired: 'its pin was taken away',
};

function withhold(sighting: Seen, pin: Pin | undefined, reason: string): WithheldDefinition {
  const { kind, name } = sighting.key;
  const findings = pin?.waiting?.fingerprint === sighting.fingerprint ? pin.waiting.findings : [];
  const pinState = pin ? pinStateOf(pin) : 'new';
  return { kind, name, fingerprint: sighting.fingerprint, pinState, reason, findings };
}

function serve(offered: Definition, pin: Pin): ServedDefinition {
  const approved = pin.approved;
  if (!approved) throw new Fault('store_failed', `pin of \`${pin.name}\` lost its approved definition`);
  const same = fingerprint(offered.kind, offered.name, offered.body) === approved.fingerprint;
  const definition = same ? offered : { ...offered, body: approved.body };
  return {
    definition,
    fingerprint: approved.fingerprint,
    pinState: pinStateOf(pin),
    pinnedAtMs: pin.trustedSinceMs ?? approved.atMs,
    hints: judgedHints(offered.kind, offered.name, approved.body),
    notices: pin.waiting?.findings ?? [],
  };
}

function serveSurface(pin: Pin): ServedSurface | null {
  const approved = pin.approved;
  if (!approved) return null;
  // Written by `surfaceOf`, so the three fields have these types.
  const body = approved.body as { serverInfo: JsonObject; instructions: string | null; capabilities: JsonObject };
  return { ...body, fingerprint: approved.fingerprint, pinState: pinStateOf(pin) };
}
