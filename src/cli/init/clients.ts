import type { ClientFormat } from './client.ts';
import { claudeCode } from './clients/claude-code.ts';
import { claudeDesktop } from './clients/claude-desktop.ts';
import { codex } from './clients/codex.ts';
import { cursor } from './clients/cursor.ts';
import { geminiCli } from './clients/gemini-cli.ts';
import { opencode } from './clients/opencode.ts';
import { vsCode } from './clients/vs-code.ts';
import { windsurf } from './clients/windsurf.ts';
import { zed } from './clients/zed.ts';

/** Every client whose servers can be imported. */
export const CLIENTS = [
  claudeCode,
  claudeDesktop,
  cursor,
  vsCode,
  windsurf,
  zed,
  codex,
  geminiCli,
  opencode,
] as const satisfies readonly ClientFormat[];
