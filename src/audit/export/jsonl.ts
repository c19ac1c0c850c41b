import { readBody } from '../match.ts';
import type { Exporter } from './exporter.ts';

/**
 * One JSON object a line, https://jsonlines.org. `record` is the last member and is, byte for byte, the text that was
 * hashed: whoever holds the file can follow the chain without the store (SHA-256 of previousHash, seq and that text,
 * separated by line feeds). A body that somebody broke stands as a string under `broken` instead.
 */
export const jsonl = {
  name: 'jsonl',
  head: '',
  line({ seq, previousHash, hash, body }) {
    const member = readBody(body) === null ? `"broken":${JSON.stringify(body)}` : `"record":${body}`;
    return `{"seq":${seq},"previousHash":"${previousHash}","hash":"${hash}",${member}}\n`;
  },
} as const satisfies Exporter;
