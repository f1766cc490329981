import { expect, test } from 'vitest';
import { FIRST_VERSION, migrations, SCHEMA_VERSION } from './migrations.ts';

test('every version behind that of 0.2.0 has its step', () => {
  const versions = Array.from({ length: SCHEMA_VERSION - FIRST_VERSION }, (_, i) => FIRST_VERSION + 1 + i);
  expect(migrations.map(({ version }) => version)).toEqual(versions);
});
