import { z } from 'zod';

const FORM = 'host and port, such as `127.0.0.1:8420` or `[::1]:8420`';
const ADDRESS = /^(?:\[[0-9a-fA-F:.]+\]|[^\s:/[\]]+):\d{1,5}$/;

/** `host:port`; IPv6 in brackets. */
const addressSchema = z.string().regex(ADDRESS, FORM);

export const listenSchema = z
  .union(
    [
      addressSchema,
      z.strictObject({
        agents: addressSchema.describe('Host and port of the MCP endpoints.'),
        admin: addressSchema.describe('Host and port of dashboard and control plane.'),
      }),
    ],
    FORM,
  )
  .default('127.0.0.1:8420')
  .describe('Host and port to listen on, or one for agents and one for administration.');

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Takes `127.0.0.1:8420` or `[::1]:8420` apart. */
export function parseAddress(text: string): Address {
  const colon = text.lastIndexOf(':');
  return { host: text.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(text.slice(colon + 1)) };
}

/** Whether only this machine can connect to, or be meant by, `host`. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  return name === 'localhost' || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name) || name.endsWith('.localhost');
}
