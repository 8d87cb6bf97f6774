import { expect, it } from 'vitest';
import { auditCsvUrl } from './audit';

it('asks for the same lines as CSV', () => {
  expect(auditCsvUrl({})).toBe('/api/v1/admin/audit?format=csv');
  expect(auditCsvUrl({ actor: 'ada+1@example.org', action: 'key.create' })).toBe(
    '/api/v1/admin/audit?format=csv&actor=ada%2B1%40example.org&action=key.create',
  );
});
