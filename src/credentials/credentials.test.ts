import { expect, it } from 'vitest';
import type { Principal } from '../core/principal.ts';
import { NoCredentials } from './credentials.ts';

const principal: Principal = { id: 'alice', kind: 'user', groups: [], roles: [], attributes: {} };

it('says in plain words that no credential can be obtained yet, and tells the agent no names', () => {
  const demand = { upstream: 'mail', caller: { principal }, said: 'HTTP 401' };
  const refusal = new NoCredentials().obtain(demand);
  expect(refusal).toEqual({
    code: 'CREDENTIAL_REQUIRED',
    message:
      'the server behind the gateway asks for a credential, and this gateway cannot obtain one yet; ' +
      'its operator can configure one',
    detail: '`mail` wants a credential of `alice`, and none can be obtained: HTTP 401',
  });
});
