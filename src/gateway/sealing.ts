import { createCipheriv, createDecipheriv, createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { isObject, type JsonObject } from '../core/json.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals small objects into opaque text that clients carry for us (AES-256-GCM, NIST SP 800-38D). One sealer per
 * purpose: text sealed for one purpose does not open for another. The nonce is derived from the content (a synthetic
 * initialisation vector, after RFC 5297), so that equal content has equal text and a sealed task id stays one name.
 */
export class Sealer {
  readonly #key: KeyObject;
  readonly #nonceKey: KeyObject;

  /** @param secret at least 32 bytes, the same on every replica */
  constructor(secret: Buffer, purpose: string) {
    this.#key = derive(secret, `veto ${purpose}`);
    this.#nonceKey = derive(secret, `veto ${purpose} nonce`);
  }

  seal(value: JsonObject): string {
    const text = JSON.stringify(value);
    const nonce = createHmac('sha256', this.#nonceKey).update(text).digest().subarray(0, NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce);
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** @returns null for anything that this sealer did not make */
  open(text: string): JsonObject | null {
    const bytes = Buffer.from(text, 'base64url');
    // base64url has several spellings of the same bytes; only ours is accepted, so that a sealed name is one name.
    if (bytes.length <= NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== text) return null;
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE_BYTES));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const opened = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
      const value: unknown = JSON.parse(opened.toString('utf8'));
      return isObject(value) ? value : null;
    } catch {
      return null;
    }
  }
}

function derive(secret: Buffer, info: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), info, 32)));
}
