// Preloaded: writes the address of every module that is loaded to standard error, one a line.
import { registerHooks } from 'node:module';
import { writeSync } from 'node:fs';

registerHooks({
  load(url, context, next) {
    if (url.startsWith('file:')) writeSync(2, `${url}\n`);
    return next(url, context);
  },
});
