import { csv } from './csv.ts';
import type { Exporter } from './exporter.ts';
import { jsonl } from './jsonl.ts';

/** Every form of export, by its name on the command line. */
export const EXPORTERS = [jsonl, csv] as const satisfies readonly Exporter[];
