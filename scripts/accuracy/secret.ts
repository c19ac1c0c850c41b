import { scanSecrets } from '../../src/guards/secret/scan.ts';

/** Whether the scanner finds a credential. */
export function secret(row: { readonly input: string }): boolean | null {
  return scanSecrets(row.input).length > 0;
}
