import type { AuditRecord, RecordLog } from '../audit/record.ts';
import { ApiKeyAuthenticator } from '../authn/api-key.ts';
import { Authn } from '../authn/authn.ts';
import type { AuthenticatorPorts, Credential, Recognised } from '../authn/authenticator.ts';
import { entriesOf } from '../authn/configured-keys.ts';
import type { KeyEntry, KeyStore } from '../authn/ports.ts';
import { sha256 } from '../core/canonical-json.ts';
import type { Caller } from '../core/principal.ts';
import { refuse, type Refusal } from '../core/refusal.ts';

/** What it takes to know administrators. */
export interface AdministratorPorts extends Pick<AuthenticatorPorts, 'configured' | 'clock'> {
  /** Keys of administrators. */
  readonly adminKeys: KeyStore;
  /** Keys of agents, to tell in the record who tried. */
  readonly keys: KeyStore;
  readonly records: Pick<RecordLog, 'enqueue'>;
}

/** An administrator's key opens no gateway. */
const NO_GATEWAY = '';

/**
 * Knows who may use the control plane: holders of a live administrator's key, and nobody else. An agent's key is
 * refused like any other text, and the record says whose it was.
 */
export class Administrators {
  readonly #ports: AdministratorPorts;
  readonly #authn: Authn;
  readonly #declared: readonly KeyEntry[];

  /** @throws Fault('config_invalid') for declared keys that cannot be used */
  constructor(ports: AdministratorPorts) {
    const { adminKeys: keys, clock, configured } = ports;
    this.#ports = ports;
    // No other way in: what recognises agents must never recognise an administrator.
    this.#authn = new Authn({ keys, configured: [], clock }, [ApiKeyAuthenticator]);
    this.#declared = entriesOf(configured);
  }

  /**
   * @param isFlooding the address failed too often of late: one more failure is not worth a record of its own
   * @throws Fault('store_failed') when keys cannot be read
   */
  recognise(credential: Credential, address: string, isFlooding: boolean): Recognised {
    const recognised = this.#authn.recognise(NO_GATEWAY, credential);
    if (recognised.kind === 'caller') return recognised;
    const { code, detail } = recognised.refusal;
    if (!isFlooding) this.#recordStranger(address, recognised.refusal, this.#ownerOf(credential));
    return { kind: 'refusal', refusal: refuse(code, SENTENCES[code], { detail }) };
  }

  /**
   * Records a request that was refused before it reached an operation.
   * @param caller null: nobody was recognised
   */
  refused(address: string, { code, detail }: Refusal, caller: Caller | null): void {
    if (caller === null) this.#record({ kind: 'authentication', address, code, reason: detail });
    else this.failed(caller, { address, code, reason: detail });
  }

  /** Records that an administrator asked for a change that did not come about. */
  failed({ principal, keyId }: Caller, about: Pick<AuditRecord, 'address' | 'code' | 'reason' | 'method'>): void {
    this.#record({ kind: 'admin', principal: principal.id, ...(keyId === null ? {} : { keyId }), ...about });
  }

  #recordStranger(address: string, { code, detail }: Refusal, agent: KeyEntry | null): void {
    if (agent === null) return this.#record({ kind: 'authentication', address, code, reason: detail });
    const reason = `an agent's key for gateway \`${agent.gateway}\` was shown to the control plane`;
    this.#record({ kind: 'refusal', principal: agent.principal.id, keyId: agent.id, address, code, reason });
  }

  #record(about: Partial<AuditRecord> & Pick<AuditRecord, 'kind'>): void {
    const { clock, records } = this.#ports;
    const where = { gateway: NO_GATEWAY, detail: { plane: 'control' } };
    records.enqueue({ atMs: clock.nowMs(), callId: '', ...where, decision: 'deny', ...about });
  }

  /** The agent whose key it is, whether or not it may be used. Asked on failures only. */
  #ownerOf({ apiKey, bearer }: Credential): KeyEntry | null {
    const shown = [apiKey, bearer].filter((text) => text !== null && text !== '').map((text) => sha256(text ?? ''));
    const agents = shown.length === 0 ? [] : [...this.#declared, ...this.#ports.keys.list()];
    return agents.find(({ hash }) => shown.includes(hash)) ?? null;
  }
}

const SENTENCES: Partial<Record<Refusal['code'], string>> = {
  AUTHN_REQUIRED: "no credential was sent; send an administrator's key in the header `X-Veto-API-Key`",
  AUTHN_INVALID: "the key is not an administrator's key of this control plane",
};
