import { describe, expectTypeOf, it } from 'vitest';
import type { groupAssignmentTarget } from '../model/assignment-target.ts';
import type { hardwareConfiguration, hardwareConfigurationDeviceState } from '../model/hardware-configuration.ts';
import type { Infer, InferComplex } from './infer.ts';

/** Types are tested by the compiler: `npm run check` fails when one of these no longer holds. */

type DeviceState = Infer<typeof hardwareConfigurationDeviceState>;
type Configuration = Infer<typeof hardwareConfiguration>;

describe('inferred entity types', () => {
  it('knows members of enumerations, nullability and the inherited id', () => {
    expectTypeOf<DeviceState['id']>().toEqualTypeOf<string>();
    expectTypeOf<DeviceState['upn']>().toEqualTypeOf<string | null>();
    expectTypeOf<DeviceState['internalVersion']>().toEqualTypeOf<number>();
    expectTypeOf<DeviceState['configurationState']>().toEqualTypeOf<
      'unknown' | 'success' | 'fail' | 'scriptError' | 'pending' | 'notApplicable'
    >();
  });

  it('knows collections and primitives', () => {
    expectTypeOf<Configuration['roleScopeTagIds']>().toEqualTypeOf<readonly string[] | null>();
    expectTypeOf<Configuration['perDevicePasswordDisabled']>().toEqualTypeOf<boolean>();
    expectTypeOf<Configuration['hardwareConfigurationFormat']>().toEqualTypeOf<'dell' | 'surface' | 'surfaceDock'>();
    expectTypeOf<Configuration>().not.toHaveProperty('nonsense');
  });

  it('has the own properties of complex types', () => {
    expectTypeOf<InferComplex<typeof groupAssignmentTarget>>().toHaveProperty('groupId').toEqualTypeOf<string | null>();
  });
});
