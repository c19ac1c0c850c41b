import { z } from 'zod';

const NAME_CHARACTERS_MAX = 64;

/** Names that stand in URLs, records and `server__tool`. The message completes "write …". */
export const nameSchema = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'lower-case letters, digits and single dashes, such as `file-server`')
  .max(NAME_CHARACTERS_MAX);
